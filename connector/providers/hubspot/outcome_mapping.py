"""HubSpot's records as what became of a ticket or a contact: times, stages, deals and answers; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...outcomes import (
    ConversationFacts,
    DealFacts,
    Fact,
    Feedback,
    StageReached,
    Told,
    five_point,
    minutes_between,
)
from .crm import Record
from .mapping import properties_of
from .values import parse_time

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
