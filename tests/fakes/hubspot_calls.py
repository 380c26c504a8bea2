"""What every route of the HubSpot stand-in shares: the call, the knobs, cursors and the shape of answers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .hubspot_account import HubSpotAccount
from .hubspot_properties import Refused
from .hubspot_records import OBJECT_TYPES, TYPE_NAMES, Record, iso, modified_name
from .hubspot_search import RESULT_WALL

Answer = tuple[int, Any]


@dataclass(slots=True)
class Knobs:
    """What the documentation leaves open, or what differs from account to account."""

    bad_row_fails_batch: bool = False
    """A bad row makes the whole update a 400; otherwise it is 207 with the other rows written."""
    forgotten_results: set[str] = field(default_factory=set)
    """Ids that a batch update carries out but does not mention in its answer."""
    unlinked_are_errors: bool = True
    """Sources without links are listed in `errors` with a 207; otherwise they are only left out."""
    association_page: int = 100
    message_page: int = 100
    """Messages a page holds at most, whatever limit is asked for."""
    result_wall: int = RESULT_WALL


@dataclass(frozen=True, slots=True)
class Call:
    """One request that got past the door."""

    query: Mapping[str, str]
    body: Any
    number: int
    knobs: Knobs


def encode_cursor(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode()


def decode_cursor(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value.encode()).decode()
    except ValueError:
        raise Refused("VALIDATION_ERROR", "The paging cursor is not one of ours.") from None


def type_of(name: str) -> str:
    """The object type a path names. Raises Refused."""
    name = TYPE_NAMES.get(name, name)
    if name not in OBJECT_TYPES:
        raise Refused("VALIDATION_ERROR", f"Unable to infer object type from: {name}")
    return name


def number_of(query: Mapping[str, str], name: str, *, default: int, largest: int) -> int:
    try:
        number = int(query.get(name, default))
    except ValueError:
        number = -1
    if not 0 < number <= largest:
        raise Refused("VALIDATION_ERROR", f"{name} must be between 1 and {largest}")
    return number


def inputs_of(body: Any, *, most: int) -> list[Any]:
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not inputs:
        raise Refused("VALIDATION_ERROR", "inputs must be a list with something in it")
    if len(inputs) > most:
        raise Refused(
            "VALIDATION_ERROR", f"The maximum number of inputs supported in a batch request is {most}"
        )
    return inputs


def shown(record: Record, names: Iterable[str], values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A record as answers show it: the asked and the three default properties, all text."""
    values = record.values if values is None else values
    wanted = dict.fromkeys([*names, "createdate", modified_name(record.object_type), "hs_object_id"])
    answer = {
        "id": record.id,
        "properties": {name: values.get(name) or None for name in wanted},
        "createdAt": iso(record.created_at),
        "updatedAt": values[modified_name(record.object_type)],
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        answer["archivedAt"] = iso(record.archived_at)
    return answer


def not_found(object_type: str, ids: list[str]) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {object_type.upper()} objects, they may be deleted or not exist.",
        "context": {"ids": ids},
    }


def batch_answer(results: list[Any], errors: list[Any], account: HubSpotAccount) -> Answer:
    at = iso(account.now())
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    if errors:
        body |= {"errors": errors, "numErrors": len(errors)}
    return (207 if errors else 200), body
