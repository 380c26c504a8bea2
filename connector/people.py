"""The gate before every figure about single people on the team: closed until the owner opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .errors import Misconfigured
from .privacy.person_level import Statement, expires_at, in_force
from .store import Store
from .store.person_levels import PersonLevel


@dataclass(frozen=True, slots=True)
class People:
    """Who opened the gate of an installation, what for, and until when."""

    store: Store
    now: Callable[[], datetime]
    is_eu_strict: bool

    def may_show(self, name: str, now: datetime) -> bool:
        """Whether figures about single people may be shown at that instant."""
        return self.in_force(name, now) is not None

    def in_force(self, name: str, now: datetime) -> PersonLevel | None:
        """The record that allows it; None when nothing does."""
        return in_force(self.store.person_levels(name), now, is_eu_strict=self.is_eu_strict)

    def records(self, name: str) -> Sequence[PersonLevel]:
        """Every record there ever was, oldest first."""
        return self.store.person_levels(name)

    def enable(self, name: str, statement: Statement) -> PersonLevel:
        """Open the gate for twelve months. Raises Misconfigured for anything the statement lacks."""
        if self.is_eu_strict:
            raise Misconfigured(
                "CONNECTOR_EU_STRICT is set: figures about single people stay off in every account."
            )
        now = self.now()
        content = statement.as_record(now)
        self.store.add_person_level(
            name, content, by=str(statement.by).strip(), now=now, expires_at=expires_at(now)
        )
        return self.store.person_levels(name)[-1]

    def disable(self, name: str, *, by: str | None) -> bool:
        """Close the gate; says whether it was open. Raises Misconfigured when nobody is named."""
        if not by or not by.strip():
            raise Misconfigured("Say who turns figures about single people off: --by NAME.")
        return self.store.end_person_level(name, by=by.strip(), now=self.now())
