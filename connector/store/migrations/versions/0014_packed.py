"""Scores are kept packed: most of them is what their rows repeat."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeDecorator

from connector.store.packed import Numbers, Packed

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
KEY = ("installation_id", "conversation_id")
NEW = "as_packed"


def upgrade() -> None:
    op.add_column("message", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("is_scored", sa.Boolean(), nullable=True))
    _pack("score", (*KEY, "version"), "scorecard", Packed())
    _pack("message", (*KEY, "position"), "score", Packed())
    _pack("outbox", KEY, "values", Packed())
    _pack("reply", (*KEY, "message_id"), "hashes", Numbers())


def _pack(name: str, key: Sequence[str], column: str, kind: TypeDecorator[Any]) -> None:
    """Exchange a JSON column for a packed one, some rows at a time."""
    op.add_column(name, sa.Column(NEW, kind, nullable=True))
    told = ("language", "is_scored") if name == "message" else ()
    columns = [sa.column(column, sa.JSON()), sa.column(NEW, kind), *map(sa.column, (*key, *told))]
    table = sa.table(name, *columns)
    place = [table.c[each] for each in key]
    ours = sa.and_(*(table.c[each] == sa.bindparam(f"_{each}") for each in key))
    put = sa.update(table).where(ours).values({each: sa.bindparam(each) for each in (NEW, *told)})
    query = sa.select(*place, table.c[column]).order_by(*place).limit(AT_ONCE)
    connection, page = op.get_bind(), query
    while rows := connection.execute(page).all():
        connection.execute(put, [_row(row, key, told) for row in rows])
        page = query.where(sa.tuple_(*place) > sa.tuple_(*rows[-1][: len(key)]))
    with op.batch_alter_table(name) as changed:
        changed.drop_column(column)
        changed.alter_column(NEW, new_column_name=column, existing_type=sa.LargeBinary(), nullable=False)
        if told:
            changed.alter_column("is_scored", existing_type=sa.Boolean(), nullable=False)


def _row(row: Sequence[Any], key: Sequence[str], told: Sequence[str]) -> dict[str, Any]:
    *place, found = row
    values = {f"_{each}": value for each, value in zip(key, place, strict=True)} | {NEW: found}
    if told:
        values |= {"language": found.get("language"), "is_scored": found.get("status") != "not_scored"}
    return values
