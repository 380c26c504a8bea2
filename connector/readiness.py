"""Whether everything that the work needs is there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from .bootstrap import Connector

log = logging.getLogger(__name__)

WORKER_MAY_BE_SILENT = timedelta(seconds=45)
"""A worker gives a sign of life every 15 seconds."""


class Queue(Protocol):
    """What is asked of the queue."""

    def count(self) -> int: ...


def checks(app: Connector, queue: Queue) -> dict[str, bool]:
    """What is needed, by name, and whether it is there; nothing is changed."""

    def is_migrated() -> bool:
        return app.store.is_migrated()

    return {
        "database": _holds("database", is_migrated),
        "key": _holds("key", lambda: app.locked_because() is None),
        "queue": _holds("queue", lambda: queue.count() >= 0),
        "worker": _holds("worker", lambda: worker_lives(app)),
    }


def worker_lives(app: Connector) -> bool:
    """Whether a worker has given a sign of life lately."""
    seen_at = app.store.worker_seen_at()
    # One that lies ahead was noted by a clock that has been set back since, and proves nothing.
    return seen_at is not None and abs(app.now() - seen_at) < WORKER_MAY_BE_SILENT


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not ready
        log.warning("not ready", extra={"step": name, "error": type(error).__name__})
        return False
