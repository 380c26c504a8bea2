"""Lists for the pages: an agent's own replies, conversations page by page, what is to be tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select, update

from .disputes import is_disputed
from .part import Part, number_of
from .tables import conversation, message, outbox, parked, reply


@dataclass(frozen=True, slots=True)
class OwnReply:
    """One reply of one agent, as its score is stored; no words."""

    conversation_id: str
    recorded_at: datetime
    score: Mapping[str, Any]
    is_disputed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One conversation in a list."""

    conversation_id: str
    updated_at: datetime
    scored_at: datetime
    status: str
    band: str
    empathy: int | None
    sentiment: float | None
    needs_attention: bool
    reason_text: str
    channel: str | None
    is_disputed: bool


class Listing(Part):
    """Queries for the pages and the API."""

    def replies_of(self, name: str, author: str, *, limit: int) -> list[OwnReply]:
        """The newest replies of an author (a keyed digest), newest first."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            newest = (
                select(reply.c.conversation_id, reply.c.message_id, reply.c.recorded_at, is_disputed())
                .join(conversation, _same(reply))
                .where(reply.c.installation_id == number, reply.c.author == author)
                .order_by(reply.c.recorded_at.desc(), reply.c.position.desc())
                .limit(limit)
            )
            rows = connection.execute(newest).all()
            ids = {row[0] for row in rows}
            scores = connection.execute(
                select(message.c.conversation_id, message.c.score).where(
                    message.c.installation_id == number, message.c.conversation_id.in_(ids)
                )
            )
            found = {(row[0], row[1]["id"]): row[1] for row in scores}
        return [
            OwnReply(conversation_id, at, found[conversation_id, message_id], bool(disputed))
            for conversation_id, message_id, at, disputed in rows
            if (conversation_id, message_id) in found
        ]

    def has_replied(self, name: str, author: str, conversation_id: str) -> bool:
        """Whether that author (a keyed digest) has a reply in the conversation."""
        with self._database.reading() as connection:
            found = exists().where(
                reply.c.installation_id == number_of(connection, name),
                reply.c.conversation_id == conversation_id,
                reply.c.author == author,
            )
            return bool(connection.scalar(select(found)))

    def listed(
        self, name: str, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> Sequence[Listed]:
        """Conversations by their last change, newest first; `before` is the last one of the page before."""
        with self._database.reading() as connection:
            query = select(conversation, is_disputed().label("is_disputed")).where(
                conversation.c.installation_id == number_of(connection, name)
            )
            if before is not None:
                at, id_ = conversation.c.updated_at, conversation.c.conversation_id
                query = query.where(or_(at < before[0], and_(at == before[0], id_ < before[1])))
            query = query.order_by(
                conversation.c.updated_at.desc(), conversation.c.conversation_id.desc()
            ).limit(limit)
            names = Listed.__dataclass_fields__
            return [
                Listed(**{each: row[each] for each in names}) for row in connection.execute(query).mappings()
            ]

    def try_parked_again(self, name: str) -> int:
        """Let the next sync try all that is parked, however often it was tried; says how much that is."""
        with self._database.writing() as connection:
            ours = parked.c.installation_id == number_of(connection, name)
            return connection.execute(update(parked).where(ours).values(attempts=0)).rowcount

    def rejected(self, name: str, *, limit: int) -> list[tuple[str, str]]:
        """Conversations whose fields the platform refused, and what it said."""
        with self._database.reading() as connection:
            query = (
                select(outbox.c.conversation_id, outbox.c.note)
                .where(
                    outbox.c.installation_id == number_of(connection, name),
                    outbox.c.outcome == "rejected",
                    outbox.c.is_owed.is_(False),
                )
                .order_by(outbox.c.conversation_id)
                .limit(limit)
            )
            return [(row[0], row[1] or "") for row in connection.execute(query)]


def _same(other: Any) -> Any:
    return and_(
        other.c.installation_id == conversation.c.installation_id,
        other.c.conversation_id == conversation.c.conversation_id,
    )
