"""What a contact has been through with us before: times and directions, never a text."""

from __future__ import annotations

from collections.abc import Sequence

from ...model import PastConversation
from .crm import BATCH_LIMIT, Crm
from .mapping import properties_of
from .values import parse_time

_KINDS = {
    "tickets": ("conversation", "createdate", None),
    "emails": ("email", "hs_timestamp", "hs_email_direction"),
    "calls": ("call", "hs_timestamp", "hs_call_direction"),
    "notes": ("note", "hs_timestamp", None),
}
_INBOUND = {"INCOMING_EMAIL": True, "INBOUND": True, "EMAIL": False, "OUTBOUND": False}


def history_of(crm: Crm, contact_id: str, limit: int) -> Sequence[PastConversation]:
    """A contact's earlier tickets, mails, calls and notes, newest first; two requests for each kind."""
    past: list[PastConversation] = []
    for kind, (name, time_property, direction_property) in _KINDS.items():
        ids = sorted(crm.linked("contacts", [contact_id], kind).get(contact_id, ()), key=int, reverse=True)
        wanted = [time_property, *([direction_property] if direction_property else [])]
        for id_, record in crm.read(kind, ids[: min(limit, BATCH_LIMIT)], wanted).items():
            values = properties_of(record)
            at = parse_time(values.get(time_property) or record.get("createdAt"))
            if at is not None:
                inbound = _INBOUND.get(str(values.get(direction_property))) if direction_property else None
                past.append(PastConversation(id=id_, kind=name, at=at, is_inbound=inbound))
    return sorted(past, key=lambda each: each.at, reverse=True)[:limit]
