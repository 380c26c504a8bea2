"""Who looked at what concerns single people, in which role and what for; nothing of what they saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from .part import Part
from .privacy_tables import access


@dataclass(frozen=True, slots=True)
class AccessCount:
    """How often something was read in a role, for a purpose."""

    role: str
    purpose: str
    what: str
    times: int
    records: int
    last_at: datetime


class Accesses(Part):
    """The `access` table: rows are added, never changed, and outlive the installation they speak of."""

    def note_access(
        self, name: str, *, role: str, purpose: str, what: str, now: datetime, count: int = 1
    ) -> None:
        """Note that `count` records of `what` were read."""
        with self._database.writing() as connection:
            row = {"installation": name, "at": now, "role": role, "purpose": purpose, "what": what}
            connection.execute(insert(access).values(**row, count=count))

    def access_counts(self, name: str) -> list[AccessCount]:
        """The log in numbers, by role, purpose and what was read."""
        with self._database.reading() as connection:
            by = access.c.role, access.c.purpose, access.c.what
            query = (
                select(*by, func.count(), func.sum(access.c.count), func.max(access.c.at))
                .where(access.c.installation == name)
                .group_by(*by)
                .order_by(*by)
            )
            return [AccessCount(*row) for row in connection.execute(query)]
