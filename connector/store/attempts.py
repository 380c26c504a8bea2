"""What was begun and not ended, because the process died of it: counted before it runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .pages import CONVERSATIONS, DIED
from .part import Part, number_of
from .rows import ParkedRow
from .tables import cursor, parked

RUNS = "runs"
"""The stream that keeps where the latest run began, while it has not ended, and how many began there."""


class Attempts(Part):
    """Marks in the `cursor` and `parked` tables."""

    def begin_run(self, name: str, now: datetime) -> int:
        """Note that a run begins; how many runs before it began at the same place and never ended."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            here = _value(connection, number, CONVERSATIONS) or ""
            deaths, _, where = (_value(connection, number, RUNS) or "").partition(":")
            begun = int(deaths) if deaths and where == here else 0
            _set(connection, number, f"{begun + 1}:{here}", now)
            return begun

    def end_run(self, name: str) -> None:
        """Note that the run has ended, in whatever way."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                delete(cursor).where(cursor.c.installation_id == number, cursor.c.stream == RUNS)
            )

    def begin_attempt(
        self, name: str, conversation_id: str, now: datetime, *, most: int | None = None
    ) -> bool:
        """Count an attempt before it is made; False when there were `most` already."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = parked.c.installation_id == number, parked.c.conversation_id == conversation_id
            before = connection.scalar(select(parked.c.attempts).where(*ours))
            if before is None:
                row = {"installation_id": number, "conversation_id": conversation_id, "error": DIED}
                connection.execute(insert(parked).values(**row, attempts=1, first_at=now, last_at=now))
                return True
            if most is not None and before >= most:
                return False
            connection.execute(
                update(parked).where(*ours).values(attempts=before + 1, error=DIED, last_at=now)
            )
            return True

    def take_attempt_back(self, name: str, row: ParkedRow) -> None:
        """It was not made after all: the row is as it was before."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = parked.c.installation_id == number, parked.c.conversation_id == row.id
            connection.execute(
                update(parked)
                .where(*ours)
                .values(attempts=row.attempts, error=row.error, last_at=row.last_at)
            )

    def end_attempt(self, name: str, conversation_id: str) -> None:
        """It was survived: the conversation is parked no longer."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                delete(parked).where(
                    parked.c.installation_id == number, parked.c.conversation_id == conversation_id
                )
            )


def _value(connection: Connection, number: int, stream: str) -> str | None:
    found: str | None = connection.scalar(
        select(cursor.c.value).where(cursor.c.installation_id == number, cursor.c.stream == stream)
    )
    return found


def _set(connection: Connection, number: int, value: str, now: datetime) -> None:
    ours = cursor.c.installation_id == number, cursor.c.stream == RUNS
    connection.execute(delete(cursor).where(*ours))
    connection.execute(insert(cursor).values(installation_id=number, stream=RUNS, value=value, moved_at=now))
