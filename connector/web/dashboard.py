"""The first page: who waits, how customers feel, what changed, where empathy was missed, the sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template

from .. import headway
from ..signing_in import UserRole
from ..store.rows import Feeling, Misses, Overview, SyncHealth
from .access import current_visitor, for_role, the_connector
from .certainty import Interval, of_change_of_mean, of_change_of_share, of_mean, of_share
from .wording import BANDS

dashboard = Blueprint("dashboard", __name__)

WINDOW = timedelta(days=28)
ENOUGH_CONVERSATIONS = 5
"""Fewer than this and a mean says more about chance than about customers."""
STALE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; `width` in percent of the widest."""

    word: str
    band: str
    count: int
    width: float


@dashboard.get("/")
@for_role(UserRole.LEAD)
def first_page() -> str:
    """The dashboard over the installations that the visitor may see."""
    app = the_connector()
    now = app.now()
    overview = app.store.overview(
        current_visitor().installation,
        since=now - WINDOW,
        before=now - 2 * WINDOW,
        now=now,
        at_least=ENOUGH_CONVERSATIONS,
    )
    return render_template(
        "dashboard.html",
        overview=overview,
        bars=bars(overview),
        total=sum(overview.bands.values()),
        days=WINDOW.days,
        feeling=in_words(overview.feeling_now, overview.feeling_before),
        feelings=[
            ("This week", overview.feeling_now, how_sure(overview.feeling_now)),
            ("Last week", overview.feeling_before, how_sure(overview.feeling_before)),
        ],
        changed=changed(overview.misses, overview.misses_before),
        misses=[
            (f"The last {WINDOW.days} days", overview.misses, share_of(overview.misses)),
            (f"The {WINDOW.days} days before", overview.misses_before, share_of(overview.misses_before)),
        ],
        enough=ENOUGH_CONVERSATIONS,
        health=[(row, state(row, now)) for row in overview.health],
        now=now,
    )


def bars(overview: Overview) -> list[Bar]:
    """How many conversations of an overview each band holds."""
    return bars_of(overview.bands)


def bars_of(bands: Mapping[str, int]) -> list[Bar]:
    """How many conversations each band holds."""
    widest = max(bands.values(), default=0) or 1
    return [
        Bar(word, band, count, round(100 * count / widest, 1))
        for band, word in BANDS
        for count in (bands.get(band, 0),)
    ]


def in_words(now: Feeling, before: Feeling) -> str:
    """How customers feel this week against last, in one sentence that claims no more than is sure."""
    if now.mean is None or now.n < ENOUGH_CONVERSATIONS:
        return "Not enough data yet to say how customers felt this week."
    feeling = word_for(now.mean)
    if before.mean is None or before.n < ENOUGH_CONVERSATIONS:
        return f"Customers felt {feeling} this week; there is not enough data from last week to compare."
    change = of_change_of_mean((now.mean, now.deviation, now.n), (before.mean, before.deviation, before.n))
    if not change.is_without_zero:
        return f"Customers felt {feeling} this week, with no clear change from last week."
    return f"Customers felt {feeling} this week, {'better' if change.low > 0 else 'worse'} than last week."


def how_sure(feeling: Feeling) -> Interval | None:
    """The interval of a mean that is shown; None where too few are behind it."""
    if feeling.mean is None or feeling.n < ENOUGH_CONVERSATIONS:
        return None
    return of_mean(feeling.mean, feeling.deviation, feeling.n)


def share_of(misses: Misses) -> Interval | None:
    """The interval of a share that is shown; None where too few are behind it."""
    return of_share(misses.missed, misses.n) if misses.n >= ENOUGH_CONVERSATIONS else None


def changed(now: Misses, before: Misses) -> str:
    """How often empathy was missed against the period before, in one sentence."""
    if now.n < ENOUGH_CONVERSATIONS:
        return "Not enough data yet to say how often empathy was missed."
    if before.n < ENOUGH_CONVERSATIONS:
        return "There is not enough data from the time before to compare."
    change = of_change_of_share((now.missed, now.n), (before.missed, before.n))
    if not change.is_without_zero:
        return "No clear change in how often empathy was missed where it was called for."
    return f"Empathy was missed {'more' if change.low > 0 else 'less'} often than before."


def word_for(sentiment: float) -> str:
    """A mean sentiment as a word, by the limits of the sentiment bands."""
    limits = ((-0.6, "very negative"), (-0.2, "negative"), (0.2, "neutral"), (0.6, "positive"))
    return next((word for limit, word in limits if sentiment <= limit), "very positive")


def state(row: SyncHealth, now: datetime) -> tuple[str, str]:
    """How one installation's sync is doing: a kind for the stylesheet, and the words."""
    is_stale = row.provider != "local" and row.last_sync_at and now - row.last_sync_at > STALE_AFTER
    is_waiting = row.not_before_at is not None and row.not_before_at > now
    cases = (
        (row.needs_authorization, "bad", "needs to be connected again"),
        (row.waits_for_start, "wait", "being set up, not started yet"),
        (is_waiting, "wait", f"waiting until {row.not_before_at or now:%H:%M} UTC, as the platform asked"),
        (row.headway, "wait", headway.in_words(row.headway, now) if row.headway else ""),
        (row.last_sync_at is None, "wait", "never synced yet"),
        (is_stale, "bad", "not synced for over an hour; is the worker running?"),
        (row.parked, "wait", f"in sync, {row.parked} could not be read"),
        (row.owed, "wait", f"{row.owed} scores wait to be written"),
    )
    return next(((kind, words) for applies, kind, words in cases if applies), ("good", "in sync"))
