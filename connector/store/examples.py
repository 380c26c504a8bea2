"""A few conversations to show somebody new."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from .part import Part, number_of
from .tables import conversation, score


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation's band, score and reason; never its text."""

    id: str
    band: str
    empathy: int | None
    reason_text: str


class Examples(Part):
    """Picks one conversation of each band asked for."""

    def examples(self, name: str, bands: tuple[str, ...] = ("high", "low", "not_applicable")) -> list[Example]:
        """One conversation for each band that has any: the one with the most extreme score, then the newest."""
        found = []
        with self._database.reading() as connection:
            number = number_of(connection, name)
            for band in bands:
                best = conversation.c.empathy.asc() if band == "low" else conversation.c.empathy.desc()
                query = (
                    select(conversation.c.conversation_id, conversation.c.empathy, score.c.scorecard)
                    .join(
                        score,
                        and_(
                            score.c.installation_id == conversation.c.installation_id,
                            score.c.conversation_id == conversation.c.conversation_id,
                            score.c.version == conversation.c.version,
                        ),
                    )
                    .where(conversation.c.installation_id == number, conversation.c.band == band)
                    .order_by(best, conversation.c.updated_at.desc())
                    .limit(1)
                )
                row = connection.execute(query).first()
                if row is not None:
                    found.append(Example(row[0], band, row[1], row[2]["reason_text"]))
        return found
