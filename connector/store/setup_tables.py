"""The tables of installing and setting up in the browser."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from .tables import Instant, metadata

install_flow = Table(
    "install_flow",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # keyed; the state itself is kept nowhere
    Column("browser", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("name", Text),
    Column("account_id", Text),
    Column("expires_at", Instant, nullable=False),
    Index("ix_install_flow_expires", "expires_at"),
)

prepared_install = Table(
    "prepared_install",
    metadata,
    Column("name", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("prepared_at", Instant, nullable=False),
)

preview = Table(
    "preview",  # a look at an account before it starts; gone within two hours
    metadata,
    Column("installation_id", Integer, ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("begun_at", Instant),
    Column("content", JSON(none_as_null=True)),  # counts, ids and reasons, never any text of a conversation
)

setup_step = Table(
    "setup_step",
    metadata,
    Column("installation_id", Integer, ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("done_at", Instant, nullable=False),
    Column("done_by", Text, nullable=False),
    Column("content", JSON, nullable=False),
)
