"""What a reading of years tells while it goes on: how far it has come, and an honest estimate of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .model import Page
from .store import Headway, Store
from .tally import Tally

NOTED_EVERY = timedelta(seconds=5)
STOPPED_AFTER = timedelta(minutes=5)
"""One that goes on is heard of after each page, and no wait for our share of calls is longer."""
_TOLD_AFTER, _TOLD_SHARE = timedelta(minutes=1), 0.01
"""Before that a pace is chance."""


@dataclass(slots=True)
class NotingHeadway:
    """Notes how far a run has come: called after each page, and it writes every few seconds at most."""

    store: Store
    name: str
    now: Callable[[], datetime]
    tell: Callable[[Tally, Page], None]
    """Called after each page as well."""
    earlier: Headway | None = None
    """Where a run that was cut off had come, and this one goes on."""
    _noted: Headway | None = field(default=None, init=False)

    def __call__(self, tally: Tally, page: Page) -> None:
        self.tell(tally, page)
        now = self.now()
        if self._noted is not None and now - self._noted.noted_at < NOTED_EVERY:
            return
        before = self._noted or self._begun(tally, page, now)
        others = self.earlier.seen if self.earlier else 0
        self._noted = replace(
            before,
            noted_at=now,
            seen=others + tally.seen,
            total=others + page.total if page.total else before.total,
            reached_at=page.reached_at or before.reached_at,
        )
        self.store.note_headway(self.name, self._noted)

    def _begun(self, tally: Tally, page: Page, now: datetime) -> Headway:
        """After the first page of this run; the pace is measured from here on."""
        seen = (self.earlier.seen if self.earlier else 0) + tally.seen
        first = self.earlier.first_reached_at if self.earlier else None
        return Headway(
            begun_at=now,
            noted_at=now,
            seen=seen,
            seen_at_begin=seen,
            first_reached_at=first or page.reached_at,
            begun_reached_at=page.reached_at,
        )


def share_of(headway: Headway) -> float | None:
    """How much of it is read, 0 to 1, by conversations or else by the time they cover; None: nobody can say.

    By time, the years are taken to hold alike much: a desk that has grown is further behind than this says.
    """
    return _share(headway, headway.seen, headway.reached_at)


def _share(headway: Headway, seen: int, reached_at: datetime | None) -> float | None:
    if headway.total:
        return min(1.0, seen / headway.total)
    if headway.first_reached_at is None or reached_at is None:
        return None
    whole = headway.begun_at - headway.first_reached_at
    return min(1.0, (reached_at - headway.first_reached_at) / whole) if whole > timedelta(0) else None


def remaining(headway: Headway) -> timedelta | None:
    """How long the rest takes at the pace of this run so far; None where that would be a guess."""
    share, took = share_of(headway), headway.noted_at - headway.begun_at
    at_begin = _share(headway, headway.seen_at_begin, headway.begun_reached_at)
    if share is None or at_begin is None or share - at_begin < _TOLD_SHARE or took < _TOLD_AFTER:
        return None
    return took * (1 - share) / (share - at_begin)


def in_words(headway: Headway, now: datetime) -> str:
    """For people: "12,000 conversations read, 31 % of the history; about 3 hours left at this pace"."""
    share, left = share_of(headway), remaining(headway)
    parts = [f"{headway.seen:,} conversations read"]
    if share is not None:
        parts.append(f"{int(100 * share)} % of the history")
    said = ", ".join(parts)
    if now - headway.noted_at > STOPPED_AFTER:
        return f"{said}; it stopped at {headway.noted_at:%d %b %H:%M} UTC and goes on from there"
    if share == 1:
        return f"{said}; what changed meanwhile is read now"
    return f"{said}; {_about(left)} left at this pace" if left is not None else said


def _about(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < 90:
        return f"about {minutes} minute{'s' if minutes > 1 else ''}"
    return (
        f"about {round(minutes / 60)} hours" if minutes < 36 * 60 else f"about {round(minutes / 1440)} days"
    )
