"""What a database holds, whichever it is: every row, as somebody who copies it would see it."""

from __future__ import annotations

from connector.store import Store, tables
from tests.on_disk import unpacked_bytes


def rows_of(store: Store, *names: str) -> dict[str, list[tuple[object, ...]]]:
    """Table -> its rows as they are stored, in an order that is always the same; without names all tables."""
    with store._database.reading() as connection:
        return {
            name: sorted(
                (tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')),  # noqa: S608
                key=repr,
            )
            for name in names or tables.metadata.tables
        }


def held_in(store: Store) -> bytes:
    """All that the database says, packed columns included."""
    values = [value for rows in rows_of(store).values() for row in rows for value in row]
    assert values
    plain = [value if isinstance(value, bytes) else str(value).encode() for value in values]
    return b"\n".join((*plain, *unpacked_bytes(values)))
