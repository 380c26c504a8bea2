"""Whether figures about single people on the team may be shown: only under a record that is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from ..errors import Misconfigured

OWNER: Final = "owner"
MONTHS_IN_FORCE: Final = 12


class Purpose(StrEnum):
    """What figures about single people may be used for."""

    COACHING = "coaching"
    QUALITY_SAMPLING = "quality_sampling"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the owner states before such figures are shown; `as_record` checks it."""

    role: str | None = None
    by: str | None = None
    purpose: str | None = None
    is_notice_confirmed: bool = False
    """The people concerned were told beforehand."""
    works_council: str | None = None
    works_council_on: date | None = None
    works_council_not_required: str | None = None
    """Why there is none to agree with."""
    dpia: str | None = None
    """Where the data protection impact assessment is."""

    def as_record(self, now: datetime) -> dict[str, str | bool]:
        """The record to keep. Raises Misconfigured naming the first thing that is missing."""
        if self.role != OWNER:
            raise Misconfigured(
                "Only the owner of the account may turn figures about single people on; "
                "say --role owner if that is you."
            )
        if not _said(self.by):
            raise Misconfigured("Say who turns figures about single people on: --by NAME.")
        if self.purpose not in list(Purpose):
            raise Misconfigured(
                "Figures about single people need a purpose: --purpose coaching or --purpose "
                "quality_sampling; discipline, pay and dismissal are none."
            )
        if not self.is_notice_confirmed:
            raise Misconfigured(
                "The people concerned must be told first (empathy-connector notice has a text for them); "
                "confirm it with --notice-confirmed."
            )
        if not _said(self.dpia):
            raise Misconfigured(
                "Figures about single people need a data protection impact assessment; "
                "say where it is: --dpia REFERENCE."
            )
        return {
            "role": OWNER,
            "purpose": str(self.purpose),
            "notice_confirmed": True,
            "dpia": str(self.dpia).strip(),
            **self._agreement(now),
        }

    def _agreement(self, now: datetime) -> dict[str, str]:
        if _said(self.works_council) and _said(self.works_council_not_required):
            raise Misconfigured("Say either --works-council or --no-works-council, not both.")
        if _said(self.works_council_not_required):
            return {"works_council_not_required": str(self.works_council_not_required).strip()}
        if not _said(self.works_council):
            raise Misconfigured(
                "Name the agreement with the works council (--works-council REFERENCE --works-council-date "
                "DATE), or say why none is required (--no-works-council REASON)."
            )
        if self.works_council_on is None or self.works_council_on > now.date():
            raise Misconfigured(
                "Say when the works council agreed: --works-council-date YYYY-MM-DD, not later than today."
            )
        return {
            "works_council": str(self.works_council).strip(),
            "works_council_on": self.works_council_on.isoformat(),
        }


class Granted(Protocol):
    """A stored record."""

    @property
    def content(self) -> Mapping[str, object]: ...
    @property
    def accepted_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...


AnyGranted = TypeVar("AnyGranted", bound=Granted)


def in_force(records: Iterable[AnyGranted], now: datetime, *, is_eu_strict: bool) -> AnyGranted | None:
    """The record under which figures about single people may be shown now; None when they may not.

    Under the EU-strict preset no record counts, whatever it says.
    """
    if is_eu_strict:
        return None
    living = [each for each in records if each.ended_at is None and each.accepted_at <= now < each.expires_at]
    return living[-1] if living else None


def expires_at(accepted_at: datetime) -> datetime:
    """Twelve months on, at the same time of day; from a leap day, the day before."""
    try:
        return accepted_at.replace(year=accepted_at.year + MONTHS_IN_FORCE // 12)
    except ValueError:
        return accepted_at.replace(year=accepted_at.year + MONTHS_IN_FORCE // 12, day=28)


def _said(text: str | None) -> bool:
    return bool(text and text.strip())
