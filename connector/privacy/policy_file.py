"""Reads policies and legal holds as an admin writes them; says which entry is wrong, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..errors import Misconfigured
from ..model import LegalHold
from .policy import EVERYTHING, LONGEST_KEEP, UNITS, USUAL_KEEP, Mode, Override, Policy, Retention

_LABEL: Final = re.compile(r"(?:tag|brand|queue|pipeline|channel|contact\.[A-Za-z0-9_]+):.+", re.DOTALL)
_SCOPE: Final = re.compile(
    r"(?:tag|brand|queue|pipeline|channel|contact(?:\.[A-Za-z0-9_]+)?|conversation):.+", re.DOTALL
)


def parse_policy(content: object, *, version: int = 0) -> Policy:
    """A policy from JSON. Raises Misconfigured naming the entry at fault."""
    given = _object(content, "The policy")
    _only(given, {"mode", "keep", "overrides", "holds"}, "The policy")
    base = _retention(given, "The policy")
    rows = _list(given.get("overrides", []), "overrides")
    overrides = tuple(_override(row, f"overrides[{at}]") for at, row in enumerate(rows))
    return Policy(base, overrides, version)


def require_effective(policy: Policy) -> None:
    """Raise Misconfigured for an override that is no stricter than the policy: it would do nothing."""
    for at, override in enumerate(policy.overrides):
        if policy.retention.strictest(override.retention) == policy.retention:
            raise Misconfigured(
                f"overrides[{at}] on {override.on} is no stricter than the policy itself, and an override "
                "can only make it stricter; shorten its keep or choose a stricter mode."
            )


def parse_holds(content: object, now: datetime) -> tuple[LegalHold, ...] | None:
    """The legal holds of a policy file; None when it says nothing about them. Raises Misconfigured."""
    given = _object(content, "The policy")
    if "holds" not in given:
        return None
    holds = tuple(_hold(row, f"holds[{at}]", now) for at, row in enumerate(_list(given["holds"], "holds")))
    ids = [hold.id for hold in holds]
    if len(set(ids)) < len(ids):
        raise Misconfigured("Two holds have the same id; give each its own.")
    return holds


def parse_keep(text: object, where: str = "--keep") -> timedelta:
    """A length of time such as `30d`, `12h` or `2w`. Raises Misconfigured."""
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", text) if isinstance(text, str) else None
    if found is None:
        raise Misconfigured(f"{where} must be a number and a unit (s, m, h, d or w), such as 30d.")
    keep = timedelta(seconds=int(found[1]) * UNITS[found[2]])
    if not timedelta(0) < keep <= LONGEST_KEEP:
        raise Misconfigured(f"{where} must be more than nothing and at most {LONGEST_KEEP.days}d.")
    return keep


def _retention(given: Mapping[str, Any], where: str) -> Retention:
    try:
        mode = Mode(given.get("mode", "drop"))
    except ValueError:
        raise Misconfigured(f"{where}: mode must be drop, redact or encrypt.") from None
    if mode is Mode.DROP:
        if given.get("keep") is not None:
            raise Misconfigured(f"{where}: drop keeps nothing, so leave out keep.")
        return Retention()
    keep = given.get("keep")
    return Retention(mode, USUAL_KEEP if keep is None else parse_keep(keep, f"{where}: keep"))


def _override(row: object, where: str) -> Override:
    given = _object(row, where)
    _only(given, {"on", "mode", "keep"}, where)
    on = given.get("on")
    if not isinstance(on, str) or not _LABEL.fullmatch(on):
        raise Misconfigured(
            f"{where}: on must be tag:NAME, brand:ID, queue:ID, pipeline:ID, channel:NAME or "
            "contact.PROPERTY:VALUE."
        )
    if "mode" not in given:
        raise Misconfigured(f"{where}: mode is missing; choose drop, redact or encrypt.")
    return Override(on, _retention(given, where))


def _hold(row: object, where: str, now: datetime) -> LegalHold:
    given = _object(row, where)
    _only(given, {"id", "on", "owner", "reason", "begins_at", "ends_at"}, where)
    for name in ("id", "on", "owner", "reason", "ends_at"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise Misconfigured(
                f"{where}: {name} is missing; a hold needs id, on, owner, reason and ends_at."
            )
    if given["on"] != EVERYTHING and not _SCOPE.fullmatch(given["on"]):
        raise Misconfigured(
            f"{where}: on must be everything, contact:ID, conversation:ID, tag:NAME, brand:ID, queue:ID, "
            "pipeline:ID, channel:NAME or contact.PROPERTY:VALUE."
        )
    begins_at = _instant(given["begins_at"], f"{where}: begins_at") if "begins_at" in given else now
    ends_at = _instant(given["ends_at"], f"{where}: ends_at")
    if ends_at <= begins_at:
        raise Misconfigured(f"{where}: ends_at must be later than begins_at.")
    return LegalHold(given["id"], given["on"], given["owner"], given["reason"], begins_at, ends_at)


def _instant(text: object, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None:
        raise Misconfigured(f"{where} must be a date or time such as 2027-01-31.")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _object(content: object, where: str) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise Misconfigured(f"{where} must be a JSON object.")
    return content


def _list(content: object, where: str) -> list[Any]:
    if not isinstance(content, list):
        raise Misconfigured(f"{where} must be a JSON list.")
    return content


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(given) - known):
        raise Misconfigured(f"{where}: {unknown[0]!r} is unknown; it may hold {', '.join(sorted(known))}.")
