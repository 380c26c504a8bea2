"""When an installation may be called, and how often: the one place that waits for a platform."""

from __future__ import annotations

import email.utils
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ..errors import OverBudget, RetryLater

QUICK_WAIT = timedelta(seconds=2)
"""Waits up to this long are taken at once, whatever the patience."""
DEFAULT_WAIT = timedelta(seconds=10)
"""After a 429 that names no instant."""
LONGEST_OUTAGE_WAIT = timedelta(seconds=60)
"""After a failure without the platform's own Retry-After the stored instant is at most this far ahead."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in any window of `per`."""

    calls: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer said about limits: the instant to wait for, and what is ours of each bucket."""

    retry_at: datetime | None = None
    rates: Mapping[str, Rate] | None = None


ReadLimits = Callable[[int, Mapping[str, str], bytes, datetime], Limits]
"""Reads an answer's limits: (status, headers by lower-case name, body, now) -> Limits."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def retry_at(value: str | None, now: datetime, *, default: timedelta) -> datetime:
    """The instant that a Retry-After header names: seconds or an HTTP date, never less than a second away."""
    wait = default
    if value:
        try:
            wait = timedelta(seconds=min(float(value), 7 * 86400.0))
        except (ValueError, OverflowError):
            try:
                wait = email.utils.parsedate_to_datetime(value).astimezone(UTC) - now
            except (ValueError, TypeError, OverflowError):
                wait = default
    return now + max(wait, timedelta(seconds=1))


class Budget(Protocol):
    """Counts the calls in each bucket."""

    def opens_at(self, bucket: str, rate: Rate, now: datetime) -> datetime:
        """When the next call may be made; not after `now` when it may be made at once."""

    def spend(self, bucket: str, now: datetime) -> None:
        """Count a call."""

    def learn(self, bucket: str, rate: Rate) -> None:
        """An answer has told what is ours of a bucket."""

    def give_back(self) -> None:
        """Let others make the calls that were taken and not made."""


class OwnBudget:
    """Counts the calls of this process alone."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = {}

    def opens_at(self, bucket: str, rate: Rate, now: datetime) -> datetime:
        calls = self._calls.get(bucket, deque())
        while calls and calls[0] <= now - rate.per:
            calls.popleft()
        share = max(rate.calls, 1)
        return calls[-share] + rate.per if len(calls) >= share else now

    def spend(self, bucket: str, now: datetime) -> None:
        self._calls.setdefault(bucket, deque()).append(now)

    def learn(self, bucket: str, rate: Rate) -> None:
        """Nobody else has to know."""

    def give_back(self) -> None:
        """Nothing was taken from anybody."""


class Gate:
    """Lets calls through within the rates and never before the instant the platform named.

    `patience` is how long it may wait in all without a successful call in between; a longer wait
    raises RetryLater instead, or OverBudget where our own rates alone ask for it. `on_blocked` is told
    every new instant of the platform's at once, so that it outlives a crash.
    """

    def __init__(
        self,
        rates: Mapping[str, Rate],
        *,
        budget: Budget | None = None,
        read_limits: ReadLimits,
        patience: timedelta = timedelta(0),
        not_before_at: datetime | None = None,
        on_blocked: Callable[[datetime], None] = lambda _: None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.now = now
        self._rates = dict(rates)
        self._read_limits = read_limits
        self._patience = max(patience, QUICK_WAIT)
        self._not_before_at = not_before_at
        self._on_blocked = on_blocked
        self._sleep = sleep
        self._waited = timedelta(0)
        self._budget = budget or OwnBudget()
        self._lock = threading.Lock()

    def enter(self, *buckets: str) -> None:
        """Wait for this call's turn in all its buckets and count it. Raises RetryLater past the patience."""
        with self._lock:
            while (opens_at := self._opens_at(buckets)) > (now := self.now()):
                self._wait(opens_at, now)
            for bucket in buckets:
                self._budget.spend(bucket, now)
            self.requests += 1

    def leave(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Note what an answer said about limits; a success makes the patience whole again."""
        now = self.now()
        limits = self._read_limits(status, {name.lower(): headers[name] for name in headers}, body, now)
        for bucket, rate in (limits.rates or {}).items():
            self._rates[bucket] = rate
            self._budget.learn(bucket, rate)
        if limits.retry_at is not None or status == 429:
            self.block(limits.retry_at or now + DEFAULT_WAIT)
        elif status < 400:
            self._waited = timedelta(0)

    def close(self) -> None:
        """Make no more calls: what was taken for them is free for other processes."""
        self._budget.give_back()

    def block(self, until: datetime) -> None:
        """Let nothing through before `until`."""
        if self._not_before_at is None or until > self._not_before_at:
            self._not_before_at = until
            self._on_blocked(until)

    def pause(self, seconds: float) -> None:
        """A quick wait between two tries or two looks at a running job."""
        self._sleep(min(seconds, QUICK_WAIT.total_seconds()))

    def failed(self, message: str, *, unreachable: type[RetryLater] = RetryLater) -> RetryLater:
        """The exception for an outage: come back in half a minute, and remember that."""
        until = self.now() + LONGEST_OUTAGE_WAIT / 2
        self.block(until)
        return unreachable(message, not_before_at=until)

    def _opens_at(self, buckets: Sequence[str]) -> datetime:
        now = self.now()
        if self._not_before_at is not None and self._not_before_at > now:
            return self._not_before_at
        opens_at = now
        for bucket in buckets:
            if rate := self._rates.get(bucket):
                opens_at = max(opens_at, self._budget.opens_at(bucket, rate, now))
        return opens_at

    def _wait(self, opens_at: datetime, now: datetime) -> None:
        wait = opens_at - now
        if self._waited + wait > self._patience:
            until = f"{opens_at:%d %b %H:%M:%S} UTC; run this again then."
            if self._not_before_at is not None and opens_at <= self._not_before_at:
                raise RetryLater(f"The platform asks us to wait until {until}", not_before_at=opens_at)
            raise OverBudget(f"Our calls to this account have to wait until {until}", not_before_at=opens_at)
        self._waited += wait
        self._sleep(wait.total_seconds())
