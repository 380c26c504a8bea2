"""The rows of a fake Zendesk account, and how the API shows them."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STAFF = ("agent", "admin")


def stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def epoch(at: datetime) -> int:
    return int(at.timestamp())


@dataclass(slots=True)
class Quirks:
    """Where the platform's behaviour varies, or is not documented to the letter."""

    duplicates: int = 1
    """Rows of a page that the next page of the cursor export shows again."""
    empty_pages: int = 0
    """How many next export pages are empty without being the end."""
    page_rows: int = 1000
    """What the exports give per page at most, whatever is asked for."""
    change_shape: str = "audit"
    """`audit`: {field_name, value, previous_value}; `flat`: {custom_ticket_fields: {id: value}}."""
    tag_changes: bool = True
    """A drop-down's new value shows as a change of the tags too."""
    row_details: str = "text"
    """`text` or `object`: the details of a failed row of a job."""
    polls_to_finish: int = 2
    job_fates: list[str] = field(default_factory=list)
    """What becomes of the next jobs as a whole: `failed`, `killed` or `completed`."""
    has_conversation_log: bool = True
    has_surveys: bool = True
    has_macros: bool = True
    """The plan has satisfaction surveys, old and new."""
    anonymous_me: bool = True
    """Asking who a dead token is answers 200 and nobody, instead of 401."""


@dataclass(slots=True)
class User:
    id: int
    name: str
    email: str | None
    role: str = "end-user"
    is_active: bool = True
    role_type: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None

    def shown(self, origin: str, known_fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "url": f"{origin}/api/v2/users/{self.id}.json",
            "name": self.name,
            "email": self.email,
            "role": self.role,
            "role_type": self.role_type,
            "active": self.is_active,
            "suspended": False,
            "time_zone": "UTC",
            "updated_at": stamp(self.updated_at),
            "user_fields": known_fields | self.fields,
        }


@dataclass(slots=True)
class Comment:
    id: int
    author_id: int | None
    text: str
    html_text: str
    is_public: bool
    channel: str
    created_at: datetime
    audit_id: int

    def shown(self) -> dict[str, Any]:
        """As `/tickets/{id}/comments` gives it: without a ticket id."""
        return {
            "id": self.id,
            "type": "Comment",
            "author_id": self.author_id,
            "body": self.text,
            "html_body": self.html_text,
            "plain_body": self.text,
            "public": self.is_public,
            "attachments": [],
            "audit_id": self.audit_id,
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": stamp(self.created_at),
            "metadata": {"system": {}, "custom": {}},
        }

    def as_log_entry(self, author_type: str) -> dict[str, Any]:
        """As the conversation log gives it: markup in `content.body`, visibility in `metadata`."""
        return {
            "id": f"01LOG{self.id:021d}",
            "type": "Comment",
            "author": log_author(author_type, self.author_id),
            "content": {"type": "html", "body": self.html_text},
            "reference": f"zen:ticket_event:{self.id}",
            "created_at": stamp(self.created_at),
            "metadata": {"public": self.is_public, "system": {}, "custom": {}},
            "attachments": [],
        }

    def as_child(self, *, whole: bool) -> dict[str, Any]:
        """As a child of a ticket event; without the sideload it only says that there is one."""
        shared = {"id": self.id, "via_reference_id": None, "event_type": "Comment"}
        if not whole:
            return shared | {
                "via": "Web service",
                "comment_present": True,
                "comment_public": self.is_public,
            }
        shown = self.shown()
        shown.pop("plain_body")
        shown.pop("metadata")
        return shown | shared


@dataclass(slots=True)
class Turn:
    """One message of a chat-like conversation; only the conversation log has it."""

    id: str
    author_type: str
    author_id: int | None
    text: str
    created_at: datetime

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "Messaging::ConversationMessage",
            "author": log_author(self.author_type, self.author_id),
            "content": {"type": "text", "text": self.text},
            "reference": f"zen:sunco:conversation_message:{self.id}",
            "created_at": stamp(self.created_at),
            "metadata": {},
            "attachments": [],
        }


@dataclass(slots=True)
class Change:
    id: int
    field: str
    value: Any
    previous: Any

    def as_child(self, shape: str) -> dict[str, Any]:
        shared = {
            "id": self.id,
            "via": "Web service",
            "via_reference_id": None,
            "type": "Change",
            "event_type": "Change",
            "previous_value": self.previous,
        }
        if shape == "audit":
            return shared | {"field_name": self.field, "value": self.value}
        if self.field.isdigit():
            return shared | {"custom_ticket_fields": {self.field: self.value}}
        return shared | {self.field: self.value}


@dataclass(slots=True)
class Event:
    id: int
    ticket_id: int
    at: datetime
    updater_id: int | None
    channel: str
    comment: Comment | None = None
    changes: list[Change] = field(default_factory=list)
    created_fields: dict[str, Any] | None = None
    """Set on the event that created the ticket."""

    def shown(self, *, whole_comments: bool, change_shape: str) -> dict[str, Any]:
        children = [change.as_child(change_shape) for change in self.changes]
        if self.created_fields is not None:
            children.append(
                {"id": self.id + 1, "event_type": "Create", "type": "Create"} | self.created_fields
            )
        if self.comment:
            children.append(self.comment.as_child(whole=whole_comments))
        return {
            "id": self.id,
            "ticket_id": self.ticket_id,
            "timestamp": epoch(self.at),
            "created_at": stamp(self.at),
            "updater_id": self.updater_id,
            "via": {"channel": self.channel},
            "system": {},
            "metadata": {},
            "event_type": "Audit",
            "child_events": children,
        }


@dataclass(slots=True)
class FieldDefinition:
    id: int
    type: str
    title: str
    key: str | None = None
    """Users' fields have one; tickets' fields are known by id alone."""
    options: list[dict[str, Any]] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)
    is_system: bool = False
    is_active: bool = True

    def shown(self, origin: str, collection: str) -> dict[str, Any]:
        shown = self.rest | {
            "id": self.id,
            "url": f"{origin}/api/v2/{collection}/{self.id}.json",
            "type": self.type,
            "title": self.title,
            "raw_title": self.title,
            "active": self.is_active,
            "removable": not self.is_system,
        }
        if self.key is not None:
            shown["key"] = self.key
        if self.type in ("tagger", "dropdown", "multiselect"):
            shown["custom_field_options"] = self.options
        return shown


@dataclass(slots=True)
class Ticket:
    id: int
    subject: str
    requester_id: int
    submitter_id: int
    channel: str
    created_at: datetime
    updated_at: datetime
    generated_at: datetime
    status: str = "open"
    priority: str | None = None
    assignee_id: int | None = None
    is_messaging: bool = False
    support_type: str = "agent"
    tags: list[str] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    deleted_at: datetime | None = None
    status_before: str | None = None
    brand_id: int = 1
    group_id: int | None = None
    rating: dict[str, Any] = field(default_factory=lambda: {"score": "unoffered"})
    metrics: dict[str, Any] = field(default_factory=dict)
    form_id: int = 1

    def metric_set(self) -> dict[str, Any]:
        """The sideloaded figures; those that nothing is known for are null."""

        def minutes(name: str) -> dict[str, Any]:
            return {"calendar": self.metrics.get(name), "business": None}

        return {
            "id": self.id + 1_000_000,
            "ticket_id": self.id,
            "group_stations": 1,
            "assignee_stations": 1,
            "reopens": self.metrics.get("reopens", 0),
            "replies": self.metrics.get("replies", 0),
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
            "solved_at": stamp(self.metrics.get("solved_at")),
            "reply_time_in_minutes": minutes("reply"),
            "reply_time_in_seconds": {"calendar": self.metrics.get("reply_seconds")},
            "first_resolution_time_in_minutes": minutes("resolution"),
            "full_resolution_time_in_minutes": minutes("resolution"),
            "requester_wait_time_in_minutes": minutes("wait"),
        }

    def shown(self, origin: str, definitions: list[FieldDefinition]) -> dict[str, Any]:
        values = [
            {"id": one.id, "value": shown_value(one.type, self.values.get(one.id))} for one in definitions
        ]
        return {
            "id": self.id,
            "url": f"{origin}/api/v2/tickets/{self.id}.json",
            "subject": self.subject,
            "raw_subject": self.subject,
            "description": self.comments[0].text if self.comments else "",
            "status": self.status,
            "priority": self.priority,
            "requester_id": self.requester_id,
            "submitter_id": self.submitter_id,
            "assignee_id": self.assignee_id,
            "organization_id": None,
            "group_id": self.group_id,
            "brand_id": self.brand_id,
            "ticket_form_id": self.form_id,
            "via": {"channel": self.channel, "source": {"from": {}, "to": {}, "rel": None}},
            "from_messaging_channel": self.is_messaging,
            "support_type": self.support_type,
            "tags": sorted(self.tags),
            "custom_fields": values,
            "fields": values,
            "satisfaction_rating": self.rating,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
            "generated_timestamp": epoch(self.generated_at),
        }


def shown_value(kind: str, value: Any) -> Any:
    """Numbers come back as strings, an unset checkbox as false, everything else that is unset as null."""
    if kind == "checkbox":
        return bool(value)
    if value is not None and kind in ("integer", "decimal"):
        return str(value)
    return value


def log_author(kind: str, user_id: int | None) -> dict[str, Any]:
    return {
        "type": kind,
        "display_name": "Somebody",
        "zen:support:user_id": user_id,
        "zen:sunco:user_id": f"sunco-{user_id}",
    }


def as_html(text: str) -> str:
    return f'<div class="zd-comment" dir="auto">{html.escape(text, quote=False)}</div>'
