"""The table of the rubrics that accounts have put in the place of the product's own."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from .tables import Instant, key_of_installation, metadata

rubric = Table(
    "rubric",
    metadata,
    key_of_installation(),
    Column("number", Integer, primary_key=True),
    Column("content", Text),  # a rubric file; NULL for the one that comes with the product
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
)
