"""Logging: one JSON object a line, and only keys that are allowed by name."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType

from .errors import ConnectorError

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
    "actor",
    "endpoint",
    "request_id",
)
"""Extra keys that may reach a log line. None of them ever holds text of people."""
LONGEST_VALUE = 300

_LOUD_LOGGERS = ("zenpy", "urllib3", "hubspot", "requests", "huey", "werkzeug", "alembic", "sqlalchemy")
"""Libraries that log bodies, addresses or arguments below WARNING."""


def is_ours(record: logging.LogRecord) -> bool:
    """Whether a record was written by this package, whose events are literals and hold no text."""
    return record.name == "connector" or record.name.startswith("connector.")


class JsonLines(logging.Formatter):
    """Formats a record as JSON; free-form text of libraries is cut to its logger's name, an exception to
    its class. Everything outside printable ASCII is escaped, so that no value can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg) if is_ours(record) else "library message withheld",
        }
        extras = {key: getattr(record, key, None) for key in ALLOWED_KEYS}
        line.update({key: _plain(value) for key, value in extras.items() if value is not None})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line).replace("\x7f", "\\u007f")


def configure_logging(level: int = logging.INFO) -> None:
    """Send our log lines to stderr; to be called once by a long-running process."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_libraries()


def quiet_libraries() -> None:
    """Keep libraries from logging what they send and receive, and exceptions from telling what they hold."""
    for name in _LOUD_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if logging.lastResort is not None and is_ours not in logging.lastResort.filters:
        logging.lastResort.addFilter(is_ours)  # what a command without handlers prints
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _tell
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda told: _tell(told.exc_type, told.exc_value, told.exc_traceback)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda told: _tell(told.exc_type, told.exc_value, told.exc_traceback)


def withheld(error: BaseException) -> str:
    """A traceback with where and what kind, and without messages: those of others may quote anything."""
    return "".join(_frames(traceback.TracebackException.from_exception(error), error))


def _frames(told: traceback.TracebackException, error: BaseException | None) -> Iterator[str]:
    if told.__cause__ is not None:
        yield from _frames(told.__cause__, error.__cause__ if error else None)
        yield "\nThe above exception was the direct cause of the following exception:\n\n"
    elif told.__context__ is not None and not told.__suppress_context__:
        yield from _frames(told.__context__, error.__context__ if error else None)
        yield "\nDuring handling of the above exception, another exception occurred:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from told.stack.format()
    kind = told.exc_type
    name = f"{kind.__module__}.{kind.__qualname__}" if kind is not None else "an exception"
    yield f"{name}: {error}\n" if isinstance(error, ConnectorError) else f"{name} (message withheld)\n"


def _tell(kind: type[BaseException], error: BaseException | None, _where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(withheld(error) if error is not None else f"{kind.__name__} (message withheld)\n")


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, bool | int | float):
        return value
    return str(value)[:LONGEST_VALUE]
