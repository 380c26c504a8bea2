"""R-33: readiness and the figures tell the truth within a minute; a living process stays alive."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from connector import readiness
from connector.bootstrap import Connector, utc_now
from connector.jobs import worker as process
from connector.model import Parked
from connector.sync import Options
from connector.web import create_app
from tests.places import NAME, Place, place_on

from .telling import PUBLIC, SEEN_AFTER, Telling

WITHIN = 60


def figure(telling: Telling, name: str) -> float:
    shown = telling.web.test_client().get("/metrics", base_url=PUBLIC).text
    line = next(each for each in shown.splitlines() if each.startswith(f"{name}{{"))
    return float(line.split()[-1])


def is_alive(telling: Telling) -> bool:
    return telling.web.test_client().get("/healthz", base_url=PUBLIC).status_code == 200


@pytest.fixture(params=["zendesk", "hubspot"])
def telling(request: pytest.FixtureRequest, tmp_path: Path) -> Telling:
    made = Telling.on(request.param, tmp_path)
    made.talk(1)
    made.place.world.tick(SEEN_AFTER)
    made.place.sync(after=0)
    return made


def test_r33_a_platform_that_stops_answering_shows_as_lag_and_its_return_ends_it(telling: Telling) -> None:
    place = telling.place
    before = figure(telling, "connector_sync_lag_seconds")
    place.world.be_down(times=30)
    told_at = place.world.now()
    while place.world.now() - told_at < timedelta(seconds=WITHIN):
        place.world.tick(20)
        assert place.app.sync(NAME, Options(), patience=timedelta(0)).error is not None
        assert is_alive(telling)
    assert figure(telling, "connector_sync_lag_seconds") >= before + WITHIN
    while place.app.sync(NAME, Options(), patience=timedelta(0)).error is not None:
        place.world.tick(60)
    assert figure(telling, "connector_sync_lag_seconds") < 2 * SEEN_AFTER


def test_r33_what_is_parked_or_owed_is_counted_where_a_monitor_looks(telling: Telling) -> None:
    store, now = telling.place.app.store, telling.place.app.now()
    assert figure(telling, "connector_parked_conversations") == 0
    parked = [Parked(str(10**9 + number), "Unreadable") for number in range(7)]
    store.record_page(NAME, records=[], parked=parked, cursor=None, now=now)
    assert figure(telling, "connector_parked_conversations") == 7
    assert figure(telling, "connector_owed_writes") == 0
    store.owe_again(NAME, telling.spoken)
    assert figure(telling, "connector_owed_writes") == 1
    assert is_alive(telling)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Place, int]]:
    """A process that gives its signs of life, five times a second."""
    monkeypatch.setattr(process, "SIGN_OF_LIFE_SECONDS", 0.2)
    monkeypatch.setattr(readiness, "WORKER_MAY_BE_SILENT", timedelta(seconds=1.5))
    place = place_on("local", tmp_path)
    child = os.fork()
    if child == 0:
        process.give_signs_of_life(Connector(place.app.settings), Event())
        os._exit(0)
    yield place, child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_r33_a_frozen_worker_makes_the_whole_unready_and_its_waking_ready_again(
    worker: tuple[Place, int],
) -> None:
    place, child = worker
    web = create_app(Connector(place.app.settings, now=utc_now)).test_client()

    def becomes(status: int) -> bool:
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            if web.get("/readyz", base_url="http://127.0.0.1").status_code == status:
                return True
            time.sleep(0.05)
        return False

    assert becomes(200)
    os.kill(child, signal.SIGSTOP)
    assert becomes(503)
    assert web.get("/healthz", base_url="http://127.0.0.1").status_code == 200
    os.kill(child, signal.SIGCONT)
    assert becomes(200)
