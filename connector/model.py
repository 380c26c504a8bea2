"""The nouns of the connector, as frozen dataclasses; standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, TypeAlias

Sealed = NewType("Sealed", bytes)
"""Bytes that only the vault can open. Storing plain text where this is asked for is a type error."""

FieldValue: TypeAlias = int | float | bool | str | None
FieldValues: TypeAlias = Mapping[str, FieldValue]
"""Values by our own field names (`manifests/fields.toml`), in canonical form: bands without a prefix,
times as RFC 3339 UTC text, None for blank."""


class Role(StrEnum):
    """Who wrote a message."""

    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as the platform gave it; `repr` never shows the body."""

    id: str
    role: Role
    body: str = field(repr=False)
    is_html: bool = False
    is_public: bool = True
    is_automated: bool = False
    """The platform's own metadata says that no person wrote this (auto-reply, rule, import)."""
    sent_at: datetime | None = None
    author_id: str | None = None
    language: str | None = None
    """Language code stated by the source; skips the language gate."""
    is_opted_out: bool = False
    """Its author is on the account's opt-out list: it has no body here, and no score."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a conversation before its messages are gathered."""

    id: str
    updated_at: datetime | None = None
    contact_id: str | None = None
    tags: frozenset[str] = frozenset()
    is_opted_out: bool = False
    """The contact, or the conversation itself, carries `empathy_opt_out`."""
    is_quiet: bool = False
    """The provider can show that no message was added or changed since the cursor."""
    is_deleted: bool = False
    is_closed: bool = False
    channel: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What rules may ask for: `brand`, `queue`, `pipeline`, `channel`, and contact properties as
    `contact.NAME`."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all its messages, oldest first."""

    head: Head
    messages: tuple[Message, ...]
    people: tuple[str, ...] = field(default=(), repr=False)
    """Display names of the conversation's own people, for redaction; never logged, never stored."""
    threads: tuple[str, ...] = ()
    """The platform's threads that something here was said in, so that each can be erased by its id."""

    @property
    def id(self) -> str:
        return self.head.id


class Status(StrEnum):
    """Whether a message or conversation has a score, and if not, of which kind the absence is."""

    SCORED = "scored"
    NOT_APPLICABLE = "not_applicable"
    NOT_SCORED = "not_scored"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that earned (positive points) or cost (negative) something.

    `start` and `end` are code-point offsets into the message's `text_used`, end exclusive;
    `body_start` and `body_end` are offsets into the platform's own body where they could be traced.
    """

    start: int
    end: int
    rule: str
    points: float
    message_id: str | None = None
    body_start: int | None = None
    body_end: int | None = None


@dataclass(frozen=True, slots=True)
class MessageScore:
    """What one message scored and why; the field names are those of the `score` command."""

    id: str
    role: Role
    status: Status
    reason: str | None
    reason_text: str
    language: str | None
    sentiment: float | None
    frustration: float | None
    intensity: int | None
    empathy: int | None
    band: str | None
    dimensions: Mapping[str, int] | None
    dismissive: float | None
    canned: bool | None
    evidence: tuple[Evidence, ...] | None
    ruleset: str
    text_used: str = field(repr=False)
    sent_at: datetime | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationScore:
    """A conversation's scorecard, rolled up from its messages' scores."""

    id: str
    status: Status
    reason: str | None
    reason_text: str
    language: str | None
    sentiment: float | None
    sentiment_shift: float | None
    frustration: float | None
    intensity: int | None
    empathy: int | None
    band: str | None
    dimensions: Mapping[str, int] | None
    dismissive: float | None
    canned: bool | None
    needs_attention: bool
    evidence: tuple[Evidence, ...]
    ruleset: str
    messages: tuple[MessageScore, ...]


@dataclass(frozen=True, slots=True)
class ContactPast:
    """What is known of a contact's earlier conversations; numbers only."""

    conversations_30d: int = 0
    """How many other conversations of theirs changed in the last 30 days."""
    last_sentiment: float | None = None
    last_frustration: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The account a token belongs to, as the platform names it."""

    id: str
    name: str
    user_id: str | None = None
    """Whom our own writes are attributed to, where the platform says."""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One custom field of ours, from `manifests/fields.toml`."""

    name: str
    title: str
    type: str
    """`integer`, `decimal`, `choice`, `checkbox`, `text` or `datetime`."""
    on: str
    """`conversation` or `contact`."""
    description: str
    options: tuple[tuple[str, str], ...] = ()
    """(value, label) pairs of a `choice`."""
    is_extended: bool = False


class Outcome(StrEnum):
    """How the write-back of one conversation ended."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    GONE = "gone"
    LOCKED = "locked"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Write:
    """The values one conversation (or contact) should have; absolute, never increments."""

    id: str
    values: FieldValues


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one `Write`; `note` is a short reason without any text of people."""

    id: str
    outcome: Outcome
    note: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that could not be read or scored, by its id and error class, never its text."""

    id: str
    error: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changed conversations, and the cursor that is safe once they are recorded."""

    conversations: tuple[Conversation, ...]
    cursor: str
    gone: tuple[str, ...] = ()
    """Conversations that the platform says are deleted."""
    parked: tuple[Parked, ...] = ()
    total: int | None = None
    """How many conversations this run will see in all, where the platform says (progress bars)."""
    reached_at: datetime | None = None
    """Up to which time of change everything is read, where the platform is read in that order."""
    waits_since: datetime | None = None
    """Since when a conversation has news that the platform holds back for now; None: none that is known."""


@dataclass(frozen=True, slots=True)
class PastConversation:
    """One earlier contact with a person: a conversation, mail, call or note; never its text."""

    id: str
    kind: str
    at: datetime
    is_inbound: bool | None = None


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """The key of a contact's texts, sealed under its installation's key."""

    owner: str
    """The contact's id, or `conversation:ID` where no contact is known."""
    key_id: str
    wrapped: bytes = field(repr=False)
    uses: int = 0
    """How many texts were sealed under it."""
    is_new: bool = False
    """It was made just now, and is not stored yet."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """One message's words as they may be kept: sealed, and for a time."""

    message_id: str
    part: str
    """Which of the message's texts this is."""
    owner: str
    """Whose key opens it; see `WrappedKey`."""
    mode: str
    sealed: Sealed = field(repr=False)
    kept_at: datetime
    due_at: datetime
    """When it has to be gone."""
    policy_version: int


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """What decides how long a kept text stays."""

    mode: str
    kept_at: datetime
    due_at: datetime
    """What was promised when it was stored, or since: it only ever moves to an earlier time."""
    labels: frozenset[str] = frozenset()
    """What rules and holds can name its conversation by, such as `tag:legal` or `contact:7`."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The wall clock beside a clock that nobody sets."""

    at: datetime
    uptime: float
    """Seconds since the machine was started."""
    boot: str
    """Names that start; empty where the machine does not tell."""


@dataclass(frozen=True, slots=True)
class LegalHold:
    """What it covers is neither deleted nor used while it lasts."""

    id: str
    on: str
    """A label, or `everything`."""
    owner: str
    reason: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what renews it; `repr` shows neither."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Installation:
    """One connected account."""

    name: str
    provider: str
    account_id: str
    account_name: str
    settings: Mapping[str, str]
    """What the provider needs to reach the account: `subdomain`, `api_origin`, `path`, `user_id`."""
    connected_at: datetime
    field_ids: Mapping[str, str] | None = None
    """Our field name -> the platform's id; None until `fields` has run."""
    is_extended: bool = False
    """`fields --all` was asked for."""
    not_before_at: datetime | None = None
    """The platform must not be called before this instant."""
    needs_authorization: bool = False
    waits_for_start: bool = False
    """Somebody sets it up in a browser: no sync runs by itself before they start it."""
    last_sync_at: datetime | None = None
    synced_through_at: datetime | None = None
    """Everything the platform had changed by this instant is read and written back."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A text that the platform keeps for agents to paste; placeholders in it are `{{...}}` or `{%...%}`."""

    id: str
    body: str = field(repr=False)
    is_html: bool = False
