"""Where a reading of the account stands: the opaque cursor that `pages` hands out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

BEGINNING = 1
"""Epoch second of a first reading; 0 is left out because it reads as "not given" in some places."""
OVERLAP_SECONDS = 300
"""How far a reading goes back when Zendesk no longer takes its cursor."""
LONGEST_LIST = 2_000
"""Ids that one cursor carries at most."""
LONGEST_WAIT_SECONDS = 3600
"""A ticket that the export has not shown for so long is taken to have left the account."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the ticket export and one in the events export; epoch seconds throughout."""

    after: str | None = None
    """The cursor of the API page being read; None: it is asked for by `start`."""
    start: int = BEGINNING
    mark: int = 0
    """`generated_timestamp` of the last ticket delivered of that API page ..."""
    done: tuple[str, ...] = ()
    """... and the tickets delivered that carry exactly this stamp."""
    events: int = BEGINNING
    """Comments and changes are read from here on ..."""
    edge: tuple[str, ...] = ()
    """... except these events of that very second, which are known already."""
    noisy: tuple[tuple[str, int], ...] = ()
    """Tickets not delivered yet whose messages changed before `events`, and since which second."""
    doubt: int = 0
    """Above 0: `noisy` may be incomplete, so only changes that are all ours count as quiet."""
    seen: int = 0
    """The latest `generated_timestamp` delivered so far."""

    @classmethod
    def read(cls, text: str | None) -> Place | None:
        """The place that `text` names; None when it names none."""
        try:
            given = json.loads(text or "{}")
            return cls(
                after=given.get("after"),
                start=int(given.get("start", BEGINNING)),
                mark=int(given.get("mark", 0)),
                done=tuple(map(str, given.get("done", ()))),
                events=int(given.get("events", BEGINNING)),
                edge=tuple(map(str, given.get("edge", ()))),
                noisy=tuple(map(_noisy, given.get("noisy", ()))),
                doubt=int(given.get("doubt", 0)),
                seen=int(given.get("seen", 0)),
            )
        except (ValueError, TypeError, AttributeError):
            return None

    @classmethod
    def at(cls, instant: datetime) -> Place:
        second = max(BEGINNING, int(instant.timestamp()))
        return cls(start=second, events=second)

    def text(self) -> str:
        blank = Place()
        kept = {name: value for name, value in asdict(self).items() if value != getattr(blank, name)}
        return json.dumps(kept, separators=(",", ":"))

    def has_passed(self, ticket_id: str, stamp: int) -> bool:
        """Whether an earlier reading delivered this ticket of the API page already."""
        return stamp < self.mark or (stamp == self.mark and ticket_id in self.done)

    def past(self, ticket_id: str, stamp: int) -> Place:
        """The place after this ticket of the API page."""
        done = (*self.done, ticket_id) if stamp == self.mark else (ticket_id,)
        return replace(self, mark=stamp, done=done, seen=max(self.seen, stamp))

    def turned(self, after: str | None, *, start: int) -> Place:
        """The place at the start of the next API page."""
        return replace(self, after=after, start=start, mark=0, done=())

    def knowing(self, events: int, edge: Iterable[str], noisy: Mapping[str, int]) -> Place:
        """The place with the events known up to `events`; `noisy` is added to what was noisy before."""
        together = {**noisy, **dict(self.noisy)}
        longest = sorted(together.items(), key=lambda each: each[1])[:LONGEST_LIST]
        edge = tuple(edge)
        return replace(
            self,
            events=events,
            edge=edge[:LONGEST_LIST],
            noisy=tuple(longest),
            doubt=2 if len(together) > LONGEST_LIST else self.doubt,
        )

    @property
    def reached_at(self) -> datetime | None:
        """Up to when the export's tickets are delivered, which come by their time of change."""
        return datetime.fromtimestamp(self.seen, UTC) if self.seen else None

    def waits_since(self, now: datetime) -> datetime | None:
        """Since when a ticket has news that the export does not show yet (BEHAVIOR 2); None: none has."""
        oldest = now.timestamp() - LONGEST_WAIT_SECONDS
        return min(
            (datetime.fromtimestamp(since, UTC) for _, since in self.noisy if since > oldest), default=None
        )

    def behind(self) -> Place:
        """Where to start again when Zendesk refuses the cursor: before the last ticket seen, never now."""
        start = max(BEGINNING, self.seen - OVERLAP_SECONDS) if self.seen else self.start
        return replace(
            self, after=None, start=start, mark=0, done=(), events=min(self.events, start), edge=()
        )


def _noisy(given: str | list[str | int]) -> tuple[str, int]:
    """A noisy ticket; cursors of before tell its id alone."""
    ticket_id, since = (given, BEGINNING) if isinstance(given, str) else given
    return str(ticket_id), int(since)
