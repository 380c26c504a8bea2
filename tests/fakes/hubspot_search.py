"""The HubSpot stand-in's CRM search: filters, order, pages and the 10,000-result wall."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .hubspot_account import HubSpotAccount
from .hubspot_properties import Refused, instant
from .hubspot_records import Record

RESULT_WALL = 10_000
LARGEST_PAGE = 200
_LINKS = {
    "associations.ticket": "tickets",
    "associations.contact": "contacts",
}
_PLAIN = {
    "EQ": lambda held, asked: held == asked,
    "NEQ": lambda held, asked: held != asked,
    "LT": lambda held, asked: held < asked,
    "LTE": lambda held, asked: held <= asked,
    "GT": lambda held, asked: held > asked,
    "GTE": lambda held, asked: held >= asked,
}


def search(
    account: HubSpotAccount, object_type: str, body: Mapping[str, Any], *, wall: int = RESULT_WALL
) -> tuple[list[tuple[Record, dict[str, str]]], int, int | None]:
    """(records with their indexed values, total, offset of the next page). Raises Refused."""
    groups = _groups(body)
    limit = int(body.get("limit", 10))
    if not 0 < limit <= LARGEST_PAGE:
        raise Refused("VALIDATION_ERROR", f"limit must be between 1 and {LARGEST_PAGE}")
    offset = _offset(body.get("after"))
    if offset + limit > wall:
        raise Refused("VALIDATION_ERROR", f"Paging past {wall} results of one query is not possible.")
    seen_at = account.now() - account.index_lag
    hits: list[tuple[Record, dict[str, str]]] = []
    for record in account.objects[object_type].values():
        values = record.as_indexed(seen_at)
        if values is None or record.archived_at is not None:
            continue
        if not groups or any(all(_fits(account, record, values, rule) for rule in group) for group in groups):
            hits.append((record, values))
    _sort(account, object_type, hits, body.get("sorts") or [])
    end = offset + limit
    return hits[offset:end], len(hits), end if end < len(hits) else None


def _groups(body: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    groups = [list(group.get("filters") or []) for group in body.get("filterGroups") or []]
    if len(groups) > 5 or any(len(group) > 6 for group in groups) or sum(map(len, groups)) > 18:
        raise Refused("VALIDATION_ERROR", "At most 5 filter groups of 6 filters, 18 in all.")
    if len(str(body.get("query") or "")) > 3000:
        raise Refused("VALIDATION_ERROR", "query is too long")
    if body.get("query"):
        raise Refused("VALIDATION_ERROR", "This stand-in knows no free-text search.")
    return groups


def _offset(after: Any) -> int:
    if after in (None, ""):
        return 0
    try:
        return int(after)
    except (TypeError, ValueError):
        raise Refused("VALIDATION_ERROR", "after must be an integer offset") from None


def _kind(account: HubSpotAccount, object_type: str, name: str) -> str:
    definition = account.properties[object_type].get(name)
    if definition is None:
        raise Refused("VALIDATION_ERROR", f"There was a problem with the request: unknown property {name}")
    return str(definition["type"])


def _comparable(kind: str, value: Any) -> Any:
    text = str(value)
    try:
        if kind == "number":
            return float(text)
        if kind in ("datetime", "date"):
            # The index keeps milliseconds.
            return int(instant(text).timestamp() * 1000)
    except ValueError:
        raise Refused("VALIDATION_ERROR", f"{text[:40]} is no {kind}") from None
    return text.lower()


def _fits(
    account: HubSpotAccount, record: Record, values: Mapping[str, str], rule: Mapping[str, Any]
) -> bool:
    name, operator = str(rule.get("propertyName")), str(rule.get("operator"))
    if name in _LINKS:
        linked = set(account.links.get((record.object_type, record.id, _LINKS[name]), ()))
        return bool(linked & set(_asked(rule, operator)))
    kind = _kind(account, record.object_type, name)
    held = values.get(name) or None
    if operator == "HAS_PROPERTY":
        return held is not None
    if operator == "NOT_HAS_PROPERTY":
        return held is None
    if held is None:
        return operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
    return _compares(kind, held, operator, rule)


def _compares(kind: str, held: str, operator: str, rule: Mapping[str, Any]) -> bool:
    if operator in _PLAIN:
        if "value" not in rule:
            raise Refused("VALIDATION_ERROR", f"{operator} needs a value")
        check: Callable[[Any, Any], bool] = _PLAIN[operator]
        return check(_comparable(kind, held), _comparable(kind, rule["value"]))
    if operator == "BETWEEN":
        low, high = _comparable(kind, rule.get("value")), _comparable(kind, rule.get("highValue"))
        return bool(low <= _comparable(kind, held) <= high)
    if operator in ("IN", "NOT_IN"):
        return _is_in(kind, held, rule) == (operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        has = str(rule.get("value", "")).strip("*").lower() in held.lower().split()
        return has == (operator == "CONTAINS_TOKEN")
    raise Refused("VALIDATION_ERROR", f"Unknown operator {operator}")


def _is_in(kind: str, held: str, rule: Mapping[str, Any]) -> bool:
    asked = rule.get("values")
    if not isinstance(asked, list):
        raise Refused("VALIDATION_ERROR", "IN needs values")
    if kind in ("number", "datetime", "date"):
        return _comparable(kind, held) in {_comparable(kind, value) for value in asked}
    # Text has to be given in lower case here; other operators do not mind.
    return held.lower() in {str(value) for value in asked}


def _asked(rule: Mapping[str, Any], operator: str) -> Sequence[str]:
    if operator == "EQ":
        return [str(rule.get("value"))]
    if operator == "IN" and isinstance(rule.get("values"), list):
        return [str(value) for value in rule["values"]]
    raise Refused("VALIDATION_ERROR", f"{operator} does not work on associations")


def _sort(
    account: HubSpotAccount, object_type: str, hits: list[tuple[Record, dict[str, str]]], sorts: Sequence[Any]
) -> None:
    if len(sorts) > 1:
        raise Refused("VALIDATION_ERROR", "Only one sort is possible")
    hits.sort(key=lambda hit: int(hit[0].id))
    if not sorts:
        return
    rule = sorts[0]
    if isinstance(rule, str):
        name, is_down = rule.lstrip("-"), rule.startswith("-")
    else:
        name, is_down = str(rule.get("propertyName")), rule.get("direction") == "DESCENDING"
    kind = _kind(account, object_type, name)
    blank: Any = float("-inf") if kind in ("number", "datetime", "date") else ""
    hits.sort(key=lambda hit: _comparable(kind, hit[1][name]) if hit[1].get(name) else blank, reverse=is_down)
