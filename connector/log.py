"""Logging: one JSON object a line, and only keys that are allowed by name."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

ALLOWED_KEYS = (
    "installation",
    "provider",
    "conversation_id",
    "step",
    "count",
    "seconds",
    "requests",
    "error",
    "not_before_at",
)
"""Extra keys that may reach a log line. None of them ever holds text of people."""

_LOUD_LOGGERS = ("zenpy", "urllib3", "hubspot", "requests", "huey", "werkzeug", "alembic")
"""Libraries that log bodies, addresses or arguments below WARNING."""


class JsonLines(logging.Formatter):
    """Formats a record as JSON; free-form text of libraries is cut to its logger's name."""

    def format(self, record: logging.LogRecord) -> str:
        is_ours = record.name.startswith("connector")
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg) if is_ours else "library message withheld",
        }
        line.update({key: getattr(record, key) for key in ALLOWED_KEYS if hasattr(record, key)})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def configure_logging(level: int = logging.INFO) -> None:
    """Send our log lines to stderr; to be called once by a long-running process."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_libraries()


def quiet_libraries() -> None:
    """Keep libraries from logging what they send and receive."""
    for name in _LOUD_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
