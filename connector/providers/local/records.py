"""A record in the format of the `score` command -> our conversation; pure."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...errors import Unreadable
from ...fields import OPT_OUT
from ...model import Conversation, Head, Message, Role
from .rows import Record

_CLOSED = frozenset({"closed", "archived"})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_UNFIT_FOR_AN_ID = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def conversation_of(record: Record, *, opted_out: Container[str], changed_at: datetime) -> Conversation:
    """The conversation of one line; `changed_at` stands in when the record names no time.

    Raises Unreadable with what is wrong, never with a word of it.
    """
    conversation_id = identifier(record.get("id"))
    if conversation_id is None:
        raise Unreadable("no usable id")
    if not isinstance(record.get("messages"), list):
        raise Unreadable("messages is not a list")
    messages = in_order(tuple(_message(item, n) for n, item in enumerate(record["messages"], 1)))
    if len({message.id for message in messages}) < len(messages):
        raise Unreadable("two messages have the same id")
    status = record.get("status")
    head = head_of(
        conversation_id,
        updated_at=instant(record.get("updated_at")) or _last_sent_at(messages) or changed_at,
        contact_id=identifier(record.get("contact_id")),
        tags=record.get("tags"),
        opted_out=opted_out,
        status=status.lower() if isinstance(status, str) else "",
        channel=record.get("channel"),
    )
    head = replace(head, attributes=attributes_in(record))
    return Conversation(head, messages, names_in(record.get("people")))


def head_of(
    conversation_id: str,
    *,
    updated_at: datetime,
    contact_id: str | None,
    tags: Any,
    opted_out: Container[str],
    status: str,
    channel: Any,
) -> Head:
    """The head of a conversation, from values as lenient as a file holds them."""
    tag_set = frozenset(
        whole_text(tag) for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str) and tag
    )
    return Head(
        id=conversation_id,
        updated_at=updated_at,
        contact_id=contact_id,
        tags=tag_set,
        is_opted_out=OPT_OUT in tag_set or (contact_id is not None and contact_id in opted_out),
        is_closed=status in _CLOSED,
        is_deleted=status == "deleted",
        channel=whole_text(channel) if isinstance(channel, str) and channel else None,
    )


def attributes_in(record: Record) -> dict[str, str]:
    """`brand`, `pipeline`, `queue`, `channel` and the properties of `contact`, as rules name them."""
    contact = record.get("contact")
    found = {name: record.get(name) for name in ("brand", "pipeline", "queue", "channel")}
    found |= {
        f"contact.{name}": value for name, value in (contact if isinstance(contact, dict) else {}).items()
    }
    if isinstance(found["channel"], str):
        found["channel"] = found["channel"].lower()
    return {whole_text(name): text for name, value in found.items() if (text := identifier(value))}


def names_in(values: Any) -> tuple[str, ...]:
    """The names in a list, where it is one."""
    listed = values if isinstance(values, list) else ()
    return tuple(dict.fromkeys(whole_text(name) for name in listed if isinstance(name, str) and name.strip()))


def in_order(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Oldest first; a message without a time stays behind the one before it."""
    last = datetime.min.replace(tzinfo=UTC)
    keys = []
    for position, message in enumerate(messages):
        last = message.sent_at or last
        keys.append((last, position))
    return tuple(messages[position] for _, position in sorted(keys))


def identifier(value: Any) -> str | None:
    """An id as text, from text or a whole number; None when it is neither or unfit to store."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if 0 < len(text) <= 255 and not _UNFIT_FOR_AN_ID.search(text) else None


def instant(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC, taken as UTC when it names no zone; None when it is no time."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def whole_text(text: str) -> str:
    """The same text, of the same length, that can be encoded: half characters become U+FFFD."""
    return text if text.isascii() else _LONE_SURROGATE.sub("�", text)


def _message(item: Any, number: int) -> Message:
    if not isinstance(item, dict):
        raise Unreadable(f"message {number} is not an object")
    message_id = identifier(item.get("id"))
    if message_id is None:
        raise Unreadable(f"message {number} has no usable id")
    try:
        role = Role(str(item.get("role")))
    except ValueError:
        raise Unreadable(f"message {number} has an unknown role") from None
    text, html = item.get("text"), item.get("html")
    is_html = text is None and html is not None
    body = html if is_html else "" if text is None else text
    if not isinstance(body, str):
        raise Unreadable(f"message {number} has a text that is not text")
    language = item.get("language")
    return Message(
        id=message_id,
        role=role,
        body=whole_text(body),
        is_html=is_html,
        is_public=item.get("public") is not False,
        sent_at=instant(item.get("sent_at")),
        author_id=identifier(item.get("author_id")),
        language=whole_text(language) if isinstance(language, str) and language else None,
    )


def _last_sent_at(messages: tuple[Message, ...]) -> datetime | None:
    return max((message.sent_at for message in messages if message.sent_at), default=None)
