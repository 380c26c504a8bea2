"""What a ticket event says has happened: messages, our own writes, or somebody's change; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mapping import Record

_HARMLESS = frozenset(
    {
        "change", "notification", "notificationwithccs", "followernotificationevent", "cc", "emailccchange",
        "followerchange", "external", "push", "error", "satisfactionrating", "ticketsharingevent",
        "organizationactivity", "agentmacroreference", "slatargetchange", "webhookevent",
    }
)  # fmt: skip
"""Kinds of child events that touch no message. A kind that is not here makes a ticket count as changed."""
_ABOUT_THE_CHANGE = frozenset(
    {
        "id", "via", "via_id", "via_reference_id", "event_type", "type", "previous_value", "value",
        "created_at", "audit_id", "author_id", "metadata", "field_name", "field", "custom_ticket_fields",
        "custom_fields",
        "tags", "added_tags", "removed_tags", "comment_present", "comment_public",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ours:
    """What marks a change as our own write."""

    user_id: str | None
    field_ids: frozenset[str]
    tags: frozenset[str]


def kind(child: Record) -> str:
    return str(child.get("event_type") or child.get("type") or "").lower()


def is_comment(child: Record) -> bool:
    return kind(child) in ("comment", "voicecomment")


def is_harmless(child: Record) -> bool:
    """Whether this child can have added or changed no message."""
    return kind(child) in _HARMLESS and not child.get("comment_present")


def rewrites(child: Record) -> bool:
    """Whether this child changed an earlier message: a redaction, or a reply made private."""
    return any(word in kind(child) for word in ("redact", "privacy"))


def is_ours(event: Record, ours: Ours) -> bool:
    """Whether we made this event and it changes only our fields, or tags that our drop-downs carry."""
    if ours.user_id is None or str(event.get("updater_id")) != ours.user_id:
        return False
    children = [child for child in event.get("child_events") or () if isinstance(child, Mapping)]
    return bool(children) and all(
        is_harmless(child) and (kind(child) != "change" or _changes_ours(child, ours)) for child in children
    )


def _changes_ours(child: Record, ours: Ours) -> bool:
    # The shape of a change is not documented; every shape seen or remembered is read (BEHAVIOR 4).
    fields = set(_changed_fields(child))
    touched = _changed_tags(child)
    if not fields and touched is None:
        return False
    return fields <= ours.field_ids and (touched is None or touched <= ours.tags)


def _changed_fields(child: Record) -> Iterator[str]:
    for name in ("field_name", "field"):
        if isinstance(child.get(name), str | int) and str(child[name]) != "tags":
            yield _bare(str(child[name]))
    for name in ("custom_ticket_fields", "custom_fields"):
        value = child.get(name)
        if isinstance(value, Mapping):
            yield from map(_bare, map(str, value))
        elif isinstance(value, list):
            yield from (str(entry.get("id")) if isinstance(entry, Mapping) else "?" for entry in value)
    for name in child:
        if name not in _ABOUT_THE_CHANGE:
            yield _bare(name)


def _bare(name: str) -> str:
    return name.removeprefix("custom_fields_").removeprefix("ticket_fields_").removeprefix("ticket_field_")


def _changed_tags(child: Record) -> frozenset[str] | None:
    """Tags added or removed; None when the change is not about tags."""
    added, removed = child.get("added_tags"), child.get("removed_tags")
    if added is not None or removed is not None:
        return _tags(added) | _tags(removed)
    if "tags" in child:
        return _tags(child["tags"]) ^ _tags(child.get("previous_value"))
    if "tags" in (child.get("field_name"), child.get("field")):
        return _tags(child.get("value")) ^ _tags(child.get("previous_value"))
    return None


def _tags(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.replace(",", " ").split())
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
