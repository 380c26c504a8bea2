"""The calls to one account, counted by all processes together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.budget import SharedBudget
from connector.errors import OverBudget, RetryLater
from connector.providers.gate import Gate, Limits, Rate, retry_at
from connector.store import Store
from tests.fakes.clock import Clock
from tests.standins.drive import seeded
from tests.store.samples import connect

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/connector.db")
    connect(store)
    connect(store, "other")
    yield store
    store.close()


def read_limits(status: int, headers: Mapping[str, str], _body: bytes, now: datetime) -> Limits:
    wait = headers.get("retry-after")
    return Limits(retry_at(wait, now, default=MINUTE) if status == 429 else None)


def gate(store: Store, clock: Clock, *, calls: int = 10, name: str = "shop", **more: Any) -> Gate:
    return Gate(
        {"account": Rate(calls, MINUTE)},
        budget=SharedBudget(store, name, **more),
        read_limits=read_limits,
        on_blocked=lambda until: store.set_not_before(name, until),
        now=clock.now,
        sleep=clock.tick,
    )


def calls_until_refused(one: Gate) -> int:
    count = 0
    while True:
        try:
            one.enter("account")
        except RetryLater:
            return count
        count += 1


def test_r21_two_processes_together_make_no_more_calls_than_one_may(store: Store) -> None:
    clock = Clock()
    first, second = gate(store, clock), gate(store, clock)
    made = [calls_until_refused(first), calls_until_refused(second)]
    assert sum(made) == 10
    clock.tick(67)
    assert calls_until_refused(gate(store, clock)) == 10


def test_r21_a_run_that_follows_another_does_not_begin_anew(store: Store) -> None:
    clock = Clock()
    assert calls_until_refused(gate(store, clock)) == 10
    assert calls_until_refused(gate(store, clock)) == 0


def test_r21_the_account_sees_at_most_half_of_its_quota_in_any_window_and_nearly_all_of_that(
    store: Store,
) -> None:
    clock, rng = Clock(), seeded("budget")
    workers = [gate(store, clock, calls=40) for _ in range(4)]
    lately: deque[datetime] = deque()
    most = total = 0
    began = clock.now()
    while clock.now() < began + 20 * MINUTE:
        try:
            rng.choice(workers).enter("account")
        except RetryLater:
            clock.tick(0.5)
            continue
        now = clock.now()
        lately.append(now)
        total += 1
        while lately[0] <= now - MINUTE:
            lately.popleft()
        most = max(most, len(lately))
        clock.tick(rng.uniform(0, 0.5))
    assert most <= 40
    assert total >= 20 * 40 / 1.10


@pytest.mark.parametrize(("share", "calls"), [(0.5, 10), (0.1, 2), (1.0, 20), (0.01, 1)])
def test_r21_the_owner_chooses_the_share(store: Store, share: float, calls: int) -> None:
    assert calls_until_refused(gate(store, Clock(), share=share)) == calls


def test_a_request_seldom_writes_to_the_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    take = store.take_calls
    monkeypatch.setattr(
        Store, "take_calls", lambda _self, *args, **more: asked.append(1) or take(*args, **more)
    )
    one = gate(store, Clock(), calls=100)
    for _ in range(100):
        one.enter("account")
    assert len(asked) == 8


def test_r20_what_one_process_is_told_to_wait_for_the_others_wait_for_too(store: Store) -> None:
    clock = Clock()
    first, second = gate(store, clock), gate(store, clock)
    first.enter("account")
    first.leave(429, {"Retry-After": "600"})
    with pytest.raises(RetryLater) as told:
        second.enter("account")
    assert told.value.not_before_at == clock.now() + 10 * MINUTE
    clock.tick(601)
    second.enter("account")


def test_only_what_the_platform_asked_for_closes_the_account_and_not_our_own_share(store: Store) -> None:
    clock = Clock()
    spent = gate(store, clock, calls=1)
    spent.enter("account")
    with pytest.raises(OverBudget):
        spent.enter("account")
    told = gate(store, clock, calls=1, name="other")
    told.leave(429, {"retry-after": "300"})
    with pytest.raises(RetryLater) as refusal:
        told.enter("account")
    assert not isinstance(refusal.value, OverBudget)
    assert [store.installation(name).not_before_at for name in ("shop", "other")] == [  # type: ignore[union-attr]
        None,
        clock.now() + timedelta(seconds=300),
    ]


def test_r30_other_accounts_are_not_kept_waiting(store: Store) -> None:
    clock = Clock()
    one, another = gate(store, clock), gate(store, clock, name="other")
    one.enter("account")
    one.leave(429, {"Retry-After": "86400"})
    assert calls_until_refused(another) == 10


def test_history_leaves_room_for_what_happens_now(store: Store) -> None:
    clock = Clock()
    assert calls_until_refused(gate(store, clock, is_backfill=True)) == 8
    assert calls_until_refused(gate(store, clock)) == 2


def test_r12_a_clock_that_was_set_back_does_not_close_the_account_for_a_day(store: Store) -> None:
    clock = Clock()
    assert calls_until_refused(gate(store, clock)) == 10
    clock.tick(-26 * 3600)
    assert calls_until_refused(gate(store, clock)) == 10


def test_what_a_block_left_over_is_free_again(store: Store) -> None:
    clock = Clock()
    slow = gate(store, clock, calls=8)
    slow.enter("account")  # of a block of two
    clock.tick(30)
    slow.enter("account")
    assert store.calls_lately("shop") == {"account": 3}
    clock.tick(1)
    assert calls_until_refused(gate(store, clock, calls=8)) == 5


def test_what_a_run_took_and_did_not_call_is_free_for_the_next(store: Store) -> None:
    clock = Clock()
    for _ in range(9):
        one = gate(store, clock, calls=10)
        one.enter("account")
        one.close()
    assert store.calls_lately("shop") == {"account": 9}
    last = gate(store, clock, calls=10)
    assert calls_until_refused(last) == 1


def test_a_process_that_begins_knows_what_another_has_learned(store: Store) -> None:
    clock = Clock()
    first = SharedBudget(store, "shop")
    first.learn("account", Rate(40, MINUTE))
    assert calls_until_refused(gate(store, clock, calls=10)) == 40
    first.learn("account", Rate(4, MINUTE))
    clock.tick(120)
    assert calls_until_refused(gate(store, clock, calls=10)) == 4
