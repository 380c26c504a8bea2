"""Which threads a conversation was read from: a platform that deletes one for good names nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from .hint_tables import conversation_thread
from .hints import note_hints
from .part import Part, in_chunks, number_of
from .rows import Record

THREAD = "thread:"
"""Before a thread's id, it is what an erasure names instead of a contact."""


class Threads(Part):
    """The `conversation_thread` table; `record_page` adds to it, and nothing but forgetting takes away."""

    def threads(self, name: str) -> list[str]:
        """Every thread that anything is kept of."""
        with self._database.reading() as connection:
            ours = conversation_thread.c.installation_id == number_of(connection, name)
            return sorted(connection.scalars(select(conversation_thread.c.thread_id).where(ours).distinct()))


def note_threads(connection: Connection, number: int, records: Mapping[str, Record]) -> None:
    """Add the threads of these conversations; earlier scores may rest on one that is no longer theirs."""
    threaded = [id_ for id_, record in records.items() if record.threads]
    known: set[tuple[str, str]] = set()
    for ids in in_chunks(threaded):
        query = select(conversation_thread.c.conversation_id, conversation_thread.c.thread_id).where(
            conversation_thread.c.installation_id == number, conversation_thread.c.conversation_id.in_(ids)
        )
        known.update((row.conversation_id, row.thread_id) for row in connection.execute(query))
    new = [
        {"installation_id": number, "conversation_id": id_, "thread_id": thread}
        for id_ in threaded
        for thread in dict.fromkeys(records[id_].threads)
        if (id_, thread) not in known
    ]
    if new:
        connection.execute(insert(conversation_thread), new)


def conversations_of_thread(connection: Connection, number: int, subject: str) -> list[str]:
    """The conversations that ever held this thread; none for a subject that is none."""
    if not subject.startswith(THREAD):
        return []
    query = select(conversation_thread.c.conversation_id).where(
        conversation_thread.c.installation_id == number,
        conversation_thread.c.thread_id == subject.removeprefix(THREAD),
    )
    return list(connection.scalars(query))


def read_again(connection: Connection, number: int, ids: Sequence[str], now: datetime) -> None:
    """Have these conversations read again: what is left of them is to be scored without the thread."""
    note_hints(connection, number, [("conversation", id_) for id_ in ids], now)
