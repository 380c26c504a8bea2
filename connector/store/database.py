"""One database: how it is opened, how its transactions begin, and what its failures mean."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..errors import Busy, Misconfigured
from .postgres import MIGRATING, lock, open_postgres, tell

BUSY_TIMEOUT_SECONDS = 10

Guard = Callable[[Connection], None]
"""Raises when a write must not happen."""

_compact_json = json.JSONEncoder(separators=(",", ":")).encode


class Database:
    """Reads and writes in transactions of their own; a write transaction has the database to itself.

    Raises Busy when another process keeps the database locked, and Misconfigured when the disk refuses.
    """

    def __init__(self, engine: Engine, guard: Guard = lambda _connection: None) -> None:
        self.engine = engine
        self._guard = guard

    def guarded(self, guard: Guard) -> Database:
        """The same database, every write transaction of which begins with `guard`."""
        return Database(self.engine, guard)

    def unguarded(self) -> Database:
        """The same database without its guard."""
        return Database(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the database."""
        with _plainly(self.engine.url), self._connect_to_read() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, patience_seconds: float | None = None) -> Iterator[Connection]:
        """A transaction that is on the disk when the block ends, or not at all.

        Where others may write one at a time only, it waits so long for them; else as long as all do.
        """
        with (
            _plainly(self.engine.url),
            self.engine.connect().execution_options(
                writes=True, patience_seconds=patience_seconds
            ) as connection,
            connection.begin(),
        ):
            self._guard(connection)
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A write transaction in which tables may be rebuilt without their rows' children going along."""
        with (
            _plainly(self.engine.url),
            self.engine.connect().execution_options(writes=True) as connection,
            _foreign_keys_off(connection),
            connection.begin(),
        ):
            lock(connection, MIGRATING)
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    def _connect_to_read(self) -> Connection:
        connection = self.engine.connect()
        if connection.dialect.name == "postgresql":  # SQLite's readers see one moment anyway
            return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return connection


def open_database(url: str) -> Database:
    """Connect to `url`; a SQLite file (mode 600) and its folder (700) are created. Raises Misconfigured."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return Database(_sqlite(parsed))
        if parsed.drivername in {"postgresql", "postgresql+psycopg", "postgres"}:
            return Database(open_postgres(parsed, json_serializer=_compact_json))
    except ArgumentError:
        pass
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"CONNECTOR_DATABASE_URL needs the package {error.name}, which is not installed; "
            "for PostgreSQL install empathy-connector[postgres]."
        ) from None
    raise Misconfigured(
        "CONNECTOR_DATABASE_URL is not a database address; write it like sqlite:///var/connector.db "
        "or postgresql://user:password@host/database."
    )


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise Misconfigured("CONNECTOR_DATABASE_URL names no file; write it like sqlite:///var/connector.db.")
    _create_file(Path(url.database))
    # No row may reach an exception's text, so parameters stay hidden.
    engine = create_engine(url, hide_parameters=True, json_serializer=_compact_json)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the mode of the database file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise Misconfigured(
            f"The database {path} cannot be written ({error.strerror}); make its folder writable "
            "or set CONNECTOR_DATABASE_URL to another place."
        ) from None


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def _use_wal(connection: sqlite3.Connection) -> None:
    # Changing the journal needs the file for a moment, and SQLite does not always wait for it by itself.
    for pause in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, None):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if pause is None or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(pause)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    patience = min(options.get("patience_seconds") or BUSY_TIMEOUT_SECONDS, BUSY_TIMEOUT_SECONDS)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(patience * 1000)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _plainly(url: URL) -> Iterator[None]:
    """Turn the failures that somebody can act on into one sentence."""
    try:
        yield
    except DBAPIError as error:
        if url.get_backend_name() == "postgresql":
            tell(error, url)
        name = getattr(error.orig, "sqlite_errorname", "")
        for prefix, told in _TOLD.items():
            if name.startswith(prefix):
                raise told(url.database or "") from None
        raise


_TOLD: dict[str, Callable[[str], Exception]] = {
    "SQLITE_BUSY": lambda path: Busy(f"The database {path} is kept locked by another process; try again."),
    "SQLITE_LOCKED": lambda path: Busy(f"The database {path} is locked; try again."),
    "SQLITE_FULL": lambda path: Misconfigured(
        f"The disk with the database {path} is full; make room and try again."
    ),
    "SQLITE_READONLY": lambda path: Misconfigured(
        f"The database {path} cannot be written; make the file and its folder writable."
    ),
    "SQLITE_CANTOPEN": lambda path: Misconfigured(
        f"The database {path} cannot be opened; make the file and its folder readable and writable."
    ),
    "SQLITE_IOERR": lambda path: Misconfigured(
        f"The disk with the database {path} reports errors; check it and try again."
    ),
    "SQLITE_NOTADB": lambda path: Misconfigured(
        f"The file {path} is not a database of this connector; "
        "set CONNECTOR_DATABASE_URL to another place or move the file away."
    ),
    "SQLITE_CORRUPT": lambda path: Misconfigured(
        f"The database {path} is damaged; restore it from a backup."
    ),
}
