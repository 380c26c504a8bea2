"""A clock that fakes live on: it stands still until moved, or runs with the real one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """`at` None follows the real clock, with whatever `tick` added; otherwise it only moves by `tick`."""

    def __init__(self, at: datetime | None = MORNING) -> None:
        self._at = at
        self._ahead = timedelta(0)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return (self._at or datetime.now(UTC)) + self._ahead

    def tick(self, seconds: float) -> None:
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
