"""When the platform was last asked what it tells from time to time: who is gone, who opted out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from .part import Part, number_of
from .tables import cursor

DELETIONS, OPT_OUTS, OUTCOMES, MACROS = "deletions", "opt_outs", "outcomes", "macros"
"""What the platform is asked from time to time: who is gone, who opted out, what became of people, and what
it keeps for pasting."""
MACROS_REFUSED = "macros_refused"
"""Noted beside MACROS, at the same time, where that look was refused."""


class Looks(Part):
    """Marks in the `cursor` table."""

    def last_look(self, name: str, what: str) -> datetime | None:
        """When the platform was last asked that; `what` is one of the above."""
        with self._database.reading() as connection:
            found = connection.scalar(
                select(cursor.c.value).where(
                    cursor.c.installation_id == number_of(connection, name), cursor.c.stream == what
                )
            )
        return datetime.fromisoformat(found) if found else None

    def macros_refused_at(self, name: str) -> datetime | None:
        """When the last look at what the platform keeps for pasting was refused; None if it was not."""
        refused_at = self.last_look(name, MACROS_REFUSED)
        return refused_at if refused_at == self.last_look(name, MACROS) else None

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
