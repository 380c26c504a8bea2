"""How long the words of a conversation may be kept, if at all; pure: no clock, no store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from ..model import Head, KeptRecord, LegalHold

USUAL_KEEP: Final = timedelta(days=30)
LONGEST_KEEP: Final = timedelta(days=3650)
EVERYTHING: Final = "everything"
"""The scope of a legal hold on a whole account."""

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Mode(StrEnum):
    """What may be kept of a text, the strictest first."""

    DROP = "drop"
    """Nothing."""
    REDACT = "redact"
    """The text without what identifies people, sealed."""
    ENCRYPT = "encrypt"
    """The text as it was scored, sealed."""


_STRICTNESS: Final = {mode: at for at, mode in enumerate(Mode)}


@dataclass(frozen=True, slots=True)
class Retention:
    """What may be kept, and for how long; `drop` keeps for no time at all."""

    mode: Mode = Mode.DROP
    keep: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.mode is Mode.DROP and self.keep:
            object.__setattr__(self, "keep", timedelta(0))

    def strictest(self, other: Retention) -> Retention:
        """The stricter mode of the two, and the shorter time."""
        mode = min(self.mode, other.mode, key=_STRICTNESS.__getitem__)
        return Retention(mode, min(self.keep, other.keep))

    def allows(self, mode: Mode) -> bool:
        """Whether a text may be kept in this form."""
        return _STRICTNESS[mode] <= _STRICTNESS[self.mode]


@dataclass(frozen=True, slots=True)
class Override:
    """A stricter rule for the conversations that carry a label such as `tag:legal` or `brand:7`."""

    on: str
    retention: Retention


@dataclass(frozen=True, slots=True)
class Policy:
    """What one installation keeps. Of all rules that apply to a text, the strictest counts."""

    retention: Retention = Retention()
    overrides: tuple[Override, ...] = ()
    version: int = 0
    """0 is the policy of an installation whose admin never chose one: nothing is kept."""

    def for_labels(self, labels: Collection[str]) -> Retention:
        """What may be kept of a conversation with these labels."""
        found = self.retention
        for override in self.overrides:
            if override.on in labels:
                found = found.strictest(override.retention)
        return found

    def as_json(self) -> dict[str, Any]:
        """The policy as it is stored and shown, without its version."""
        return {
            **_retention_json(self.retention),
            "overrides": [{"on": each.on, **_retention_json(each.retention)} for each in self.overrides],
        }


def due_at(record: KeptRecord, policy: Policy) -> datetime:
    """When the policy wants the text gone; never later than was promised before."""
    allowed = policy.for_labels(record.labels)
    if not allowed.allows(Mode(record.mode)):
        return min(record.due_at, record.kept_at)
    return min(record.due_at, record.kept_at + allowed.keep)


def due(record: KeptRecord, policy: Policy, holds: Iterable[LegalHold], now: datetime) -> bool:
    """Whether the text has to be deleted now."""
    return now >= due_at(record, policy) and not is_held(record.labels, holds, now)


def is_held(labels: Collection[str], holds: Iterable[LegalHold], now: datetime) -> bool:
    """Whether a legal hold covers a text with these labels."""
    in_force = held_labels(holds, now)
    return EVERYTHING in in_force or not in_force.isdisjoint(labels)


def held_labels(holds: Iterable[LegalHold], now: datetime) -> frozenset[str]:
    """The labels on which legal holds are in force at that instant; `everything` is one of them."""
    return frozenset(hold.on for hold in holds if hold.begins_at <= now < hold.ends_at)


def labels_of(head: Head) -> frozenset[str]:
    """What rules and holds can name a conversation by."""
    return frozenset(
        [
            f"conversation:{head.id}",
            *([f"contact:{head.contact_id}"] if head.contact_id is not None else []),
            *(f"tag:{tag}" for tag in head.tags),
            *(f"{name}:{value}" for name, value in head.attributes.items()),
        ]
    )


def keep_text(keep: timedelta) -> str:
    """A length of time in the largest unit that needs no fraction, weeks aside."""
    seconds = int(keep.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % UNITS[unit] == 0)
    return f"{seconds // UNITS[unit]}{unit}"


def _retention_json(retention: Retention) -> dict[str, Any]:
    kept = {} if retention.mode is Mode.DROP else {"keep": keep_text(retention.keep)}
    return {"mode": str(retention.mode), **kept}
