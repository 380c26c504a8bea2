"""T1: how customers feel in their first weeks.

The mean sentiment of each new customer over their first days, then the mean over customers, so that somebody
who writes ten times counts once. The interval is a bootstrap over customers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean

from .material import Material
from .months import Allowed, Months, allowed, month_of
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import CustomerAnswer, Interaction, StageEntry, Subscription

NAME = "onboarding"
TITLE = "Feeling at onboarding"
QUESTION = "How do new customers feel in their first weeks?"
MEASURES = ("T1",)
CUSTOMER_STAGE = "customer"
NOBODY = (
    "Nobody's first day is known. Connect HubSpot with lifecycle stages, "
    "or import subscriptions (import subscription FILE --into NAME)."
)
TOPICS = 5
"""Topics listed at most."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One new customer and how they felt; `sentiment` None where they said nothing we could read."""

    contact: str = field(repr=False)
    came_at: datetime
    sentiment: float | None
    sour_topics: frozenset[str] = frozenset()
    """Tags of their conversations that ended in a bad mood."""


def report(material: Material, period: Months) -> Report:
    """The report over customers who came in these months."""
    days = material.choices.onboarding_days
    came = first_days(material.stage_entries(), material.subscriptions())
    reach = Months(period.first, month_of(period.end_at + timedelta(days=days)))
    people = newcomers(came, material.interactions(reach), material.customer_answers(reach), days=days)
    return told(people, period, days)


def first_days(entries: Iterable[StageEntry], subscriptions: Iterable[Subscription]) -> dict[str, datetime]:
    """When each customer became one: the first we know of."""
    dated = [(each.contact, each.at) for each in entries if each.stage == CUSTOMER_STAGE]
    dated += [(each.contact, each.started_at) for each in subscriptions]
    found: dict[str, datetime] = {}
    for contact, at in dated:
        found[contact] = min(at, found.get(contact, at))
    return found


def newcomers(
    came: Mapping[str, datetime],
    interactions: Iterable[Interaction],
    answers: Iterable[CustomerAnswer],
    *,
    days: int,
) -> list[Newcomer]:
    """Every customer with the mean of what they said in their first `days`, the end exclusive."""
    felt: dict[str, list[float]] = defaultdict(list)
    sour: dict[str, set[str]] = defaultdict(set)
    said = [(each.contact, each.at, each.sentiment, each.tags) for each in interactions]
    said += [(each.contact, each.at, each.comment_sentiment, frozenset()) for each in answers]
    for contact, at, sentiment, tags in said:
        if contact is None or sentiment is None or contact not in came:
            continue
        if came[contact] <= at < came[contact] + timedelta(days=days):
            felt[contact].append(sentiment)
            if sentiment <= -0.2:
                sour[contact] |= tags
    return [
        Newcomer(contact, at, fmean(felt[contact]) if contact in felt else None, frozenset(sour[contact]))
        for contact, at in sorted(came.items(), key=lambda item: (item[1], item[0]))
    ]


def told(people: Sequence[Newcomer], period: Months, days: int) -> Report:
    """What may be said of them."""
    heard = allowed(
        [each for each in people if each.sentiment is not None],
        period,
        at=lambda each: each.came_at,
        person=lambda each: each.contact,
        groups=lambda each: (("topic", topic) for topic in each.sour_topics),
    )
    silent = sum(1 for each in people if each.sentiment is None and period.holds(each.came_at))
    feelings = felt_by(heard.total)
    whole = Figure.mean("Mean sentiment of new customers", feelings)
    negative = sum(1 for feeling in feelings if feeling <= -0.2)
    unhappy = Figure.share("New customers who felt bad", negative, len(feelings))
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(_in_words(whole, unhappy, days)),
        figures=(whole, unhappy),
        tables=(_topics(heard),),
        series=(
            by_month(
                "Mean sentiment by the month they came",
                period,
                heard.total,
                at=lambda each: each.came_at,
                figure=lambda those: Figure.mean("Mean sentiment", felt_by(those)),
            ),
        ),
        cautions=sentences(
            "Only customers who wrote, or commented on a survey, can be heard; "
            f"{silent} new customers said nothing we could read.",
            heard.note,
        ),
        missing=() if people else (NOBODY,),
    )


def felt_by(people: Iterable[Newcomer]) -> list[float]:
    """How those felt who said something; in no order of theirs."""
    return sorted(each.sentiment for each in people if each.sentiment is not None)


def _in_words(whole: Figure, unhappy: Figure, days: int) -> str:
    if whole.value is None or unhappy.value is None:
        return NOT_ENOUGH
    feeling = "well" if whole.value >= 0.2 else "bad" if whole.value <= -0.2 else "neither well nor bad"
    return (
        f"In their first {days} days, {whole.n} new customers felt {feeling} on the whole "
        f"({whole.value:+.2f} on a scale from -1 to 1); {unhappy.value:.0f} % of them felt bad."
    )


def _topics(heard: Allowed[Newcomer]) -> Table:
    counts = Counter({topic: len(heard.of("topic", topic)) for topic in heard.values("topic")})
    total = len(heard.total)
    rows = tuple(
        (topic, (Figure.share("New customers", count, total),)) for topic, count in counts.most_common(TOPICS)
    )
    return Table("Topics that new customers were unhappy about", ("Topic", "New customers"), rows)
