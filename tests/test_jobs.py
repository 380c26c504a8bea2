"""Background work: when an installation is due, and a queue that holds names only."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.bootstrap import Connector
from connector.errors import Misconfigured, OverBudget
from connector.jobs import tasks, work
from connector.jobs.queue import JobQueue, make_queue
from connector.jobs.tasks import define_tasks
from connector.jobs.work import JITTER, SYNC_EVERY, is_due, sync_one
from connector.model import Installation
from connector.running import Run
from connector.settings import Settings
from connector.tally import Tally

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP = Installation("shop", "zendesk", "1", "Shop", {}, connected_at=NOW - timedelta(days=1))


@pytest.fixture
def app(tmp_path: Path) -> Connector:
    return Connector(
        Settings(
            _env_file=None,
            database_url=f"sqlite:///{tmp_path}/connector.db",
            queue_url=f"sqlite:///{tmp_path}/queue/queue.db",
            master_key_file=tmp_path / "keys/master.key",
        )
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    account = tmp_path / "account"
    account.mkdir()
    row = {
        "id": "1",
        "messages": [{"id": "a", "role": "customer", "text": "Where is my parcel? I am upset."}],
    }
    (account / "c.jsonl").write_text(json.dumps(row) + "\n")
    return account


def test_an_installation_that_was_never_synced_is_due() -> None:
    assert is_due(SHOP, NOW)


def test_an_installation_is_due_again_after_the_interval_and_its_own_jitter() -> None:
    synced = replace(SHOP, last_sync_at=NOW)
    assert not is_due(synced, NOW + SYNC_EVERY - timedelta(seconds=1))
    assert is_due(synced, NOW + SYNC_EVERY + JITTER)


def test_installations_do_not_all_fall_due_at_once() -> None:
    def due_after(name: str) -> int:
        synced = replace(SHOP, name=name, last_sync_at=NOW)
        return next(s for s in range(3600) if is_due(synced, NOW + timedelta(seconds=s)))

    assert len({due_after(f"shop-{n}") for n in range(10)}) > 5


@pytest.mark.parametrize(
    "trouble", [{"needs_authorization": True}, {"not_before_at": NOW + timedelta(seconds=1)}]
)
def test_an_installation_in_trouble_is_left_alone(trouble: dict[str, object]) -> None:
    assert not is_due(replace(SHOP, **trouble), NOW)  # type: ignore[arg-type]


def test_a_job_syncs_one_installation(app: Connector, folder: Path) -> None:
    app.connect("shop", "local", {"path": str(folder)}, None)
    sync_one(app, "shop")
    assert app.store.counts("shop").conversations == 1


def test_a_tick_queues_what_is_due_by_name_and_the_queue_holds_nothing_else(
    app: Connector, folder: Path, tmp_path: Path
) -> None:
    app.connect("shop", "local", {"path": str(folder)}, None)
    queue = make_queue(app)
    define_tasks(queue, app)["tick"].call_local()
    assert queue.pending_count() == 1
    queue.storage.close()
    with sqlite3.connect(tmp_path / "queue/queue.db") as database:
        [(message,)] = database.execute("SELECT data FROM task").fetchall()
    database.close()
    assert b"shop" in message
    assert b"parcel" not in message
    assert str(folder).encode() not in message


def test_a_message_that_was_not_signed_by_us_is_refused(app: Connector, tmp_path: Path) -> None:
    queue = make_queue(app)
    define_tasks(queue, app)
    queue.storage.enqueue(b"cos\nsystem\n(S'true'\ntR.:" + b"0" * 40)
    with pytest.raises(ValueError, match=r"[Ss]ignature"):
        queue.dequeue()
    queue.storage.close()


def test_a_queue_address_of_another_kind_is_refused(app: Connector) -> None:
    settings = app.settings.model_copy(update={"queue_url": "amqp://localhost"})
    with pytest.raises(Misconfigured, match="CONNECTOR_QUEUE_URL"):
        make_queue(Connector(settings))


def test_r30_a_sync_that_our_own_share_ended_goes_on_when_there_is_room_and_is_asked_for_once(
    app: Connector, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.connect("shop", "local", {"path": str(folder)}, None)
    later = datetime.now(UTC) + timedelta(seconds=40)
    ended = Run(app.installation("shop"), Tally(), 0, 0.0, OverBudget("Later.", not_before_at=later), False)
    monkeypatch.setattr(Connector, "sync", lambda *_, **__: ended)
    queue = make_queue(app)
    tasks = define_tasks(queue, app)
    for _ in range(3):
        tasks["sync_installation"].call_local("shop")
    queue_row = queue.dequeue()
    assert (queue_row.name, queue_row.args) == ("sync_installation", ("shop",))
    assert abs(queue_row.eta.replace(tzinfo=UTC) - later) < timedelta(seconds=5)
    assert queue.dequeue() is None


def test_a_queue_that_is_down_fails_nobody_and_is_asked_again(
    app: Connector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(_app: Connector) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    queue = JobQueue(app)
    with monkeypatch.context() as patch:
        patch.setattr("connector.jobs.queue.make_queue", down)
        queue.preview("shop")
        queue.look_soon("shop")
        queue.prepare_reports("shop", "journey", "2026-01", "2026-02")
    assert [record.message for record in caplog.records] == ["worker not woken"] * 3
    queue.prepare_reports("shop", "journey", "2026-01", "2026-02")
    queue.prepare_reports("shop", "journey", "2026-01", "2026-02")
    assert queue.count() == 1


def test_of_all_looks_that_left_something_only_one_is_to_come(
    app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "look_at_one", lambda _app, _name: timedelta(seconds=5))
    queue = make_queue(app)
    look = define_tasks(queue, app)["look"]
    for name in ("shop", "shop", "desk", "shop"):
        look.call_local(name)
    assert queue.pending_count() == 2


def test_a_sync_that_is_due_goes_before_a_look(
    app: Connector, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.connect("shop", "local", {"path": str(folder)}, None)
    synced: list[str] = []
    monkeypatch.setattr(work, "sync_one", lambda _app, name: synced.append(name))
    assert work.look_at_one(app, "shop") is None
    assert synced == ["shop"]
    monkeypatch.setattr(work, "needs_sync", lambda *_: False)
    work.look_at_one(app, "shop")
    assert synced == ["shop"]
