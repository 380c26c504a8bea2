"""One owner for each installation, whoever stands still and however many schedulers there are."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.bootstrap import Connector
from connector.errors import Busy, Superseded
from connector.holding import holding
from connector.jobs.queue import make_queue
from connector.jobs.tasks import define_tasks
from connector.model import Write, Written
from connector.settings import Settings
from connector.store import Store
from connector.sync import Sync
from tests.fakes.office import NAME, Office
from tests.standins.drive import REPOSITORY, seeded
from tests.store.freezing import LEASE, now
from tests.store.samples import connect, put, record

ELSEWHERE = "another-machine/7/123"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, field_ids={"empathy_score": "1"})


def sync_with(office: Office, store: Store) -> Sync:
    sync = office.make_sync()
    return replace(sync, store=store, writing=replace(sync.writing, store=store))


def take_over(office: Office) -> None:
    """Somebody elsewhere takes the installation, a minute after its holder was last heard of."""
    office.clock.tick(61)
    office.store.hold(NAME, ELSEWHERE, now=office.clock.now())


def test_r09_who_wakes_after_the_installation_was_taken_over_cannot_commit(office: Office) -> None:
    office.desk.change("c0", "thanks")
    with holding(office.store, NAME, office.clock.now) as mine:
        take_over(office)
        with pytest.raises(Superseded, match="taken over"):
            sync_with(office, mine).run()
    assert office.store.cursor(NAME) is None
    assert office.store.counts(NAME).conversations == 0
    assert office.desk.writes == []
    with pytest.raises(Busy, match=ELSEWHERE):
        office.store.hold(NAME, "me", now=office.clock.now())


def test_r09_who_still_has_the_installation_goes_on_even_after_a_late_renewal(office: Office) -> None:
    office.desk.change("c0", "thanks")
    with holding(office.store, NAME, office.clock.now) as mine:
        office.clock.tick(3600)
        sync_with(office, mine).run()
    assert office.store.counts(NAME).owed == 0


def test_r09_old_values_sent_after_standing_still_are_written_over(office: Office) -> None:
    office.desk.change("c0", "thanks")
    write, others_at_work = office.desk.write, []

    def stand_still(batch: Sequence[Write]) -> Sequence[Written]:
        office.desk.write = write  # type: ignore[method-assign]
        take_over(office)
        office.desk.change("c0", "thanks", "thanks again")
        with_theirs = office.store.held_by(NAME, ELSEWHERE)
        sync_with(office, with_theirs).run()
        others_at_work.append(office.desk.writes[-1]["empathy_score"])
        return write(batch)

    office.desk.write = stand_still  # type: ignore[method-assign]
    with holding(office.store, NAME, office.clock.now) as mine, pytest.raises(Superseded):
        sync_with(office, mine).run()
    assert others_at_work == [20]
    assert office.desk.writes[-1]["empathy_score"] == 10, "the stale value is on the platform"
    assert office.store.how_many_owed(NAME) == 1
    sync_with(office, office.store.held_by(NAME, ELSEWHERE)).run()
    assert office.desk.writes[-1]["empathy_score"] == 20


def freeze_once(process: subprocess.Popen[str], store: Store, number: int, seconds: float) -> bool:
    """Stop the writer, take the installation over, wake it; False when it stopped inside a transaction."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "writing"
    time.sleep(seconds)
    process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(3 * LEASE.total_seconds())
        try:
            store.hold("shop", ELSEWHERE, now=now(), ttl=timedelta(minutes=5))
            put(store.held_by("shop", ELSEWHERE), record("1", fingerprint=f"mine-{number}"))
        except Busy:
            is_taken = False
        else:
            is_taken = True
    finally:
        process.send_signal(signal.SIGCONT)
    if not is_taken:
        store.hold("shop", ELSEWHERE, now=now() + timedelta(minutes=1), ttl=timedelta(minutes=5))
    assert process.stdout.readline().strip() in {"superseded", "busy"}
    if is_taken:
        assert store.known("shop", ["1"])["1"].fingerprint == f"mine-{number}"
    store.release_hold("shop", ELSEWHERE)
    return is_taken


def freeze(store: Store, url: str, rounds: int) -> int:
    rng = seeded("freezing")
    command = [sys.executable, "-m", "tests.store.freezing", url]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            return sum(freeze_once(process, store, each, rng.uniform(0, 0.2)) for each in range(rounds))
        finally:
            process.kill()


@pytest.fixture
def url(tmp_path: Path, chosen_database: object) -> str:
    url = f"sqlite:///{tmp_path}/connector.db"
    return url if chosen_database is None else chosen_database.instead_of(url)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "rounds", [pytest.param(8, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.long)]
)
def test_r09_a_stopped_process_overwrites_nothing_when_it_wakes(url: str, rounds: int) -> None:
    store = Store.open(url)
    connect(store)
    assert freeze(store, url, rounds) > rounds // 2
    store.close()


@pytest.fixture
def app(tmp_path: Path) -> Connector:
    folder = tmp_path / "account"
    folder.mkdir()
    row = {"id": "1", "messages": [{"id": "a", "role": "customer", "text": "Where is my parcel?"}]}
    (folder / "c.jsonl").write_text(json.dumps(row) + "\n")
    app = Connector(
        Settings(
            _env_file=None,
            database_url=f"sqlite:///{tmp_path}/connector.db",
            queue_url=f"sqlite:///{tmp_path}/queue.db",
            master_key_file=tmp_path / "keys/master.key",
            erasure_log=tmp_path / "erasures.log",
        )
    )
    app.connect("shop", "local", {"path": str(folder)}, None)
    return app


def test_r29_two_schedulers_ask_twice_and_one_sync_runs(
    app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = make_queue(app)
    tasks = define_tasks(queue, app)
    for _ in range(2):
        tasks["tick"].call_local()
    assert queue.pending_count() == 2
    synced: list[str] = []
    sync = app.sync
    monkeypatch.setattr(
        app, "sync", lambda name, *rest, **more: (synced.append(name), sync(name, *rest, **more))[1]
    )
    while task := queue.dequeue():
        queue.execute(task)
    assert synced == ["shop"]
    queue.storage.close()


def test_r29_an_installation_that_somebody_is_at_is_not_queued_again(app: Connector) -> None:
    queue = make_queue(app)
    tasks = define_tasks(queue, app)
    with holding(app.store, "shop", app.now):
        tasks["tick"].call_local()
    assert queue.pending_count() == 0
    tasks["tick"].call_local()
    assert queue.pending_count() == 1
    queue.storage.close()
