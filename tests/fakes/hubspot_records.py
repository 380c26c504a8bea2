"""The nouns of the HubSpot stand-in: records, threads, grants, and how types and times are spelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TYPE_NAMES = {
    "0-5": "tickets",
    "ticket": "tickets",
    "0-1": "contacts",
    "contact": "contacts",
    "0-49": "emails",
    "email": "emails",
    "0-46": "notes",
    "note": "notes",
    "0-48": "calls",
    "call": "calls",
    "0-18": "communications",
    "communication": "communications",
    "0-47": "meetings",
    "meeting": "meetings",
    "0-3": "deals",
    "deal": "deals",
    "0-19": "feedback_submissions",
    "feedback_submission": "feedback_submissions",
}
"""The other spellings of an object type in a path."""
OBJECT_TYPES = (
    *("tickets", "contacts", "emails", "notes", "calls", "communications", "meetings"),
    *("deals", "feedback_submissions"),
)
LINK_TYPE_IDS = {
    ("tickets", "contacts"): 16,
    ("tickets", "calls"): 219,
    ("tickets", "emails"): 223,
    ("tickets", "meetings"): 225,
    ("tickets", "notes"): 227,
    ("tickets", "communications"): 84,
    ("contacts", "tickets"): 15,
    ("contacts", "calls"): 193,
    ("contacts", "emails"): 197,
    ("contacts", "meetings"): 199,
    ("contacts", "notes"): 201,
    ("contacts", "communications"): 82,
    ("emails", "tickets"): 224,
    ("emails", "contacts"): 198,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("tickets", "feedback_submissions"): 99,
    ("feedback_submissions", "tickets"): 100,
    ("contacts", "feedback_submissions"): 97,
    ("feedback_submissions", "contacts"): 98,
}
ALL_SCOPES = frozenset(
    {
        "oauth",
        "tickets",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "sales-email-read",
        "conversations.read",
        "crm.objects.owners.read",
        "crm.objects.deals.read",
        "crm.objects.feedback_submissions.read",
    }
)


def iso(at: datetime) -> str:
    """HubSpot's spelling: milliseconds when there are any, and none when they are zero."""
    at = at.astimezone(UTC)
    millis = at.microsecond // 1000
    return f"{at:%Y-%m-%dT%H:%M:%S}.{millis:03d}Z" if millis else f"{at:%Y-%m-%dT%H:%M:%S}Z"


def modified_name(object_type: str) -> str:
    """Contacts call it `lastmodifieddate`, everything else `hs_lastmodifieddate`."""
    return "lastmodifieddate" if object_type == "contacts" else "hs_lastmodifieddate"


@dataclass(slots=True)
class Record:
    """One CRM record; `versions` are its (known since, values) for an index that lags."""

    id: str
    object_type: str
    values: dict[str, str]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    versions: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)

    def as_indexed(self, at: datetime) -> dict[str, str] | None:
        """The values the search index holds at an instant; None before the first is indexed."""
        known = [values for since, values in self.versions if since <= at]
        return known[-1] if known else None


@dataclass(slots=True)
class Thread:
    """One inbox conversation; messages are kept as the API's own dictionaries, oldest first."""

    id: str
    created_at: datetime
    latest_at: datetime
    ticket_id: str | None
    contact_id: str | None
    status: str = "OPEN"
    is_spam: bool = False
    is_archived: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PropertyWrite:
    """One property value that a write request brought for one record."""

    at: datetime
    object_type: str
    id: str
    name: str
    value: str
    changed: bool
    request: int
    """Which request it came in."""


@dataclass(slots=True)
class Grant:
    """An access token's rights; `expires_at` None for a static token."""

    scopes: frozenset[str]
    expires_at: datetime | None = None
    refresh_token: str | None = None
