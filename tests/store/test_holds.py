"""One sync at a time for each installation, and one renewal of its token."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from connector.errors import Busy, Misconfigured
from connector.model import Sealed
from connector.store import Store, holds
from connector.store.liveness import holder_here, is_dead_here

from .samples import NOW, connect

ELSEWHERE = "another-machine/7/123"


@contextmanager
def another_process(
    url: str = "", *, holds_shop: bool = False
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A living process of this machine, and its name as a holder; it may hold the shop."""
    code = (
        "import sys; from datetime import datetime, UTC;"
        "from connector.store import Store; from connector.store.liveness import holder_here;"
        "url = sys.argv[1]; name = holder_here();"
        f"url and Store.open(url).hold('shop', name, now=datetime.fromisoformat({NOW.isoformat()!r}));"
        "print(name, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, url if holds_shop else ""],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


def test_a_second_holder_is_told_who_the_first_is(store: Store, url: str) -> None:
    with another_process(url, holds_shop=True) as (_, theirs):
        with pytest.raises(Busy, match=theirs.replace("/", r"\/")):
            store.hold("shop", holder_here(), now=NOW)
        connect(store, "other")
        store.hold("other", holder_here(), now=NOW)


def test_the_hold_of_a_dead_process_is_taken_over_at_once(store: Store, url: str) -> None:
    with another_process(url, holds_shop=True) as (process, theirs):
        process.kill()
        process.wait()
    store.hold("shop", holder_here(), now=NOW)
    assert not store.renew_hold("shop", theirs, NOW)
    store.release_hold("shop", theirs)
    assert store.renew_hold("shop", holder_here(), NOW)


def test_a_process_id_that_is_used_again_is_not_mistaken(store: Store) -> None:
    host, pid, started = holder_here().split("/")
    store.hold("shop", f"{host}/{pid}/{int(started) - 5}", now=NOW)
    store.hold("shop", holder_here(), now=NOW)


def test_another_machine_is_waited_for_until_a_minute_without_renewal(store: Store) -> None:
    store.hold("shop", ELSEWHERE, now=NOW)
    with pytest.raises(Busy, match=ELSEWHERE):
        store.hold("shop", holder_here(), now=NOW + timedelta(seconds=59))
    assert store.renew_hold("shop", ELSEWHERE, NOW + timedelta(seconds=50))
    with pytest.raises(Busy):
        store.hold("shop", holder_here(), now=NOW + timedelta(seconds=109))
    store.hold("shop", holder_here(), now=NOW + timedelta(seconds=110))
    assert not store.renew_hold("shop", ELSEWHERE, NOW + timedelta(seconds=111))


def test_a_hold_is_not_shared_by_two_threads_of_its_process(store: Store) -> None:
    store.hold("shop", f"{holder_here()}/1", now=NOW)
    with pytest.raises(Busy):
        store.hold("shop", f"{holder_here()}/2", now=NOW)
    store.release_hold("shop", f"{holder_here()}/1")
    store.hold("shop", f"{holder_here()}/2", now=NOW)


def test_releasing_the_hold_of_a_removed_installation_is_no_error(store: Store) -> None:
    store.hold("shop", holder_here(), now=NOW)
    store.remove_installation("shop")
    store.release_hold("shop", holder_here())
    assert not store.renew_hold("shop", holder_here(), NOW)
    with pytest.raises(Misconfigured):
        store.hold("shop", holder_here(), now=NOW)


def test_who_is_alive_is_known_for_this_machine_alone() -> None:
    assert not is_dead_here(holder_here())
    assert not is_dead_here(ELSEWHERE)
    assert not is_dead_here("nonsense")
    with another_process() as (process, theirs):
        assert theirs.startswith(f"{socket.gethostname()}/{process.pid}/")
        assert not is_dead_here(theirs)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead_here(theirs)  # a zombie does nothing any more
    assert is_dead_here(theirs)


def test_the_token_is_locked_for_one_at_a_time(store: Store) -> None:
    inside = 0
    seen: list[int] = []

    def renew(number: int) -> None:
        nonlocal inside
        with store.token_exclusively("shop") as locked:
            inside += 1
            seen.append(inside)
            assert locked.sealed is not None
            locked.save(Sealed(locked.sealed + bytes([number])))
            inside -= 1

    threads = [threading.Thread(target=renew, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 5
    sealed = store.token("shop")
    assert sealed is not None
    assert sorted(sealed.removeprefix(b"sealed")) == [0, 1, 2, 3, 4]


def test_the_lock_of_a_dead_process_is_taken_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    host, pid, started = holder_here().split("/")
    monkeypatch.setattr(holds, "holder_here", lambda: f"{host}/{pid}/{int(started) - 5}")
    abandoned = store.token_exclusively("shop")
    abandoned.__enter__()
    monkeypatch.undo()
    with store.token_exclusively("shop") as locked:
        assert locked.sealed == b"sealed"


def test_the_lock_of_another_machine_is_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "LEASE_TIME", timedelta(seconds=0.3))
    monkeypatch.setattr(holds, "holder_here", lambda: ELSEWHERE)
    first = store.token_exclusively("shop")
    first.__enter__()
    monkeypatch.setattr(holds, "LEASE_TIME", timedelta(seconds=0.05))
    with pytest.raises(Busy, match="being renewed"), store.token_exclusively("shop"):
        pass
    monkeypatch.setattr(holds, "LEASE_TIME", timedelta(seconds=5))
    with store.token_exclusively("shop"):
        first.__exit__(None, None, None)
        monkeypatch.setattr(holds, "LEASE_TIME", timedelta(seconds=0.05))
        with pytest.raises(Busy), store.token_exclusively("shop"):
            pass


def test_readers_see_the_old_or_the_new_token_and_never_none(store: Store) -> None:
    done = threading.Event()
    seen: set[bytes | None] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(store.token("shop"))

    reader = threading.Thread(target=read)
    reader.start()
    with store.token_exclusively("shop") as locked:
        for number in range(50):
            locked.save(Sealed(b"pair-%d" % number))
    done.set()
    reader.join()
    assert None not in seen
