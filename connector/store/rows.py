"""What goes into the store and what comes out, as frozen dataclasses; never any message text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model import FieldValues, KeptRecord, KeptText, Status, WrappedKey
from .headways import Headway


@dataclass(frozen=True, slots=True)
class Reply:
    """What is remembered of one reply, to recognise it when it is pasted again; no words."""

    message_id: str
    author: str
    """A keyed digest of the author's id."""
    hashes: tuple[int, ...]
    conversation_id: str = field(default="", compare=False)
    """Where it stands, once it is stored."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one scored conversation leaves behind.

    `scorecard` and `messages` are JSON as the `score` command prints it, without any text;
    `fields` are the values the platform should show, `empathy_scored_at` included.
    """

    conversation_id: str
    contact_id: str | None
    updated_at: datetime | None
    fingerprint: str
    status: Status
    scorecard: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    fields: FieldValues
    ruleset: str
    scored_at: datetime
    channel: str | None = None
    tags: Collection[str] = ()
    is_closed: bool = False
    is_same_text: bool = False
    """Only the ruleset is another: nothing was said or changed since the score before."""
    threads: Sequence[str] = ()
    """The platform's threads it was read from."""
    replies: Sequence[Reply] = ()
    """Those not remembered before, in order."""
    kept: Sequence[KeptText] = ()
    """What the policy lets us keep of its messages' words, sealed."""
    key: WrappedKey | None = None
    """The key they are sealed under."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How a page's kept texts are judged: by which policy, and what its conversations are labelled."""

    version: int
    due_at: Callable[[KeptRecord], datetime]
    labels: Mapping[str, frozenset[str]]
    """By conversation, of all that were seen on the page, unchanged ones included."""
    held: frozenset[str] = frozenset()
    """Conversations under a legal hold: nothing kept of them is replaced or removed."""


@dataclass(frozen=True, slots=True)
class Known:
    """What `select` compares a changed conversation with."""

    fingerprint: str
    updated_at: datetime
    ruleset: str
    status: Status


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A conversation that could not be read or scored, and how often that was tried."""

    id: str
    error: str
    attempts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """A conversation, or a contact by its own id, whose platform fields are not yet what they should be."""

    conversation_id: str
    fingerprint: str
    values: FieldValues
    attempts: int = 0
    """How often the platform has refused these values."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations of an installation are where."""

    conversations: int = 0
    scored: int = 0
    not_applicable: int = 0
    not_scored: int = 0
    owed: int = 0
    parked: int = 0
    locked: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """One conversation with its latest scorecard, and what became of its write-back.

    `write_status` is an `Outcome`, or `owed` while the current values are not on the platform.
    """

    conversation_id: str
    contact_id: str | None
    updated_at: datetime
    fingerprint: str
    status: Status
    scorecard: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    fields: FieldValues
    ruleset: str
    scored_at: datetime
    version: int
    write_status: str
    write_at: datetime | None
    write_note: str = ""
    channel: str | None = None
    tags: frozenset[str] = frozenset()
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation to show somebody new: its band, score and reason; never its text."""

    id: str
    band: str
    empathy: int | None
    reason_text: str


@dataclass(frozen=True, slots=True)
class ContactConversation:
    """What the 90-day roll-up of a contact is made of; `at` is the customer's latest message or change."""

    at: datetime
    sentiment: float | None
    empathy: int | None


@dataclass(frozen=True, slots=True)
class Attention:
    """A conversation whose customer is frustrated and not yet answered with care."""

    installation: str
    conversation_id: str
    reason_text: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Feeling:
    """The mean sentiment (-1..1) of `n` conversations; None of none."""

    mean: float | None
    n: int
    deviation: float = 0.0
    """The standard deviation; 0 of fewer than two."""


@dataclass(frozen=True, slots=True)
class Misses:
    """How often empathy was missed among `n` conversations that called for it."""

    missed: int
    n: int


@dataclass(frozen=True, slots=True)
class Missed:
    """How often empathy was missed (band low, or attention needed) under one tag or channel."""

    label: str
    missed: int
    n: int
    """Conversations that called for empathy at all: scored, or needing attention."""


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """Whether one installation is in sync."""

    installation: str
    provider: str
    synced_through_at: datetime | None
    last_sync_at: datetime | None
    owed: int
    parked: int
    needs_authorization: bool
    not_before_at: datetime | None
    waits_for_start: bool = False
    headway: Headway | None = None
    """How far a reading of everything has come; None: none is going on."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a dashboard shows first."""

    attention: Sequence[Attention] = ()
    """Not closed, changed since `since`, newest first, at most `limit`."""
    attention_count: int = 0
    feeling_now: Feeling = field(default_factory=lambda: Feeling(None, 0))
    """The seven days before `now`."""
    feeling_before: Feeling = field(default_factory=lambda: Feeling(None, 0))
    """The seven days before those."""
    bands: Mapping[str, int] = field(default_factory=dict)
    """Conversations changed since `since`, by empathy band."""
    misses: Misses = Misses(0, 0)
    """In the same conversations."""
    misses_before: Misses = Misses(0, 0)
    """In those changed from `before` to `since`."""
    missed_by_tag: Sequence[Missed] = ()
    """Most often missed first, and only where enough conversations called for empathy."""
    missed_by_channel: Sequence[Missed] = ()
    health: Sequence[SyncHealth] = ()
