"""AD4, AD6, FU4c, FU5, U8: who comes back, who recommends us, and who forgives.

The net promoter score is 100 * (P - D) / n; repeat purchase the share of buyers of twelve months with two won
deals; recovery the share of customers with a very negative conversation who are customers 90 days later, by
the empathy of that conversation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import fmean

from .churn_by_empathy import is_customer
from .material import Material
from .months import Months, allowed, month_of, shifted
from .numbers import discounted_lifetime_value, lifetime_value, net_promoter_score, retention
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
    deals = material.deals(Months(shifted(period.last, -11), period.last))
    referred = {each.referred for each in material.referrals(period)}
    customers = sum(is_customer(each, period.start_at) for each in subscriptions)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(score)),
        figures=(
            score,
            repeat(deals),
            Figure.plain(
                "Referrals",
                100 * len(referred) / customers if customers else None,
                customers,
                unit="per 100 customers",
            ),
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


def repeat(deals: Iterable[Deal]) -> Figure:
    """The share of buyers of twelve months who bought twice; lost and refunded deals count for nothing."""
    bought = Counter(
        each.contact
        for each in deals
        if each.is_won and each.contact and (each.amount is None or each.amount > 0)
    )
    again = sum(1 for count in bought.values() if count >= 2)
    return Figure.share("Buyers who bought again within twelve months", again, len(bought))


def values_of_a_customer(
    subscriptions: Sequence[Subscription], period: Months, discount: float
) -> tuple[Figure, ...]:
    """What a customer is worth: yearly margin over yearly churn, and discounted; notes give both."""
    running = [each for each in subscriptions if is_customer(each, period.start_at)]
    margins = [12 * each.monthly_margin for each in running if each.monthly_margin is not None]
    stayed = sum(is_customer(each, period.end_at) for each in running)
    kept = retention(len(running), stayed, 0)
    labels = ("Lifetime value", "Lifetime value, discounted")
    if kept is None or len(margins) < 5:
        return tuple(Figure.missing(label, len(margins), NOT_ENOUGH) for label in labels)
    yearly = kept ** (12 / len(period.each()))
    margin = fmean(margins)
    note = f"yearly margin {margin:.2f}, {100 * yearly:.0f} % stay a year"
    return (
        Figure.plain(
            labels[0],
            lifetime_value(margin, 1 - yearly),
            len(margins),
            note=note if yearly < 1 else "Nobody left.",
        ),
        Figure.plain(
            labels[1],
            discounted_lifetime_value(margin, yearly, discount),
            len(margins),
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
    kept = allowed(
        upset.values(),
        period,
        at=lambda each: quarter_of(each.at).start_at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("band", each.band),),
    )
    rows = []
    for band in BANDS:
        theirs = kept.of("band", band)
        stayed = sum(
            is_customer(ends[each.contact or ""], each.at + timedelta(days=STAYED_DAYS)) for each in theirs
        )
        rows.append((band, (Figure.share("Stayed", stayed, len(theirs)),)))
    return Table(
        "Customers who stayed 90 days after a very negative conversation",
        ("Empathy of the answer", "Stayed"),
        tuple(rows),
    )


def quarter_of(at: datetime) -> Months:
    """The quarter of a year that a moment lies in, by UTC."""
    month = month_of(at)
    first = f"{month[:4]}-{3 * ((int(month[5:]) - 1) // 3) + 1:02}"
    return Months(first, shifted(first, 2))


def is_known(quarter: Months, period: Months) -> bool:
    """Whether the period holds a quarter, and tells who stayed for 90 days after every conversation of it."""
    return period.first <= quarter.first and quarter.end_at + timedelta(days=STAYED_DAYS) <= period.end_at


def in_words(score: Figure) -> str:
    """The score in one sentence."""
    if score.value is None:
        return NOT_ENOUGH
    return f"Would {score.n} customers recommend us? {score.value:+.0f} on a scale from -100 to 100."
