"""What a ticket event says has happened: messages, our own writes, or somebody's change; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mapping import Record

_HARMLESS = frozenset(
    {
        "notification", "notificationwithccs", "followernotificationevent", "cc", "emailccchange",
        "followerchange", "external", "push", "error", "satisfactionrating", "ticketsharingevent",
        "organizationactivity", "agentmacroreference", "slatargetchange", "webhookevent",
    }
)  # fmt: skip
"""Kinds of child events that touch neither messages nor fields. A kind that is neither here nor a change
makes a ticket count as changed."""
_ABOUT_THE_CHANGE = frozenset(
    {
        "id", "via", "via_id", "via_reference_id", "event_type", "type", "previous_value", "value",
        "created_at", "audit_id", "author_id", "metadata", "field_name", "field", "field_id",
        "field_title", "field_type", "old_value", "new_value", "custom_ticket_fields", "custom_fields",
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


def is_change(child: Record) -> bool:
    """Whether this child says that fields have other values now, whatever its kind is called."""
    name = kind(child)
    if not name:
        return "body" not in child and next(_changed_fields(child), None) is not None
    return name.endswith("change") and name not in _HARMLESS and "comment" not in name and not rewrites(child)


def is_harmless(child: Record) -> bool:
    """Whether this child can have added or changed no message."""
    return (kind(child) in _HARMLESS or is_change(child)) and not child.get("comment_present")


def rewrites(child: Record) -> bool:
    """Whether this child changed an earlier message: a redaction, or a reply made private."""
    return any(word in kind(child) for word in ("redact", "privacy"))


def is_ours(event: Record, ours: Ours) -> bool:
    """Whether we made this event and it changes only our fields, or tags that our drop-downs carry."""
    if ours.user_id is None or str(event.get("updater_id")) != ours.user_id:
        return False
    children = [child for child in event.get("child_events") or () if isinstance(child, Mapping)]
    return bool(children) and all(
        is_harmless(child) and (not is_change(child) or _changes_ours(child, ours)) for child in children
    )


def _changes_ours(child: Record, ours: Ours) -> bool:
    # The shape of a change is not documented; every shape seen or remembered is read (BEHAVIOR 4).
    fields = set(_changed_fields(child))
    touched = _changed_tags(child)
    if not fields and touched is None:
        return False
    return fields <= ours.field_ids and (touched is None or touched <= ours.tags)


def _changed_fields(child: Record) -> Iterator[str]:
    for name in ("field_name", "field", "field_id"):
        value = child.get(name)
        value = value.get("id") if isinstance(value, Mapping) else value
        if isinstance(value, str | int) and str(value) != "tags":
            yield _bare(str(value))
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
    for prefix in ("custom_fields_", "custom_field_", "ticket_fields_", "ticket_field_"):
        name = name.removeprefix(prefix)
    return name


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
