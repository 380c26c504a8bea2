"""The ticket-events export: comments in bulk, and what else happened to each ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ...limits import TooLarge
from ..http import Http
from ..outbound import MOST_BULK_BYTES
from .address import needs_admin
from .changes import Ours, is_comment, is_harmless, is_ours, rewrites
from .limits import INCREMENTAL
from .mapping import Record, epoch
from .paging import decoded
from .place import BEGINNING

_PATH = "/api/v2/incremental/ticket_events"
_FULL_PAGE = 1000
_MOST_BYTES = 64 * 1024 * 1024
_MOST_REMEMBERED = 100_000
_TOO_RECENT = (400, 422)
_LAG_SECONDS = 61
"""The exports leave out the last minute, and refuse a start inside it."""


@dataclass(slots=True)
class Story:
    """What the events say of one ticket; its comments wait here, in memory only, for their ticket."""

    first: int
    newest: int
    comments: dict[str, Record] = field(default_factory=dict, repr=False)
    size: int = 0
    noisy_since: int | None = None
    """The second in which a message was first added or changed."""
    is_incomplete: bool = False
    """Comments were left out for want of memory, or changed after they were exported."""
    is_ours: bool = True

    def note_noise(self, second: int) -> None:
        self.noisy_since = second if self.noisy_since is None else min(self.noisy_since, second)


class Ledger:
    """Reads events as far as needed and keeps, per ticket, what has not been taken yet."""

    def __init__(
        self,
        http: Http,
        *,
        start: int,
        edge: Iterable[str],
        ours: Ours,
    ) -> None:
        self.start = start
        self.position = start
        self.edge = set(edge)
        self._has_edge = bool(self.edge)
        self._http = http
        self._ours = ours
        self._bytes = 0
        self._through = -1
        self._ended_at: float | None = None
        self._stories: dict[str, Story] = {}
        self._taken: set[str] = set()
        self._has_forgotten = False
        self._page = _FULL_PAGE

    def read_through(self, second: int) -> None:
        """Read until every event up to and including `second` is known, or there are no more."""
        if self._ended_at is not None and self._http.gate.now().timestamp() - self._ended_at >= _LAG_SECONDS:
            self._ended_at = None
        while self._ended_at is None and self._through <= second:
            self._read()

    def covers(self, second: int) -> bool:
        """Whether every event up to and including `second` is known."""
        return second < self._through or (self._ended_at is not None and second <= self._through)

    def story(self, ticket_id: str) -> Story | None:
        return self._stories.get(ticket_id)

    def take(self, ticket_id: str) -> None:
        """Forget a ticket's story: it is delivered."""
        story = self._stories.pop(ticket_id, None)
        if story:
            self._bytes -= story.size
        if len(self._taken) >= _MOST_REMEMBERED:
            self._taken.clear()
            self._has_forgotten = True
        self._taken.add(ticket_id)

    def noisy(self) -> dict[str, int]:
        """Tickets not taken whose messages have changed, and since which second."""
        found = {ticket_id: story.noisy_since for ticket_id, story in self._stories.items()}
        return {ticket_id: since for ticket_id, since in found.items() if since is not None}

    def comments(self, ticket: Record) -> list[Record] | None:
        """All comments of a ticket; None when they are not surely all here (BEHAVIOR 6)."""
        ticket_id, created, updated = str(ticket["id"]), epoch(ticket.get("created_at")), _updated(ticket)
        story = self._stories.get(ticket_id)
        if story is None or story.is_incomplete or ticket_id in self._taken:
            return None
        if not story.comments and ticket.get("description"):
            return None  # its first comment should have been among the events
        is_whole = created > self.start or (created == self.start and not self._has_edge)
        if self._has_forgotten and story.first > created + 5:
            is_whole = False
        if not is_whole or not (self.covers(updated) or story.newest >= updated):
            return None
        return list(story.comments.values())

    def _read(self) -> None:
        asked = max(BEGINNING, self.position)
        try:
            answer = self._page_at(asked)
        except TooLarge:
            self._page //= 2
            if not self._page:
                self._stop_before(asked)  # smaller pages are not to be had either
            return
        if answer is None:
            # Where our clock and Zendesk's differ, only Zendesk's says what lies in the last minute.
            self._stop_before(asked)
            return
        events = [event for event in answer.get("ticket_events") or () if isinstance(event, Mapping)]
        for event in events:
            self._note(event)
        end = epoch(answer.get("end_time")) or max((_at(event) for event in events), default=asked)
        self._turn_edge(events, end)
        is_last = answer.get("end_of_stream")
        if is_last is None:
            # A short page proves nothing, for how long pages are is theirs to choose; one that leads
            # nowhere ends the stream, unless it is full.
            is_last = end <= asked and len(events) < self._page
        if not is_last and end <= asked:
            # More events in one second than a page holds: what lies behind them cannot be reached from here.
            self._stop_before(asked)
            return
        self.position = max(self.position, end) if end > asked else self.position
        self._through = end
        if is_last:
            self._ended_at = self._http.gate.now().timestamp()

    def _page_at(self, second: int) -> Record | None:
        """A page of events; None when Zendesk finds the second too recent. Raises TooLarge."""
        params = {"start_time": str(second), "include": "comment_events", "support_type_scope": "all"}
        if self._page < _FULL_PAGE:
            params["per_page"] = str(self._page)
        with needs_admin("export ticket events"):
            reply = self._http.call(
                "GET",
                _PATH,
                params=params,
                buckets=INCREMENTAL,
                accept=_TOO_RECENT,
                most_bytes=MOST_BULK_BYTES,
            )
        return None if reply.status_code in _TOO_RECENT else decoded(reply, _PATH)

    def _stop_before(self, second: int) -> None:
        """What happened from here on is not to be learned from events; comments are asked for instead."""
        self._through, self._ended_at = second - 1, self._http.gate.now().timestamp()
        for story in self._stories.values():
            if story.newest >= second:  # perhaps only some of that second's events came
                story.is_incomplete = True
                story.note_noise(second)

    def _turn_edge(self, events: list[Mapping[str, Any]], end: int) -> None:
        """Remember the events of the last second: the next page repeats them."""
        if end > self.position:
            self.edge = set()
        self.edge.update(_event_id(event) for event in events if _at(event) >= end)

    def _note(self, event: Record) -> None:
        ticket_id, at = event.get("ticket_id"), _at(event)
        if ticket_id is None or at < self.position or (at == self.position and _event_id(event) in self.edge):
            return  # the export repeats itself around the start
        story = self._stories.setdefault(str(ticket_id), Story(first=at, newest=at))
        story.first, story.newest = min(story.first, at), max(story.newest, at)
        story.is_ours = story.is_ours and is_ours(event, self._ours)
        for child in event.get("child_events") or ():
            if not isinstance(child, Mapping) or not is_harmless(child):
                story.note_noise(at)
            if not isinstance(child, Mapping):
                continue
            if rewrites(child):
                story.is_incomplete = True
            if is_comment(child):
                self._keep(story, child, event)

    def _keep(self, story: Story, child: Record, event: Record) -> None:
        child_id = str(child.get("id"))
        if story.is_incomplete or child_id in story.comments:
            return
        kept = {
            name: child[name]
            for name in ("id", "type", "event_type", "author_id", "public", "created_at", "via")
            if name in child
        }
        html = child.get("html_body")
        if not html and "body" not in child:
            story.is_incomplete = True  # the sideload is missing: only flags came
            return
        body = html or child["body"]
        kept["html_body" if html else "body"] = body if isinstance(body, str) else ""
        kept.setdefault("created_at", _iso(_at(event)))
        kept.setdefault("via", event.get("via"))
        size = 500 + 2 * len(kept.get("html_body") or kept.get("body") or "")
        if self._bytes + size > _MOST_BYTES:
            self._bytes -= story.size
            story.comments.clear()
            story.size, story.is_incomplete = 0, True
            return
        story.comments[child_id] = kept
        story.size += size
        self._bytes += size


def _updated(ticket: Record) -> int:
    return epoch(ticket.get("updated_at"))


def _at(event: Record) -> int:
    return epoch(event.get("timestamp")) or epoch(event.get("created_at"))


def _event_id(event: Record) -> str:
    if event.get("id") is not None:
        return str(event["id"])
    return "-".join(str(child.get("id")) for child in event.get("child_events") or ())


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
