"""Our field values as Zendesk wants them, and whether they are there already; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...fields import all_fields
from ...model import Field, FieldValue, FieldValues

TICKET_TYPES: Mapping[str, str] = {
    "integer": "integer",
    "decimal": "decimal",
    "choice": "tagger",
    "checkbox": "checkbox",
    "text": "text",
    "datetime": "text",  # Zendesk has dates without a time of day only
}
USER_TYPES: Mapping[str, str] = {**TICKET_TYPES, "choice": "dropdown"}
LONGEST_TEXT = 255


def option(field: Field, value: str) -> str:
    """An option's value on Zendesk: it becomes a tag, so it carries its field's name (BEHAVIOR 11)."""
    return f"{field.name.removesuffix('_band')}_{value}"


def option_tags() -> frozenset[str]:
    """Every tag that our drop-downs add to tickets."""
    return frozenset(option(field, value) for field in all_fields() for value, _ in field.options)


def encoded(field: Field, value: FieldValue) -> FieldValue:
    """A canonical value as Zendesk takes it."""
    if value is None:
        return None
    match field.type:
        case "choice":
            return option(field, str(value))
        case "checkbox":
            return bool(value)
        case "integer":
            return int(value)
        case "decimal":
            return float(value)
        case _:
            return str(value)[:LONGEST_TEXT]


def ticket_values(values: FieldValues, field_ids: Mapping[str, str]) -> list[dict[str, Any]]:
    """`custom_fields` of an update: only fields of ours that exist in the account."""
    return [
        {"id": int(field_ids[field.name]), "value": encoded(field, values[field.name])}
        for field in all_fields()
        if field.on == "conversation" and field.name in values and field.name in field_ids
    ]


def user_values(values: FieldValues) -> dict[str, FieldValue]:
    """`user_fields` of an update."""
    return {
        field.name: encoded(field, values[field.name])
        for field in all_fields()
        if field.on == "contact" and field.name in values
    }


def is_same(wanted: Any, found: Any) -> bool:
    """Whether a value is there: numbers come back as text, blanks as null, "" or false (BEHAVIOR 12)."""
    if wanted in (None, "", False) and found in (None, "", False):
        # 0 equals False in Python and is a value here.
        return not _is_number(wanted) and not _is_number(found)
    if _is_number(wanted):
        try:
            return abs(float(found) - float(wanted)) < 1e-9
        except (TypeError, ValueError):
            return False
    if isinstance(wanted, bool):
        return wanted == (found is True or str(found).lower() == "true")
    return str(wanted) == str(found)


def has_values(ticket: Mapping[str, Any], wanted: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a ticket, as Zendesk shows it, holds all the values of an update."""
    found = {str(field.get("id")): field.get("value") for field in ticket.get("custom_fields") or ()}
    return all(is_same(field["value"], found.get(str(field["id"]))) for field in wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
