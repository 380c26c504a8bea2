"""HubSpot's records as our nouns; pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ...fields import OPT_OUT
from ...limits import decode_json
from ...model import Head, Message, Role
from .values import parse_time

Row = Mapping[str, Any]
ActorOf = Callable[[str], str]
"""Owner id -> actor id."""

CONTACT_PROPERTIES = (OPT_OUT, "firstname", "lastname")
TICKET_PROPERTIES = (
    "content",
    "createdate",
    "hs_is_closed",
    "hs_lastmodifieddate",
    "hs_pipeline",
    "source_type",
)
ENGAGEMENT_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "emails": (
        "hs_email_direction",
        "hs_email_headers",
        "hs_email_html",
        "hs_email_status",
        "hs_email_text",
        "hs_lastmodifieddate",
        "hs_timestamp",
        "hubspot_owner_id",
    ),
    "notes": ("hs_lastmodifieddate", "hs_note_body", "hs_timestamp", "hubspot_owner_id"),
    "calls": ("hs_call_body", "hs_lastmodifieddate", "hs_timestamp", "hubspot_owner_id"),
    "communications": ("hs_communication_body", "hs_lastmodifieddate", "hs_timestamp", "hubspot_owner_id"),
}
"""What is read of each kind of engagement."""

_PRIVATE_BODIES = {
    "notes": ("note", "hs_note_body", True),
    "calls": ("call", "hs_call_body", True),
    "communications": ("communication", "hs_communication_body", False),
}
_UNSENT = frozenset({"BOUNCED", "FAILED", "SCHEDULED", "SENDING"})
_BULK = frozenset({"auto_reply", "bulk", "junk", "list"})
_SAME_MOMENT = timedelta(seconds=60)


def properties_of(record: Row) -> Mapping[str, Any]:
    """A record's properties; strings or None."""
    return record.get("properties") or {}


def ticket_head(
    ticket: Row, *, contact_id: str | None = None, is_opted_out: bool = False, is_quiet: bool = False
) -> Head:
    """What a ticket's own record says about the conversation."""
    values = properties_of(ticket)
    source = values.get("source_type")
    channel = source.lower() if isinstance(source, str) and source else None
    places = {"pipeline": values.get("hs_pipeline"), "channel": channel}
    return Head(
        id=str(ticket["id"]),
        updated_at=parse_time(values.get("hs_lastmodifieddate") or ticket.get("updatedAt")),
        contact_id=contact_id,
        is_opted_out=is_opted_out,
        is_quiet=is_quiet,
        is_deleted=bool(ticket.get("archived")),
        is_closed=values.get("hs_is_closed") == "true",
        channel=channel,
        attributes={name: id_ for name, id_ in places.items() if isinstance(id_, str) and id_},
    )


def full_name(first: object, last: object) -> str:
    """A person's name in one piece; empty when HubSpot knows neither half."""
    return " ".join(half.strip() for half in (first, last) if isinstance(half, str) and half.strip())


def name_of(contact: Row) -> str:
    """What a contact is called; empty when that is not known."""
    values = properties_of(contact)
    return full_name(values.get("firstname"), values.get("lastname"))


def is_opted_out(contact: Row) -> bool:
    """The contact carries our opt-out."""
    return properties_of(contact).get(OPT_OUT) == "true"


def thread_message(row: Row) -> Message | None:
    """A message of a conversations thread; None for assignments, status changes and what we do not know."""
    kind, actor = row.get("type"), _actor(row)
    if row.get("archived") or kind not in {"MESSAGE", "COMMENT", "WELCOME_MESSAGE"}:
        return None
    status = row.get("status")
    if isinstance(status, dict) and status.get("statusType") == "FAILED":
        return None
    if kind == "COMMENT":
        role, is_automated = (Role.AGENT, False) if actor.startswith("A-") else (Role.SYSTEM, True)
    elif kind == "WELCOME_MESSAGE":
        role, is_automated = Role.BOT, True
    else:
        role, is_automated = _role(actor, row.get("direction"))
    rich = row.get("richText")
    return Message(
        id=str(row["id"]),
        role=role,
        body=str(rich or row.get("text") or ""),
        is_html=bool(rich),
        is_public=kind != "COMMENT",
        is_automated=is_automated,
        sent_at=parse_time(row.get("createdAt")),
        # An E- actor is somebody's address, which must not become an identifier (BEHAVIOR.md 8).
        author_id=actor if actor and not actor.startswith("E-") else None,
    )


def _actor(row: Row) -> str:
    senders = [each for each in row.get("senders") or [] if isinstance(each, dict)]
    actor = next((each.get("actorId") for each in senders if each.get("actorId")), None)
    return str(actor or row.get("createdBy") or "")


def _role(actor: str, direction: Any) -> tuple[Role, bool]:
    """(role, is automated): an outgoing message is not necessarily a person's reply (BEHAVIOR.md 9)."""
    prefix = actor[:2]
    if prefix in {"L-", "B-", "I-"}:
        return Role.BOT, True
    if prefix == "A-" and direction == "OUTGOING":
        return Role.AGENT, False
    if prefix in {"V-", "E-", ""} and direction == "INCOMING":
        return Role.CUSTOMER, False
    return Role.SYSTEM, True


def email_message(record: Row, actor_of: ActorOf) -> Message | None:
    """An e-mail engagement; None when it never reached anybody, or its direction is unknown."""
    values = properties_of(record)
    direction = values.get("hs_email_direction")
    roles = {"INCOMING_EMAIL": Role.CUSTOMER, "EMAIL": Role.AGENT, "FORWARDED_EMAIL": Role.AGENT}
    if direction not in roles or values.get("hs_email_status") in _UNSENT:
        return None
    role = roles[direction]
    rich = values.get("hs_email_html")
    return Message(
        id=f"email-{record['id']}",
        role=role,
        body=rich or values.get("hs_email_text") or "",
        is_html=bool(rich),
        is_public=direction != "FORWARDED_EMAIL",
        is_automated=_says_automated(values.get("hs_email_headers")),
        sent_at=parse_time(values.get("hs_timestamp")),
        author_id=_owner(values, actor_of) if role is Role.AGENT else None,
    )


def private_message(kind: str, record: Row, actor_of: ActorOf) -> Message:
    """A note, call or communication: context written by our side, never a reply (BEHAVIOR.md 10)."""
    prefix, name, is_html = _PRIVATE_BODIES[kind]
    values = properties_of(record)
    return Message(
        id=f"{prefix}-{record['id']}",
        role=Role.AGENT,
        body=values.get(name) or "",
        is_html=is_html,
        is_public=False,
        sent_at=parse_time(values.get("hs_timestamp")),
        author_id=_owner(values, actor_of),
    )


def description(ticket: Row) -> Message | None:
    """The ticket's own text, which is the customer's when nothing else was said."""
    values = properties_of(ticket)
    content = values.get("content")
    if not content:
        return None
    sent_at = parse_time(values.get("createdate"))
    return Message(id="content", role=Role.CUSTOMER, body=content, sent_at=sent_at)


def messages_of(
    ticket: Row, said: Sequence[Message], engagements: Mapping[str, Sequence[Row]], actor_of: ActorOf
) -> tuple[Message, ...]:
    """All of a ticket's messages, oldest first: `said` in threads, and the engagements that add to it."""
    emails = [message for row in engagements.get("emails", ()) if (message := email_message(row, actor_of))]
    texts = {row_id(row): properties_of(row).get("hs_email_text") for row in engagements.get("emails", ())}
    threaded = [(message, normalised(message.body)) for message in said]
    fresh = [
        email
        for email in emails
        if not any(_is_twin(email, texts.get(email.id), message, text) for message, text in threaded)
    ]
    private = [
        private_message(kind, row, actor_of) for kind in _PRIVATE_BODIES for row in engagements.get(kind, ())
    ]
    told = [*said, *fresh]
    if not told and (first := description(ticket)):
        told.append(first)
    return tuple(sorted([*told, *private], key=_moment))


def row_id(email: Row) -> str:
    """The message id of an e-mail engagement."""
    return f"email-{email['id']}"


def _is_twin(email: Message, plain: str | None, message: Message, text: str) -> bool:
    """An inbox e-mail stands in the thread and again as an engagement, there with quotes (BEHAVIOR.md 11)."""
    if (
        (email.role is Role.CUSTOMER) != (message.role is Role.CUSTOMER)
        or not email.sent_at
        or not message.sent_at
    ):
        return False
    if abs(email.sent_at - message.sent_at) > _SAME_MOMENT:
        return False
    bodies = {normalised(body) for body in (email.body, plain) if body} or {""}
    return any(body == text or (text and body.startswith(text)) for body in bodies)


def normalised(text: str) -> str:
    """Text for comparing: no markup, no spacing, no case."""
    bare = html.unescape(re.sub(r"<[^<>]*>", " ", text))
    return "".join(bare.split()).casefold()


def _moment(message: Message) -> tuple[bool, datetime]:
    """Those without a time come last."""
    return message.sent_at is None, message.sent_at or datetime.min.replace(tzinfo=UTC)


def _owner(values: Row, actor_of: ActorOf) -> str | None:
    owner = values.get("hubspot_owner_id")
    return actor_of(str(owner)) if owner else None


def _says_automated(headers: Any) -> bool:
    try:
        said = decode_json(headers) if isinstance(headers, str) else headers
    except ValueError:
        return False
    if not isinstance(said, dict):
        return False
    flat = {**said, **said["headers"]} if isinstance(said.get("headers"), dict) else said
    named = {str(name).lower(): str(value).strip().lower() for name, value in flat.items()}
    return named.get("auto-submitted", "no") != "no" or named.get("precedence") in _BULK
