"""What the WSGI server logs: the kind of an error, and nothing of a request."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from ..log import JsonLines


class QuietLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's log through our own formatter; no access log, for addresses hold ids and tokens."""

    def setup(self, cfg: Config) -> None:
        """Replace the formats once gunicorn has made its handlers."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
        self.access_log.handlers.clear()
        self.access_log.propagate = False

    def access(self, *_: Any) -> None:
        """Say nothing."""

    def reopen_files(self) -> None:
        """There are none."""

    def exception(self, msg: str, *args: Any, **options: Any) -> None:
        """The kind of an error; the formatter withholds the rest."""
        self.error_log.log(logging.ERROR, msg, *args, **{**options, "exc_info": True})
