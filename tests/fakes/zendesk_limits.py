"""The fake's rate limits: windows, headers, and who called although asked to wait."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Window:
    """`calls` in each window of `seconds`, which opens with its first call."""

    calls: int
    seconds: float
    header: str | None = None
    opened_at: datetime | None = None
    used: int = 0

    def turn(self, now: datetime) -> None:
        if self.opened_at is None or now >= self.opened_at + timedelta(seconds=self.seconds):
            self.opened_at, self.used = now, 0

    def resets_in(self, now: datetime) -> int:
        assert self.opened_at is not None
        left = self.opened_at + timedelta(seconds=self.seconds) - now
        return max(1, math.ceil(left.total_seconds()))


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that came before the instant it was told to wait for."""

    at: datetime
    allowed_at: datetime
    what: str


@dataclass(slots=True)
class RateLimits:
    """The documented windows; replace one, or add `squeeze`, to make the account tight."""

    windows: dict[str, Window] = field(
        default_factory=lambda: {
            "account": Window(700, 60),
            "incremental": Window(10, 60, "incremental-exports"),
            "update_tickets": Window(100, 60, "update-tickets"),
            "update_users": Window(1, 1),
            "conversation_log": Window(100, 60, "omnilog-index"),
            "deleted_tickets": Window(10, 60, "deleted-tickets"),
        }
    )
    violations: list[Violation] = field(default_factory=list)
    refused: int = 0
    blocked_until: datetime | None = None
    refused_at: datetime | None = None

    def squeeze(self, *, calls: int, seconds: float) -> None:
        """What other integrations leave of the account's limit, which the headers still state in full."""
        self.windows["squeeze"] = Window(calls, seconds)

    def arrive(self, now: datetime, what: str) -> None:
        if self.blocked_until and now < self.blocked_until:
            self.violations.append(Violation(now, self.blocked_until, what))

    def admit(self, now: datetime, buckets: list[str]) -> int | None:
        """None when there is room in all buckets (and it is taken), else the seconds to wait."""
        windows = [self._window(name) for name in buckets]
        for window in windows:
            window.turn(now)
        full = [window.resets_in(now) for window in windows if window.used >= window.calls]
        if full:
            return self.refuse(now, max(full))
        for window in windows:
            window.used += 1
        return None

    def refuse(self, now: datetime, seconds: float) -> int:
        self.refused += 1
        self.refused_at = now
        until = now + timedelta(seconds=seconds)
        self.blocked_until = max(self.blocked_until or until, until)
        return math.ceil(seconds)

    def headers(self, now: datetime, buckets: list[str]) -> dict[str, str]:
        account = self.windows["account"]
        account.turn(now)
        left = str(max(0, account.calls - account.used))
        headers = {
            "X-Rate-Limit": str(account.calls),
            "X-Rate-Limit-Remaining": left,
            "ratelimit-limit": str(account.calls),
            "ratelimit-remaining": left,
            "ratelimit-reset": str(account.resets_in(now)),
        }
        for name in buckets:
            window = self._window(name)
            if window.header and window.opened_at:
                headers[f"Zendesk-RateLimit-{window.header}"] = (
                    f"total={window.calls}; remaining={window.calls - window.used}; "
                    f"resets={window.resets_in(now)}"
                )
        return headers

    def _window(self, name: str) -> Window:
        if name.startswith("ticket:"):
            return self.windows.setdefault(name, Window(30, 600))
        if name.startswith("user:"):
            return self.windows.setdefault(name, Window(5, 60))
        return self.windows[name]
