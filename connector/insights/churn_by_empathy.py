"""T7, AD3, FU4a, U7: whether customers who received more empathy stay longer.

The segment of a customer is the third in which the mean empathy they *received* lies, over the 90 days before
the period: a fact about us, not about them. From the first day of the period on everybody is followed to its
end, so that nobody can be in a segment because they stayed. Departures come from subscriptions that ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from statistics import fmean
from typing import TypeVar

from .intensity_and_engagement import engagement
from .material import Material
from .months import Months, shifted
from .numbers import retention
from .perceived_empathy import is_complete, perceived
from .report import NOT_ENOUGH, Figure, Report, Series, Table, sentences
from .rows import Interaction, Subscription
from .survival import (
    FourFifths,
    Stay,
    Step,
    fisher_exact,
    four_fifths,
    kaplan_meier,
    log_rank,
    risk_ratio,
)

NAME = "churn-by-empathy"
TITLE = "Retention by the empathy received"
QUESTION = "Do customers who were treated with more empathy stay longer?"
MEASURES = ("T7", "AD3", "FU4a", "U7")
SEGMENTS = ("lower third", "middle third", "upper third")
REACH = timedelta(days=90)
EVENTS_FOR_A_CURVE = 5
EVENTS_FOR_A_TEST = 10
PEOPLE = 5
EVERY_DAYS = 30
UNFAIR = (
    "Customers of one segment leave far more often than those of another (four-fifths rule or p < 0.05). "
    "Look for who they are and why before you use this: never to serve anybody worse."
)

K = TypeVar("K")
Stays = Mapping[str, Sequence[Stay]]


def report(material: Material, period: Months) -> Report:
    """The report over the customers there were when these months began."""
    customers = [each for each in material.subscriptions() if is_customer(each, period.start_at)]
    followed = {each.contact: stay(each, period) for each in customers}
    before = material.interactions(Months(shifted(period.first, -3), shifted(period.first, -1)))
    received = empathy_received(before, until=period.start_at)
    thirds = segments({contact: value for contact, value in received.items() if contact in followed})
    stays = {name: [followed[contact] for contact in thirds.get(name, ())] for name in SEGMENTS}
    shown = {name: group for name, group in stays.items() if len(group) >= PEOPLE}
    guard = widest_gap(shown)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(shown)),
        figures=(*kept(material.subscriptions(), period), risk(shown), tested(shown)),
        tables=(
            left("Customers who left, by empathy received", "Empathy received", stays),
            left(
                "Customers who left, by engagement and perceived empathy",
                "Engagement and perceived empathy",
                crossed(material, period, before, followed),
            ),
        ),
        series=tuple(curve(name, group) for name, group in shown.items()),
        cautions=sentences(
            "An association: difficult problems bring both less praise and more departures.",
            "Nobody is scored here: a segment describes how we treated customers.",
            f"The lowest rate of staying is {guard.ratio:.2f} of the highest (p {guard.p:.4f})."
            if guard
            else None,
        ),
        missing=()
        if customers
        else ("No subscriptions are here. Import them: import subscription FILE --into NAME.",),
        is_blocked=UNFAIR if guard and guard.is_flagged else "",
    )


def is_customer(subscription: Subscription, at: datetime) -> bool:
    """Whether it ran at that moment."""
    return subscription.started_at <= at and (subscription.ended_at is None or subscription.ended_at > at)


def stay(subscription: Subscription, period: Months) -> Stay:
    """How long it lasted from the period's first instant on, as far as the period shows."""
    ended_at = subscription.ended_at
    has_left = ended_at is not None and ended_at < period.end_at
    until = ended_at if has_left and ended_at is not None else period.end_at
    return Stay((until - period.start_at) / timedelta(days=1), has_left)


def empathy_received(talks: Iterable[Interaction], *, until: datetime) -> dict[str, float]:
    """Each customer's mean empathy over the 90 days before an instant."""
    found: dict[str, list[int]] = defaultdict(list)
    for talk in talks:
        if talk.contact and talk.empathy is not None and until - REACH <= talk.at < until:
            found[talk.contact].append(talk.empathy)
    return {contact: fmean(values) for contact, values in found.items()}


def segments(values: Mapping[K, float]) -> dict[str, list[K]]:
    """The thirds of some customers, the same value always in the same third."""
    if not values:
        return {}
    ranked = sorted(values.values())
    limits = [ranked[min(len(ranked) - 1, len(ranked) * third // 3)] for third in (1, 2)]
    found: dict[str, list[K]] = defaultdict(list)
    for key, value in values.items():
        found[SEGMENTS[sum(value >= limit for limit in limits)]].append(key)
    return found


def kept(subscriptions: Iterable[Subscription], period: Months) -> tuple[Figure, ...]:
    """(E - N) / S of the period, and what is missing from it."""
    held = list(subscriptions)
    at_start = sum(is_customer(each, period.start_at) for each in held)
    at_end = sum(is_customer(each, period.end_at) for each in held)
    gained = sum(is_customer(each, period.end_at) and each.started_at > period.start_at for each in held)
    value = retention(at_start, at_end, gained)
    percent = None if value is None else 100 * value
    return (
        Figure.plain("Customers who stayed", percent, at_start, unit="%"),
        Figure.plain("Customers who left", None if percent is None else 100 - percent, at_start, unit="%"),
    )


def left(title: str, what: str, stays: Stays) -> Table:
    """The share of each group that left."""
    rows = tuple(
        (name, (Figure.share("Left", sum(each.has_left for each in group), len(group)),))
        for name, group in stays.items()
    )
    return Table(title, (what, "Left in the period"), rows)


def curve(name: str, group: Sequence[Stay]) -> Series:
    """A survival curve, or the reason why there is none."""
    gone = sum(each.has_left for each in group)
    title = f"Share still there: {name}"
    if gone < EVENTS_FOR_A_CURVE:
        why = f"{NOT_ENOUGH} {gone} of {EVENTS_FOR_A_CURVE} departures."
        return Series(title, "Days", (("", Figure.missing(name, len(group), why, unit="%")),), kind="steps")
    points = [
        (f"{day}", Figure(name, 100 * step.share, step.at_risk, 100 * step.low, 100 * step.high, "%"))
        for day, step in coarse(group)
    ]
    start = ("0", Figure(name, 100, len(group), 100, 100, "%"))
    return Series(title, "Days", (start, *points), kind="steps")


def coarse(group: Sequence[Stay]) -> list[tuple[int, Step]]:
    """The curve at every thirtieth day and at the end, no step of it about one to four departures.

    The last step takes in what would be left over: the total is told elsewhere.
    """
    end = ceil(max(each.days for each in group))
    days = [*range(EVERY_DAYS, end, EVERY_DAYS), end]
    gone = {day: sum(each.has_left and each.days <= day for each in group) for day in days}
    told, before = list[int](), 0
    for day in days:
        if gone[day] == before or gone[day] - before >= PEOPLE:
            told.append(day)
            before = gone[day]
    if before < gone[end]:
        while told and gone[end] - gone[told[-1]] < PEOPLE:
            told.pop()
        told.append(end)
    steps = kaplan_meier(group)
    start = Step(0, 1, 1, 1, len(group))
    reached = {
        day: max((step for step in steps if step.days <= day), key=_day, default=start) for day in told
    }
    return [
        (day, replace(step, at_risk=sum(each.days >= day for each in group))) for day, step in reached.items()
    ]


def _day(step: Step) -> float:
    return step.days


def risk(stays: Stays) -> Figure:
    """How much more often the lower third left than the upper."""
    label = "Risk of leaving, lower against upper third"
    groups = [stays.get(SEGMENTS[0], ()), stays.get(SEGMENTS[2], ())]
    lower, upper = ((sum(each.has_left for each in group), len(group)) for group in groups)
    ratio = risk_ratio(lower, upper)
    if ratio is None:
        why = f"{NOT_ENOUGH} Nobody left in one of the thirds."
        return Figure.missing(label, lower[1] + upper[1], why, unit="times")
    return Figure.of(label, ratio, unit="times", note=f"Fisher's exact p {fisher_exact(lower, upper):.4f}")


def tested(stays: Stays) -> Figure:
    """The log-rank test of the lower against the upper third."""
    label = "Log-rank test, lower against upper third (p)"
    groups = [stays.get(SEGMENTS[0], ()), stays.get(SEGMENTS[2], ())]
    gone = min(sum(each.has_left for each in group) for group in groups)
    n = sum(map(len, groups))
    if gone < EVENTS_FOR_A_TEST:
        return Figure.missing(label, n, f"{NOT_ENOUGH} {gone} of {EVENTS_FOR_A_TEST} departures in a third.")
    found = log_rank(*groups)
    return Figure.plain(label, found.p, n, note=f"chi-squared {found.statistic:.4f}")


def widest_gap(stays: Stays) -> FourFifths | None:
    """The four-fifths rule over staying, between the two segments that differ most."""
    stayed = {name: (sum(not each.has_left for each in group), len(group)) for name, group in stays.items()}
    if len(stayed) < 2:
        return None
    by_rate: Callable[[tuple[int, int]], float] = lambda pair: pair[0] / pair[1]  # noqa: E731
    return four_fifths(min(stayed.values(), key=by_rate), max(stayed.values(), key=by_rate))


def crossed(
    material: Material, period: Months, before: Iterable[Interaction], followed: Mapping[str, Stay]
) -> dict[str, list[Stay]]:
    """The departures of customers by engagement (upper third or not) and perceived empathy (half or more)."""
    engaged = segments(engagement(before, until=period.start_at))
    upper = set(engaged.get(SEGMENTS[2], ()))
    reach = Months(shifted(period.first, -3), shifted(period.first, -1))
    answers = [each for each in material.customer_answers(reach) if is_complete(each)]
    felt = {each.contact: perceived(each) for each in answers if each.contact is not None}
    cells: dict[str, list[Stay]] = {
        f"{engagement_word}, {empathy_word}": []
        for engagement_word in ("engaged", "less engaged")
        for empathy_word in ("felt empathy", "felt little empathy")
    }
    for contact, value in felt.items():
        if contact in followed:
            words = (
                "engaged" if contact in upper else "less engaged",
                "felt empathy" if value >= 50 else "felt little empathy",
            )
            cells[", ".join(words)].append(followed[contact])
    return cells


def in_words(stays: Stays) -> str:
    """The lower and the upper third in one sentence."""
    lower, upper = stays.get(SEGMENTS[0]), stays.get(SEGMENTS[2])
    if not lower or not upper:
        return NOT_ENOUGH
    rates = [100 * sum(each.has_left for each in group) / len(group) for group in (lower, upper)]
    return (
        f"Of the third that received least empathy {rates[0]:.0f} % left, of the third that received most "
        f"{rates[1]:.0f} %; that is an association, and other differences may be behind it."
    )
