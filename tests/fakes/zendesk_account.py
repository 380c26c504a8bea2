"""A fake Zendesk account: people, tickets and what happens to them. The API over it is in `zendesk.py`."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from .clock import Clock
from .zendesk_limits import RateLimits
from .zendesk_records import (
    Change,
    Comment,
    Event,
    FieldDefinition,
    Quirks,
    Ticket,
    Turn,
    User,
    as_html,
    shown_value,
    stamp,
)
from .zendesk_tokens import TokenBook

SYSTEM_AUTHOR = -1
SYSTEM_FIELDS = (("subject", "Subject"), ("description", "Description"), ("status", "Status"))


class ZendeskAccount:
    """All state, and the verbs of people who work in the account; every change moves the right stamps."""

    def __init__(self, *, clock: Clock | None = None, subdomain: str = "sample", seed: int = 0) -> None:
        self.clock = clock or Clock()
        self.subdomain = subdomain
        self.quirks = Quirks()
        self.limits = RateLimits()
        self.tokens = TokenBook(self.clock)
        self.rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.lock = threading.RLock()
        self.users: dict[int, User] = {}
        self.tickets: dict[int, Ticket] = {}
        self.events: list[Event] = []
        self.ticket_fields: dict[int, FieldDefinition] = {}
        self.user_fields: dict[int, FieldDefinition] = {}
        self.webhooks: dict[str, Any] = {}
        self.rules: dict[str, list[dict[str, Any]]] = {"triggers": [], "views": []}
        self.survey_responses: list[tuple[datetime, dict[str, Any]]] = []
        self.macros: list[dict[str, Any]] = []
        self.ticket_forms = {1: "Default form", 2: "Returns"}
        self.trigger_categories: list[dict[str, Any]] = []
        self.writes_to: Counter[int] = Counter()
        """Rows of update requests per ticket, repeated or refused ones included."""
        self.history: dict[tuple[int, int], list[Any]] = defaultdict(list)
        """(ticket id, field id) -> the values it really took on, in order."""
        self._opening: dict[int, Event] = {}
        """Events that created a ticket whose first comment may still become their child."""
        self._ids = iter(range(360_000_000_001, 370_000_000_000))
        for kind, title in SYSTEM_FIELDS:
            self.add_ticket_field(kind, title, is_system=True)
        self.admin = self.add_user("Ada Admin", "ada@agents.example", role="admin", role_type=4)
        self.tokens.consent.user_id = self.admin.id
        self.agent = self.add_user("Alex Agent", "alex@agents.example", role="agent", role_type=0)

    def next_id(self) -> int:
        return next(self._ids)

    def add_user(
        self, name: str, email: str | None, *, role: str = "end-user", role_type: int | None = None
    ) -> User:
        user = User(self.next_id(), name, email, role, role_type=role_type, updated_at=self.clock.now())
        self.users[user.id] = user
        return user

    def add_ticket_field(self, kind: str, title: str, **rest: Any) -> FieldDefinition:
        field = FieldDefinition(self.next_id(), kind, title, **rest)
        self.ticket_fields[field.id] = field
        return field

    def add_user_field(self, kind: str, title: str, key: str, **rest: Any) -> FieldDefinition:
        field = FieldDefinition(self.next_id(), kind, title, key=key, **rest)
        self.user_fields[field.id] = field
        return field

    def answer_survey(self, ticket: Ticket, rating: int | None, comment: str | None = None) -> None:
        """The requester answers the new kind of survey, from 1 to 5."""
        now = self.clock.now()
        times = {"created_at": stamp(now), "updated_at": stamp(now)}
        category = None if rating is None else "GOOD" if rating >= 4 else "BAD"
        answers: list[dict[str, Any]] = [
            {"type": "rating_scale", "rating": rating, "rating_category": category, "question": {"id": "q1"}}
            if rating is not None
            else {"type": "skipped", "question": {"id": "q1"}},
            {"type": "open_ended", "value": comment, "question": {"id": "q2"}}
            if comment
            else {"type": "skipped", "question": {"id": "q2"}},
        ]
        row = {
            "id": f"01SURVEY{self.next_id()}",
            "survey_id": "01S",
            "survey_version": 1,
            "expires_at": stamp(now + timedelta(days=28)),
            "responder_id": ticket.requester_id,
            "subjects": [{"type": "ticket", "id": str(ticket.id), "zrn": f"zen:ticket:{ticket.id}"}],
            "answers": [each | times for each in answers],
        }
        self.survey_responses.append((now, row))

    def custom_fields(self) -> list[FieldDefinition]:
        return [field for field in self.ticket_fields.values() if not field.is_system]

    def add_ticket(
        self,
        requester_id: int,
        *,
        subject: str = "A question",
        channel: str = "email",
        is_messaging: bool = False,
        at: datetime | None = None,
        tags: Iterable[str] = (),
        **rest: Any,
    ) -> Ticket:
        """A ticket without any comment yet."""
        at = at or self.clock.now()
        ticket = Ticket(
            self.next_id(),
            subject,
            requester_id,
            requester_id,
            channel,
            at,
            at,
            at,
            is_messaging=is_messaging,
            tags=list(tags),
            **rest,
        )
        self.tickets[ticket.id] = ticket
        event = self._event(ticket, requester_id, channel, at)
        event.created_fields = {"status": ticket.status, "subject": subject}
        self._opening[ticket.id] = event
        return ticket

    def add_comment(
        self,
        ticket: Ticket,
        author_id: int | None,
        text: str,
        *,
        html_text: str | None = None,
        is_public: bool = True,
        channel: str | None = None,
        at: datetime | None = None,
    ) -> Comment:
        at = at or self.clock.now()
        first = self._opening.pop(ticket.id, None)
        is_opening = first is not None and (first.updater_id, first.at) == (author_id, at)
        event = (
            first if first and is_opening else self._event(ticket, author_id, channel or ticket.channel, at)
        )
        comment = Comment(
            self.next_id(),
            author_id,
            text,
            html_text if html_text is not None else as_html(text),
            is_public,
            channel or ticket.channel,
            at,
            event.id,
        )
        event.comment = comment
        ticket.comments.append(comment)
        self._moved(ticket, at)
        return comment

    def add_turn(
        self, ticket: Ticket, author_type: str, author_id: int | None, text: str, at: datetime | None = None
    ) -> Turn:
        """A chat-like message: it moves the ticket, but no ticket event tells of it."""
        at = at or self.clock.now()
        turn = Turn(f"01TURN{self.next_id()}", author_type, author_id, text, at)
        ticket.turns.append(turn)
        self._moved(ticket, at)
        return turn

    def set_priority(self, ticket: Ticket, priority: str, at: datetime | None = None) -> None:
        at = at or self.clock.now()
        event = self._event(ticket, self.agent.id, "web", at)
        event.changes.append(Change(self.next_id(), "priority", priority, ticket.priority))
        ticket.priority = priority
        self._moved(ticket, at)

    def set_place(self, ticket: Ticket, kind: str, id_: int) -> None:
        """Move the ticket to another brand, or to another group, which is its queue."""
        at = self.clock.now()
        name, before = ("brand_id", ticket.brand_id) if kind == "brand" else ("group_id", ticket.group_id)
        self._event(ticket, self.agent.id, "web", at).changes.append(
            Change(self.next_id(), name, id_, before)
        )
        setattr(ticket, name, id_)
        self._moved(ticket, at)

    def set_status(self, ticket: Ticket, status: str, at: datetime | None = None) -> None:
        at = at or self.clock.now()
        event = self._event(ticket, self.agent.id, "web", at)
        event.changes.append(Change(self.next_id(), "status", status, ticket.status))
        ticket.status = status
        self._moved(ticket, at)

    def close(self, ticket: Ticket, at: datetime | None = None) -> None:
        self.set_status(ticket, "closed", at)

    def delete(self, ticket: Ticket, at: datetime | None = None) -> None:
        at = at or self.clock.now()
        ticket.status_before, ticket.status, ticket.deleted_at = ticket.status, "deleted", at
        self._moved(ticket, at)

    def move_silently(self, ticket: Ticket) -> None:
        """A system change: only the generated timestamp moves."""
        ticket.generated_at = self.clock.now()

    def set_values(
        self, ticket: Ticket, values: dict[int, Any], *, by: int, channel: str = "api"
    ) -> list[Change]:
        """Write custom fields as an update does: the drop-downs' tags follow; only changes leave traces."""
        changes: list[Change] = []
        tags_before = sorted(ticket.tags)
        for field_id, value in values.items():
            field = self.ticket_fields[field_id]
            before, after = (shown_value(field.type, one) for one in (ticket.values.get(field_id), value))
            untouched = before == after and type(before) is type(after)
            if untouched and not (field.type == "checkbox" and field_id not in ticket.values):
                continue
            if field.type in ("tagger", "checkbox"):
                self._swap_tags(ticket, field, before, after)
            ticket.values[field_id] = value
            if not untouched:
                self.history[ticket.id, field_id].append(after)
                changes.append(Change(self.next_id(), str(field_id), after, before))
        if changes:
            if self.quirks.tag_changes and sorted(ticket.tags) != tags_before:
                changes.append(Change(self.next_id(), "tags", sorted(ticket.tags), tags_before))
            at = self.clock.now()
            self._event(ticket, by, channel, at).changes.extend(changes)
            self._moved(ticket, at)
        return changes

    def _swap_tags(self, ticket: Ticket, field: FieldDefinition, before: Any, after: Any) -> None:
        if field.type == "checkbox":
            tag = field.rest.get("tag")
            before, after = (tag if before else None), (tag if after else None)
        if before in ticket.tags:
            ticket.tags.remove(before)
        if after and after not in ticket.tags:
            ticket.tags.append(after)

    def _event(self, ticket: Ticket, updater_id: int | None, channel: str, at: datetime) -> Event:
        event = Event(self.next_id(), ticket.id, at, updater_id, channel)
        self.next_id()  # the id of a "Create" child, should there be one
        self.events.append(event)
        return event

    def _moved(self, ticket: Ticket, at: datetime) -> None:
        ticket.updated_at = max(ticket.updated_at, at)
        ticket.generated_at = max(ticket.generated_at, at)
