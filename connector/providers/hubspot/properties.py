"""Our custom properties: made once, adopted when they are there, never changed in kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import Misconfigured
from ...model import Field
from .refusals import Lost, Refused
from .sdk import GatedPool, Sdk

GROUP = "empathy_connector"
GROUP_LABEL = "Empathy Connector"
OBJECTS = {"conversation": "tickets", "contact": "contacts"}
_KINDS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "integer": (("number", ("number",)),),
    "decimal": (("number", ("number",)),),
    "choice": (("enumeration", ("select", "radio")),),
    "checkbox": (("bool", ("booleancheckbox",)), ("enumeration", ("booleancheckbox",))),
    "text": (("string", ("text", "textarea")),),
    "datetime": (("datetime", ("date",)),),
}
"""Our type -> the (type, fieldTypes) it may have on HubSpot; the first is what we make (BEHAVIOR.md 15)."""
_TRIES = 3


class Properties:
    """The property definitions of tickets and contacts."""

    def __init__(self, sdk: Sdk, pool: GatedPool) -> None:
        self._sdk = sdk
        self._pool = pool

    def ensure(self, fields: Sequence[Field]) -> Mapping[str, str]:
        """Create or adopt; our name -> property name. Raises Misconfigured before anything was made when
        a property of ours has another type."""
        wanted: dict[str, list[Field]] = {}
        for field in fields:
            wanted.setdefault(OBJECTS[field.on], []).append(field)
        found = {kind: self._defined(kind) for kind in wanted}
        for kind, ours in wanted.items():
            check(kind, ours, found[kind])
        for kind, ours in wanted.items():
            self._complete(kind, ours, found[kind])
        return {field.name: field.name for field in fields}

    def _complete(self, kind: str, ours: Sequence[Field], found: Mapping[str, Mapping[str, Any]]) -> None:
        for field in ours:
            if field.name in found and (options := completed_options(field, found[field.name])):
                self._core.update(kind, field.name, {"options": options})
        for _ in range(_TRIES):
            missing = [field for field in ours if field.name not in found]
            if not missing:
                return
            self._make_group(kind)
            made = [self._make(kind, field) for field in missing]
            if all(made):
                return
            found = self._defined(kind)  # somebody else made it, or the answer was lost: look again
            check(kind, ours, found)
        if any(field.name not in found for field in ours):
            raise self._pool.outage()

    def _make(self, kind: str, field: Field) -> bool:
        """Whether it is certain that the property is now there as we want it."""
        try:
            self._core.create(kind, definition(field))
        except Lost:
            return False
        except Refused as refused:
            if refused.status == 409 or "ALREADY_EXISTS" in refused.note:
                return False
            raise Misconfigured(
                f"HubSpot refuses to create the property {field.name} on {kind} ({refused.note}); "
                "free a custom property or a permission, then run fields again."
            ) from None
        return True

    def _make_group(self, kind: str) -> None:
        groups = self._sdk.crm.properties.groups_api
        for _ in range(_TRIES):
            if any(row.get("name") == GROUP for row in groups.get_all(kind).get("results") or []):
                return
            try:
                groups.create(kind, {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1})
            except Lost:
                continue  # look whether it was made
            except Refused as refused:
                if refused.status != 409 and "ALREADY_EXISTS" not in refused.note:
                    raise
            return
        raise self._pool.outage()

    def _defined(self, kind: str) -> dict[str, Mapping[str, Any]]:
        answer = self._core.get_all(kind)
        return {str(row["name"]): row for row in answer.get("results") or []}

    @property
    def _core(self) -> Any:
        return self._sdk.crm.properties.core_api


def definition(field: Field) -> dict[str, Any]:
    """A property as HubSpot wants it described."""
    kind, (field_type, *_) = _KINDS[field.type][0]
    described: dict[str, Any] = {
        "name": field.name,
        "label": field.title,
        "description": field.description,
        "groupName": GROUP,
        "type": kind,
        "fieldType": field_type,
    }
    options = [("true", "Yes"), ("false", "No")] if field.type == "checkbox" else field.options
    if options:
        described["options"] = [option(value, label, order) for order, (value, label) in enumerate(options)]
    return described


def option(value: str, label: str, order: int) -> dict[str, Any]:
    """One choice; order and visibility are required."""
    return {"value": value, "label": label, "displayOrder": order, "hidden": False}


def check(kind: str, ours: Sequence[Field], found: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises Misconfigured naming the first property of ours that cannot be adopted."""
    for field in ours:
        row = found.get(field.name)
        if row is None:
            continue
        if not any(
            row.get("type") == type_ and row.get("fieldType") in kinds for type_, kinds in _KINDS[field.type]
        ):
            type_, kinds = _KINDS[field.type][0]
            raise Misconfigured(
                f"The HubSpot property {field.name} on {kind} has the type "
                f"{row.get('type')}/{row.get('fieldType')}, but "
                f"{type_}/{kinds[0]} is needed; rename or delete that property, then run fields again."
            )
        if (row.get("modificationMetadata") or {}).get("readOnlyValue"):
            raise Misconfigured(
                f"The HubSpot property {field.name} on {kind} is read-only; "
                "rename or delete it, then run fields again."
            )


def completed_options(field: Field, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All options of a property whose choices lack some of ours; empty when none is missing."""
    there = list(row.get("options") or [])
    values = {each.get("value") for each in there}
    missing = [(value, label) for value, label in field.options if value not in values]
    if not missing:
        return []
    kept = [
        {
            name: each[name]
            for name in ("value", "label", "displayOrder", "hidden", "description")
            if name in each
        }
        for each in there
    ]
    return kept + [option(value, label, len(kept) + order) for order, (value, label) in enumerate(missing)]
