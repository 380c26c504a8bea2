"""The records under which figures about single people on the team may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from .part import Part, number_of
from .privacy_tables import person_level


@dataclass(frozen=True, slots=True)
class PersonLevel:
    """What the owner stated when such figures were turned on, until when, and whether they ended early."""

    version: int
    content: Mapping[str, Any]
    accepted_by: str
    accepted_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class PersonLevels(Part):
    """The `person_level` table; records are ended, never changed or removed."""

    def person_levels(self, name: str) -> list[PersonLevel]:
        """Every record, oldest first."""
        with self._database.reading() as connection:
            query = (
                select(person_level)
                .where(person_level.c.installation_id == number_of(connection, name))
                .order_by(person_level.c.version)
            )
            return [
                PersonLevel(
                    row.version,
                    row.content,
                    row.accepted_by,
                    row.accepted_at,
                    row.expires_at,
                    row.ended_at,
                    row.ended_by,
                )
                for row in connection.execute(query)
            ]

    def add_person_level(
        self, name: str, content: Mapping[str, Any], *, by: str, now: datetime, expires_at: datetime
    ) -> int:
        """Put a record in force; the ones before it end. Gives its version."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = person_level.c.installation_id == number
            connection.execute(
                update(person_level)
                .where(ours, person_level.c.ended_at.is_(None))
                .values(ended_at=now, ended_by=by)
            )
            before = connection.scalar(select(func.max(person_level.c.version)).where(ours)) or 0
            connection.execute(
                insert(person_level).values(
                    installation_id=number,
                    version=before + 1,
                    content=dict(content),
                    accepted_by=by,
                    accepted_at=now,
                    expires_at=expires_at,
                )
            )
            return before + 1

    def end_person_level(self, name: str, *, by: str, now: datetime) -> bool:
        """End the record in force; says whether there was one."""
        with self._database.writing() as connection:
            ended = connection.execute(
                update(person_level)
                .where(
                    person_level.c.installation_id == number_of(connection, name),
                    person_level.c.ended_at.is_(None),
                    person_level.c.expires_at > now,
                )
                .values(ended_at=now, ended_by=by)
            )
            return bool(ended.rowcount)
