"""What is remembered of earlier replies: keyed hashes by author, so that a pasted one is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from .part import Part, in_chunks, number_of
from .rows import Record, Reply
from .tables import reply


class Replies(Part):
    """Reads the memory of replies; `record_page` adds to it."""

    def replies(self, name: str, author: str, limit: int) -> list[Reply]:
        """The author's latest replies, oldest first."""
        with self._database.reading() as connection:
            query = (
                select(reply.c.message_id, reply.c.author, reply.c.hashes, reply.c.conversation_id)
                .where(reply.c.installation_id == number_of(connection, name), reply.c.author == author)
                .order_by(reply.c.recorded_at.desc(), reply.c.position.desc())
                .limit(limit)
            )
            rows = connection.execute(query).all()
        return [Reply(*row) for row in reversed(rows)]

    def replies_of_all(self, name: str, of_each: int, limit: int) -> list[Reply]:
        """The latest replies of every author, so many of each and together, oldest first."""
        found: list[tuple[datetime, int, Reply]] = []
        with self._database.reading() as connection:
            number, author = number_of(connection, name), ""
            while author := _author_after(connection, number, author):
                query = (
                    select(
                        reply.c.recorded_at,
                        reply.c.position,
                        reply.c.message_id,
                        reply.c.author,
                        reply.c.hashes,
                        reply.c.conversation_id,
                    )
                    .where(reply.c.installation_id == number, reply.c.author == author)
                    .order_by(reply.c.recorded_at.desc(), reply.c.position.desc())
                    .limit(of_each)
                )
                found += [(at, place, Reply(*row)) for at, place, *row in connection.execute(query)]
        found.sort(key=lambda each: each[:2])
        return [each for _, _, each in found[-limit:]]


def _author_after(connection: Connection, number: int, author: str) -> str:
    """The next author by name, empty after the last: the index leads from one to the next."""
    query = select(func.min(reply.c.author)).where(reply.c.installation_id == number, reply.c.author > author)
    return connection.execute(query).scalar() or ""


def remember(connection: Connection, number: int, records: Mapping[str, Record], now: datetime) -> None:
    """Add the records' new replies; one that is remembered already keeps its place."""
    with_replies = [id_ for id_, record in records.items() if record.replies]
    known: set[tuple[str, str]] = set()
    for ids in in_chunks(with_replies):
        query = select(reply.c.conversation_id, reply.c.message_id).where(
            reply.c.installation_id == number, reply.c.conversation_id.in_(ids)
        )
        known.update((row[0], row[1]) for row in connection.execute(query))
    rows = [
        {
            "installation_id": number,
            "conversation_id": id_,
            "message_id": each.message_id,
            "author": each.author,
            "hashes": each.hashes,
            "recorded_at": now,
        }
        for id_ in with_replies
        for each in {each.message_id: each for each in records[id_].replies}.values()
        if (id_, each.message_id) not in known
    ]
    if rows:
        connection.execute(insert(reply), [{**row, "position": at} for at, row in enumerate(rows)])
