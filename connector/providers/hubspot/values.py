"""Times, values and complaints in HubSpot's spelling; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ...model import FieldValue


def parse_time(value: Any) -> datetime | None:
    """Milliseconds since 1970 or ISO 8601, both of which HubSpot sends (BEHAVIOR.md 7), as aware UTC."""
    if value is None or value == "":
        return None
    text = str(value)
    try:
        if re.fullmatch(r"-?\d+", text):
            return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def millis(at: datetime) -> str:
    """A time as search filters take it, rounded down."""
    return str((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


def property_text(value: FieldValue) -> str:
    """One of our values as HubSpot takes it: always a string, empty to clear."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


def is_same(wanted: str, found: Any) -> bool:
    """Whether a property has the value we set, in whichever spelling HubSpot gives it back."""
    text = "" if found is None else str(found)
    if wanted == text:
        return True
    try:
        return float(wanted) == float(text)
    except ValueError:
        at = parse_time(wanted)
        return at is not None and at == parse_time(text)


def ids_in(errors: Iterable[Any]) -> dict[str, str]:
    """The record ids a batch answer complains about, with the category of each complaint."""
    named: dict[str, str] = {}
    for row in errors:
        if not isinstance(row, dict):
            continue
        context = row.get("context")
        category = row.get("category") or row.get("subCategory") or row.get("code") or "ERROR"
        for name in ("ids", "id", "objectId"):
            ids = context.get(name) if isinstance(context, dict) else None
            for id_ in ids if isinstance(ids, list) else [ids] if ids else []:
                named.setdefault(str(id_), str(category))
    return named
