"""What became of tickets and contacts: times, lifecycle stages, deals and survey answers, by searches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ...errors import Misconfigured, Unreadable
from ...outcomes import (
    ConversationFacts,
    DealFacts,
    Fact,
    FactPage,
    Feedback,
    StageReached,
    Told,
    five_point,
    minutes_between,
)
from .crm import Crm, Record
from .cursor import INDEX_LAG
from .mapping import properties_of
from .values import millis, parse_time

TELLS = (Told.TIMES, Told.SATISFACTION, Told.STAGES, Told.DEALS, Told.FEEDBACK)
STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
"""HubSpot's own; the dates of stages that an account made itself stand in properties nobody can foresee."""
ENTERED = ("hs_v2_date_entered_{}", "hs_lifecyclestage_{}_date")
"""Where the date of a stage stands: today's name, and the one before (BEHAVIOR.md 24)."""
GROUPS = {
    "DETRACTOR": 0.0,
    "UNHAPPY": 0.0,
    "NEGATIVE": 0.0,
    "PASSIVE": 50.0,
    "NEUTRAL": 50.0,
    "PROMOTER": 100.0,
    "HAPPY": 100.0,
    "POSITIVE": 100.0,
}

Properties = Mapping[str, Any]


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


def first(links: Mapping[str, Sequence[str]], row: Record) -> str | None:
    """The record that a row is linked with first."""
    return next(iter(links.get(str(row["id"]), ())), None)


def changed_at(row: Record, values: Properties) -> datetime | None:
    """When a record was last changed."""
    return parse_time(values.get("hs_lastmodifieddate") or row.get("updatedAt") or row.get("createdAt"))


def times_of(row: Record) -> ConversationFacts | None:
    """When a ticket was opened, answered and closed."""
    values = properties_of(row)
    at = changed_at(row, values)
    created_at = parse_time(values.get("createdate") or row.get("createdAt"))
    if at is None:
        return None
    solved_at = parse_time(values.get("closed_date"))
    resolution = minutes_between(created_at, solved_at)
    taken = number_in(values.get("time_to_close"))
    if resolution is None and solved_at is not None and taken:
        resolution = taken / 60_000
    return ConversationFacts(
        id=str(row["id"]),
        at=at,
        told=frozenset({Told.TIMES}),
        created_at=created_at,
        solved_at=solved_at,
        first_reply_minutes=minutes_between(created_at, parse_time(values.get("first_agent_reply_date"))),
        resolution_minutes=resolution,
    )


def stages_of(row: Record) -> Iterator[StageReached]:
    """Which stages a contact has reached, and when."""
    values = properties_of(row)
    for stage in STAGES:
        times = (parse_time(values.get(name.format(stage))) for name in ENTERED)
        at = next((time for time in times if time), None)
        if at is not None:
            yield StageReached(str(row["id"]), stage, at)


def deal_of(row: Record, contact_id: str | None) -> DealFacts:
    """One deal, of the contact it names first."""
    values = properties_of(row)
    is_closed = str(values.get("hs_is_closed")).lower() == "true"
    closed_at = parse_time(values.get("closedate")) if is_closed else None
    at = closed_at or changed_at(row, values) or datetime.fromtimestamp(0, UTC)
    amount = number_in(values.get("amount_in_home_currency"))
    return DealFacts(
        id=str(row["id"]),
        at=at,
        contact_id=contact_id,
        stage=str(values["dealstage"]) if values.get("dealstage") else None,
        is_won=str(values.get("hs_is_closed_won")).lower() == "true" if closed_at else None,
        amount=amount if amount is not None else number_in(values.get("amount")),
    )


def answers_of(row: Record, contact_id: str | None, ticket_id: str | None) -> Iterator[Fact]:
    """One answer to a survey, and what it says of its ticket."""
    values = properties_of(row)
    at = parse_time(values.get("hs_submission_timestamp") or row.get("createdAt"))
    if at is None:
        return
    kind = str(values.get("hs_survey_type") or "").upper()
    rating = number_in(values.get("hs_value"))
    satisfaction = satisfaction_in(rating, values.get("hs_response_group")) if kind == "CSAT" else None
    recommend = int(rating) if kind == "NPS" and rating is not None and 0 <= rating <= 10 else None
    comment = values.get("hs_content")
    yield Feedback(
        f"feedback:{row['id']}",
        at,
        str(values.get("hs_survey_name") or kind or "survey")[:80],
        contact_id,
        ticket_id,
        satisfaction,
        recommend,
        comment if isinstance(comment, str) and comment.strip() else None,
    )
    if ticket_id is not None and satisfaction is not None:
        yield ConversationFacts(ticket_id, at, frozenset({Told.SATISFACTION}), satisfaction)


def satisfaction_in(rating: float | None, group: object) -> float | None:
    """A CSAT answer as 0..100: by HubSpot's own three groups where it names one, else by the number.

    Old surveys count 0 to 2 and new ones 1 to 5, so 1 and 2 alone tell nothing (BEHAVIOR.md 25).
    """
    named = GROUPS.get(str(group or "").upper())
    if rating is not None and 3 <= rating <= 5:
        return five_point(rating)
    if named is not None:
        return named
    return 0.0 if rating == 0 else None


def number_in(value: object) -> float | None:
    """A number as HubSpot writes it: text."""
    try:
        found = float(str(value)) if value not in (None, "") else None
    except ValueError:
        return None
    return found if found is None or abs(found) < 1e15 else None
