"""What reports were given out on: rows of finished months, each month of a kind packed in one piece.

Ids of somebody who is erased, or of a conversation that is forgotten, are exchanged for random ones at once;
the numbers stay until a report may leave them out without showing whose they were.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select, update

from .fact_tables import settled_part
from .part import Part, number_of
from .tables import conversation, cursor

PastVersion: TypeAlias = tuple[int, str | None, str]
"""A batch, what stands for the values then, and the groups the row lay in."""
CONVERSATION = "conversation"
SETTLED_THROUGH = "settled_through"
_UNLINKED = "unlinked-"
_FEW = 20
"""To look for more ids than that in packed rows takes longer than to unpack them all."""


@dataclass(frozen=True, slots=True)
class SettledRow:
    """One row as it was given out; `values` None once it is gone. `path` is empty while it never changed."""

    id: str
    at: datetime
    contact_id: str | None = field(repr=False)
    values: Mapping[str, Any] | None
    path: tuple[PastVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class SettledPart:
    """One month of one kind; `first` is the batch it was given out in, `version` counts its changes."""

    first: int
    version: int
    rows: Sequence[SettledRow]


class SettledParts(Part):
    """The `settled_part` table."""

    def settled_through(self, name: str) -> str | None:
        """The last month that was settled, such as 2026-03."""
        with self._database.reading() as connection:
            ours = cursor.c.installation_id == number_of(connection, name), cursor.c.stream == SETTLED_THROUGH
            found: str | None = connection.scalar(select(cursor.c.value).where(*ours))
            return found

    def note_settled_through(self, name: str, month: str, *, now: datetime) -> None:
        """Note the last month that was settled; it never goes back."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = cursor.c.installation_id == number, cursor.c.stream == SETTLED_THROUGH
            if (connection.scalar(select(cursor.c.value).where(*ours)) or "") >= month:
                return
            connection.execute(delete(cursor).where(*ours))
            row = {"installation_id": number, "stream": SETTLED_THROUGH, "value": month, "moved_at": now}
            connection.execute(insert(cursor).values(row))

    def first_felt_at(self, name: str) -> datetime | None:
        """When the first conversation that can be settled ended."""
        with self._database.reading() as connection:
            ours = conversation.c.installation_id == number_of(connection, name)
            found: datetime | None = connection.scalar(select(func.min(conversation.c.felt_at)).where(ours))
            return found

    def settled_months(self, name: str, kind: str) -> list[str]:
        """The months of a kind that rows were given out of."""
        with self._database.reading() as connection:
            ours = (
                settled_part.c.installation_id == number_of(connection, name),
                settled_part.c.kind == kind,
            )
            return list(
                connection.scalars(select(settled_part.c.month).where(*ours).order_by(settled_part.c.month))
            )

    def settled_part(self, name: str, kind: str, month: str) -> SettledPart | None:
        """What was given out of a month."""
        with self._database.reading() as connection:
            ours = _is(number_of(connection, name), kind, month)
            query = select(settled_part.c.content, settled_part.c.version).where(*ours)
            found = connection.execute(query).first()
            return None if found is None else _unpacked(found.content, found.version)

    def keep_settled_part(
        self, name: str, kind: str, month: str, part: SettledPart, *, now: datetime
    ) -> bool:
        """Keep what is given out of a month, unless somebody else changed it meanwhile; whether it was kept.

        A `part` of version 0 is the first of its month.
        """
        row = {"content": _packed(part), "version": part.version + 1, "made_at": now}
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = _is(number, kind, month)
            if part.version:
                same = settled_part.c.version == part.version
                return connection.execute(update(settled_part).where(*ours, same).values(row)).rowcount == 1
            if connection.scalar(select(settled_part.c.version).where(*ours)) is not None:
                return False
            key = {"installation_id": number, "kind": kind, "month": month}
            connection.execute(insert(settled_part).values(**key, **row))
            return True


def unlink(
    connection: Connection, number: int, conversation_ids: Collection[str], contact_id: str | None = None
) -> None:
    """Exchange the ids of forgotten conversations and of their contacts, or of one contact, for random ones.

    All rows of such a contact keep belonging together, and to nobody. A contact erased loses the ids of all
    their rows.
    """
    gone = set(conversation_ids)
    contacts = {contact_id} - {None}
    for _month, part in _parts_with(connection, number, gone, CONVERSATION):
        contacts |= {row.contact_id for row in part.rows if row.id in gone} - {None}
    names: dict[str, str] = {}
    for key, part in _parts_with(connection, number, gone | {each for each in contacts if each}):
        ids = gone | {row.id for row in part.rows if contact_id and row.contact_id == contact_id}
        rows = [_unlinked(row, ids, contacts, names) for row in part.rows]
        if rows != list(part.rows):
            changed = {"content": _packed(replace(part, rows=rows)), "version": part.version + 1}
            connection.execute(update(settled_part).where(*_is(number, *key)).values(changed))


def settled_of(connection: Connection, number: int, contact_id: str) -> list[tuple[str, SettledRow]]:
    """Every row of a contact that was given out, with its kind."""
    return [
        (kind, row)
        for (kind, _), part in _parts_with(connection, number, [contact_id])
        for row in part.rows
        if row.contact_id == contact_id
    ]


def settled_contacts(connection: Connection, number: int) -> set[str]:
    """Every contact that a row was given out of."""
    parts = (part for _, part in _parts_with(connection, number, None))
    found = {row.contact_id for part in parts for row in part.rows}
    return {each for each in found if each is not None and not each.startswith(_UNLINKED)}


def _parts_with(
    connection: Connection, number: int, ids: Collection[str] | None, kind: str | None = None
) -> Iterator[tuple[tuple[str, str], SettledPart]]:
    """The parts in which one of the ids is written, or all."""
    if ids is not None and not ids:
        return
    keys = select(settled_part.c.kind, settled_part.c.month).where(settled_part.c.installation_id == number)
    if kind is not None:
        keys = keys.where(settled_part.c.kind == kind)
    wanted = [json.dumps(each).encode() for each in ids] if ids is not None and len(ids) <= _FEW else None
    for key in connection.execute(keys).all():
        query = select(settled_part.c.content, settled_part.c.version).where(*_is(number, *key))
        content, version = connection.execute(query).one()
        text = zlib.decompress(content)
        if wanted is None or any(each in text for each in wanted):
            yield (key.kind, key.month), _unpacked(content, version)


def _unlinked(
    row: SettledRow, ids: Collection[str], contacts: Collection[str | None], names: dict[str, str]
) -> SettledRow:
    def name_of(id_: str) -> str:
        return names.setdefault(id_, f"{_UNLINKED}{secrets.token_hex(8)}")

    about: str = (row.values or {}).get("conversation") or ""
    is_about_one = bool(about) and (about in ids or row.id in ids)
    if row.id not in ids and row.contact_id not in contacts and not is_about_one:
        return row
    marks: dict[str, str] = {}
    return replace(
        row,
        id=name_of(row.id) if row.id in ids else row.id,
        contact_id=name_of(row.contact_id)
        if row.contact_id is not None and row.contact_id in contacts
        else row.contact_id,
        values={**row.values, "conversation": name_of(about)} if row.values and is_about_one else row.values,
        path=tuple(
            (batch, mark and marks.setdefault(mark, secrets.token_hex(8)), place)
            for batch, mark, place in row.path
        ),
    )


def _is(number: int, kind: str, month: str) -> tuple[Any, ...]:
    return (
        settled_part.c.installation_id == number,
        settled_part.c.kind == kind,
        settled_part.c.month == month,
    )


def _packed(part: SettledPart) -> bytes:
    rows = [(row.id, row.at.isoformat(), row.contact_id, row.values, row.path) for row in part.rows]
    content = {"first": part.first, "rows": rows}
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)


def _unpacked(content: bytes, version: int) -> SettledPart:
    held = json.loads(zlib.decompress(content))
    rows = [
        SettledRow(
            id_,
            datetime.fromisoformat(at),
            contact,
            values,
            tuple((b, mark, place) for b, mark, place in path),
        )
        for id_, at, contact, values, path in held["rows"]
    ]
    return SettledPart(held["first"], version, rows)
