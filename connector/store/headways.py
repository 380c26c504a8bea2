"""How far a long reading of an account has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from .part import Part, number_of
from .tables import cursor

_STREAM = "headway"


@dataclass(frozen=True, slots=True)
class Headway:
    """Where a reading of everything stood when it was last noted."""

    begun_at: datetime
    """When the first page of the run that goes on, or went on last, was done."""
    noted_at: datetime
    seen: int
    """Conversations so far, those of earlier runs that were cut off among them."""
    seen_at_begin: int = 0
    """As many of them at `begun_at`."""
    total: int | None = None
    """How many there are in all, where the platform says."""
    first_reached_at: datetime | None = None
    """Where the platform is read by the time of change: how far the very first page had come ..."""
    begun_reached_at: datetime | None = None
    """... how far the reading was at `begun_at` ..."""
    reached_at: datetime | None = None
    """... and how far it has come now."""


class Headways(Part):
    """Rows of the `cursor` table: at most one for each installation, only while it is read whole."""

    def note_headway(self, name: str, headway: Headway) -> None:
        """Note how far the reading has come, instead of what was noted before."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            drop_headway(connection, number)
            value = json.dumps(asdict(headway), default=datetime.isoformat)
            row = {"installation_id": number, "stream": _STREAM, "value": value, "moved_at": headway.noted_at}
            connection.execute(insert(cursor).values(row))

    def headway(self, name: str) -> Headway | None:
        """How far the reading has got; None where none goes on."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            return headways_in(connection, [number]).get(number)


def headways_in(connection: Connection, numbers: Sequence[int]) -> dict[int, Headway]:
    """How far each reading of these installations has got, where one goes on."""
    query = select(cursor.c.installation_id, cursor.c.value).where(
        cursor.c.installation_id.in_(numbers), cursor.c.stream == _STREAM
    )
    return {number: _read(value) for number, value in connection.execute(query)}


def drop_headway(connection: Connection, number: int) -> None:
    """Forget how far the reading has come: it has come to its end."""
    connection.execute(delete(cursor).where(cursor.c.installation_id == number, cursor.c.stream == _STREAM))


def _read(value: str) -> Headway:
    row = json.loads(value)
    times = {key: datetime.fromisoformat(row[key]) for key in row if key.endswith("_at") and row[key]}
    return Headway(**{**row, **times})
