"""The tables of what reports are made of beside scores."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, Table, Text

from .tables import Instant, key_of_installation, metadata

fact = Table(
    "fact",
    metadata,
    key_of_installation(),
    Column("kind", Text, primary_key=True),
    Column("fact_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("contact_id", Text),
    Column("values", JSON, nullable=False),  # numbers and short names, never anybody's words
    Column("recorded_at", Instant, nullable=False),
    Index("ix_fact_at", "installation_id", "kind", "at"),
    Index("ix_fact_contact", "installation_id", "contact_id"),
)

report_choice = Table(
    "report_choice",
    metadata,
    key_of_installation(),
    Column("content", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

made_report = Table(
    "made_report",  # a report takes seconds over years of conversations, a page must not
    metadata,
    key_of_installation(),
    Column("report", Text, primary_key=True),
    Column("first", Text, primary_key=True),
    Column("last", Text, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
)

settled_part = Table(
    "settled_part",  # what reports were given out on: one month of one kind, packed
    metadata,
    key_of_installation(),
    Column("kind", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)
