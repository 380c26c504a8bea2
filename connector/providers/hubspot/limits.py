"""How often HubSpot may be called, and how long it wants to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ...limits import decode_json
from ..gate import QUICK_WAIT, Limits, Rate, retry_at

RATES: Mapping[str, Rate] = {
    "account": Rate(55, timedelta(seconds=10)),
    "search": Rate(5, timedelta(seconds=2)),
}
"""Half of what a marketplace app may do (110 in 10 s) and of the searches all apps share (5 a second)."""

_DEFAULT_WAITS = {
    423: timedelta(seconds=2),
    477: timedelta(hours=1),
}
"""A record is locked; the account moves to another data centre (which may take a day)."""


def read_limits(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Limits:
    """What an answer says about limits: our half of the burst, and the instant to wait for."""
    return Limits(_retry_at(status, headers, body, now), _rates(headers))


def _rates(headers: Mapping[str, str]) -> Mapping[str, Rate] | None:
    try:
        calls = int(headers["x-hubspot-ratelimit-max"])
        per = timedelta(milliseconds=int(headers["x-hubspot-ratelimit-interval-milliseconds"]))
    except (KeyError, ValueError, OverflowError):
        return None
    return {"account": evenly(max(calls // 2, 1), per)} if calls > 0 and per > timedelta(0) else None


def evenly(calls: int, per: timedelta) -> Rate:
    """The same share in windows short enough to be waited out at once: a run without patience would
    otherwise end at every full window, and one that needs more calls than fit would never finish."""
    if per <= QUICK_WAIT:
        return Rate(calls, per)
    fitting = max(int(calls * (QUICK_WAIT / per)), 1)
    return Rate(fitting, per * fitting / calls)


def _retry_at(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> datetime | None:
    named = headers.get("retry-after")
    if status == 429:
        return retry_at(named, now, default=_policy_wait(body, now))
    if status in _DEFAULT_WAITS:
        return retry_at(named, now, default=_DEFAULT_WAITS[status])
    if status >= 500 and named:
        return retry_at(named, now, default=timedelta(seconds=10))
    return None


def _policy_wait(body: bytes, now: datetime) -> timedelta:
    """A 429 of the search has no Retry-After: its policy is named in the body (BEHAVIOR.md 3)."""
    try:
        answer = decode_json(body)
    except ValueError:
        answer = None
    said = answer if isinstance(answer, dict) else {}
    policy = f"{said.get('policyName', '')} {said.get('message', '')}".upper()
    if "DAILY" in policy:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1) - now
    if "TEN_SECONDLY" in policy:
        return timedelta(seconds=10)
    if "SECONDLY" in policy:
        return timedelta(seconds=1)
    return timedelta(seconds=10)
