"""The tables. Indexes are led by the installation; numbers that reports ask for have their own columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeDecorator

from .packed import Numbers, Packed

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
)
"""Every Alembic revision this code knows, oldest first."""

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite, which keeps no zones, gets it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant without a time zone cannot be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def key_of_installation() -> Column[int]:
    return Column(
        "installation_id", Integer, ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True
    )


def key_of_conversation() -> tuple[Column[Any], ...]:
    return (
        Column("installation_id", Integer, primary_key=True),
        Column("conversation_id", Text, primary_key=True),
    )


def of_a_conversation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ("installation_id", "conversation_id"),
        ("conversation.installation_id", "conversation.conversation_id"),
        ondelete="CASCADE",
    )


installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("provider", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("account_name", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("connected_at", Instant, nullable=False),
    Column("field_ids", JSON(none_as_null=True)),
    Column("fields_at", Instant),  # when an admin accepted the guidelines and had the fields made
    Column("is_extended", Boolean, nullable=False),
    Column("not_before_at", Instant),
    Column("needs_authorization", Boolean, nullable=False),
    Column("waits_for_start", Boolean, nullable=False, server_default=false()),
    Column("refused_at", Instant),
    Column("last_sync_at", Instant),
    Column("synced_through_at", Instant),
    sqlite_autoincrement=True,  # the number of a removed installation is never given to another
)

installation_key = Table(
    "installation_key",
    metadata,
    key_of_installation(),
    Column("wrapped", LargeBinary, nullable=False),
)

token = Table(
    "token",
    metadata,
    key_of_installation(),
    Column("sealed", LargeBinary, nullable=False),
)

token_lock = Table(
    "token_lock",
    metadata,
    key_of_installation(),
    Column("owner", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

hold = Table(
    "hold",
    metadata,
    key_of_installation(),
    Column("holder", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

budget = Table(
    "budget",
    metadata,
    key_of_installation(),
    Column("bucket", Text, primary_key=True),
    Column("blocks", JSON, nullable=False),  # what was learned of the rate, and [id, calls, counted until]
)

cursor = Table(
    "cursor",
    metadata,
    key_of_installation(),
    Column("stream", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("moved_at", Instant, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    key_of_installation(),
    Column("conversation_id", Text, primary_key=True),
    Column("contact_id", Text),
    Column("updated_at", Instant, nullable=False),
    Column("felt_at", Instant, nullable=False),  # the latest customer message, else the change
    Column("fingerprint", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("scored_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("band", Text, nullable=False),
    Column("empathy", Integer),
    Column("sentiment", Float),
    Column("frustration", Float),
    Column("intensity", Integer),
    Column("needs_attention", Boolean, nullable=False),
    Column("reason_text", Text, nullable=False),
    Column("channel", Text),
    Column("is_closed", Boolean, nullable=False),
    Column("handler", Text, nullable=False),  # bot, assisted or human
    Column("customer_messages", Integer, nullable=False),
    Column("attentive", Float),  # 0..1: asking, and putting in own words
    Column("is_canned", Boolean, nullable=False),
    Index("ix_conversation_contact", "installation_id", "contact_id", "updated_at"),
    Index("ix_conversation_attention", "installation_id", "needs_attention", "updated_at"),
    Index("ix_conversation_feeling", "installation_id", "felt_at", "sentiment"),
    Index("ix_conversation_band", "installation_id", "updated_at", "band", "channel", "needs_attention"),
    sqlite_with_rowid=False,
)

conversation_tag = Table(
    "conversation_tag",
    metadata,
    *key_of_conversation(),
    Column("tag", Text, primary_key=True),
    of_a_conversation(),
    sqlite_with_rowid=False,
)

score = Table(
    "score",
    metadata,
    *key_of_conversation(),
    Column("version", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("scored_at", Instant, nullable=False),
    Column("scorecard", Packed, nullable=False),
    of_a_conversation(),
)

message = Table(
    "message",
    metadata,
    *key_of_conversation(),
    Column("position", Integer, primary_key=True),
    Column("language", Text),
    Column("is_scored", Boolean, nullable=False),
    Column("score", Packed, nullable=False),
    of_a_conversation(),
)

reply = Table(
    "reply",
    metadata,
    *key_of_conversation(),
    Column("message_id", Text, primary_key=True),
    Column("author", Text, nullable=False),  # a keyed digest of the author's id
    Column("hashes", Numbers, nullable=False),  # keyed hashes of word groups, never words
    Column("recorded_at", Instant, nullable=False),
    Column("position", Integer, nullable=False),
    of_a_conversation(),
    Index("ix_reply_author", "installation_id", "author", "recorded_at", "position"),
)

outbox = Table(
    "outbox",
    metadata,
    *key_of_conversation(),
    Column("fingerprint", Text, nullable=False),
    Column("values", Packed, nullable=False),
    Column("digest", Text, nullable=False),
    Column("is_owed", Boolean, nullable=False),
    Column("written", Text),  # digest of the values that are on the platform
    Column("locked", Text),  # digest of the values that a closed conversation refused
    Column("outcome", Text),
    Column("outcome_at", Instant),
    Column("note", Text),
    Column("attempts", Integer, nullable=False),
    of_a_conversation(),
    Index("ix_outbox_owed", "installation_id", "is_owed", "conversation_id"),
    Index("ix_outbox_outcome", "installation_id", "outcome", "is_owed"),
)

parked = Table(
    "parked",
    metadata,
    key_of_installation(),
    Column("conversation_id", Text, primary_key=True),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)

contact = Table(
    "contact",
    metadata,
    key_of_installation(),
    Column("contact_id", Text, primary_key=True),
    Column("values", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    Column("is_owed", Boolean, nullable=False),
    Column("written", Text),
    Column("locked", Text),
    Column("outcome", Text),
    Column("outcome_at", Instant),
    Column("note", Text),
    Column("attempts", Integer, nullable=False),
    Column("computed_at", Instant, nullable=False),
    Index("ix_contact_owed", "installation_id", "is_owed", "contact_id"),
)
