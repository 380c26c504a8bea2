"""What changed since a cursor, by ticket: threads with newer messages, engagements, new tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .crm import Crm, Record
from .cursor import Cursor, mark
from .engagements import changed_engagements, marked_at
from .mapping import properties_of
from .threads import Thread, Threads, ticket_of
from .values import parse_time


@dataclass(slots=True)
class Changes:
    """The tickets something was said on, whether or not their own record shows it (BEHAVIOR.md 12)."""

    window: Cursor
    touched: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ticket id -> marks of what is new on it; only those that the next window will show again."""
    carried: set[str] = field(default_factory=set)
    """Marks of earlier runs, of changes that the next window will show again."""

    def note(self, kind: str, id_: str, at: str | None, ticket_ids: Iterable[str]) -> None:
        """Something changed at `at`, unless an earlier run has dealt with exactly that change."""
        token = mark(kind, id_, at)
        if token in self.window.seen:
            if self.is_repeated(parse_time(at)):
                self.carried.add(token)
            return
        is_repeated = self.is_repeated(parse_time(at))
        for ticket_id in ticket_ids:
            tokens = self.touched[ticket_id]
            if is_repeated:
                tokens.add(token)

    def note_ticket(self, ticket: Record) -> bool:
        """Whether the ticket has news; one made within the window is news itself."""
        id_, made = str(ticket["id"]), properties_of(ticket).get("createdate")
        made_at = parse_time(made)
        if self.window.begin is None or (made_at is not None and made_at >= self.window.begin):
            self.note("ticket", id_, made, [id_])
        return self.window.begin is None or id_ in self.touched

    def is_repeated(self, at: datetime | None) -> bool:
        """Whether the next window will show a change of that time again."""
        return at is not None and at >= self.window.next_begin

    def marks_of(self, ticket_id: str) -> set[str]:
        """What is dealt with once this ticket is."""
        return self.touched.get(ticket_id, set())


def changes_in(window: Cursor, crm: Crm, threads: Threads) -> Changes:
    """Everything said within the window. One request for threads, one for each kind of engagement,
    and one for each kind that changed."""
    changes = Changes(window)
    if window.begin is None:
        return changes
    for thread in threads.newer(window.begin):
        if ticket_id := ticket_of(thread):
            note_thread(changes, thread, ticket_id)
    found: dict[str, dict[str, Record]] = defaultdict(dict)
    for kind, record in changed_engagements(crm, window):
        found[kind][str(record["id"])] = record
    for kind, records in found.items():
        fresh = list(_unseen(changes, kind, records))
        links = crm.linked(kind, fresh, "tickets") if fresh else {}
        for id_ in fresh:
            changes.note(kind, id_, marked_at(records[id_]), links.get(id_, ()))
    return changes


def note_thread(changes: Changes, thread: Thread, ticket_id: str) -> None:
    """The latest message of a thread is news of its ticket."""
    changes.note("thread", str(thread["id"]), thread.get("latestMessageTimestamp"), [ticket_id])


def _unseen(changes: Changes, kind: str, records: dict[str, Record]) -> Iterator[str]:
    for id_, record in records.items():
        at = marked_at(record)
        if mark(kind, id_, at) in changes.window.seen:
            changes.note(kind, id_, at, ())
        else:
            yield id_
