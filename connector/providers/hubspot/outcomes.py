"""What became of tickets and contacts: times, lifecycle stages, deals and survey answers, by searches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...errors import Misconfigured, Unreadable
from ...outcomes import (
    Fact,
    FactPage,
    Told,
)
from .crm import Crm, Record
from .cursor import INDEX_LAG
from .outcome_mapping import ENTERED, STAGES, answers_of, deal_of, first, stages_of, times_of
from .values import millis, parse_time

TELLS = (Told.TIMES, Told.SATISFACTION, Told.STAGES, Told.DEALS, Told.FEEDBACK)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of records, and what it tells."""

    name: str
    modified: str
    properties: tuple[str, ...]
    tells: tuple[Told, ...]


KINDS = (
    Kind(
        "tickets",
        "hs_lastmodifieddate",
        ("createdate", "closed_date", "first_agent_reply_date", "time_to_close", "hs_lastmodifieddate"),
        (Told.TIMES,),
    ),
    Kind(
        "contacts",
        "lastmodifieddate",
        tuple(name.format(stage) for stage in STAGES for name in ENTERED),
        (Told.STAGES,),
    ),
    Kind(
        "deals",
        "hs_lastmodifieddate",
        (
            *("dealstage", "amount", "amount_in_home_currency", "closedate"),
            *("hs_is_closed", "hs_is_closed_won", "hs_lastmodifieddate"),
        ),
        (Told.DEALS,),
    ),
    Kind(
        "feedback_submissions",
        "hs_lastmodifieddate",
        (
            *("hs_survey_type", "hs_survey_name", "hs_value", "hs_response_group"),
            *("hs_content", "hs_submission_timestamp"),
        ),
        (Told.FEEDBACK, Told.SATISFACTION),
    ),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """A window by time of change, and how far it is read: which kind, up to which id."""

    begin: datetime | None = None
    end: datetime | None = None
    kind: int = 0
    above: int = 0
    missing: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, text: str | None) -> Progress:
        """The stored one; the beginning for none, or one that is not ours."""
        try:
            held = json.loads(text or "{}")
            return cls(
                parse_time(held.get("begin")),
                parse_time(held.get("end")),
                int(held.get("kind", 0)),
                int(held.get("above", 0)),
                tuple((str(what), str(why)) for what, why in held.get("missing", ())),
            )
        except (ValueError, TypeError, AttributeError):
            return cls()

    def text(self) -> str:
        """As the store keeps it."""
        held = {
            "begin": self.begin.isoformat() if self.begin else None,
            "end": self.end.isoformat() if self.end else None,
            "kind": self.kind,
            "above": self.above,
            "missing": self.missing,
        }
        return json.dumps({name: value for name, value in held.items() if value}, separators=(",", ":"))


class Outcomes:
    """Tells an account's facts: four searches a day while it is quiet, and the links of what they find."""

    def __init__(self, crm: Crm, *, now: Callable[[], datetime]) -> None:
        self._crm = crm
        self._now = now

    def pages(self, since: str | None) -> Iterator[FactPage]:
        """See `Provider.outcomes`."""
        progress = Progress.read(since)
        progress = progress if progress.end else replace(progress, end=self._now())
        for number in range(progress.kind, len(KINDS)):
            kind = KINDS[number]
            try:
                for rows, _ in self._crm.search(
                    kind.name, self._filters(kind, progress), kind.properties, above=progress.above
                ):
                    if rows:
                        facts = tuple(self._facts(kind, rows))
                        progress = replace(progress, above=int(rows[-1]["id"]))
                        yield FactPage(facts, progress.text())
            except (Misconfigured, Unreadable) as refusal:
                if kind.name == "tickets":
                    raise  # without these nothing works; the sync says the same
                why = tuple((str(told), str(refusal)) for told in kind.tells)
                progress = replace(progress, missing=(*progress.missing, *why))
            progress = replace(progress, kind=number + 1, above=0)
        finished = Progress(begin=progress.end - INDEX_LAG if progress.end else None)
        missing = {Told(what): why for what, why in progress.missing}
        yield FactPage((), finished.text(), missing)

    def _filters(self, kind: Kind, progress: Progress) -> list[Mapping[str, str]]:
        staged = [{"propertyName": "lifecyclestage", "operator": "HAS_PROPERTY"}]
        always = staged if kind.name == "contacts" else []
        if progress.begin is None or progress.end is None:
            return [*always]
        return [
            *always,
            {"propertyName": kind.modified, "operator": "GTE", "value": millis(progress.begin)},
            {"propertyName": kind.modified, "operator": "LTE", "value": millis(progress.end)},
        ]

    def _facts(self, kind: Kind, rows: Sequence[Record]) -> Iterator[Fact]:
        if kind.name == "tickets":
            yield from filter(None, map(times_of, rows))
        elif kind.name == "contacts":
            for row in rows:
                yield from stages_of(row)
        elif kind.name == "deals":
            contacts = self._crm.linked("deals", [str(row["id"]) for row in rows], "contacts")
            for row in rows:
                yield deal_of(row, first(contacts, row))
        else:
            ids = [str(row["id"]) for row in rows]
            contacts = self._crm.linked("feedback_submissions", ids, "contacts")
            tickets = self._crm.linked("feedback_submissions", ids, "tickets")
            for row in rows:
                yield from answers_of(row, first(contacts, row), first(tickets, row))
