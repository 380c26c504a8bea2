"""The gate: rates, waits, patience, and instants that outlive a crash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.errors import RetryLater, Unreachable
from connector.providers.gate import Gate, Limits, Rate, retry_at
from tests.fakes.clock import Clock

MINUTE = timedelta(minutes=1)


def read_limits(_status: int, headers: Mapping[str, str], _body: bytes, now: datetime) -> Limits:
    wait = headers.get("retry-after")
    share = headers.get("limit")
    return Limits(
        retry_at=retry_at(wait, now, default=MINUTE) if wait else None,
        rates={"account": Rate(int(share) // 2, MINUTE)} if share else None,
    )


def make_gate(clock: Clock, calls: int = 3, **options: Any) -> Gate:
    rates = {"account": Rate(calls, MINUTE)}
    return Gate(rates, read_limits=read_limits, now=clock.now, sleep=clock.tick, **options)


def test_calls_within_the_rate_pass_at_once() -> None:
    clock = Clock()
    gate, before = make_gate(clock), clock.now()
    for _ in range(3):
        gate.enter("account")
    assert clock.now() == before
    assert gate.requests == 3


def test_a_call_over_the_rate_is_refused_with_the_instant_when_it_may_pass() -> None:
    clock = Clock()
    gate, before = make_gate(clock), clock.now()
    for _ in range(3):
        gate.enter("account")
    with pytest.raises(RetryLater) as refused:
        gate.enter("account")
    assert refused.value.not_before_at == before + MINUTE
    assert gate.requests == 3


def test_a_patient_gate_waits_for_the_window_instead() -> None:
    clock = Clock()
    gate, before = make_gate(clock, patience=timedelta(seconds=120)), clock.now()
    for _ in range(4):
        gate.enter("account")
    assert clock.now() == before + MINUTE


def test_patience_counts_all_waits_since_the_last_success() -> None:
    clock = Clock()
    gate = make_gate(clock, patience=timedelta(seconds=120))
    for _ in range(2):
        gate.enter("account")
        gate.leave(429, {"Retry-After": "50"})
    gate.enter("account")  # 100 s waited by now
    gate.leave(429, {"Retry-After": "50"})
    with pytest.raises(RetryLater):
        gate.enter("account")


def test_a_success_makes_the_patience_whole_again() -> None:
    clock = Clock()
    gate = make_gate(clock, calls=99, patience=timedelta(seconds=120))
    for _ in range(5):
        gate.enter("account")
        gate.leave(429, {"Retry-After": "50"})
        gate.enter("account")
        gate.leave(200, {})
    assert gate.requests == 10


def test_nothing_passes_before_the_instant_the_platform_named() -> None:
    clock = Clock()
    gate = make_gate(clock)
    gate.enter("account")
    gate.leave(429, {"Retry-After": "30"})
    for _ in range(3):
        with pytest.raises(RetryLater):
            gate.enter("account")
        clock.tick(9)
    assert gate.requests == 1
    clock.tick(3)
    gate.enter("account")
    assert gate.requests == 2


def test_a_new_instant_is_told_at_once_so_that_it_outlives_a_crash() -> None:
    clock = Clock()
    told: list[datetime] = []
    gate = make_gate(clock, on_blocked=told.append)
    gate.leave(429, {"Retry-After": "30"})
    assert told == [clock.now() + timedelta(seconds=30)]
    restarted = make_gate(clock, not_before_at=told[0])
    with pytest.raises(RetryLater):
        restarted.enter("account")


def test_limits_follow_what_the_answers_say() -> None:
    clock = Clock()
    gate = make_gate(clock, calls=1)
    gate.enter("account")
    gate.leave(200, {"Limit": "8"})
    for _ in range(3):
        gate.enter("account")
    with pytest.raises(RetryLater):
        gate.enter("account")


def test_a_share_of_nothing_still_lets_one_call_through_at_a_time() -> None:
    clock = Clock()
    gate = make_gate(clock, calls=0, patience=timedelta(seconds=120))
    gate.enter("account")
    gate.enter("account")
    assert gate.requests == 2


def test_an_outage_blocks_for_at_most_a_minute() -> None:
    clock = Clock()
    gate = make_gate(clock)
    error = gate.failed("The host is failing.", unreachable=Unreachable)
    assert isinstance(error, Unreachable)
    assert clock.now() < error.not_before_at <= clock.now() + MINUTE


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        ("0", 1),
        ("-5", 1),
        ("1.5", 1.5),
        ("86400", 86400),
        ("Mon, 02 Mar 2026 09:00:40 GMT", 40),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 1),
        ("soon", 60),
        ("", 60),
        (None, 60),
        ("1e400", 7 * 86400),
    ],
)
def test_every_form_of_retry_after_is_understood(value: str | None, seconds: float) -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert retry_at(value, now, default=MINUTE) == now + timedelta(seconds=seconds)
