"""What both kinds of write-back share: rows of desired values, owed until the platform has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from ..model import FieldValues, Outcome, Written
from .part import digest, in_chunks
from .rows import Owed

_DONE = {Outcome.WRITTEN: "written", Outcome.UNCHANGED: "written", Outcome.LOCKED: "locked"}
"""Which column remembers the values of an outcome. Rejected values are tried again with the next record."""


def owe(
    connection: Connection,
    table: Table,
    number: int,
    desired: Mapping[str, tuple[str, FieldValues]],
    **also: Any,
) -> None:
    """Set the desired values (id -> fingerprint, values), owed unless the platform has or refused the same.

    `also` are further columns of every row.
    """
    key = _key(table)
    before: dict[str, Any] = {}
    for ids in in_chunks(list(desired)):
        query = select(table.c[key], table.c.written, table.c.locked, table.c.outcome)
        for row in connection.execute(query.where(table.c.installation_id == number, table.c[key].in_(ids))):
            before[row[0]] = row
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for id_, (fingerprint, values) in desired.items():
        stamp = digest(values)
        known = before.get(id_)
        is_owed = known is None or not (
            known.written == stamp or (known.locked == stamp and known.outcome == Outcome.LOCKED)
        )
        content = {"values": dict(values), "digest": stamp, "is_owed": is_owed, "attempts": 0, **also}
        if "fingerprint" in table.c:
            content["fingerprint"] = fingerprint
        (new if known is None else changed).append({"installation_id": number, key: id_, **content})
    if new:
        connection.execute(insert(table), new)
    _update(connection, table, changed)


def owed_rows(
    connection: Connection, table: Table, number: int, *, limit: int, after: str | None
) -> list[Owed]:
    """The next owed rows in the order of their ids."""
    key = _key(table)
    query = (
        select(table)
        .where(table.c.installation_id == number, table.c.is_owed.is_(True))
        .order_by(table.c[key])
        .limit(limit)
    )
    if after is not None:
        query = query.where(table.c[key] > after)
    return [
        Owed(row[key], row.get("fingerprint", ""), row["values"], row["attempts"])
        for row in connection.execute(query).mappings()
    ]


def settle_rows(
    connection: Connection,
    table: Table,
    number: int,
    results: Sequence[tuple[Owed, Written]],
    now: datetime,
) -> list[str]:
    """Note the outcomes and return the ids of what is gone; values newer than those sent stay owed."""
    key = _key(table)
    current: dict[str, Any] = {}
    for ids in in_chunks([owed.conversation_id for owed, _ in results]):
        query = select(table).where(table.c.installation_id == number, table.c[key].in_(ids))
        current.update((row[key], row) for row in connection.execute(query).mappings())
    gone, changed = [], []
    for owed, written in results:
        row = current.get(owed.conversation_id)
        if row is None:
            continue
        if written.outcome is Outcome.GONE:
            gone.append(owed.conversation_id)
            continue
        sent = digest(owed.values)
        is_current = (row["digest"], row.get("fingerprint", "")) == (sent, owed.fingerprint)
        remembered = _DONE.get(written.outcome)
        is_refused = written.outcome in {Outcome.LOCKED, Outcome.REJECTED}
        changed.append(
            {
                "installation_id": number,
                key: owed.conversation_id,
                "is_owed": row["is_owed"] and not is_current,
                "written": sent if remembered == "written" else row["written"],
                "locked": sent if remembered == "locked" else row["locked"],
                "outcome": str(written.outcome),
                "outcome_at": now,
                "note": written.note or None,
                "attempts": row["attempts"] + is_refused,
            }
        )
    _update(connection, table, changed)
    return gone


def _update(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    key = _key(table)
    names = [name for name in rows[0] if name not in {"installation_id", key}]
    statement = (
        update(table)
        .where(table.c.installation_id == bindparam("_number"), table.c[key] == bindparam("_id"))
        .values({name: bindparam(f"_{name}", type_=table.c[name].type) for name in names})
    )
    bound = [
        {"_number": row["installation_id"], "_id": row[key], **{f"_{name}": row[name] for name in names}}
        for row in rows
    ]
    connection.execute(statement, bound)


def _key(table: Table) -> str:
    return "contact_id" if table.name == "contact" else "conversation_id"
