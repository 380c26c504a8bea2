"""When the platform was last asked what it tells from time to time: who is gone, who opted out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from .part import Part, number_of
from .tables import cursor

DELETIONS, OPT_OUTS, OUTCOMES, MACROS = LOOKS = ("deletions", "opt_outs", "outcomes", "macros")
"""What the platform is asked from time to time: who is gone, who opted out, what became of people, and what
it keeps for pasting."""


class Looks(Part):
    """Marks in the `cursor` table."""

    def last_look(self, name: str, what: str) -> datetime | None:
        """When the platform was last asked that; `what` is one of LOOKS."""
        with self._database.reading() as connection:
            found = connection.scalar(
                select(cursor.c.value).where(
                    cursor.c.installation_id == number_of(connection, name), cursor.c.stream == what
                )
            )
        return datetime.fromisoformat(found) if found else None

    def note_look(self, name: str, what: str, at: datetime) -> None:
        """Note that the platform was asked that at `at`."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                delete(cursor).where(cursor.c.installation_id == number, cursor.c.stream == what)
            )
            connection.execute(
                insert(cursor).values(installation_id=number, stream=what, value=at.isoformat(), moved_at=at)
            )
