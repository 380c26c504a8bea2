"""P-05: a purge halts when the clock cannot be trusted."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from connector.model import ClockReading
from connector.privacy.guard import read_clocks, why_halted

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def clock(hours: float, *, ran: float | None = None, boot: str = "b") -> ClockReading:
    """The wall clock so many hours on, and the machine's uptime."""
    return ClockReading(NOW + timedelta(hours=hours), 1000 + 3600 * (hours if ran is None else ran), boot)


def test_the_first_purge_has_nothing_to_compare_with() -> None:
    assert why_halted(clock(0), None, due=10, kept=10) is None


@pytest.mark.parametrize("hours", [0, 1, 24, 24 * 90])
def test_after_any_downtime_a_machine_that_ran_on_vouches_for_the_clock(hours: float) -> None:
    assert why_halted(clock(hours), clock(0), due=10, kept=10) is None


@pytest.mark.parametrize(("moved", "is_halted"), [(24, False), (24.1, True), (-24, False), (-24.1, True)])
def test_a_clock_that_was_moved_by_more_than_a_day_halts_the_purge(moved: float, is_halted: bool) -> None:
    halted = why_halted(clock(30 + moved, ran=30), clock(0), due=0, kept=10)
    assert (halted is not None) is is_halted


def test_a_clock_far_behind_the_last_purge_halts_it_on_any_machine() -> None:
    halted = why_halted(clock(-25, boot="other"), clock(0), due=0, kept=10)
    assert halted is not None
    assert "set the clock" in halted
    assert why_halted(clock(-24, boot="other"), clock(0), due=0, kept=10) is None


@pytest.mark.parametrize(("due", "is_halted"), [(20, False), (21, True), (100, True), (0, False)])
def test_after_a_restart_no_more_than_a_fifth_goes_at_once(due: int, is_halted: bool) -> None:
    for boots in (("", ""), ("a", "b"), ("a", "")):
        before, now = clock(0, boot=boots[0]), clock(5, boot=boots[1])
        halted = why_halted(now, before, due=due, kept=100)
        assert (halted is not None) is is_halted
        assert halted is None or "purge --confirm" in halted


def test_nothing_kept_halts_nothing() -> None:
    assert why_halted(clock(5, boot="b"), clock(0, boot="a"), due=0, kept=0) is None


def test_this_machine_says_how_long_it_has_been_running() -> None:
    first, second = read_clocks(NOW), read_clocks(NOW)
    assert first.at == NOW
    assert first.boot == second.boot
    assert 0 < first.uptime <= second.uptime
    assert abs(second.uptime - time.clock_gettime(time.CLOCK_BOOTTIME)) < 60
