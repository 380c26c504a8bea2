"""Conversations that are not to be kept: those that are gone, opted out, or of a contact who was erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from .clearings import CONVERSATION, owe_clearing
from .labels import AGENT, TAG, note_labels
from .part import in_chunks
from .previews import forget_preview
from .privacy_tables import contact_key, erasure, opt_out
from .rows import Record
from .settled import unlink
from .tables import conversation, parked
from .threads import THREAD
from .told import forget_told_of


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of a page must not be kept."""

    pseudonym: Callable[[str], str]
    """What an erased contact is called: a keyed digest of the id. Nothing is stored of a contact whom
    somebody has asked to erase, even since the page was scored."""
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Conversations to forget, by the reason."""
    clear: bool = False
    """Their fields on the platform are to be blanked."""
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The brand, queue and pipeline of every conversation that was seen since the last page."""


def forget(connection: Connection, number: int, conversation_ids: Sequence[str]) -> None:
    """Delete the conversations and all that hangs on them: scores, messages, texts, write-backs."""
    if conversation_ids:
        forget_preview(connection, number)
    forget_told_of(connection, number, conversation_ids)
    unlink(connection, number, conversation_ids)
    for table in (conversation, parked):
        for ids in in_chunks(conversation_ids):
            connection.execute(
                delete(table).where(table.c.installation_id == number, table.c.conversation_id.in_(ids))
            )


def leave_out(connection: Connection, number: int, leaving: Leaving, now: datetime) -> None:
    """Forget what must not be kept of a page."""
    for because, ids in leaving.ids.items():
        forget_known(connection, number, ids, clear=leaving.clear, because=because, now=now)
    note_labels(connection, number, leaving.labels)


def forget_known(
    connection: Connection, number: int, ids: Sequence[str], *, clear: bool, because: str, now: datetime
) -> list[str]:
    """Forget the conversations that are here, with their own keys; with `clear` their fields are blanked."""
    known: list[str] = []
    for some in in_chunks(ids):
        query = select(conversation.c.conversation_id).where(
            conversation.c.installation_id == number, conversation.c.conversation_id.in_(some)
        )
        known += connection.scalars(query)
    if known and clear:
        owe_clearing(connection, number, CONVERSATION, known, because=because, now=now)
    for some in in_chunks([f"conversation:{id_}" for id_ in known]):
        connection.execute(
            delete(contact_key).where(
                contact_key.c.installation_id == number, contact_key.c.contact_id.in_(some)
            )
        )
    forget(connection, number, ids)
    return known


def still_allowed(
    connection: Connection, number: int, records: Mapping[str, Record], leaving: Leaving
) -> tuple[dict[str, Record], list[str]]:
    """The records whose contacts nobody asked to erase, and which are on no opt-out list, as of this very
    transaction; and those to read again, of which only a thread was erased since they were read."""
    query = select(erasure.c.pseudonym).where(
        erasure.c.installation_id == number, erasure.c.readmitted_at.is_(None)
    )
    erased = frozenset(connection.scalars(query))
    query = select(opt_out.c.label).where(opt_out.c.installation_id == number)
    left_out = frozenset(connection.scalars(query))
    if not erased and not left_out:
        return dict(records), []
    allowed = {
        id_: record
        for id_, record in records.items()
        if (record.contact_id is None or not erased or leaving.pseudonym(record.contact_id) not in erased)
        and left_out.isdisjoint(_labels_in(record, leaving))
    }
    torn = [
        id_
        for id_, record in allowed.items()
        if erased and not erased.isdisjoint(leaving.pseudonym(f"{THREAD}{each}") for each in record.threads)
    ]
    return {id_: record for id_, record in allowed.items() if id_ not in torn}, torn


def _labels_in(record: Record, leaving: Leaving) -> Iterator[str]:
    yield from leaving.labels.get(record.conversation_id, ())
    for tag in record.tags:
        yield f"{TAG}{tag}"
    for reply in record.replies:
        yield f"{AGENT}{reply.author}"
