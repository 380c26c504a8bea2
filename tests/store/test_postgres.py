"""What only PostgreSQL does: connections that are cut, and processes that stand still in a transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from connector.errors import Busy, Misconfigured
from connector.store import Store, postgres
from connector.store.tables import conversation
from tests.databases import Cluster
from tests.standins.drive import Cli, seeded

from .samples import NOW, connect, owed_ids, put, record


@pytest.fixture
def url(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    return postgres.url_instead_of(tmp_path_factory.mktemp("postgres") / "connector.db")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    connect(store)
    yield store
    store.close()


def cut_all(cluster: Cluster) -> None:
    cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%'")


def test_a_server_that_is_not_there_is_named_without_its_password(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("nobody")
    with pytest.raises(Misconfigured, match="see that PostgreSQL runs there") as refused:
        Store.open(f"postgresql://somebody:hunter2@/connector?host={folder}")
    assert "hunter2" not in str(refused.value)


def test_a_database_that_is_not_there_is_named(postgres: Cluster) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere on .* cannot be opened"):
        Store.open(postgres.url("nowhere"))


def test_no_row_is_quoted_when_a_statement_is_refused(store: Store) -> None:
    put(store, record("canary"))
    row = {"installation_id": 1, "conversation_id": "canary"}
    with store._database.reading() as connection:
        whole = dict(connection.execute(conversation.select()).mappings().one())
    with (
        pytest.raises(SQLAlchemyError, match="UniqueViolation, 23505") as refused,
        store._database.writing() as connection,
    ):
        connection.execute(conversation.insert().values(**{**whole, **row}))
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_reader_sees_one_moment_however_long_it_looks(store: Store, url: str) -> None:
    with store._database.reading() as connection:
        before = connection.execute(conversation.select()).all()
        put(store, record("1"))
        assert connection.execute(conversation.select()).all() == before == []
    assert store.counts("shop").conversations == 1


def test_r28_a_connection_that_is_cut_leaves_the_page_before_and_the_next_try_works(
    store: Store, postgres: Cluster
) -> None:
    put(store, record("before"), cursor="before")
    with (  # noqa: PT012 - which of the statements is the first to notice is the driver's business
        pytest.raises(Busy, match="was lost or cannot be reached"),
        store._database.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE cursor SET value = 'lost'")
        cut_all(postgres)
        connection.exec_driver_sql("SELECT 1")
    assert store.cursor("shop") == "before"
    cut_all(postgres)
    put(store, record("1"), cursor="after")
    assert (store.cursor("shop"), owed_ids(store)) == ("after", ["1", "before"])


def test_r28_twenty_cuts_at_random_and_a_restart_lose_nothing(store: Store, postgres: Cluster) -> None:
    rng, stop = seeded("cuts"), threading.Event()

    def cut() -> None:
        for _ in range(20):
            stop.wait(rng.uniform(0.01, 0.05))
            cut_all(postgres)

    cutter = threading.Thread(target=cut)
    cutter.start()
    done = 0
    while cutter.is_alive() or done < 20:
        try:
            put(store, record(str(done)), cursor=str(done))
        except Busy:
            assert store_is_at(store) in {done - 1, done}
            continue
        done += 1
    stop.set()
    cutter.join()
    postgres.restart()
    assert store_is_at(store) == done - 1
    assert store.counts("shop").conversations == done


def store_is_at(store: Store) -> int:
    for _ in range(50):
        try:
            return int(store.cursor("shop") or -1)
        except Busy:
            continue
    raise AssertionError("the server never answered")


def test_a_process_that_stands_still_in_a_transaction_loses_it_and_the_others_go_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._SETTINGS, "idle_in_transaction_session_timeout", "300ms")
    frozen = Store.open(url)
    connect(frozen)
    monkeypatch.undo()
    other = Store.open(url)
    with pytest.raises(Busy), frozen._database.writing() as connection:  # noqa: PT012 - or at the commit
        connection.exec_driver_sql("SELECT 1 FROM installation FOR UPDATE")
        other.hold("shop", "other", now=NOW)  # waits until the frozen one is cut off
        connection.exec_driver_sql("DELETE FROM hold")
    assert other.is_held("shop", NOW)
    frozen.close()
    other.close()


def test_who_waits_too_long_for_another_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres._SETTINGS, "lock_timeout", "50ms")
    impatient = Store.open(url)
    connect(impatient)
    monkeypatch.undo()
    slow = Store.open(url)
    with slow._database.writing() as connection:
        connection.exec_driver_sql("SELECT 1 FROM installation FOR UPDATE")
        with pytest.raises(Busy, match="kept busy by others"):
            put(impatient, record())
    put(impatient, record())
    impatient.close()
    slow.close()


def test_two_processes_that_write_pages_of_one_account_take_turns(url: str) -> None:
    stores = [Store.open(url) for _ in range(4)]
    connect(stores[0])
    rng = seeded("turns")
    ids = [str(rng.randrange(10)) for _ in range(40)]

    def write(number: int) -> None:
        for at, id_ in enumerate(ids):
            put(stores[number], record(id_, fingerprint=f"{number}-{at}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [stores[0].conversation("shop", id_).version for id_ in set(ids)]  # type: ignore[union-attr]
    assert sum(versions) == 4 * len(ids)
    for each in stores:
        each.close()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_command_that_is_refused_says_its_one_sentence_and_nothing_of_the_database(
    postgres: Cluster, tmp_path: Path
) -> None:
    cli = Cli(tmp_path, {"CONNECTOR_DATABASE_URL": postgres.url_instead_of(tmp_path / "c.db")})
    refused = cli.run("sync", "nobody")
    assert refused.code == 2
    refused.assert_one_sentence()
