"""What reports were given out on: rows of finished months, each month of a kind packed in one piece.

Ids of somebody who is erased, or of a conversation that is forgotten, are exchanged for random ones at once;
the numbers stay until a report may leave them out without showing whose they were.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
_ID, _CONTACT, _VALUES, _PATH = 0, 2, 3, 4
"""Places in a row as it is packed: most rows of a part stay as they are, and are not made anew for one."""
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
    for _key, _version, held in _held_with(connection, number, gone, CONVERSATION):
        contacts |= {row[_CONTACT] for row in held["rows"] if row[_ID] in gone} - {None}
    names: dict[str, str] = {}
    for key, version, held in _held_with(connection, number, gone | {each for each in contacts if each}):
        rows = held["rows"]
        ids = gone | {row[_ID] for row in rows if contact_id and row[_CONTACT] == contact_id}
        theirs = [row for row in rows if _is_theirs(row, ids, contacts)]
        for row in theirs:
            _unlink(row, ids, contacts, names)
        if theirs:
            changed = {"content": _compressed(held), "version": version + 1}
            connection.execute(update(settled_part).where(*_is(number, *key)).values(changed))


def settled_of(connection: Connection, number: int, contact_id: str) -> list[tuple[str, SettledRow]]:
    """Every row of a contact that was given out, with its kind."""
    return [
        (kind, _row(row))
        for (kind, _), _version, held in _held_with(connection, number, [contact_id])
        for row in held["rows"]
        if row[_CONTACT] == contact_id
    ]


def settled_contacts(connection: Connection, number: int) -> set[str]:
    """Every contact that a row was given out of."""
    found = {row[_CONTACT] for _, _, held in _held_with(connection, number, None) for row in held["rows"]}
    return {each for each in found if each is not None and not each.startswith(_UNLINKED)}


def _held_with(
    connection: Connection, number: int, ids: Collection[str] | None, kind: str | None = None
) -> Iterator[tuple[tuple[str, str], int, dict[str, Any]]]:
    """(key, version, content) of the parts in which one of the ids is written, or of all."""
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
            yield (key.kind, key.month), version, json.loads(text)


def _is_theirs(row: list[Any], ids: Collection[str], contacts: Collection[str | None]) -> bool:
    return row[_ID] in ids or row[_CONTACT] in contacts or (row[_VALUES] or {}).get("conversation") in ids


def _unlink(
    row: list[Any], ids: Collection[str], contacts: Collection[str | None], names: dict[str, str]
) -> None:
    def name_of(id_: str) -> str:
        return names.setdefault(id_, f"{_UNLINKED}{secrets.token_hex(8)}")

    about = (row[_VALUES] or {}).get("conversation")
    if about and (about in ids or row[_ID] in ids):
        row[_VALUES] = {**row[_VALUES], "conversation": name_of(about)}
    if row[_ID] in ids:
        row[_ID] = name_of(row[_ID])
    if row[_CONTACT] is not None and row[_CONTACT] in contacts:
        row[_CONTACT] = name_of(row[_CONTACT])
    marks: dict[str, str] = {}
    row[_PATH] = [
        (batch, mark and marks.setdefault(mark, secrets.token_hex(8)), place)
        for batch, mark, place in row[_PATH]
    ]


def _is(number: int, kind: str, month: str) -> tuple[Any, ...]:
    return (
        settled_part.c.installation_id == number,
        settled_part.c.kind == kind,
        settled_part.c.month == month,
    )


def _packed(part: SettledPart) -> bytes:
    rows = [(row.id, row.at.isoformat(), row.contact_id, row.values, row.path) for row in part.rows]
    return _compressed({"first": part.first, "rows": rows})


def _compressed(held: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(held, separators=(",", ":")).encode(), 1)


def _unpacked(content: bytes, version: int) -> SettledPart:
    held = json.loads(zlib.decompress(content))
    return SettledPart(held["first"], version, [_row(row) for row in held["rows"]])


def _row(row: Sequence[Any]) -> SettledRow:
    id_, at, contact, values, path = row
    return SettledRow(
        id_, datetime.fromisoformat(at), contact, values, tuple((b, mark, place) for b, mark, place in path)
    )
