"""The HubSpot stand-in's limits and faults: what is refused, lost or slowed, and who came too early."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Refusal = tuple[int, dict[str, str], Any]
"""Status, extra headers, body (text is HTML)."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request that reached the stand-in."""

    method: str
    path: str
    """Path and query string."""
    headers: dict[str, str]
    at: datetime
    body: Any = field(repr=False, default=None)


@dataclass(slots=True)
class Trouble:
    """Rate limits as documented, and knobs for faults that take the next requests."""

    now: Callable[[], datetime]
    burst: int = 110
    """Calls in any ten seconds, search excluded."""
    search_burst: int = 5
    """Searches in any second; a refusal carries no header that says so."""
    retry_after_seconds: float | None = 10
    """What the burst limit's refusal says; None: nothing."""
    daily_left: int | None = None
    """Calls left today; None: no daily limit (marketplace apps)."""
    busy_every: int | None = None
    """Each so many requests somebody else has used up the burst limit."""
    lose_rate: float = 0.0
    """The share of requests whose answer gets lost."""
    random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - no secret
    violations: list[Arrived] = field(default_factory=list)
    """Requests that arrived before a Retry-After had passed."""
    refusals: int = 0
    """How many requests a limit has refused."""
    closed_until: datetime | None = None
    _next: deque[Callable[[], Refusal | None]] = field(default_factory=deque)
    _calls: deque[datetime] = field(default_factory=deque)
    _searches: deque[datetime] = field(default_factory=deque)
    _to_lose: int = 0
    _arrivals: int = 0

    def be_busy(self, *, seconds: float | None, times: int = 1) -> None:
        """429 with this Retry-After (None: without one) for the next requests."""
        self._next.extend([lambda: self._too_many("TEN_SECONDLY_ROLLING", seconds)] * times)

    def be_down(self, *, times: int = 1, status: int = 502) -> None:
        page = "<html><body><h1>Something went wrong</h1></body></html>"
        self._next.extend([lambda: (status, {}, page)] * times)

    def cut_off(self, *, times: int = 1) -> None:
        """Carry out the next requests, but lose the answers."""
        self._to_lose += times

    def at_the_door(self, arrived: Arrived, *, is_search: bool) -> Refusal | None:
        """The refusal this request gets before anybody looks at it."""
        if self.closed_until is not None and arrived.at < self.closed_until:
            self.violations.append(arrived)
            left = (self.closed_until - arrived.at).total_seconds()
            return self._too_many("TEN_SECONDLY_ROLLING", left)
        if self._next:
            return self._next.popleft()()
        self._arrivals += 1
        is_unlucky = bool(self.busy_every) and self._arrivals % (self.busy_every or 1) == 0
        if is_search:
            most = 0 if is_unlucky else self.search_burst
            return self._count(self._searches, most, 1, "SECONDLY", None)
        if self.daily_left is not None:
            if self.daily_left <= 0:
                return self._too_many("DAILY", None)
            self.daily_left -= 1
        most = 0 if is_unlucky else self.burst
        return self._count(self._calls, most, 10, "TEN_SECONDLY_ROLLING", self.retry_after_seconds)

    def headers(self, *, is_search: bool) -> dict[str, str]:
        """The limits as answers state them; searches state none."""
        if is_search:
            return {"X-HubSpot-RateLimit-Exemptions": "ten-secondly"}
        headers = {
            "X-HubSpot-RateLimit-Max": str(self.burst),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self.burst - len(self._calls))),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        }
        if self.daily_left is not None:
            headers |= {
                "X-HubSpot-RateLimit-Daily": "250000",
                "X-HubSpot-RateLimit-Daily-Remaining": str(self.daily_left),
            }
        return headers

    def loses_this_one(self) -> bool:
        if self._to_lose > 0:
            self._to_lose -= 1
            return True
        return self.lose_rate > 0 and self.random.random() < self.lose_rate

    def _count(
        self, calls: deque[datetime], most: int, seconds: int, policy: str, retry_after: float | None
    ) -> Refusal | None:
        now = self.now()
        while calls and calls[0] <= now - timedelta(seconds=seconds):
            calls.popleft()
        if len(calls) >= most:
            return self._too_many(policy, retry_after)
        calls.append(now)
        return None

    def _too_many(self, policy: str, seconds: float | None) -> Refusal:
        self.refusals += 1
        headers = {}
        if seconds is not None:
            # Whole seconds, rounded up, are what the header can say.
            whole = -int(-seconds // 1)
            headers["Retry-After"] = str(whole)
            until = self.now() + timedelta(seconds=seconds)
            self.closed_until = max(self.closed_until or until, until)
        words = {"SECONDLY": "secondly", "DAILY": "daily"}.get(policy, "ten_secondly_rolling")
        body = {
            "status": "error",
            "message": f"You have reached your {words} limit.",
            "errorType": "RATE_LIMIT",
            "policyName": policy,
            "groupName": "publicapi:test",
            "correlationId": "0000-0000",
        }
        return 429, headers, body
