"""What the reports are made of: frozen rows without any text, one kind for each source.

`contact` is the platform's id. It tells one person's rows from another's, and no report shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Handler(StrEnum):
    """Who answered a customer: a machine alone, people after a machine, or people alone; or nobody knows."""

    BOT = "bot"
    ASSISTED = "assisted"
    HUMAN = "human"
    UNKNOWN = "unknown"
    """The platform names a kind of handler that we do not know."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One scored conversation, with what the platform knows of its outcome."""

    id: str
    at: datetime
    contact: str | None = field(default=None, repr=False)
    empathy: int | None = None
    """0..100; None where empathy was not called for or could not be scored."""
    sentiment: float | None = None
    """-1..1, at the end."""
    intensity: int | None = None
    """1..5, None where no feeling showed."""
    band: str = "not_scored"
    attentive: float | None = None
    """0..1: how much of asking and putting in own words the replies show."""
    is_canned: bool = False
    needs_attention: bool = False
    channel: str | None = None
    tags: frozenset[str] = frozenset()
    stage: str | None = None
    """Where in their journey the customer was at the time."""
    form: str | None = None
    """The platform's form it was asked with."""
    handler: Handler = Handler.HUMAN
    customer_messages: int = 0
    reopens: int = 0
    satisfaction: float | None = None
    """0..1: 1 a satisfied answer, 0 a dissatisfied one; None without an answer."""
    is_two_point: bool = False
    """The satisfaction was asked as good or bad, not on a scale."""
    first_reply_minutes: float | None = None
    resolution_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class CustomerAnswer:
    """One customer's answer to a survey; `items` on 0..100, by the item's name."""

    id: str
    at: datetime
    survey: str
    items: Mapping[str, float]
    contact: str | None = field(default=None, repr=False)
    conversation_id: str | None = None
    team: str | None = None
    handler: Handler | None = None
    recommend: int | None = None
    """0..10, the likelihood to recommend."""
    comment_sentiment: float | None = None
    """-1..1, of the words that came with it; the words are gone."""


@dataclass(frozen=True, slots=True)
class EmployeeAnswer:
    """One anonymous answer of somebody on our side; `items` on 0..100, by the item's name."""

    id: str
    at: datetime
    survey: str
    team: str
    items: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TeamFigure:
    """One figure of a whole team, as a survey programme gave it: 0..100, or on the programme's own scale."""

    id: str
    at: datetime
    team: str
    question: str
    score: float
    responses: int


@dataclass(frozen=True, slots=True)
class PublicText:
    """One review or mention in public, scored when it was imported; the words are gone."""

    id: str
    at: datetime
    source: str
    is_review: bool
    sentiment: float | None
    rating: float | None = None
    """0..100."""
    is_about_service: bool = True
    themes: frozenset[str] = frozenset()
    """Of understood, listened, rude, ignored."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of our own, and what became of it; never a person."""

    id: str
    at: datetime
    impressions: int
    likes: int
    shares: int
    comments: int
    is_empathetic: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """How long one customer has been one; still one while `ended_at` is None."""

    contact: str = field(repr=False)
    started_at: datetime
    ended_at: datetime | None = None
    monthly_margin: float | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal that was closed, won or lost."""

    id: str
    contact: str | None = field(repr=False)
    closed_at: datetime
    is_won: bool
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One customer's arrival at a stage of their journey."""

    contact: str = field(repr=False)
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Headcount:
    """One team over one period."""

    id: str
    at: datetime
    team: str
    at_start: int
    at_end: int
    separations: int


@dataclass(frozen=True, slots=True)
class Referral:
    """One customer who came because another spoke well of us."""

    id: str
    at: datetime
    referred: str = field(repr=False)
