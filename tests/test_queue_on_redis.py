"""The queue on Redis: messages are signed, and whatever Redis forgets is found again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huey.consumer import Consumer
from redis.exceptions import ConnectionError as NotThere

from connector.bootstrap import Connector
from connector.errors import Misconfigured
from connector.jobs.queue import make_queue
from connector.jobs.tasks import define_tasks
from connector.settings import Settings
from tests.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as server:
        if server is None:
            pytest.skip("Redis is not installed (Debian's package is redis-server)")
        yield server


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    with server.client() as client:
        client.flushall()
    return server


@pytest.fixture
def app(tmp_path: Path, redis: RedisServer) -> Iterator[Connector]:
    app = Connector(
        Settings(
            _env_file=None,
            database_url=f"sqlite:///{tmp_path}/connector.db",
            queue_url=redis.url,
            master_key_file=tmp_path / "keys/master.key",
            erasure_log=tmp_path / "erasures.log",
        )
    )
    for number in range(3):
        folder = tmp_path / f"account-{number}"
        folder.mkdir()
        said = [{"id": "a", "role": "customer", "text": f"Where is my parcel {number}?"}]
        (folder / "c.jsonl").write_text(json.dumps({"id": "1", "messages": said}) + "\n")
        app.connect(f"shop-{number}", "local", {"path": str(folder)}, None)
    yield app
    app.store.close()


def drain(app: Connector) -> None:
    """Tick and work until nothing is left."""
    queue = make_queue(app)
    define_tasks(queue, app)["tick"].call_local()
    while queue.pending_count():
        queue.execute(queue.dequeue())
    queue.storage.conn.close()


def scored(app: Connector) -> list[int]:
    return [app.store.counts(each.name).conversations for each in app.store.installations()]


def test_what_is_due_is_queued_by_name_and_signed(app: Connector, redis: RedisServer) -> None:
    queue = make_queue(app)
    define_tasks(queue, app)["tick"].call_local()
    assert queue.pending_count() == 3
    with redis.client() as client:
        messages = client.lrange(queue.storage.queue_key, 0, -1)
        assert all(b"shop-" in each and b"parcel" not in each for each in messages)
        forged = b"cos\nsystem\n(S'true'\ntR.:" + b"0" * 40
        client.lpush(queue.storage.queue_key, messages[0][:-1] + b"?", forged)
    assert {queue.dequeue().args for _ in range(3)} == {("shop-0",), ("shop-1",), ("shop-2",)}
    for _ in range(2):
        with pytest.raises(ValueError, match=r"[Ss]ignature"):
            queue.dequeue()
    queue.storage.conn.close()


def test_r27_a_flushed_redis_loses_nothing(app: Connector, redis: RedisServer) -> None:
    queue = make_queue(app)
    define_tasks(queue, app)["tick"].call_local()
    assert queue.pending_count() == 3
    queue.execute(queue.dequeue())
    with redis.client() as client:
        client.flushall()
    assert queue.pending_count() == 0
    assert sum(scored(app)) == 1
    drain(app)
    assert scored(app) == [1, 1, 1]
    queue.storage.conn.close()


@pytest.mark.slow
def test_r27_a_worker_outlives_a_killed_redis_and_goes_on_when_it_is_back(
    app: Connector, redis: RedisServer
) -> None:
    queue = make_queue(app)
    tasks = define_tasks(queue, app)
    consumer = Consumer(
        queue, workers=1, worker_type="thread", initial_delay=0.05, backoff=1.1, max_delay=0.2
    )
    consumer.start()
    try:
        redis.kill()
        with pytest.raises(NotThere):
            tasks["tick"].call_local()
        time.sleep(1)
        assert scored(app) == [0, 0, 0]
        redis.start()
        began = time.monotonic()
        tasks["tick"].call_local()
        while scored(app) != [1, 1, 1] and time.monotonic() - began < 30:
            time.sleep(0.05)
        assert scored(app) == [1, 1, 1]
    finally:
        consumer.stop(graceful=True)
        queue.storage.conn.close()


def test_without_the_package_one_sentence_says_what_to_install(
    app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huey.storage.Redis", None)
    with pytest.raises(Misconfigured, match=r"install empathy-connector\[redis\]"):
        make_queue(app)


def test_without_psycopg_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from connector.store.database import open_database

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Misconfigured, match=r"install empathy-connector\[postgres\]"):
        open_database("postgresql://user@127.0.0.1/connector")
