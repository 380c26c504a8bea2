"""AD4, AD6, FU4c, FU5, U8: who comes back, who recommends us, and who forgives.

The net promoter score is 100 * (P - D) / n; repeat purchase the share of a month's buyers with two won deals
within the twelve months up to it; referrals are counted by whole quarters; recovery is the share of customers
with a very negative conversation who are customers 90 days later, by the empathy of that conversation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from statistics import fmean

from .customers import is_customer, kept, mean_margin, month_by_month, spells
from .material import Material
from .months import Months, allowed, month_of, quarter_of, shifted
from .numbers import discounted_lifetime_value, lifetime_value, net_promoter_score
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import CustomerAnswer, Deal, Interaction, Subscription

NAME = "recovery-and-advocacy"
TITLE = "Recovery, loyalty and advocacy"
QUESTION = "Do customers forgive a bad day, come back, and recommend us?"
MEASURES = ("AD4", "AD6", "FU4c", "FU5", "U8")
VERY_NEGATIVE = -0.6
STAYED_DAYS = 90
BANDS = ("high", "fair", "low")


def report(material: Material, period: Months) -> Report:
    """The report over these months."""
    subscriptions = material.subscriptions()
    answers = allowed(
        [each for each in material.customer_answers(period) if each.recommend is not None],
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
    )
    score = promoters(answers.total)
    deals = material.deals(Months(shifted(period.first, -11), period.last))
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(score)),
        figures=(
            score,
            repeat(deals, period),
            referred(material, subscriptions, period),
            *values_of_a_customer(subscriptions, period, material.choices.discount_rate),
        ),
        tables=(recovery(material.interactions(period), subscriptions, period),),
        series=(
            by_month(
                "Net promoter score by month",
                period,
                answers.total,
                at=lambda each: each.at,
                figure=promoters,
            ),
        ),
        cautions=sentences(
            "Customers who stay after a bad day may have had no choice; forgiveness is one reading.",
            "A lifetime value is arithmetic on last year's figures, not a promise.",
            answers.note,
        ),
        missing=sentences(
            None
            if answers.total
            else "No answers to a recommendation question: import customer-survey FILE --into NAME.",
            None if deals else "No deals are here: HubSpot gives them.",
            None if subscriptions else "No subscriptions are here: import subscription FILE --into NAME.",
        ),
    )


def promoters(answers: Sequence[CustomerAnswer]) -> Figure:
    """The net promoter score of some answers."""
    given = [each.recommend for each in answers if each.recommend is not None]
    likely = sum(1 for each in given if each >= 9)
    unlikely = sum(1 for each in given if each <= 6)
    estimate = net_promoter_score(likely, len(given) - likely - unlikely, unlikely) if given else None
    return Figure.of("Net promoter score (-100 to 100)", estimate, unit="points")


@dataclass(frozen=True, slots=True)
class Buyer:
    """One customer in one month in which they bought."""

    contact: str = field(repr=False)
    month_at: datetime
    has_bought_twice: bool
    """Within the twelve months up to this one."""


def repeat(deals: Iterable[Deal], period: Months) -> Figure:
    """The share of buyers, month by month, who bought twice in twelve months; lost and refunded deals count
    for nothing."""
    bought: dict[str, list[str]] = defaultdict(list)
    for each in deals:
        if each.is_won and each.contact and (each.amount is None or each.amount > 0):
            bought[each.contact].append(month_of(each.closed_at))
    buyers = [
        Buyer(
            contact,
            Months(month, month).start_at,
            sum(shifted(month, -11) <= other <= month for other in months) >= 2,
        )
        for contact, months in sorted(bought.items())
        for month in sorted(set(months))
    ]
    given = allowed(buyers, period, at=lambda each: each.month_at, person=lambda each: each.contact).total
    again = sum(each.has_bought_twice for each in given)
    note = "n counts a buyer once a month"
    return Figure.share("Buyers who bought again within twelve months", again, len(given), note=note)


def referred(material: Material, subscriptions: Sequence[Subscription], period: Months) -> Figure:
    """How many came in whole quarters because others spoke of us, each counted once."""
    first: dict[str, datetime] = {}
    for each in material.referrals(Months.until(period.last)):
        first.setdefault(each.referred, quarter_of(each.at).start_at)
    quarters = {each.start_at: each for each in period.quarters()}
    given = allowed(
        [(who, at) for who, at in first.items() if at in quarters],
        period,
        at=itemgetter(1),
        person=itemgetter(0),
    ).total
    held = [len(spells(subscriptions, quarters[at])) for at in sorted({at for _, at in given})]
    value = 100 * len(given) / fmean(held) if held and all(held) else None
    note = "of whole quarters with five or more"
    return Figure.plain("Referrals", value, len(given), unit="per 100 customers", note=note if value else "")


def values_of_a_customer(
    subscriptions: Sequence[Subscription], period: Months, discount: float
) -> tuple[Figure, ...]:
    """What a customer is worth: yearly margin over yearly churn, and discounted; notes give both."""
    stayed, margin = kept(month_by_month(subscriptions, period)), mean_margin(subscriptions, period.end_at)
    labels = ("Lifetime value", "Lifetime value, discounted")
    if stayed is None or margin is None:
        return tuple(Figure.missing(label, 0, NOT_ENOUGH) for label in labels)
    yearly, (monthly, n) = stayed.yearly, margin
    note = f"yearly margin {12 * monthly:.2f}, {100 * yearly:.0f} % stay a year"
    return (
        Figure.plain(
            labels[0],
            lifetime_value(12 * monthly, 1 - yearly),
            n,
            note=note if yearly < 1 else "Nobody left.",
        ),
        Figure.plain(
            labels[1],
            discounted_lifetime_value(12 * monthly, yearly, discount),
            n,
            note=f"{note}, discount {100 * discount:.0f} %",
        ),
    )


def recovery(talks: Iterable[Interaction], subscriptions: Iterable[Subscription], period: Months) -> Table:
    """Who stayed 90 days after a very negative conversation, by the empathy it was answered with.

    A customer counts once a quarter of a year, with the last of such conversations. Whole quarters, since few
    conversations end so badly in a month.
    """
    ends = {each.contact: each for each in subscriptions}
    upset = {
        (talk.contact, quarter_of(talk.at)): talk
        for talk in talks
        if talk.contact in ends
        and talk.sentiment is not None
        and talk.sentiment <= VERY_NEGATIVE
        and is_known(quarter_of(talk.at), period)
        and is_customer(ends[talk.contact], talk.at)
    }
    given = allowed(
        upset.values(),
        period,
        at=lambda each: quarter_of(each.at).start_at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("band", each.band),),
    )
    rows = []
    for band in BANDS:
        theirs = given.of("band", band)
        stayed = sum(
            is_customer(ends[each.contact or ""], each.at + timedelta(days=STAYED_DAYS)) for each in theirs
        )
        rows.append((band, (Figure.share("Stayed", stayed, len(theirs)),)))
    return Table(
        "Customers who stayed 90 days after a very negative conversation",
        ("Empathy of the answer", "Stayed"),
        tuple(rows),
    )


def is_known(quarter: Months, period: Months) -> bool:
    """Whether the period holds a quarter, and tells who stayed for 90 days after every conversation of it."""
    return period.first <= quarter.first and quarter.end_at + timedelta(days=STAYED_DAYS) <= period.end_at


def in_words(score: Figure) -> str:
    """The score in one sentence."""
    if score.value is None:
        return NOT_ENOUGH
    return f"Would {score.n} customers recommend us? {score.value:+.0f} on a scale from -100 to 100."
