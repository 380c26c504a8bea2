"""Emails, notes, calls and communications of tickets, by the batch."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ...errors import Misconfigured
from .crm import Crm, Record
from .cursor import Cursor
from .mapping import ENGAGEMENT_PROPERTIES
from .refusals import NoSuchPath, Refused
from .values import millis

log = logging.getLogger(__name__)


def engagements_of(crm: Crm, ticket_ids: Sequence[str]) -> dict[str, dict[str, list[Record]]]:
    """All engagements of these tickets: ticket id -> kind -> records."""
    found: dict[str, dict[str, list[Record]]] = {id_: {} for id_ in ticket_ids}
    for kind, properties in ENGAGEMENT_PROPERTIES.items():
        with _spared(kind):
            links = crm.linked("tickets", ticket_ids, kind)
            records = crm.read(kind, dict.fromkeys(id_ for ids in links.values() for id_ in ids), properties)
            for ticket_id, ids in links.items():
                found[ticket_id][kind] = [records[id_] for id_ in ids if id_ in records]
    return found


def changed_engagements(crm: Crm, window: Cursor) -> Iterator[tuple[str, Record]]:
    """(kind, record) of every engagement changed within the window; the records hold their times only."""
    for kind in ENGAGEMENT_PROPERTIES:
        with _spared(kind):
            for records, _total in crm.search(kind, in_window(window), ("hs_lastmodifieddate",)):
                for record in records:
                    yield kind, record


@contextmanager
def _spared(kind: str) -> Iterator[None]:
    """An account whose plan or scopes keep calls, notes or communications from us is read without them:
    they are context, and never scored. E-mails are what people said, and cannot be spared, unless the
    account has none to give: no such path."""
    try:
        yield
    except (Misconfigured, Refused) as refusal:
        if kind == "emails" and not isinstance(refusal, NoSuchPath):
            raise
        log.warning("HubSpot does not let us read %s; conversations are read without them.", kind)


def in_window(window: Cursor) -> list[Mapping[str, str]]:
    """Search filters for what changed within the window: `>=` and `<=`, or boundary records are lost."""
    filters: list[Mapping[str, str]] = []
    if window.begin:
        filters.append(
            {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": millis(window.begin)}
        )
        if window.end:
            filters.append(
                {"propertyName": "hs_lastmodifieddate", "operator": "LTE", "value": millis(window.end)}
            )
    return filters


def marked_at(record: Mapping[str, Any]) -> str | None:
    """When an engagement was last changed, in HubSpot's spelling."""
    value = (record.get("properties") or {}).get("hs_lastmodifieddate") or record.get("updatedAt")
    return str(value) if value else None
