"""Zendesk's records as our nouns; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ...fields import OPT_OUT
from ...model import Head, Message, PastConversation, Role

Record: TypeAlias = Mapping[str, Any]
StaffRole: TypeAlias = Callable[[str], str | None]
"""A user's Zendesk role by id (`end-user`, `agent`, `admin`); None for somebody Zendesk no longer knows."""

_RULE_CHANNELS = frozenset({"rule", "system", "trigger", "automation"})
_STAFF = frozenset({"agent", "admin"})
_TURN_KINDS = frozenset({"Comment", "VoiceComment", "Messaging::ConversationMessage"})


@dataclass(frozen=True, slots=True)
class People:
    """Who is who on one ticket."""

    requester_id: str | None
    assignee_id: str | None
    role_of: StaffRole


def instant(value: object) -> datetime | None:
    """Zendesk's time text as aware UTC; None for anything else."""
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def epoch(value: object) -> int:
    """The epoch second of Zendesk's time, as text or number; 0 when it has none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    at = instant(value)
    return int(at.timestamp()) if at else 0


def person_id(value: object) -> str | None:
    """A user's id; None for nobody and for -1, the system."""
    text = "" if value is None else str(value)
    return text if text.isdecimal() and text != "0" else None


def stamp(ticket: Record) -> int:
    """The key that orders the ticket export; it moves with every change, the system's included."""
    return epoch(ticket.get("generated_timestamp")) or epoch(ticket.get("updated_at"))


def channel(record: Record) -> str | None:
    via = record.get("via")
    name = via.get("channel") if isinstance(via, Mapping) else via
    return str(name).lower() if name else None


def is_deleted(ticket: Record) -> bool:
    return str(ticket.get("status", "")).lower() in ("deleted", "scrubbed")


def is_messaging(ticket: Record) -> bool:
    """Whether the turns of this ticket stand in its conversation log (BEHAVIOR 7)."""
    return ticket.get("from_messaging_channel") is True or channel(ticket) == "native_messaging"


def opted_out(user: Record) -> bool:
    fields = user.get("user_fields")
    return isinstance(fields, Mapping) and fields.get(OPT_OUT) is True


def head(ticket: Record, *, is_opted_out: bool, is_quiet: bool = False) -> Head:
    """What a ticket says of itself; `is_opted_out` is the requester's own field."""
    tags = frozenset(map(str, ticket.get("tags") or ()))
    return Head(
        id=str(ticket["id"]),
        updated_at=instant(ticket.get("updated_at")),
        contact_id=person_id(ticket.get("requester_id")),
        tags=tags,
        is_opted_out=is_opted_out or OPT_OUT in tags,
        is_quiet=is_quiet,
        is_deleted=is_deleted(ticket),
        is_closed=str(ticket.get("status", "")).lower() in ("closed", "archived"),
        channel=channel(ticket),
        attributes=_place(ticket),
    )


def _place(ticket: Record) -> Mapping[str, str]:
    """Brand, channel, and the group as queue."""
    told = {
        "brand": person_id(ticket.get("brand_id")),
        "queue": person_id(ticket.get("group_id")),
        "channel": channel(ticket),
    }
    return {name: id_ for name, id_ in told.items() if id_}


def comment(record: Record, people: People) -> Message:
    """One comment, the same whichever of Zendesk's lists it came from (BEHAVIOR 5)."""
    author_id = person_id(record.get("author_id"))
    is_public = record.get("public") is not False
    is_voice = "VoiceComment" in (record.get("type"), record.get("event_type"))
    is_rule = author_id is None or channel(record) in _RULE_CHANNELS
    body, is_html = _body(record)
    return Message(
        id=str(record["id"]),
        role=Role.SYSTEM if is_rule else _role(author_id, is_public=is_public, people=people),
        body=body,
        is_html=is_html,
        is_public=is_public,
        is_automated=is_rule or is_voice,
        sent_at=instant(record.get("created_at")),
        author_id=author_id,
    )


def _role(author_id: str | None, *, is_public: bool, people: People) -> Role:
    if author_id == people.requester_id:
        return Role.CUSTOMER
    if not is_public:
        return Role.AGENT  # only staff can write a private comment
    role = people.role_of(author_id or "")
    if role in _STAFF or author_id == people.assignee_id:
        return Role.AGENT  # the assignee was staff then, whatever they are now (BEHAVIOR 9)
    return Role.CUSTOMER


def _body(record: Record) -> tuple[str, bool]:
    html = record.get("html_body")
    if isinstance(html, str) and html:
        return html, True
    text = record.get("body")
    return (text if isinstance(text, str) else ""), False


def turn(record: Record, people: People) -> Message | None:
    """One event of a conversation log; None for what is not a message."""
    if str(record.get("type", "Comment")) not in _TURN_KINDS:
        return None
    author = record.get("author")
    author = author if isinstance(author, Mapping) else {}
    author_id = person_id(author.get("zen:support:user_id"))
    kind = str(author.get("type", "")).lower()
    body, is_html = _content(record)
    role = _turn_role(kind, author_id, people)
    return Message(
        id=str(record["id"]),
        role=role,
        body=body,
        is_html=is_html,
        is_public=_is_public(record),
        is_automated=role in (Role.BOT, Role.SYSTEM) or record.get("type") == "VoiceComment",
        sent_at=instant(record.get("created_at")),
        author_id=author_id,
    )


def _turn_role(kind: str, author_id: str | None, people: People) -> Role:
    if kind == "bot":
        return Role.BOT
    if kind == "agent":
        return Role.CUSTOMER if author_id and author_id == people.requester_id else Role.AGENT
    if kind in ("user", "end_user", "end-user"):
        return Role.CUSTOMER
    return Role.SYSTEM


def _is_public(record: Record) -> bool:
    places = (record, record.get("metadata"), record.get("content"))
    return not any(
        isinstance(place, Mapping) and False in (place.get("public"), place.get("is_public"))
        for place in places
    )


def _content(record: Record) -> tuple[str, bool]:
    content = record.get("content")
    if isinstance(content, str):
        return content, False
    if not isinstance(content, Mapping):
        return _body(record)
    for name, is_html in (("html_body", True), ("html_text", True), ("text", False), ("body", False)):
        value = content.get(name)
        if isinstance(value, str) and value:
            return value, is_html
    return "", False


def in_order(messages: list[Message]) -> tuple[Message, ...]:
    """Oldest first; messages of the same second, and those without a time, keep their order."""
    first = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(messages, key=lambda message: message.sent_at or first))


def past(ticket: Record) -> PastConversation | None:
    """A ticket as one earlier contact, at its creation: our own writes move `updated_at` (BEHAVIOR 3)."""
    at = instant(ticket.get("created_at"))
    if at is None or is_deleted(ticket):
        return None
    requester, submitter = person_id(ticket.get("requester_id")), person_id(ticket.get("submitter_id"))
    is_inbound = None if submitter is None else submitter == requester
    return PastConversation(id=str(ticket["id"]), kind="conversation", at=at, is_inbound=is_inbound)
