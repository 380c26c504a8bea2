"""Step 8 of a sync: what is owed to the platform, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, bindparam, case, delete, func, select, update

from ..model import FieldValues, Outcome, Status, Written
from .forgetting import forget
from .outgoing import owe, owed_rows, settle_rows
from .part import Part, in_chunks, number_of
from .rows import Counts, Owed
from .tables import contact, conversation, outbox, parked

_HAS_CONVERSATIONS = (
    select(conversation.c.contact_id)  # all columns would have SQLite look through the whole account
    .where(
        conversation.c.installation_id == bindparam("number"),
        conversation.c.contact_id == bindparam("contact"),
    )
    .limit(1)
)


class Outbox(Part):
    """The `outbox` and `contact` tables."""

    def owed(self, name: str, limit: int, after: str | None = None) -> list[Owed]:
        """The next conversations to write back, by id, from beyond `after`."""
        with self._database.reading() as connection:
            return owed_rows(connection, outbox, number_of(connection, name), limit=limit, after=after)

    def settle(self, name: str, results: Sequence[tuple[Owed, Written]], *, now: datetime) -> None:
        """Note what became of the rows; a row with a newer fingerprint or newer values stays owed.

        GONE forgets the conversation; LOCKED and REJECTED are not owed until their values change.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            forget(connection, number, settle_rows(connection, outbox, number, results, now))

    def owe_again(self, name: str, conversation_ids: Sequence[str]) -> None:
        """Forget what the platform has of these: a process that stood still may have written old values.

        It is allowed to whoever has lost the installation, since it only makes the next sync write again.
        """
        with self._database.unguarded().writing() as connection:
            number = number_of(connection, name)
            for ids in in_chunks(conversation_ids):
                ours = outbox.c.installation_id == number, outbox.c.conversation_id.in_(ids)
                connection.execute(update(outbox).where(*ours).values(is_owed=True, written=None))

    def save_contacts(self, name: str, values: Mapping[str, FieldValues], now: datetime) -> None:
        """Set contacts' roll-ups, owed unless the platform has the same; nothing for a contact without
        conversations, who may have been erased since it was computed."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            desired = {
                id_: ("", row)
                for id_, row in values.items()
                if connection.scalar(_HAS_CONVERSATIONS, {"number": number, "contact": id_}) is not None
            }
            owe(connection, contact, number, desired, computed_at=now)

    def owed_contacts(self, name: str, limit: int, after: str | None = None) -> list[Owed]:
        """The next contacts to write back; `conversation_id` is the contact's id."""
        with self._database.reading() as connection:
            return owed_rows(connection, contact, number_of(connection, name), limit=limit, after=after)

    def settle_contacts(self, name: str, results: Sequence[tuple[Owed, Written]], *, now: datetime) -> None:
        """Note what became of the contacts; GONE forgets the roll-up."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            for contact_id in settle_rows(connection, contact, number, results, now):
                ours = contact.c.installation_id == number, contact.c.contact_id == contact_id
                connection.execute(delete(contact).where(*ours))

    def how_many_owed(self, name: str) -> int:
        """How many conversations are owed to the platform."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            return _count(connection, outbox, number, outbox.c.is_owed.is_(True))

    def counts(self, name: str) -> Counts:
        """How many conversations are where, counted from their rows (`how_many_owed` is far cheaper)."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            # sums rather than groups, for which SQLite would sort the whole account
            query = select(
                func.count(), _how_many(Status.NOT_APPLICABLE), _how_many(Status.NOT_SCORED)
            ).where(conversation.c.installation_id == number)
            total, not_applicable, not_scored = connection.execute(query).one()
            is_owed, is_settled = outbox.c.is_owed.is_(True), outbox.c.is_owed.is_(False)
            locked, rejected = outbox.c.outcome == Outcome.LOCKED, outbox.c.outcome == Outcome.REJECTED
            return Counts(
                conversations=total,
                scored=total - not_applicable - not_scored,
                not_applicable=not_applicable,
                not_scored=not_scored,
                owed=_count(connection, outbox, number, is_owed),
                parked=_count(connection, parked, number),
                locked=_count(connection, outbox, number, is_settled, locked),
                rejected=_count(connection, outbox, number, is_settled, rejected),
            )


def _how_many(band: Status) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((conversation.c.band == str(band), 1), else_=0)), 0)


def _count(connection: Connection, table: Table, number: int, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(table.c.installation_id == number, *conditions)
    return connection.scalar(query) or 0
