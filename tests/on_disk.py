"""What a file says to somebody who knows how it is written: its bytes, and the packed rows of a database."""

from __future__ import annotations

import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from shutil import copy

from connector.store.packed import as_json, unpacked


def contents(path: Path) -> bytes:
    """The bytes of a file; of a database also what its packed columns say, its write-ahead log included."""
    data = path.read_bytes()
    if not data.startswith(b"SQLite format 3"):
        return data
    with tempfile.TemporaryDirectory() as folder:
        for each in (path, path.with_name(f"{path.name}-wal")):
            if each.exists():
                copy(each, folder)
        with closing(sqlite3.connect(Path(folder) / path.name)) as database:
            return b"\n".join((data, *_packed_rows(database)))


def _packed_rows(database: sqlite3.Connection) -> Iterator[bytes]:
    with suppress(sqlite3.DatabaseError):  # another program's, or caught half written
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own tables
                yield from unpacked_bytes(row)


def unpacked_bytes(values: Iterable[object]) -> Iterator[bytes]:
    """What those of the values say that are packed."""
    for value in values:
        if isinstance(value, bytes) and value:
            with suppress(ValueError, zlib.error):
                yield as_json(unpacked(value)).encode()
