"""Gathering one ticket whole: its comments, or for messaging its conversation log."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import Unsupported
from ...model import Conversation, Message
from ..base import Wanted
from ..http import Http
from . import mapping
from .limits import LOG
from .mapping import Record, person_id
from .paging import Missing, pages
from .people import Directory
from .readings import Readings


class Gathering:
    """Turns tickets into conversations, asking for what is not at hand."""

    def __init__(self, http: Http, directory: Directory, readings: Readings) -> None:
        self._http = http
        self._directory = directory
        self._readings = readings
        self._has_log = True
        """False once this account has said that its plan has no conversation log."""

    def joined(self, ticket: Record, comments: Iterable[Record]) -> Conversation:
        """A ticket with the comments that came in bulk; its people must be known."""
        people = self._people(ticket)
        return self._conversation(ticket, [mapping.comment(record, people) for record in comments])

    def asked(self, ticket: Record, wanted: Wanted | None = None) -> Conversation | None:
        """A ticket with its messages asked for one by one; None when it is gone, or not wanted."""
        ticket_id = str(ticket["id"])
        self._directory.fetch([person_id(ticket.get("requester_id"))])
        if wanted is not None and not wanted(self.joined(ticket, []).head):
            return None
        if mapping.is_messaging(ticket) and self._has_log:
            try:
                return self._from_log(ticket, ticket_id)
            except Unsupported:
                self._has_log = False
            except Missing as missing:
                self._has_log = not missing.is_endpoint  # else this chat has none; its comments decide
        try:
            return self._from_comments(ticket, ticket_id)
        except Missing:
            return None

    def _from_comments(self, ticket: Record, ticket_id: str) -> Conversation:
        comments: list[Record] = []
        for page in pages(self._http, f"/api/v2/tickets/{ticket_id}/comments", params={"include": "users"}):
            comments += page.get("comments") or []
            self._directory.learn(page.get("users") or [])
        self._directory.fetch(authors(comments))
        return self.joined(ticket, comments)

    def _from_log(self, ticket: Record, ticket_id: str) -> Conversation:
        events: list[Record] = []
        for page in pages(self._http, f"/api/v2/tickets/{ticket_id}/conversation_log", buckets=LOG):
            events += page.get("events") or page.get("conversation_log") or []
        people = self._people(ticket)
        turns = [mapping.turn(event, people) for event in events]
        return self._conversation(ticket, [turn for turn in turns if turn])

    def _conversation(self, ticket: Record, messages: list[Message]) -> Conversation:
        self._readings.note(ticket)
        requester_id = person_id(ticket.get("requester_id"))
        head = mapping.head(ticket, is_opted_out=self._directory.is_opted_out(requester_id))
        ids = [
            requester_id,
            person_id(ticket.get("assignee_id")),
            *(message.author_id for message in messages),
        ]
        return Conversation(head=head, messages=mapping.in_order(messages), people=self._directory.names(ids))

    def _people(self, ticket: Record) -> mapping.People:
        return mapping.People(
            requester_id=person_id(ticket.get("requester_id")),
            assignee_id=person_id(ticket.get("assignee_id")),
            role_of=self._directory.role,
        )


def authors(comments: Iterable[Record]) -> list[str | None]:
    """Who wrote these comments; None stands for the system."""
    return [person_id(comment.get("author_id")) for comment in comments]
