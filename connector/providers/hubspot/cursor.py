"""How far a run has come, as text: the window it reads and the last ticket it finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...errors import Misconfigured
from .values import parse_time

INDEX_LAG = timedelta(minutes=5)
"""Searches may not show a change for some minutes, so every window begins this long before the last one
ended (BEHAVIOR.md 6)."""
MOST_MARKS = 5000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The window `[begin, end]` by time of change, read by rising ticket id up to `after`.

    `begin` None is everything. `end` None: the last run finished, the next one fixes its own end.
    `seen` marks changes of the overlap that earlier runs dealt with, `done` those of this run.
    """

    begin: datetime | None = None
    end: datetime | None = None
    after: int = 0
    seen: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()

    def started(self, now: datetime) -> Cursor:
        """With an end: now, unless an unfinished run had fixed one.

        A window from the future was begun by a clock that was wrong, then or now. What happened since then
        cannot be told from it, so everything is read again.
        """
        if max(self.begin or now, (self.end or now) - INDEX_LAG) > now:
            return Cursor(end=now)
        return self if self.end else replace(self, end=now)

    @property
    def next_begin(self) -> datetime:
        """Where the run after this one begins."""
        if self.end is None:
            raise ValueError("the window has no end yet")
        return self.end - INDEX_LAG

    def past(self, ticket_id: str, marks: Iterable[str]) -> Cursor:
        """Everything up to this ticket is dealt with."""
        return replace(self, after=int(ticket_id), done=self.done | frozenset(marks))

    def finished(self, carried: Iterable[str]) -> Cursor:
        """The whole window is dealt with; `carried` are marks of earlier runs that are still needed."""
        marks = sorted(self.done | frozenset(carried))
        return Cursor(begin=self.next_begin, seen=frozenset(marks[:MOST_MARKS]))

    def text(self) -> str:
        """As the store keeps it."""
        values = {
            "begin": self.begin.isoformat() if self.begin else None,
            "end": self.end.isoformat() if self.end else None,
            "after": self.after,
            "seen": sorted(self.seen),
            "done": sorted(self.done),
        }
        return json.dumps({name: value for name, value in values.items() if value}, separators=(",", ":"))


def read_cursor(text: str | None) -> Cursor:
    """The cursor that was stored. Raises Misconfigured for one that is not ours."""
    if not text:
        return Cursor()
    try:
        values = json.loads(text)
        return Cursor(
            begin=parse_time(values.get("begin")),
            end=parse_time(values.get("end")),
            after=int(values.get("after", 0)),
            seen=frozenset(values.get("seen", ())),
            done=frozenset(values.get("done", ())),
        )
    except (ValueError, TypeError, AttributeError):
        raise Misconfigured(
            "The stored cursor of this HubSpot account cannot be read; sync with --full."
        ) from None


def mark(kind: str, id_: str, at: str | None) -> str:
    """One change, short: the thread, engagement or ticket and the time HubSpot gives it."""
    return hashlib.blake2b(f"{kind} {id_} {at}".encode(), digest_size=6).hexdigest()
