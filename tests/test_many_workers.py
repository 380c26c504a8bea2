"""Two workers on PostgreSQL and Redis, killed at random, lose nothing and count nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store import Store
from tests.databases import Cluster
from tests.redis_server import RedisServer, running_redis
from tests.standins.drive import Cli, kills_asked_for, seeded

SAID = [
    {"id": "a", "role": "customer", "text": "Where is my parcel? I am upset."},
    {"id": "b", "role": "agent", "text": "I am sorry that you had to wait. It arrives tomorrow."},
]
CONVERSATIONS = 3000
ACCOUNTS = ("one", "two", "three")


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        if server is None:
            pytest.skip("Redis is not installed (Debian's package is redis-server)")
        yield server


def kill(worker: subprocess.Popen[bytes]) -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.mark.slow
def test_r01_r27_r29_workers_that_are_killed_and_a_redis_that_is_flushed_lose_nothing(
    tmp_path: Path, postgres: Cluster, redis: RedisServer
) -> None:
    rng = seeded("many workers")
    url = postgres.url_instead_of(tmp_path / "connector.db")
    folder = tmp_path / "work"
    folder.mkdir()
    cli = Cli(folder, {"CONNECTOR_DATABASE_URL": url, "CONNECTOR_QUEUE_URL": redis.url})
    for name in ACCOUNTS:
        account = tmp_path / name
        account.mkdir()
        rows = (json.dumps({"id": str(n), "messages": SAID}) + "\n" for n in range(CONVERSATIONS))
        (account / "c.jsonl").write_text("".join(rows))
        assert cli.run("connect", "local", "--name", name, "--path", str(account)).code == 0
    store = Store.open(url)
    workers = [cli.start("worker") for _ in range(2)]
    try:
        for _ in range(min(kills_asked_for(), 200)):
            time.sleep(rng.uniform(1, 5))
            with redis.client() as client:
                client.flushall()
            victim = rng.randrange(2)
            kill(workers[victim])
            workers[victim] = cli.start("worker")
        deadline = time.monotonic() + 240
        while not all(is_done(store, name) for name in ACCOUNTS) and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        for worker in workers:
            kill(worker)
    for name in ACCOUNTS:
        counts = store.counts(name)
        assert (counts.conversations, counts.owed, counts.parked) == (CONVERSATIONS, 0, 0)
        versions = {store.conversation(name, str(n)).version for n in range(0, CONVERSATIONS, 50)}  # type: ignore[union-attr]
        assert versions == {1}, "nothing was scored twice"
        written = [
            json.loads(line)["id"] for line in (tmp_path / name / "scores.jsonl").read_text().splitlines()
        ]
        assert sorted(written) == sorted(str(n) for n in range(CONVERSATIONS))
    store.close()


def is_done(store: Store, name: str) -> bool:
    installation = store.installation(name)
    return installation is not None and installation.synced_through_at is not None
