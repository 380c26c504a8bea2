"""A ticket of Zendesk's own JSON export, comments included -> our conversation; pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...errors import Unreadable
from ...model import Conversation, Message, Role
from .records import head_of, identifier, in_order, instant, names_in, whole_text
from .rows import Record

_ROLES = {"end-user": Role.CUSTOMER, "agent": Role.AGENT, "admin": Role.AGENT, "owner": Role.AGENT}
_MACHINE_CHANNELS = frozenset({"rule", "system", "automation", "trigger", "macro"})
_PEOPLE = ("requester", "submitter", "assignee")


def is_ticket(record: Record) -> bool:
    """Whether this looks like a ticket rather than one of our own conversations."""
    ticket = record.get("ticket")
    if isinstance(ticket, dict):
        return True
    return "messages" not in record and any(
        key in record for key in ("comments", "requester_id", "requester", "description")
    )


def conversation_of_ticket(
    record: Record, *, opted_out: Container[str], changed_at: datetime
) -> Conversation:
    """The conversation of one ticket, or of `{"ticket": {...}, "comments"?, "users"?}`.

    Raises Unreadable with what is wrong, never with a word of it.
    """
    ticket = record["ticket"] if isinstance(record.get("ticket"), dict) else record
    ticket_id = identifier(ticket.get("id"))
    if ticket_id is None:
        raise Unreadable("the ticket has no usable id")
    comments = ticket.get("comments", record.get("comments"))
    if comments is not None and not isinstance(comments, list):
        raise Unreadable("comments is not a list")
    requester_id = identifier(ticket.get("requester_id")) or _id_of(ticket.get("requester"))
    roles = _roles(ticket, (record.get("users"), ticket.get("users")), requester_id)
    if comments is None:
        messages = _description(ticket, ticket_id, requester_id)
    else:
        messages = tuple(_message(item, n, ticket_id, roles) for n, item in enumerate(comments, 1))
    if len({message.id for message in messages}) < len(messages):
        raise Unreadable("two comments have the same id")
    status = ticket.get("status")
    head = head_of(
        ticket_id,
        updated_at=instant(ticket.get("updated_at")) or changed_at,
        contact_id=requester_id,
        tags=ticket.get("tags"),
        opted_out=opted_out,
        status=status.lower() if isinstance(status, str) else "",
        channel=_channel(ticket),
    )
    place = {
        "brand": identifier(ticket.get("brand_id")),
        "queue": identifier(ticket.get("group_id")),
        "channel": _channel(ticket),
    }
    head = replace(head, attributes={name: id_ for name, id_ in place.items() if id_})
    return Conversation(
        head, in_order(messages), _names(ticket, comments, (record.get("users"), ticket.get("users")))
    )


def _message(item: Any, number: int, ticket_id: str, roles: dict[str, Role]) -> Message:
    if not isinstance(item, dict):
        raise Unreadable(f"comment {number} is not an object")
    body, is_html = _body(item)
    author = item.get("author")
    author_id = identifier(item.get("author_id")) or _id_of(author)
    is_machine = _channel(item) in _MACHINE_CHANNELS or author_id == "-1"
    stated = _ROLES.get(str(author.get("role"))) if isinstance(author, dict) else None
    return Message(
        id=identifier(item.get("id")) or f"{ticket_id}:{number}",
        role=Role.SYSTEM if is_machine else stated or roles.get(author_id or "", Role.AGENT),
        body=body,
        is_html=is_html,
        is_public=item.get("public") is not False,
        is_automated=is_machine,
        sent_at=instant(item.get("created_at")),
        author_id=author_id,
    )


def _description(ticket: Record, ticket_id: str, requester_id: str | None) -> tuple[Message, ...]:
    text = ticket.get("description")
    if not isinstance(text, str) or not text:
        return ()
    return (
        Message(
            id=f"{ticket_id}:description",
            role=Role.CUSTOMER,
            body=whole_text(text),
            sent_at=instant(ticket.get("created_at")),
            author_id=requester_id,
        ),
    )


def _body(item: Record) -> tuple[str, bool]:
    for key in ("html_body", "plain_body", "body"):
        text = item.get(key)
        if isinstance(text, str) and text:
            return whole_text(text), key == "html_body"
    return "", False


def _roles(ticket: Record, lists: Iterable[Any], requester_id: str | None) -> dict[str, Role]:
    # Whoever is neither known nor the requester wrote from our side: exports leave agents out, not customers.
    roles = {requester_id: Role.CUSTOMER} if requester_id else {}
    nested = [ticket.get(key) for key in _PEOPLE]
    listed = [user for users in lists if isinstance(users, list) for user in users]
    for user in (*nested, *listed):
        user_id = _id_of(user)
        role = _ROLES.get(str(user.get("role"))) if isinstance(user, dict) else None
        if user_id and role:
            roles[user_id] = role
    return roles


def _names(ticket: Record, comments: Any, lists: Iterable[Any]) -> tuple[str, ...]:
    nested = [ticket.get(key) for key in _PEOPLE]
    listed = [user for users in lists if isinstance(users, list) for user in users]
    authors = [item.get("author") for item in comments or () if isinstance(item, dict)]
    people = (*nested, *listed, *authors)
    return names_in([person.get("name") for person in people if isinstance(person, dict)])


def _id_of(person: Any) -> str | None:
    return identifier(person.get("id")) if isinstance(person, dict) else None


def _channel(item: Record) -> str | None:
    via = item.get("via")
    channel = via.get("channel") if isinstance(via, dict) else via
    return channel if isinstance(channel, str) else None
