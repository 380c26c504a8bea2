"""What people said about scores: disputes, what was decided, and the corrections that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, insert, select, update

from ..errors import Busy, Misconfigured
from ..model import FieldValues, Sealed, WrappedKey
from .outgoing import owe
from .part import Part, in_chunks, number_of
from .privacy_tables import contact_key, dispute
from .rows import Record
from .tables import conversation, outbox

OPEN, UPHELD, CORRECTED = "open", "upheld", "corrected"
REVIEWED = "A person reviewed this score and set it."
"""The reason that stands beside a corrected score."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute. The reasons are sealed under the key of `owner`."""

    conversation_id: str
    id: str
    owner: str
    raised_by: str
    raised_at: datetime
    reason: Sealed
    status: str
    score_version: int
    """Which score of the conversation it is about; a correction holds while that is the latest."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: Sealed | None = None
    empathy: int | None = None
    band: str | None = None
    is_latest: bool = True
    """The conversation has not been scored again since."""


def is_disputed() -> ColumnElement[bool]:
    """Of a conversation row: somebody contests its score, and nobody has decided yet."""
    return exists().where(
        dispute.c.installation_id == conversation.c.installation_id,
        dispute.c.status == OPEN,
        dispute.c.conversation_id == conversation.c.conversation_id,
    )


class Disputes(Part):
    """The `dispute` table."""

    def raise_dispute(self, name: str, raised: Dispute, key: WrappedKey) -> None:
        """Store a dispute, and the key its reason is sealed under.

        Raises Misconfigured for a second one, and for a conversation that is gone; Busy when the key was
        destroyed or made anew meanwhile.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = _of(conversation, number, raised.conversation_id)
            if connection.scalar(select(conversation.c.version).where(*ours)) is None:
                raise Misconfigured(
                    f"Conversation {raised.conversation_id} was removed a moment ago, with its score."
                )
            if _open(connection, number, raised.conversation_id) is not None:
                raise Misconfigured(
                    f"The score of conversation {raised.conversation_id} is disputed already; "
                    "decide that dispute first."
                )
            note_key(connection, number, key, raised.raised_at)
            connection.execute(
                insert(dispute).values(
                    installation_id=number,
                    conversation_id=raised.conversation_id,
                    dispute_id=raised.id,
                    owner=raised.owner,
                    raised_by=raised.raised_by,
                    raised_at=raised.raised_at,
                    reason=raised.reason,
                    status=OPEN,
                    score_version=raised.score_version,
                )
            )

    def decide_dispute(self, name: str, decided: Dispute, key: WrappedKey, fields: FieldValues) -> None:
        """Close a dispute; a correction becomes the desired value, owed to the platform.

        `fields` are the values the score itself wants written. Raises Misconfigured when nothing is open,
        and Busy when the conversation was scored again meanwhile.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            row = _open(connection, number, decided.conversation_id)
            if row is None or row.dispute_id != decided.id:
                raise Misconfigured(
                    f"No dispute about conversation {decided.conversation_id} is open; "
                    f"empathy-connector dispute {name} --list shows those that are."
                )
            ours = _of(conversation, number, decided.conversation_id)
            if connection.scalar(select(conversation.c.version).where(*ours)) != decided.score_version:
                raise Busy("The conversation was scored again a moment ago; look at it and decide again.")
            note_key(connection, number, key, decided.decided_at or decided.raised_at)
            connection.execute(
                update(dispute)
                .where(*_of(dispute, number, decided.conversation_id), dispute.c.dispute_id == decided.id)
                .values(
                    status=decided.status,
                    score_version=decided.score_version,
                    decided_by=decided.decided_by,
                    decided_at=decided.decided_at,
                    decision=decided.decision,
                    empathy=decided.empathy,
                    band=decided.band,
                )
            )
            if decided.status == CORRECTED and decided.band is not None:
                found = select(conversation.c.fingerprint).where(*ours)
                fingerprint = connection.scalar(found) or ""
                _apply(connection, number, {decided.conversation_id: (decided, fingerprint, fields)})

    def disputes(self, name: str, conversation_id: str | None = None) -> list[Dispute]:
        """All disputes, or those about one conversation, oldest first."""
        with self._database.reading() as connection:
            query = _disputes().where(dispute.c.installation_id == number_of(connection, name))
            if conversation_id is not None:
                query = query.where(dispute.c.conversation_id == conversation_id)
            query = query.order_by(dispute.c.raised_at, dispute.c.conversation_id, dispute.c.dispute_id)
            return [_dispute(row) for row in connection.execute(query)]


def keep_corrections(connection: Connection, number: int, records: Mapping[str, Record]) -> None:
    """Let a person's correction hold where the same text was scored again under another ruleset."""
    same = [id_ for id_, record in records.items() if record.is_same_text]
    found: dict[str, tuple[Dispute, str, FieldValues]] = {}
    for ids in in_chunks(same):
        query = _disputes().where(
            dispute.c.installation_id == number,
            dispute.c.conversation_id.in_(ids),
            dispute.c.status == CORRECTED,
            dispute.c.score_version == conversation.c.version - 1,
        )
        for row in connection.execute(query.order_by(dispute.c.decided_at)):
            record = records[row.conversation_id]
            found[row.conversation_id] = (_dispute(row), record.fingerprint, record.fields)
    for id_ in found:
        corrected = *_of(dispute, number, id_), dispute.c.status == CORRECTED
        moved = update(dispute).where(*corrected, dispute.c.dispute_id == found[id_][0].id)
        connection.execute(moved.values(score_version=dispute.c.score_version + 1))
    _apply(connection, number, found)


def note_key(connection: Connection, number: int, key: WrappedKey, now: datetime) -> None:
    """Store a new key, or the number of its uses. Raises Busy when it is not the one in the database."""
    ours = contact_key.c.installation_id == number, contact_key.c.contact_id == key.owner
    stored = connection.scalar(select(contact_key.c.key_id).where(*ours))
    if stored is None and key.is_new:
        connection.execute(
            insert(contact_key).values(
                installation_id=number,
                contact_id=key.owner,
                key_id=key.key_id,
                wrapped=key.wrapped,
                created_at=now,
                uses=key.uses,
            )
        )
    elif stored != key.key_id:
        raise Busy("The key of this contact changed a moment ago; run the command again.")
    else:
        connection.execute(update(contact_key).where(*ours).values(uses=key.uses))


def _apply(
    connection: Connection, number: int, corrections: Mapping[str, tuple[Dispute, str, FieldValues]]
) -> None:
    desired = {}
    for id_, (decided, fingerprint, fields) in corrections.items():
        change = update(conversation).where(*_of(conversation, number, id_))
        connection.execute(change.values(empathy=decided.empathy, band=decided.band, reason_text=REVIEWED))
        values = {
            **fields,
            "empathy_score": decided.empathy,
            "empathy_band": decided.band,
            "empathy_reason": REVIEWED,
        }
        desired[id_] = (fingerprint, values)
    if desired:
        owe(connection, outbox, number, desired)


def _disputes() -> Select[Any]:
    same = and_(
        conversation.c.installation_id == dispute.c.installation_id,
        conversation.c.conversation_id == dispute.c.conversation_id,
    )
    return select(dispute, conversation.c.version).join(conversation, same)


def _open(connection: Connection, number: int, conversation_id: str) -> Row[Any] | None:
    query = select(dispute).where(*_of(dispute, number, conversation_id), dispute.c.status == OPEN)
    return connection.execute(query).first()


def _of(table: Any, number: int, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.installation_id == number, table.c.conversation_id == conversation_id


def _dispute(row: Row[Any]) -> Dispute:
    return Dispute(
        conversation_id=row.conversation_id,
        id=row.dispute_id,
        owner=row.owner,
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        reason=row.reason,
        status=row.status,
        score_version=row.score_version,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision=row.decision,
        empathy=row.empathy,
        band=row.band,
        is_latest=row.score_version == row.version,
    )
