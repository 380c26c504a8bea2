"""The rubrics of each installation: the one in force, and those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from .part import Part, number_of
from .rubric_tables import rubric
from .tables import conversation


@dataclass(frozen=True, slots=True)
class StoredRubric:
    """One change; `content` is a rubric file, None for the rubric that comes with the product."""

    number: int
    content: str | None
    changed_at: datetime
    changed_by: str


class Rubrics(Part):
    """The `rubric` table."""

    def rubrics(self, name: str) -> list[StoredRubric]:
        """Every change of an installation's rubric, the latest first; none while nobody changed it."""
        with self._database.reading() as connection:
            ours = rubric.c.installation_id == number_of(connection, name)
            query = select(rubric.c.number, rubric.c.content, rubric.c.changed_at, rubric.c.changed_by)
            rows = connection.execute(query.where(ours).order_by(rubric.c.number.desc()))
            return [StoredRubric(*row) for row in rows]

    def rubric(self, name: str) -> str | None:
        """The rubric file in force; None for the rubric that comes with the product."""
        with self._database.reading() as connection:
            ours = rubric.c.installation_id == number_of(connection, name)
            query = select(rubric.c.content).where(ours).order_by(rubric.c.number.desc()).limit(1)
            found: str | None = connection.scalar(query)
            return found

    def add_rubric(self, name: str, content: str | None, *, changed_by: str, now: datetime) -> int:
        """Put a rubric in force from the next score on. Gives the number of the change."""
        with self._database.writing() as connection:
            ours = rubric.c.installation_id == (number := number_of(connection, name))
            latest = connection.scalar(select(func.max(rubric.c.number)).where(ours)) or 0
            row = {"number": latest + 1, "content": content, "changed_at": now, "changed_by": changed_by}
            connection.execute(insert(rubric).values(installation_id=number, **row))
            return int(latest) + 1

    def empathy_counts(self, name: str) -> dict[int, int]:
        """How many conversations have each score."""
        with self._database.reading() as connection:
            ours = conversation.c.installation_id == number_of(connection, name)
            query = select(conversation.c.empathy, func.count()).where(
                ours, conversation.c.empathy.is_not(None)
            )
            return {row[0]: row[1] for row in connection.execute(query.group_by(conversation.c.empathy))}
