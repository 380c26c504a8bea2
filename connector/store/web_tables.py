"""The tables of the web pages and the API: who may come in, and what was given out."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from .tables import Instant, key_of_installation, metadata


def _belongs_to_an_installation() -> Column[int]:
    """NULL for somebody who may see them all; what belongs to a removed installation goes with it."""
    return Column("installation_id", Integer, ForeignKey("installation.id", ondelete="CASCADE"))


sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # keyed; the link itself is kept nowhere
    _belongs_to_an_installation(),
    Column("role", Text, nullable=False),
    Column("agent_id", Text),
    Column("name", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

web_session = Table(
    "web_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # keyed; the id itself is in the browser's cookie alone
    _belongs_to_an_installation(),
    Column("role", Text, nullable=False),
    Column("agent_id", Text),
    Column("name", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_web_session_seen", "seen_at"),
)

worker_sign = Table(
    "worker_sign",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    key_of_installation(),
    Column("token_id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # of random bytes; the token itself is kept nowhere
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_used_at", Instant),  # to the hour: not every call is worth a write
    Index("ix_api_token_digest", "digest", unique=True),
)

given_out = Table(
    "given_out",  # figures about the whole team: a month once given out is never computed again
    metadata,
    key_of_installation(),
    Column("content", JSON, nullable=False),
)
