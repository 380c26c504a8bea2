"""The kept texts: found, judged again when a policy changes, and purged in small batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    delete,
    exists,
    func,
    literal_column,
    select,
)

from ..model import KeptRecord, KeptText, Sealed
from .keeping import move_due
from .part import Part, in_chunks, number_of
from .privacy_tables import contact_key, dispute, kept_label, kept_text

EVERYTHING = "everything"
JUDGED_AT_ONCE = 200
"""Conversations whose texts are judged in one transaction."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One kept text without its bytes."""

    conversation_id: str
    message_id: str
    part: str
    record: KeptRecord


class Texts(Part):
    """The `kept_text` and `kept_label` tables; `record_page` fills them."""

    def kept_count(self, name: str | None = None) -> int:
        """How many texts are kept, of one installation or of all."""
        with self._database.reading() as connection:
            query = select(func.count()).select_from(kept_text)
            if name is not None:
                query = query.where(kept_text.c.installation_id == number_of(connection, name))
            return connection.scalar(query) or 0

    def kept_rows(self, name: str) -> Iterator[list[KeptRow]]:
        """All kept texts with their labels, some conversations at a time."""
        after = ""
        while True:
            with self._database.reading() as connection:
                number = number_of(connection, name)
                query = (
                    select(kept_text.c.conversation_id)
                    .where(kept_text.c.installation_id == number, kept_text.c.conversation_id > after)
                    .group_by(kept_text.c.conversation_id)
                    .order_by(kept_text.c.conversation_id)
                    .limit(JUDGED_AT_ONCE)
                )
                ids = list(connection.scalars(query))
                if not ids:
                    return
                rows = _rows(connection, number, ids)
            after = ids[-1]
            yield rows

    def move_due(self, name: str, rows: Sequence[tuple[KeptRow, datetime]]) -> None:
        """Let these texts go at another time."""
        with self._database.writing() as connection:
            changes = [
                {
                    "_conversation_id": row.conversation_id,
                    "_message_id": row.message_id,
                    "_field": row.part,
                    "due_at": due_at,
                }
                for row, due_at in rows
            ]
            move_due(connection, number_of(connection, name), changes)

    def kept_texts(self, name: str, conversation_id: str) -> list[KeptText]:
        """The sealed texts of one conversation."""
        with self._database.reading() as connection:
            query = select(kept_text).where(
                kept_text.c.installation_id == number_of(connection, name),
                kept_text.c.conversation_id == conversation_id,
            )
            return [
                KeptText(
                    message_id=row.message_id,
                    part=row.field,
                    owner=row.contact_id,
                    mode=row.mode,
                    sealed=Sealed(row.sealed),
                    kept_at=row.kept_at,
                    due_at=row.due_at,
                    policy_version=row.policy_version,
                )
                for row in connection.execute(query)
            ]

    def due_count(self, name: str, now: datetime, held: Collection[str] = ()) -> int:
        """How many texts a purge would delete now; `held` are the labels under legal hold."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            if EVERYTHING in held:
                return 0
            query = select(func.count()).select_from(kept_text).where(*_due(number, now, held))
            return connection.scalar(query) or 0

    def purge_texts(self, name: str, now: datetime, held: Collection[str] = (), *, limit: int) -> int:
        """Delete at most `limit` texts that are due, the same ones for the same `now`; gives their number."""
        if EVERYTHING in held:
            return 0
        with self._database.writing() as connection:
            number = number_of(connection, name)
            row_id = _row_id(connection)
            chosen = (
                select(row_id)
                .select_from(kept_text)
                .where(*_due(number, now, held))
                .order_by(kept_text.c.due_at)
                .limit(limit)
            )
            return connection.execute(delete(kept_text).where(row_id.in_(chosen))).rowcount

    def purge_keys(self, name: str, after: str = "", *, limit: int) -> tuple[list[str], str | None]:
        """Destroy the keys that no kept text or dispute needs any more, looking at `limit` owners.

        Begins beyond `after`. Gives the ids of the destroyed keys, and the owner to go on after, None at the
        end.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            query = (
                select(contact_key.c.contact_id, contact_key.c.key_id)
                .where(contact_key.c.installation_id == number, contact_key.c.contact_id > after)
                .order_by(contact_key.c.contact_id)
                .limit(limit)
            )
            looked_at = connection.execute(query).all()
            is_needed = exists().where(
                kept_text.c.installation_id == number, kept_text.c.contact_id == contact_key.c.contact_id
            )
            is_disputed = exists().where(
                dispute.c.installation_id == number, dispute.c.owner == contact_key.c.contact_id
            )
            destroyed: list[str] = []
            for owners in in_chunks([row.contact_id for row in looked_at]):
                gone = (
                    delete(contact_key)
                    .where(
                        contact_key.c.installation_id == number,
                        contact_key.c.contact_id.in_(owners),
                        ~is_needed,
                        ~is_disputed,
                    )
                    .returning(contact_key.c.key_id)
                )
                destroyed += connection.scalars(gone).all()
        return sorted(destroyed), looked_at[-1].contact_id if len(looked_at) == limit else None

    def purge_labels(self, name: str, after: str = "", *, limit: int) -> str | None:
        """Remove the labels of conversations without kept texts; gives where to go on after, as above."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            query = (
                select(kept_label.c.conversation_id)
                .where(kept_label.c.installation_id == number, kept_label.c.conversation_id > after)
                .group_by(kept_label.c.conversation_id)
                .order_by(kept_label.c.conversation_id)
                .limit(limit)
            )
            looked_at = list(connection.scalars(query))
            is_needed = exists().where(
                kept_text.c.installation_id == number,
                kept_text.c.conversation_id == kept_label.c.conversation_id,
            )
            for ids in in_chunks(looked_at):
                connection.execute(
                    delete(kept_label).where(
                        kept_label.c.installation_id == number,
                        kept_label.c.conversation_id.in_(ids),
                        ~is_needed,
                    )
                )
        return looked_at[-1] if len(looked_at) == limit else None


def _rows(connection: Connection, number: int, ids: Sequence[str]) -> list[KeptRow]:
    labels: dict[str, set[str]] = defaultdict(set)
    query = select(kept_label.c.conversation_id, kept_label.c.label).where(
        kept_label.c.installation_id == number, kept_label.c.conversation_id.in_(ids)
    )
    for row in connection.execute(query):
        labels[row.conversation_id].add(row.label)
    columns = [kept_text.c[name] for name in ("conversation_id", "message_id", "field", "mode")]
    texts = (
        select(*columns, kept_text.c.kept_at, kept_text.c.due_at)
        .where(kept_text.c.installation_id == number, kept_text.c.conversation_id.in_(ids))
        .order_by(kept_text.c.conversation_id, kept_text.c.message_id, kept_text.c.field)
    )
    frozen = {id_: frozenset(labels[id_]) for id_ in ids}
    return [
        KeptRow(
            row.conversation_id,
            row.message_id,
            row.field,
            KeptRecord(row.mode, row.kept_at, row.due_at, frozen[row.conversation_id]),
        )
        for row in connection.execute(texts)
    ]


def _due(number: int, now: datetime, held: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    is_due = kept_text.c.installation_id == number, kept_text.c.due_at <= now
    if not held:
        return is_due
    is_held = exists().where(
        kept_label.c.installation_id == number,
        kept_label.c.conversation_id == kept_text.c.conversation_id,
        kept_label.c.label.in_(sorted(held)),
    )
    return (*is_due, ~is_held)


def _row_id(connection: Connection) -> ColumnElement[int]:
    # A batch deletes by the row's own address: four texts make the key, and comparing them takes longer.
    is_sqlite = connection.dialect.name == "sqlite"
    return literal_column("kept_text.rowid" if is_sqlite else "kept_text.ctid", Integer)
