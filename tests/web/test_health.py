"""R-33: readiness says what is missing within a minute, and the figures name installations alone."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from connector.bootstrap import Connector
from connector.jobs.worker import SIGN_OF_LIFE_SECONDS, give_signs_of_life
from connector.readiness import WORKER_MAY_BE_SILENT
from connector.settings import Settings
from connector.web import create_app
from tests.databases import Cluster

from .browsers import OTHER, OWN, PUBLIC, Browser, Server, conversations, later


def ready(server: Server) -> tuple[int, dict[str, bool]]:
    answer = Browser(server).get("/readyz")
    body: Any = answer.get_json()
    assert body["ready"] == all(body["checks"].values())
    return answer.status_code, body["checks"]


def test_all_is_ready_while_the_worker_gives_signs_of_life(server: Server) -> None:
    server.app.store.note_worker(server.app.now())
    assert ready(server) == (200, {"database": True, "key": True, "queue": True, "worker": True})


def test_a_worker_that_fell_silent_is_noticed_within_a_minute(server: Server) -> None:
    server.app.store.note_worker(server.app.now())
    later(server, seconds=WORKER_MAY_BE_SILENT.total_seconds())
    status, checks = ready(server)
    assert status == 503
    assert [name for name, is_there in checks.items() if not is_there] == ["worker"]
    assert WORKER_MAY_BE_SILENT.total_seconds() + SIGN_OF_LIFE_SECONDS <= 60


def test_the_worker_gives_its_signs_until_it_is_stopped(server: Server) -> None:
    stopped = Event()
    stopped.set()
    give_signs_of_life(server.app, stopped)
    assert server.app.store.worker_seen_at() == server.app.now()


def test_a_database_that_is_not_migrated_is_not_ready(server: Server) -> None:
    server.app.store.note_worker(server.app.now())
    with server.app.store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert ready(server) == (503, {"database": False, "key": True, "queue": True, "worker": True})


def test_a_database_that_is_gone_is_not_ready_and_the_process_is_alive(
    server: Server, chosen_database: Cluster | None
) -> None:
    server.app.store.close()
    if chosen_database:
        chosen_database.drop_all()
    for name in ("connector.db", "connector.db-wal", "connector.db-shm"):
        (server.folder / name).unlink(missing_ok=True)
    (server.folder / "connector.db").mkdir()
    status, checks = ready(server)
    assert status == 503
    assert not checks["database"]
    assert Browser(server).get("/healthz").status_code == 200


def test_without_the_key_nothing_is_ready_and_the_figures_still_come(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.app.settings.master_key_file.unlink()
    locked = Connector(server.app.settings, now=server.app.now)
    client = create_app(locked).test_client()
    checks: Any = client.get("/readyz", base_url=PUBLIC).get_json()["checks"]
    assert checks == {"database": True, "key": False, "queue": False, "worker": False}
    assert 'connector_ready{check="key"} 0.0' in client.get("/metrics", base_url=PUBLIC).text
    assert client.get("/", base_url=PUBLIC).status_code == 503
    assert [row.message for row in caplog.records if row.exc_info] == []


def test_the_figures_tell_how_far_each_account_is(server: Server) -> None:
    server.app.store.note_worker(server.app.now())
    server.app.store.set_needs_authorization(OTHER, True)
    later(server, seconds=40)
    text = Browser(server).get("/metrics").text
    assert f'connector_last_sync_seconds{{installation="{OWN}"}} 40.0' in text
    assert f'connector_sync_lag_seconds{{installation="{OWN}"}}' in text
    assert f'connector_owed_writes{{installation="{OWN}"}} 0.0' in text
    assert f'connector_parked_conversations{{installation="{OWN}"}} 0.0' in text
    assert f'connector_needs_authorization{{installation="{OTHER}"}} 1.0' in text
    assert "connector_queue_jobs 0.0" in text
    assert "connector_worker_silent_seconds 40.0" in text


def test_no_id_of_anybody_is_in_the_figures(server: Server) -> None:
    text = Browser(server).get("/metrics").text
    for each in conversations(OWN):
        assert each["contact_id"] not in text
    assert "agent-7" not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Via"])
def test_the_figures_are_for_this_machine(server: Server, header: str) -> None:
    browser = Browser(server)
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert browser.get("/metrics", headers={header: "192.0.2.7"}).status_code == 403


def test_or_for_whoever_has_the_token(server: Server) -> None:
    settings = Settings(
        _env_file=None, **{**server.app.settings.model_dump(), "metrics_token": "not-a-real-token"}
    )
    client = create_app(Connector(settings, now=server.app.now)).test_client()
    away = {"REMOTE_ADDR": "192.0.2.7"}

    def ask(**headers: str) -> int:
        return client.get("/metrics", base_url=PUBLIC, environ_base=away, headers=headers).status_code

    assert ask() == 403
    assert ask(Authorization="Bearer wrong") == 403
    assert ask(Authorization="Bearer ungültig") == 403
    assert ask(Authorization="Bearer not-a-real-token") == 200
