"""The tables of webhooks: what they told, which deliveries were heard, how they are signed, whose threads."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from .tables import Instant, key_of_conversation, key_of_installation, metadata, of_a_conversation

hint = Table(
    "hint",  # what a platform told us to look at; ids only, and only until we have looked
    metadata,
    key_of_installation(),
    Column("told", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("received_at", Instant, nullable=False),
)

heard_delivery = Table(
    "heard_delivery",  # so that a replayed delivery tells nothing
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("installation_id", Integer, ForeignKey("installation.id", ondelete="CASCADE")),
    Column("heard_at", Instant, nullable=False, index=True),
)

hook = Table(
    "hook",  # a webhook that we made in an account
    metadata,
    key_of_installation(),
    Column("purpose", Text, primary_key=True),
    Column("hook_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the secret it signs with
    Column("sealed_before", LargeBinary),  # the one before, while deliveries signed with it may still come
    Column("made_at", Instant, nullable=False),
)

conversation_thread = Table(
    "conversation_thread",  # which threads of the platform were ever read for a conversation
    metadata,
    *key_of_conversation(),
    Column("thread_id", Text, primary_key=True),
    of_a_conversation(),
    Index("ix_conversation_thread", "installation_id", "thread_id"),
    sqlite_with_rowid=False,
)
