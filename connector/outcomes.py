"""What became of conversations and customers, as a platform tells it; standard library only.

No word of a customer is in here but a survey's comment, which `repr` never shows and nothing ever stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Told(StrEnum):
    """The groups of facts that a platform may tell; one account may give fewer."""

    SATISFACTION = "satisfaction"
    TIMES = "times"
    REOPENS = "reopens"
    FORM = "form"
    HANDLER = "handler"
    STAGES = "stages"
    DEALS = "deals"
    FEEDBACK = "feedback"


IN_WORDS: Mapping[Told, str] = {
    Told.SATISFACTION: "satisfaction ratings of conversations",
    Told.TIMES: "times to the first reply and to the solution",
    Told.REOPENS: "counts of reopened conversations",
    Told.FORM: "forms",
    Told.HANDLER: "who answered, a machine or people",
    Told.STAGES: "lifecycle stages with their dates",
    Told.DEALS: "deals",
    Told.FEEDBACK: "answers to surveys",
}
UNKNOWN_HANDLER = "unknown"
HANDLERS = ("bot", "assisted", "human")


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """What the platform tells of one conversation.

    Only the groups in `told` are told: within them None says that there is none, outside it says nothing.
    """

    id: str
    at: datetime
    told: frozenset[Told]
    satisfaction: float | None = None
    """0..100; a scale of 1 to 5 becomes 0, 25, 50, 75, 100."""
    is_two_point: bool = False
    """It was asked as good or bad: 100 or 0."""
    created_at: datetime | None = None
    solved_at: datetime | None = None
    first_reply_minutes: float | None = None
    resolution_minutes: float | None = None
    """From the beginning to the last solution; both by the calendar, nights and weekends included."""
    reopens: int | None = None
    form: str | None = None
    handler: str | None = None
    """One of HANDLERS, or UNKNOWN_HANDLER for a kind that we do not know."""


@dataclass(frozen=True, slots=True)
class StageReached:
    """One customer's arrival at a stage of their journey."""

    contact_id: str = field(repr=False)
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DealFacts:
    """One deal; `is_won` None while it is open."""

    id: str
    at: datetime
    """When it was closed, or last changed."""
    contact_id: str | None = field(default=None, repr=False)
    stage: str | None = None
    is_won: bool | None = None
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer to a survey."""

    id: str
    at: datetime
    survey: str = ""
    contact_id: str | None = field(default=None, repr=False)
    conversation_id: str | None = None
    satisfaction: float | None = None
    """0..100."""
    recommend: int | None = None
    """0..10."""
    comment: str | None = field(default=None, repr=False)
    """Scored in memory and dropped."""


Fact: TypeAlias = ConversationFacts | StageReached | DealFacts | Feedback


@dataclass(frozen=True, slots=True)
class FactPage:
    """Some facts, and the cursor that is safe once they are kept."""

    facts: tuple[Fact, ...]
    cursor: str
    missing: Mapping[Told, str] = field(default_factory=dict)
    """What this account does not give, and why; of the last page it is the whole truth."""


def gap(what: Told, why: str) -> str:
    """The sentence that says what an account does not give."""
    return f"This account gives no {IN_WORDS[what]}: {why.rstrip('.')}."


def handler_of(word: object) -> str | None:
    """A handler by its name, or UNKNOWN_HANDLER for a name that is none of ours; None for no name."""
    text = str(word).strip().lower() if word is not None else ""
    return None if not text else text if text in HANDLERS else UNKNOWN_HANDLER


def five_point(rating: object, *, lowest: float = 1, highest: float = 5) -> float | None:
    """A rating on its scale as 0..100; None for one that is not on it."""
    if isinstance(rating, bool) or not isinstance(rating, int | float) or not lowest <= rating <= highest:
        return None
    return 100 * (rating - lowest) / (highest - lowest)


def minutes_between(start: datetime | None, end: datetime | None) -> float | None:
    """How many minutes lie between; None when one is missing or they are in the wrong order."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds() / 60
