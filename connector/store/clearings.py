"""Fields on the platform that have to be blanked, because what they are on is forgotten here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from .part import Part, in_chunks, number_of
from .privacy_tables import clearing

CONVERSATION, CONTACT = "conversation", "contact"
MOST_ATTEMPTS = 3
"""How often the platform may refuse before a clearing is given up."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """One conversation or contact whose fields are to be blanked."""

    kind: str
    id: str
    because: str
    attempts: int


class Clearings(Part):
    """The `clearing` table."""

    def clearings(self, name: str, kind: str, limit: int, after: str = "") -> list[Clearing]:
        """The next ones by id, from beyond `after`."""
        with self._database.reading() as connection:
            query = (
                select(clearing)
                .where(
                    clearing.c.installation_id == number_of(connection, name),
                    clearing.c.kind == kind,
                    clearing.c.id > after,
                )
                .order_by(clearing.c.id)
                .limit(limit)
            )
            return [
                Clearing(row.kind, row.id, row.because, row.attempts) for row in connection.execute(query)
            ]

    def how_many_clearings(self, name: str) -> int:
        """How many are still to be blanked."""
        with self._database.reading() as connection:
            query = select(func.count()).where(clearing.c.installation_id == number_of(connection, name))
            return connection.scalar(query) or 0

    def settle_clearings(
        self, name: str, kind: str, *, done: Sequence[str], refused: Sequence[str] = ()
    ) -> None:
        """Note which are blanked (or cannot be any more), and which the platform refused this time."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            _remove(connection, number, kind, done)
            for ids in in_chunks(refused):
                ours = clearing.c.installation_id == number, clearing.c.kind == kind, clearing.c.id.in_(ids)
                connection.execute(update(clearing).where(*ours).values(attempts=clearing.c.attempts + 1))
            connection.execute(
                delete(clearing).where(
                    clearing.c.installation_id == number, clearing.c.attempts >= MOST_ATTEMPTS
                )
            )


def owe_clearing(
    connection: Connection, number: int, kind: str, ids: Sequence[str], *, because: str, now: datetime
) -> None:
    """Owe these their blank fields."""
    _remove(connection, number, kind, ids)
    rows = [
        {
            "installation_id": number,
            "kind": kind,
            "id": id_,
            "because": because,
            "since_at": now,
            "attempts": 0,
        }
        for id_ in dict.fromkeys(ids)
    ]
    if rows:
        connection.execute(insert(clearing), rows)


def cancel_clearing(connection: Connection, number: int, ids: Sequence[str]) -> None:
    """These conversations have values again: nothing is to be blanked."""
    _remove(connection, number, CONVERSATION, ids)


def _remove(connection: Connection, number: int, kind: str, ids: Sequence[str]) -> None:
    for some in in_chunks(ids):
        connection.execute(
            delete(clearing).where(
                clearing.c.installation_id == number, clearing.c.kind == kind, clearing.c.id.in_(some)
            )
        )
