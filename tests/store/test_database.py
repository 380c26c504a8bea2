"""How the database is opened, migrated and refused, and that a crash leaves it whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from connector.errors import Busy, Misconfigured
from connector.store import Store, database, migrate, tables
from tests.on_disk import contents

from .samples import connect, owed_ids, put, record

HERE = Path(__file__).parent


def pragma(store: Store, name: str) -> Any:
    with store._database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.sqlite
def test_every_connection_is_durable_and_deletes_for_real(store: Store) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "busy_timeout": 10_000,
        "foreign_keys": 1,
        "temp_store": 2,
    }
    for _ in range(2):
        assert {name: pragma(store, name) for name in wanted} == wanted
        store._database.engine.dispose()


@pytest.mark.sqlite
def test_deleted_rows_leave_no_trace_in_the_file(store: Store, tmp_path: Path) -> None:
    put(store, record("1", card={"reason_text": "canary-in-a-reason " * 50}))
    put(store, gone=["1"])
    with store._database.engine.connect() as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
    assert busy is not None
    assert busy[0] == 0
    for file in (tmp_path / "var").iterdir():
        assert b"canary-in-a-reason" not in contents(file)


@pytest.mark.sqlite
def test_the_file_and_its_folder_are_their_owners_alone(url: str, tmp_path: Path) -> None:
    store = Store.open(url)
    connect(store)
    put(store, record())
    folder = tmp_path / "var"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes["connector.db"] == 0o600
    assert modes["connector.db-wal"] == 0o600
    assert set(modes.values()) == {0o600}
    store.close()


def test_migrating_again_changes_nothing(store: Store, url: str) -> None:
    put(store, record())
    store.close()
    again = Store.open(url)
    assert owed_ids(again) == ["1"]
    again.close()


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    with store._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert [each.revision for each in scripts.walk_revisions()] == list(reversed(tables.REVISIONS))


def test_a_database_of_a_newer_version_is_refused_and_left_alone(store: Store, url: str) -> None:
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(Misconfigured, match=r"newer version.*9999"):
        Store.open(url)
    left = database.open_database(url)
    with left.reading() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").all() == [("9999",)]
    left.close()


def test_many_may_open_a_new_database_at_once(empty_url: str) -> None:
    url = empty_url
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store.open(url), range(8)))
    connect(stores[0])
    assert all(store.installation("shop") for store in stores)
    for store in stores:
        store.close()


@contextmanager
def somebody_without_rights() -> Iterator[None]:
    """Root may write anywhere, so it becomes nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.sqlite
@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_without_leave_to_write_is_named(exists: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if exists:
            (Path(folder) / "c.db").touch()
            (Path(folder) / "c.db").chmod(0o666)
        Path(folder).chmod(0o555)
        with (
            somebody_without_rights(),
            pytest.raises(Misconfigured, match=r"c\.db cannot be (written|opened)"),
        ):
            Store.open(f"sqlite:///{folder}/c.db")
        Path(folder).chmod(0o755)


@pytest.mark.sqlite
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"c\.db cannot be written .*CONNECTOR_DATABASE_URL"):
        Store.open(f"sqlite:///{tmp_path}/file/c.db")


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "dragonfly://x/y"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="CONNECTOR_DATABASE_URL"):
        Store.open(url)


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes. " * 100)
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.sqlite
def test_a_database_that_another_keeps_locked_is_busy(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0)
    impatient = Store.open(url)
    with store._database.writing(), pytest.raises(Busy, match="locked by another process"):
        put(impatient, record())
    put(impatient, record())
    impatient.close()


def test_an_error_shows_no_row(store: Store) -> None:
    with pytest.raises(SQLAlchemyError) as failed:
        put(store, record("1", contact_id=object(), card={"reason_text": "canary"}))
    assert "canary" not in str(failed.value)


def kill_at(url: str, statement: str, *, script: str) -> None:
    """Run a script of `crash.py` that is killed just before the statement that contains the words."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.crash", url, script, statement],
        cwd=HERE.parent.parent,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO score", "INSERT INTO outbox", "DELETE FROM parked", "INSERT INTO cursor", "COMMIT"],
)
def test_r02_a_kill_in_the_middle_of_a_page_leaves_the_page_before(
    store: Store, url: str, statement: str
) -> None:
    put(store, record("before"))
    kill_at(url, statement, script="page")
    assert store.cursor("shop") is None
    assert owed_ids(store) == ["before"]
    assert store.counts("shop").conversations == 1
    if url.startswith("sqlite"):
        assert pragma(store, "integrity_check") == "ok"
    put(store, record("1"), cursor="next")
    assert owed_ids(store) == ["1", "before"]


@pytest.mark.parametrize("statement", ["CREATE TABLE score", "INSERT INTO alembic_version", "COMMIT"])
def test_r25_a_kill_in_the_middle_of_a_migration_leaves_nothing_half_made(
    empty_url: str, statement: str
) -> None:
    url = empty_url
    kill_at(url, statement, script="open")
    half = database.open_database(url)
    with half.reading() as connection:
        assert inspect(connection).get_table_names() == []
    half.close()
    store = Store.open(url)
    connect(store)
    put(store, record())
    assert owed_ids(store) == ["1"]
    store.close()


@pytest.mark.sqlite
def test_r23_a_full_disk_is_named_and_leaves_the_page_before(store: Store) -> None:
    put(store, record("before"), cursor="before")
    with store._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Misconfigured, match=r"disk with the database .* is full"):
        put(store, *(record(str(n)) for n in range(500)), cursor="after")
    assert (store.cursor("shop"), owed_ids(store)) == ("before", ["before"])
    with store._database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    put(store, record("1"), cursor="after")
    assert store.cursor("shop") == "after"


def test_the_tables_can_be_made_on_postgresql_too() -> None:
    made = [
        str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for table in tables.metadata.sorted_tables
    ]
    assert all("WITHOUT ROWID" not in each and "AUTOINCREMENT" not in each for each in made)
    assert any("TIMESTAMP WITH TIME ZONE" in each and "BYTEA" not in each for each in made)
