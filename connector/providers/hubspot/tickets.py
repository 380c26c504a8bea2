"""Changed tickets as pages of whole conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ...errors import RetryLater, Unreadable
from ...model import Conversation, Head, Message, Page, Parked
from ..base import Wanted
from .changes import Changes, changes_in, note_thread
from .contacts import Contacts
from .crm import SEARCH_LIMIT, Crm, Record, batches
from .cursor import Cursor
from .engagements import engagements_of, in_window, marked_at
from .mapping import CONTACT_PROPERTIES, TICKET_PROPERTIES, is_opted_out, messages_of, name_of, ticket_head
from .owners import Owners
from .refusals import Refused
from .threads import Thread, Threads, ticket_of
from .values import parse_time

PAGE_SIZE = 100
MOST_ASKED_SINGLY = 200
"""With more changed tickets than this, listing all threads is cheaper than asking for each ticket's."""


@dataclass(slots=True)
class Gathered:
    """What came of a batch of tickets, and why it is not all."""

    conversations: list[Conversation] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    last_id: str | None = None
    """The last ticket that is dealt with."""
    stopped: RetryLater | None = None


class Run:
    """What one run of `pages` knows for all its tickets."""

    def __init__(self, window: Cursor, *, crm: Crm, threads: Threads, is_opt_out_known: bool) -> None:
        self.window = window
        self.changes: Changes = changes_in(window, crm, threads)
        self._crm = crm
        self._threads = threads
        self._is_opt_out_known = is_opt_out_known

    def threads_of(self, ticket_id: str) -> Sequence[Thread]:
        """A ticket's threads, from the account's list when many tickets are to be read."""
        is_listing_cheaper = self.window.begin is None or len(self.changes.touched) > MOST_ASKED_SINGLY
        if is_listing_cheaper and self._grouped is not None:
            return self._grouped.get(ticket_id, ())
        return self._threads.of_ticket(ticket_id)

    @cached_property
    def _grouped(self) -> Mapping[str, Sequence[Thread]] | None:
        """The account's threads by ticket; None when the list does not tell whose they are."""
        grouped: dict[str, list[Thread]] = {}
        is_empty = True
        for thread in self._threads.all():
            is_empty = False
            if ticket_id := ticket_of(thread):
                grouped.setdefault(ticket_id, []).append(
                    {"id": thread["id"], "latestMessageTimestamp": thread.get("latestMessageTimestamp")}
                )
        return grouped if grouped or is_empty else None

    @cached_property
    def opted_out(self) -> frozenset[str]:
        """Every ticket of a contact who opted out: two requests for all quiet tickets together, so that
        a changed priority never brings back a conversation we must not read (BEHAVIOR.md 13)."""
        contacts = list(Contacts(self._crm, is_opt_out_known=self._is_opt_out_known).opted_out())
        links = self._crm.linked("contacts", contacts, "tickets")
        return frozenset(id_ for ids in links.values() for id_ in ids)


class Tickets:
    """Reads tickets with everything said on them."""

    def __init__(self, crm: Crm, threads: Threads, owners: Owners, *, is_opt_out_known: bool) -> None:
        self._crm = crm
        self._threads = threads
        self._owners = owners
        self._is_opt_out_known = is_opt_out_known

    def pages(self, window: Cursor, wanted: Wanted) -> Iterator[Page]:
        """Every changed ticket of the window above `window.after`, by rising id."""
        run = Run(window, crm=self._crm, threads=self._threads, is_opt_out_known=self._is_opt_out_known)
        gone = tuple(self.deleted(window.begin)) if window.begin else ()
        cursor, total = window, None
        for tickets, count in self._changed(run):
            total = total or count or None
            for batch in batches(tickets, PAGE_SIZE):
                got = self._gather(batch, run, wanted)
                if got.last_id is not None:
                    ids = [id_ for row in batch if int(id_ := str(row["id"])) <= int(got.last_id)]
                    cursor = cursor.past(
                        got.last_id, [token for id_ in ids for token in run.changes.marks_of(id_)]
                    )
                    yield Page(tuple(got.conversations), cursor.text(), parked=tuple(got.parked), total=total)
                if got.stopped:
                    raise got.stopped
        finished = cursor.finished(run.changes.carried)
        yield Page((), finished.text(), gone=gone, total=total)

    def conversation(self, ticket_id: str, wanted: Wanted | None = None) -> Conversation | None:
        """One ticket, whole; None when it is gone, or not wanted."""
        try:
            ticket = self._crm.one("tickets", ticket_id, TICKET_PROPERTIES)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        if ticket.get("archived") or str(ticket["id"]) != ticket_id:  # a merged ticket answers as the other
            return None
        head, contacts = self._heads([ticket], lambda _: True)[0]
        if wanted is not None and not wanted(head):
            return None
        said = self._threads.messages(self._threads.of_ticket(ticket_id))
        engagements = engagements_of(self._crm, [ticket_id])
        return self._conversation(head, ticket, said, engagements[ticket_id], contacts)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Tickets archived at or after `since`; searches never show them (BEHAVIOR.md 14)."""
        for record in self._crm.archived("tickets"):
            at = parse_time(record.get("archivedAt"))
            if at is None or at >= since:
                yield str(record["id"])

    def _changed(self, run: Run) -> Iterator[tuple[list[Record], int]]:
        """Tickets whose record changed, and among them by id those that only something was said on."""
        window = run.window
        silent = sorted(id_ for each in run.changes.touched if (id_ := int(each)) > window.after)
        for records, count in self._crm.search(
            "tickets", in_window(window), TICKET_PROPERTIES, above=window.after
        ):
            shown = {int(row["id"]) for row in records}
            upto = max(shown) if len(records) >= SEARCH_LIMIT else None
            due = [id_ for id_ in silent if upto is None or id_ <= upto]
            silent = silent[len(due) :]
            asked = [str(id_) for id_ in due if id_ not in shown]
            found = self._crm.read("tickets", asked, TICKET_PROPERTIES) if asked else {}
            records += [found[id_] for id_ in asked if id_ in found and not found[id_].get("archived")]
            yield sorted(records, key=lambda row: int(row["id"])), count

    def _gather(self, batch: Sequence[Record], run: Run, wanted: Wanted) -> Gathered:
        """The wanted tickets of a batch; stops where HubSpot wants to be left alone."""
        got = Gathered()
        heads = self._heads(batch, run.changes.note_ticket, run)
        chosen = {head.id: (head, contacts) for head, contacts in heads if wanted(head)}
        if quiet := {id_ for id_, (head, _) in chosen.items() if head.is_quiet}:
            # A quiet ticket that is read all the same needs its contact: it may be one who is not to be kept.
            rows = [row for row in batch if str(row["id"]) in quiet]
            chosen |= {head.id: (head, names) for head, names in self._heads(rows, lambda _: True)}
        if chosen:
            engagements = engagements_of(self._crm, list(chosen))
            tickets = {str(row["id"]): row for row in batch}
            for head, contacts in chosen.values():
                try:
                    threads = run.threads_of(head.id)
                    if run.window.begin is None:
                        note_everything(run.changes, head.id, threads, engagements[head.id])
                    said = self._threads.messages(threads)
                except RetryLater as later:
                    got.stopped = later
                    return got
                except Unreadable as error:
                    got.parked.append(Parked(head.id, type(error).__name__))
                else:
                    got.conversations.append(
                        self._conversation(head, tickets[head.id], said, engagements[head.id], contacts)
                    )
                got.last_id = head.id
        got.last_id = str(batch[-1]["id"])
        return got

    def _conversation(
        self,
        head: Head,
        ticket: Record,
        threads: Mapping[str, Sequence[Message]],
        engagements: Mapping[str, Sequence[Record]],
        contacts: tuple[str, ...],
    ) -> Conversation:
        said = [message for each in threads.values() for message in each]
        messages = messages_of(ticket, said, engagements, self._owners.actor)
        authors = [message.author_id for message in messages if message.author_id]
        known = [
            names[author]
            for author in authors
            for names in (self._threads.names, self._owners.names)
            if author in names
        ]
        people = tuple(dict.fromkeys([*contacts, *known]))
        return Conversation(head, messages, people, threads=tuple(threads))

    def _heads(
        self, batch: Sequence[Record], has_news: Callable[[Record], bool], run: Run | None = None
    ) -> list[tuple[Head, tuple[str, ...]]]:
        """Heads with contact and opt-out, and their contacts' names; quiet tickets share one look-up of
        opt-outs instead."""
        news = {str(row["id"]) for row in batch if has_news(row)}
        links = self._crm.linked("tickets", sorted(news, key=int), "contacts") if news else {}
        contacts = self._crm.read(
            "contacts", dict.fromkeys(id_ for ids in links.values() for id_ in ids), CONTACT_PROPERTIES
        )
        heads = []
        for row in batch:
            id_ = str(row["id"])
            of = links.get(id_, [])
            out = any(is_opted_out(contacts[each]) for each in of if each in contacts)
            if id_ not in news and run is not None:
                out = id_ in run.opted_out
            head = ticket_head(
                row, contact_id=of[0] if of else None, is_opted_out=out, is_quiet=id_ not in news
            )
            heads.append((head, tuple(name for each in of if (name := name_of(contacts.get(each, {}))))))
        return heads


def note_everything(
    changes: Changes, ticket_id: str, threads: Sequence[Thread], engagements: Mapping[str, Sequence[Record]]
) -> None:
    """On the first run all is news: remember its latest part, so that the next run knows it again."""
    for thread in threads:
        note_thread(changes, thread, ticket_id)
    for kind, records in engagements.items():
        for record in records:
            changes.note(kind, str(record["id"]), marked_at(record), [ticket_id])
