"""P-02, P-03: a large purge is fast, survives being killed, and lets a sync in between."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from connector.model import ClockReading, Installation
from connector.retention import Retention
from connector.store import Store
from connector.store.privacy_tables import contact_key, kept_text
from connector.store.tables import conversation

from .store.samples import put, record

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEALED = random.Random(1).randbytes(350)  # noqa: S311 - as long as a sealed message usually is
TEXTS_EACH, CONTACTS_EACH = 5, 2


def fill(folder: Path, texts: int) -> Store:
    """A store in which so many texts of many contacts are due, and a fifth as many more are not."""
    store = Store.open(f"sqlite:///{folder}/load.db")
    shop = Installation("shop", "local", "1", "Shop", {}, connected_at=NOW)
    store.save_installation(shop, sealed_token=None, wrapped_key=b"wrapped")
    total = texts + texts // 5
    for start in range(0, total // TEXTS_EACH, 2000):
        numbers = range(start, min(start + 2000, total // TEXTS_EACH))
        with store._database.writing() as connection:
            rows = [_conversation(number) for number in numbers]
            connection.execute(insert(conversation), rows)
            owners = sorted({f"p{number // CONTACTS_EACH}" for number in numbers})
            known = set(connection.scalars(select(contact_key.c.contact_id)))
            keys = [
                {"installation_id": 1, "contact_id": owner, "key_id": owner, "wrapped": SEALED[:130]}
                for owner in owners
                if owner not in known
            ]
            connection.execute(insert(contact_key), [{**key, "created_at": NOW, "uses": 9} for key in keys])
            connection.execute(
                insert(kept_text),
                [_text(number, at, texts) for number in numbers for at in range(TEXTS_EACH)],
            )
    return store


def _conversation(number: int) -> dict[str, object]:
    return {
        "installation_id": 1,
        "conversation_id": f"c{number}",
        "contact_id": f"p{number // CONTACTS_EACH}",
        "updated_at": NOW,
        "felt_at": NOW,
        "fingerprint": "f",
        "ruleset": "r",
        "scored_at": NOW,
        "version": 1,
        "status": "scored",
        "band": "fair",
        "needs_attention": False,
        "reason_text": "",
        "is_closed": False,
        "handler": "human",
        "customer_messages": 1,
        "is_canned": False,
    }


def _text(number: int, at: int, texts: int) -> dict[str, object]:
    is_due = number * TEXTS_EACH + at < texts
    # texts are kept in the order of time, give or take an hour
    kept_at = NOW - timedelta(days=60 if is_due else 20) + timedelta(seconds=number + number * 7919 % 3600)
    return {
        "installation_id": 1,
        "conversation_id": f"c{number}",
        "message_id": str(at),
        "field": "text_used",
        "contact_id": f"p{number // CONTACTS_EACH}",
        "mode": "encrypt",
        "sealed": SEALED,
        "kept_at": kept_at,
        "due_at": kept_at + timedelta(days=30),
        "policy_version": 1,
    }


def clocks(now: datetime) -> ClockReading:
    return ClockReading(now, 1.0, "boot")


def upkeep(store: Store) -> Retention:
    return Retention(store, lambda: NOW, clocks=clocks)


def while_a_sync_records(url: str, body: Callable[[], None]) -> list[float]:
    """Run `body` while another connection records a page every 50 ms; gives how long each page took."""
    took: list[float] = []
    done = threading.Event()

    def sync() -> None:
        store = Store.open(url)
        number = 0
        while not done.wait(0.05):
            started = time.monotonic()
            put(store, record(f"new{number}"))
            took.append(time.monotonic() - started)
            number += 1
        store.close()

    thread = threading.Thread(target=sync)
    thread.start()
    try:
        body()
    finally:
        done.set()
        thread.join()
    return took


def purge_under_load(folder: Path, texts: int) -> None:
    store = fill(folder, texts)
    assert store.truncate_log(patience=5)
    runs = []
    took = while_a_sync_records(f"sqlite:///{folder}/load.db", lambda: runs.append(upkeep(store).purge()))
    [run] = runs
    rate = run.texts / run.seconds
    took.sort()
    print(  # noqa: T201 - the measured figures
        f"{run.texts:,} texts and {len(run.installations[0].keys):,} keys in {run.seconds:.1f} s, "
        f"{rate:,.0f}/s; {len(took)} pages meanwhile, "
        f"{took[len(took) // 2]:.3f} s each, {took[-1]:.3f} s at most"
    )
    assert run.texts == texts
    assert store.kept_count() == texts // 5
    assert len(store.contact_keys("shop", limit=10**6)) == -(-texts // 5 // TEXTS_EACH // CONTACTS_EACH)
    assert rate >= 5_000
    assert len(took) >= run.seconds  # at least a page a second got through
    assert took[-1] < 5.0
    assert upkeep(store).purge().is_log_truncated
    assert (folder / "load.db-wal").stat().st_size == 0


@pytest.mark.slow
def test_p03_fifty_thousand_texts_are_purged_while_a_sync_goes_on(tmp_path: Path) -> None:
    purge_under_load(tmp_path, 50_000)


@pytest.mark.long
def test_p03_a_million_texts_are_purged_while_a_sync_goes_on(tmp_path: Path) -> None:
    purge_under_load(tmp_path, 1_000_000)


CHILD = """
import sys
from tests.test_purge_load import upkeep, Store
store = Store.open(sys.argv[1])
print("begun", flush=True)
upkeep(store).purge()
"""


@pytest.mark.slow
def test_p02_a_purge_that_is_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, texts=20_000, kills=3)


@pytest.mark.long
def test_p02_fifty_kills_change_nothing_about_the_end(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, texts=500_000, kills=50)


def kill_and_compare(folder: Path, *, texts: int, kills: int) -> None:
    left = {}
    for name in ("killed", "whole"):
        (folder / name).mkdir()
        store = fill(folder / name, texts)
        if name == "killed":
            chance = random.Random(kills)  # noqa: S311 - moments that can be repeated
            for _ in range(kills):
                url = f"sqlite:///{folder}/{name}/load.db"
                child = subprocess.Popen(
                    [sys.executable, "-c", CHILD, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
                )
                assert child.stdout is not None
                assert child.stdout.readline() == "begun\n"
                time.sleep(chance.uniform(0.05, 0.4))
                child.kill()
                assert child.wait() == -signal.SIGKILL
                child.stdout.close()
            assert texts // 5 < store.kept_count() < texts + texts // 5
        upkeep(store).purge()
        with store._database.reading() as connection:
            rows = connection.execute(
                select(kept_text.c.conversation_id, kept_text.c.message_id, kept_text.c.due_at)
            ).all()
            keys = connection.scalars(select(contact_key.c.contact_id)).all()
        left[name] = (sorted(map(tuple, rows)), sorted(keys))
        assert store.last_clock() == clocks(NOW)
    assert left["killed"] == left["whole"]
    assert len(left["whole"][0]) == texts // 5
