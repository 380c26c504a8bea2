"""The proofs of erasure; they outlive their installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from .part import Part
from .postgres import ALONE, lock
from .privacy_tables import proof


class Proofs(Part):
    """The `proof` table; rows are added and never changed."""

    def proofs(self, name: str) -> list[dict[str, Any]]:
        """Every entry under that name, in the order they were added, as JSON."""
        with self._database.reading() as connection:
            query = select(proof).where(proof.c.installation == name).order_by(proof.c.number)
            return [
                {
                    "installation": row.installation,
                    "position": row.position,
                    "at": row.at.isoformat(),
                    "entry": row.entry,
                    "previous": row.previous,
                    "hash": row.hash,
                }
                for row in connection.execute(query)
            ]

    def add_proofs(self, entries: Sequence[dict[str, Any]]) -> None:
        """Add entries as `proofs` gives them."""
        if not entries:
            return
        rows = [{**each, "at": datetime.fromisoformat(each["at"])} for each in entries]
        with self._database.writing() as connection:
            lock(connection, ALONE)
            connection.execute(insert(proof), rows)
