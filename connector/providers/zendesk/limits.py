"""How often Zendesk may be called: half of what the account has, read from its own headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from ..gate import Limits, Rate, retry_at

_MINUTE = timedelta(minutes=1)
_TOTAL = re.compile(r"\btotal\s*=\s*(\d+)")
_ENDPOINT_HEADER = "zendesk-ratelimit-"

_ENDPOINTS: Mapping[str, str] = {
    "incremental": "incremental",
    "update-ticket": "update",
    "tickets-update": "update",
    "omnilog": "log",
    "conversation": "log",
    "deleted": "deleted",
}
"""A word of the endpoint's header -> our bucket. Jobs in flight and per-user limits are no rates of ours."""

ACCOUNT = ("account",)
INCREMENTAL = ("account", "incremental")
UPDATE = ("account", "update")
USER_UPDATE = ("account", "user_update")
LOG = ("account", "log")
DELETED = ("account", "deleted")

RATES: Mapping[str, Rate] = {
    # Half of the Team plan's 200; the first answer names the account's own figure (BEHAVIOR 16).
    "account": Rate(100, _MINUTE),
    "incremental": Rate(5, _MINUTE),
    "update": Rate(50, _MINUTE),
    "user_update": Rate(1, timedelta(seconds=2)),
    "log": Rate(100, _MINUTE),
    "deleted": Rate(5, _MINUTE),
}


def read_limits(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Limits:  # noqa: ARG001
    """What an answer says of limits; `headers` by lower-case name."""
    return Limits(retry_at=_retry_at(status, headers, now), rates=_rates(headers) or None)


def _retry_at(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    wait = headers.get("retry-after")
    if status in (429, 503) and wait:
        return retry_at(wait, now, default=_MINUTE / 6)
    remaining = headers.get("ratelimit-remaining", headers.get("x-rate-limit-remaining", ""))
    if remaining.strip() == "0" and headers.get("ratelimit-reset"):
        return retry_at(headers["ratelimit-reset"], now, default=_MINUTE)
    return None


def _rates(headers: Mapping[str, str]) -> dict[str, Rate]:
    rates: dict[str, Rate] = {}
    limit = headers.get("x-rate-limit") or headers.get("ratelimit-limit") or ""
    if limit.strip().isdecimal():
        rates["account"] = _half(int(limit))
    for name, value in headers.items():
        bucket = _bucket(name)
        if bucket and (total := _TOTAL.search(value)):
            rates[bucket] = _half(int(total[1]))
    return rates


def _bucket(header: str) -> str | None:
    if not header.startswith(_ENDPOINT_HEADER):
        return None
    endpoint = header.removeprefix(_ENDPOINT_HEADER)
    return next((bucket for word, bucket in _ENDPOINTS.items() if word in endpoint), None)


def _half(limit: int) -> Rate:
    return Rate(max(1, limit // 2), _MINUTE)
