"""One reading of the account: tickets from the export, joined with their comments, page after page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from ...errors import Busy, ConnectorError, OverBudget, Reauthorize, RetryLater
from ...model import Conversation, Head, Page, Parked
from ..base import Wanted
from ..http import Http
from . import mapping
from .changes import Ours
from .conversations import Gathering, authors
from .export import Batch, Export
from .ledger import Ledger
from .mapping import Record, epoch, person_id, stamp
from .people import Directory
from .place import Place

_PAGE = 100
"""Conversations in one page of ours: what a crash can lose, and what memory holds."""
_LONGEST_WAIT = timedelta(seconds=90)
"""Exports are counted by the minute."""
_MOST_REPEATS = 3
_MOST_RECENT = 5_000
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)


T = TypeVar("T")


@dataclass(slots=True)
class _Harvest:
    """What the next page of ours will hold."""

    conversations: list[Conversation] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.conversations or self.gone or self.parked)

    def page(self, place: Place, now: datetime) -> Page:
        return Page(
            conversations=tuple(self.conversations),
            cursor=place.text(),
            gone=tuple(self.gone),
            parked=tuple(self.parked),
            reached_at=place.reached_at,
            waits_since=place.waits_since(now),
        )


class Sweep:
    """Reads everything that changed since a place. Used once."""

    def __init__(
        self,
        http: Http,
        *,
        place: Place,
        wanted: Wanted,
        ours: Ours,
        directory: Directory,
        gathering: Gathering,
    ) -> None:
        self._http = http
        self._place = place
        self._wanted = wanted
        self._directory = directory
        self._gathering = gathering
        self._export = Export(http)
        self._ledger = Ledger(http, start=place.events, edge=place.edge, ours=ours)
        self._recent: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._untold = {ticket_id for ticket_id, _ in place.noisy}
        """Tickets whose message events an earlier process read, and this one never sees."""
        self._is_doubtful = place.doubt > 0
        self._is_long = False

    def pages(self) -> Iterator[Page]:
        """See `Provider.pages`."""
        repeats, known = 0, {None, self._place.after}
        while True:
            batch, self._place = yield from self._waiting_out(lambda: self._export.read(self._place))
            self._is_long = self._is_long or not batch.is_last
            yield from self._work_off(batch)
            if batch.is_last:
                return
            repeats = repeats + 1 if batch.after in known else 0
            known.add(batch.after)
            self._place = self._turned(batch)
            if repeats == _MOST_REPEATS:
                raise self._http.gate.failed("Zendesk repeats pages of its export; try again later.")

    def _work_off(self, batch: Batch) -> Iterator[Page]:
        self._directory.learn(batch.users)
        tickets = [ticket for ticket in batch.tickets if self._is_news(ticket)]
        live = [ticket for ticket in tickets if not mapping.is_deleted(ticket)]
        began = opening = self._place
        stalled: RetryLater | None = None
        if live or batch.is_last:
            opening = self._knowing(self._place)
            try:
                yield from self._waiting_out(lambda: self._ledger.read_through(self._needed_of(batch, live)))
            except RetryLater as later:
                # What is known by now is delivered, so that tight limits never stop all progress.
                stalled, opening = later, self._knowing(self._place)
                tickets = self._readable(tickets)
        self._place = opening
        try:
            self._directory.fetch(self._people_to_judge(tickets))
        except RetryLater as later:
            stalled = stalled or later
        chosen = self._chosen(tickets)
        try:
            self._directory.fetch(self._people_to_join(chosen))
        except RetryLater as later:
            stalled = stalled or later
        yield from self._deliver(chosen, batch, began, stalled)

    def _needed_of(self, batch: Batch, live: list[Record]) -> int:
        """The second up to which events have to be known: at the end all, for what the export holds back."""
        if batch.is_last:
            return int(self._http.gate.now().timestamp())
        return max(epoch(ticket.get("updated_at")) for ticket in live)

    def _waiting_out(self, call: Callable[[], T]) -> Generator[Page, None, T]:
        """What the call gives, once our own share of the exports allows it: empty pages meanwhile.

        A long reading that ended here would forget the comments at hand, and ask for them ticket by ticket.
        """
        gate = self._http.gate
        while True:
            try:
                return call()
            except OverBudget as over:
                wait = over.not_before_at - gate.now()
                if wait > _LONGEST_WAIT or not self._is_long:
                    raise
                yield Page((), cursor=self._place.text())
                gate.pause(wait.total_seconds())

    def _deliver(
        self, chosen: list[tuple[Record, bool]], batch: Batch, began: Place, stalled: RetryLater | None
    ) -> Iterator[Page]:
        """Gather in order, a page at a time; what is at hand is yielded before a RetryLater is raised."""
        harvest = _Harvest()
        for ticket, is_wanted in chosen:
            try:
                self._gather(ticket, is_wanted=is_wanted, into=harvest)
            except RetryLater as later:
                stalled = stalled or later
                break
            self._pass(ticket)
            if len(harvest.conversations) >= _PAGE:
                yield harvest.page(self._place, self._http.gate.now())
                harvest = _Harvest()
        if not stalled:
            yield harvest.page(self._turned(batch), self._http.gate.now())
            return
        if self._place != began or not harvest.is_empty:
            yield harvest.page(self._place, self._http.gate.now())
        raise stalled

    def _gather(self, ticket: Record, *, is_wanted: bool, into: _Harvest) -> None:
        ticket_id = str(ticket["id"])
        if not is_wanted:
            if mapping.is_deleted(ticket):
                into.gone.append(ticket_id)
            return
        try:
            conversation = self._gathered(ticket)
        except (Busy, RetryLater, Reauthorize):  # not this ticket's fault
            raise
        except (ConnectorError, *_MALFORMED) as error:
            into.parked.append(Parked(ticket_id, type(error).__name__))
            return
        if conversation:
            into.conversations.append(conversation)
        else:
            into.gone.append(ticket_id)

    def _gathered(self, ticket: Record) -> Conversation | None:
        comments = None if mapping.is_messaging(ticket) else self._comments(ticket)
        if comments is None:
            return self._gathering.asked(ticket)
        people = [*authors(comments), person_id(ticket.get("requester_id"))]
        self._directory.fetch(people)  # no request unless the batch before could not be finished
        return self._gathering.joined(ticket, comments)

    def _comments(self, ticket: Record) -> list[Record] | None:
        return None if str(ticket["id"]) in self._untold else self._ledger.comments(ticket)

    def _chosen(self, tickets: list[Record]) -> list[tuple[Record, bool]]:
        chosen = []
        for ticket in tickets:
            try:
                head = self._head(ticket)
            except _MALFORMED:
                chosen.append((ticket, True))  # gathering it fails the same way, and parks it
            else:
                chosen.append((ticket, not head.is_deleted and self._wanted(head)))
        return chosen

    def _head(self, ticket: Record) -> Head:
        requester_id = person_id(ticket.get("requester_id"))
        return mapping.head(
            ticket,
            is_opted_out=self._directory.is_opted_out(requester_id),
            is_quiet=self._is_quiet(ticket),
        )

    def _is_quiet(self, ticket: Record) -> bool:
        """Whether no message can have changed: the events up to its last update say so (BEHAVIOR 3, 4)."""
        story = self._ledger.story(str(ticket["id"]))
        if story is None or story.noisy_since is not None or str(ticket["id"]) in self._untold:
            return False
        if epoch(ticket.get("updated_at")) > story.newest:
            return False
        # Messaging turns may leave no event, so there only a change that is all ours proves anything.
        return story.is_ours or not (mapping.is_messaging(ticket) or self._is_doubtful)

    def _people_to_judge(self, tickets: list[Record]) -> list[str | None]:
        return [
            person_id(ticket.get("requester_id"))
            for ticket in tickets
            if not mapping.is_deleted(ticket) and not self._is_quiet(ticket)
        ]

    def _people_to_join(self, chosen: list[tuple[Record, bool]]) -> list[str | None]:
        return [
            author
            for ticket, is_wanted in chosen
            if is_wanted and not mapping.is_messaging(ticket)
            for author in authors(self._comments(ticket) or ())
        ]

    def _is_news(self, ticket: Record) -> bool:
        ticket_id, at = str(ticket["id"]), stamp(ticket)
        return not self._place.has_passed(ticket_id, at) and (ticket_id, at) not in self._recent

    def _readable(self, tickets: list[Record]) -> list[Record]:
        """The first tickets, up to one whose events are not all known."""
        for number, ticket in enumerate(tickets):
            if not mapping.is_deleted(ticket) and not self._ledger.covers(epoch(ticket.get("updated_at"))):
                return tickets[:number]
        return tickets

    def _pass(self, ticket: Record) -> None:
        """Note that this ticket is delivered."""
        ticket_id, at = str(ticket["id"]), stamp(ticket)
        self._ledger.take(ticket_id)
        self._untold.discard(ticket_id)
        self._recent[ticket_id, at] = None
        if len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)
        if any(noisy == ticket_id for noisy, _ in self._place.noisy):
            others = tuple(each for each in self._place.noisy if each[0] != ticket_id)
            self._place = replace(self._place, noisy=others)
        self._place = self._place.past(ticket_id, at)

    def _knowing(self, place: Place) -> Place:
        return place.knowing(self._ledger.position, sorted(self._ledger.edge), self._ledger.noisy())

    def _turned(self, batch: Batch) -> Place:
        """The place after an API page: its events are known, whatever they belong to."""
        place = self._knowing(self._place)
        if batch.after or not batch.is_last:
            place = place.turned(batch.after or place.after, start=place.start)
        # else the stream ends without a cursor: this page is read again, past what is delivered of it
        if batch.is_last and place.doubt:
            place = replace(place, doubt=place.doubt - 1)
        return place
