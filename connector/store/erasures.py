"""Erasing a contact: its keys first, then everything that hangs on them; and what was asked to be erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select, update

from .clearings import CONTACT, CONVERSATION, owe_clearing
from .fact_tables import fact
from .forgetting import forget, forget_known
from .hint_tables import conversation_thread
from .labels import labels_of
from .part import Part, in_chunks, number_of
from .previews import forget_preview
from .privacy_tables import (
    contact_key,
    conversation_label,
    dispute,
    erasure,
    kept_label,
    kept_text,
    next_installation_key,
)
from .settled import settled_contacts, settled_of, unlink
from .tables import (
    contact,
    conversation,
    conversation_tag,
    installation_key,
    message,
    outbox,
    parked,
    reply,
    score,
)
from .threads import THREAD, conversations_of_thread, read_again

_PER_CONVERSATION: Mapping[str, Table] = {
    "conversations": conversation,
    "scores": score,
    "messages": message,
    "replies": reply,
    "texts": kept_text,
    "labels": kept_label,
    "tags": conversation_tag,
    "places": conversation_label,
    "threads": conversation_thread,
    "disputes": dispute,
    "writes": outbox,
    "parked": parked,
}
_PER_CONTACT: Mapping[str, Table] = {"contacts": contact, "keys": contact_key, "imported rows": fact}


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure that was asked for; `done_at` is None while it is under way or held up."""

    erasure_id: str
    pseudonym: str
    because: str
    asked_at: datetime
    done_at: datetime | None = None
    readmitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Theirs:
    """What there is of one contact: their conversations, and what those are labelled."""

    conversation_ids: Sequence[str]
    labels: frozenset[str]
    key_ids: Sequence[str]


class Erasures(Part):
    """The `erasure` table, and the deletes over all others."""

    def contact_ids(self, name: str) -> list[str]:
        """Every contact that anything is kept of."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            found: set[str] = set()
            for table in (conversation, contact, contact_key, kept_text, fact):
                query = select(table.c.contact_id).where(table.c.installation_id == number).distinct()
                found.update(id_ for id_ in connection.scalars(query) if id_ is not None)
            found |= settled_contacts(connection, number)
        return sorted(found)

    def theirs(self, name: str, contact_id: str) -> Theirs:
        """What there is of a contact."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            ids = _conversations_of(connection, number, contact_id)
            labels = {f"contact:{contact_id}"}.union(*labels_of(connection, number, ids).values())
            keys = connection.scalars(select(contact_key.c.key_id).where(_keys_of(number, contact_id, ids)))
            return Theirs(ids, frozenset(labels), sorted(keys))

    def note_asked(self, name: str, asked: Erasure) -> None:
        """Note an erasure before it is done, so that nothing new of the contact is taken in."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            forget_preview(connection, number)
            ours = erasure.c.installation_id == number, erasure.c.erasure_id == asked.erasure_id
            connection.execute(delete(erasure).where(*ours))
            connection.execute(
                insert(erasure).values(
                    installation_id=number,
                    erasure_id=asked.erasure_id,
                    pseudonym=asked.pseudonym,
                    because=asked.because,
                    asked_at=asked.asked_at,
                    done_at=asked.done_at,
                    readmitted_at=asked.readmitted_at,
                )
            )

    def note_done(self, name: str, erasure_id: str, now: datetime) -> None:
        """Note that nothing of the contact is left."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = erasure.c.installation_id == number, erasure.c.erasure_id == erasure_id
            connection.execute(update(erasure).where(*ours).values(done_at=now))

    def readmit(self, name: str, pseudonym: str, now: datetime) -> int:
        """Let a contact's conversations be scored again; how many erasures that lifts."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = erasure.c.installation_id == number, erasure.c.pseudonym == pseudonym
            lifted = connection.execute(
                update(erasure).where(*ours, erasure.c.readmitted_at.is_(None)).values(readmitted_at=now)
            )
            return lifted.rowcount

    def erasures(self, name: str) -> list[Erasure]:
        """Everything that was asked to be erased, oldest first."""
        with self._database.reading() as connection:
            query = (
                select(*(erasure.c[name] for name in Erasure.__dataclass_fields__))
                .where(erasure.c.installation_id == number_of(connection, name))
                .order_by(erasure.c.asked_at, erasure.c.erasure_id)
            )
            return [Erasure(*row) for row in connection.execute(query)]

    def destroy_keys(self, name: str, contact_id: str) -> list[str]:
        """Delete the wrapped keys of a contact's texts; gives the names of the keys that are gone."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ids = _conversations_of(connection, number, contact_id)
            gone = delete(contact_key).where(_keys_of(number, contact_id, ids))
            return sorted(connection.scalars(gone.returning(contact_key.c.key_id)))

    def erase_contact(
        self, name: str, contact_id: str, *, clear: bool, because: str, now: datetime
    ) -> dict[str, int]:
        """Delete all of a contact, or all conversations of a thread, which are then to be read again.

        Gives how many rows of what. With `clear` their fields are to be blanked.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ids = _conversations_of(connection, number, contact_id)
            counts = _counts(connection, number, contact_id, ids)
            if clear:
                rolled_up = connection.scalars(
                    select(contact.c.contact_id).where(*_is(contact, number, contact_id))
                )
                owe_clearing(connection, number, CONTACT, list(rolled_up), because=because, now=now)
                owe_clearing(connection, number, CONVERSATION, ids, because=because, now=now)
            unlink(connection, number, ids, contact_id)
            forget(connection, number, ids)
            if contact_id.startswith(THREAD):
                read_again(connection, number, ids, now)
            for table in (contact, contact_key, kept_text, fact):
                connection.execute(delete(table).where(*_is(table, number, contact_id)))
            return counts

    def left_of(self, name: str, contact_id: str, key_ids: Sequence[str]) -> dict[str, int]:
        """How many rows there still are of a contact, and of the keys that were destroyed."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            ids = _conversations_of(connection, number, contact_id)
            rows = sum(_counts(connection, number, contact_id, ids).values())
            rows += len(settled_of(connection, number, contact_id))
            keys = sum(
                connection.scalar(
                    select(func.count()).where(
                        contact_key.c.installation_id == number, contact_key.c.key_id.in_(some)
                    )
                )
                or 0
                for some in in_chunks(key_ids)
            )
        return {"rows": rows, "key_rows": keys}

    def forget_conversations(
        self, name: str, conversation_ids: Sequence[str], *, clear: bool, because: str, now: datetime
    ) -> int:
        """Delete these conversations, as far as they are known; how many that were."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            return len(
                forget_known(connection, number, conversation_ids, clear=clear, because=because, now=now)
            )

    def destroy_installation_keys(self, name: str) -> None:
        """Delete the installation's wrapped keys, and those of all its contacts, before anything else."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            for table in (installation_key, next_installation_key, contact_key):
                connection.execute(delete(table).where(table.c.installation_id == number))

    def everything(self, name: str) -> dict[str, int]:
        """How many rows of what an installation has."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            return {
                what: connection.scalar(select(func.count()).where(table.c.installation_id == number)) or 0
                for what, table in {**_PER_CONVERSATION, **_PER_CONTACT}.items()
            }


def _conversations_of(connection: Connection, number: int, contact_id: str) -> list[str]:
    query = select(conversation.c.conversation_id).where(*_is(conversation, number, contact_id))
    found = set(connection.scalars(query))
    query = select(kept_text.c.conversation_id).where(*_is(kept_text, number, contact_id)).distinct()
    found.update(connection.scalars(query), conversations_of_thread(connection, number, contact_id))
    return sorted(found)


def _keys_of(number: int, contact_id: str, conversation_ids: Sequence[str]) -> ColumnElement[bool]:
    owners = [contact_id, *(f"conversation:{id_}" for id_ in conversation_ids)]
    chunks = [contact_key.c.contact_id.in_(some) for some in in_chunks(owners)]
    return (contact_key.c.installation_id == number) & or_(*chunks)


def _is(table: Table, number: int, contact_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.installation_id == number, table.c.contact_id == contact_id


def _counts(connection: Connection, number: int, contact_id: str, ids: Sequence[str]) -> dict[str, int]:
    counts = dict.fromkeys(_PER_CONVERSATION, 0)
    for what, table in _PER_CONVERSATION.items():
        for some in in_chunks(ids):
            query = select(func.count()).where(
                table.c.installation_id == number, table.c.conversation_id.in_(some)
            )
            counts[what] += connection.scalar(query) or 0
    for what, table in _PER_CONTACT.items():
        counts[what] = connection.scalar(select(func.count()).where(*_is(table, number, contact_id))) or 0
    return counts
