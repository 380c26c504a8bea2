"""T7, AD3, FU4a, U7: whether customers who received more empathy stay longer.

The segment of a customer is the third in which the mean empathy they *received* lies, over the 90 days before
a quarter of a year: a fact about us, not about them. Everybody who is a customer when the quarter begins is
followed to its end, so nobody can be in a segment because they stayed; then the thirds are made anew. A
period is told by the whole quarters in it (an extended Kaplan-Meier curve, whose groups change with time:
Snapinn, Jiang and Iglewicz 2005). Departures come from subscriptions that ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .customers import Kept, kept, month_by_month
from .material import Material
from .months import Months
from .report import NOT_ENOUGH, Figure, Report, Series, Table, sentences
from .survival import FourFifths, Step, fisher_exact, four_fifths, kaplan_meier, log_rank, risk_ratio
from .treatment import CROSSED, SEGMENTS, Followed, grouped, treatment

NAME = "churn-by-empathy"
TITLE = "Retention by the empathy received"
QUESTION = "Do customers who were treated with more empathy stay longer?"
MEASURES = ("T7", "AD3", "FU4a", "U7")
EVENTS_FOR_A_CURVE = 5
EVENTS_FOR_A_TEST = 10
UNFAIR = (
    "Customers of one segment leave far more often than those of another (four-fifths rule or p < 0.05). "
    "Look for who they are and why before you use this: never to serve anybody worse."
)

Groups = Mapping[str, Sequence[Followed]]


def report(material: Material, period: Months) -> Report:
    """The report over the customers there were when each quarter of these months began."""
    subscriptions = material.subscriptions()
    treated = [treatment(material, subscriptions, each) for each in period.quarters()]
    thirds = grouped((each.by_empathy for each in treated), period, SEGMENTS)
    shown = {name: group for name, group in thirds.items() if group}
    guard = widest_gap(shown)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(shown)),
        figures=(*stayed(kept(month_by_month(subscriptions, period))), risk(shown), tested(shown)),
        tables=(
            left("Customers who left, by empathy received", "Empathy received", thirds),
            left(
                "Customers who left, by engagement and perceived empathy",
                "Engagement and perceived empathy",
                grouped((each.crossed for each in treated), period, CROSSED),
            ),
        ),
        series=tuple(curve(name, group) for name, group in shown.items()),
        cautions=sentences(
            "An association: difficult problems bring both less praise and more departures.",
            "Nobody is scored here: a segment describes how we treated customers.",
            "Segments are made anew for each whole quarter of a year, and a customer counts once a quarter.",
            f"The lowest rate of staying is {guard.ratio:.2f} of the highest (p {guard.p:.4f})."
            if guard
            else None,
        ),
        missing=sentences(
            None
            if subscriptions
            else "No subscriptions are here. Import them: import subscription FILE --into NAME.",
            None if treated else "Segments need a whole quarter of a year: choose January to March, say.",
        ),
        is_blocked=UNFAIR if guard and guard.is_flagged else "",
    )


def gone(group: Iterable[Followed]) -> int:
    """How many of them left."""
    return sum(each.spell.has_left for each in group)


def stayed(found: Kept | None) -> tuple[Figure, Figure]:
    """The share of customers who are still there after these months, and what is missing from it."""
    percent, n = (100 * found.share, found.customer_months) if found else (None, 0)
    note = f"the product of {found.months} months; n counts a customer once a month" if found else ""
    return (
        Figure.plain("Customers who stayed", percent, n, unit="%", note=note),
        Figure.plain(
            "Customers who left", None if percent is None else 100 - percent, n, unit="%", note=note
        ),
    )


def left(title: str, what: str, groups: Groups) -> Table:
    """The share of each group that left within a quarter."""
    rows = tuple((name, (Figure.share("Left", gone(group), len(group)),)) for name, group in groups.items())
    return Table(title, (what, "Left within a quarter"), rows)


def curve(name: str, group: Sequence[Followed]) -> Series:
    """A survival curve over the quarters, or the reason why there is none."""
    title = f"Share still there: {name}"
    if gone(group) < EVENTS_FOR_A_CURVE:
        why = f"{NOT_ENOUGH} {gone(group)} of {EVENTS_FOR_A_CURVE} departures."
        return Series(
            title, "Quarters", (("", Figure.missing(name, len(group), why, unit="%")),), kind="steps"
        )
    steps = kaplan_meier([each.stay for each in group])
    first = sum(each.turn == group[0].turn for each in group)
    points = [("0", Figure(name, 100, first, 100, 100, "%"))]
    for turn in sorted({each.turn for each in group}):
        reached = max(
            (step for step in steps if step.at <= turn + 1), key=_at, default=Step(0, 1, 1, 1, first)
        )
        at_risk = sum(each.turn == turn for each in group)
        share, low, high = (100 * part for part in (reached.share, reached.low, reached.high))
        points.append((f"{turn + 1}", Figure(name, share, at_risk, low, high, "%")))
    return Series(title, "Quarters", tuple(points), kind="steps")


def _at(step: Step) -> float:
    return step.at


def risk(groups: Groups) -> Figure:
    """How much more often the lower third left than the upper."""
    label = "Risk of leaving, lower against upper third"
    both = [groups.get(SEGMENTS[0], ()), groups.get(SEGMENTS[2], ())]
    lower, upper = ((gone(group), len(group)) for group in both)
    ratio = risk_ratio(lower, upper)
    if ratio is None:
        why = f"{NOT_ENOUGH} Nobody left in one of the thirds."
        return Figure.missing(label, lower[1] + upper[1], why, unit="times")
    return Figure.of(label, ratio, unit="times", note=f"Fisher's exact p {fisher_exact(lower, upper):.4f}")


def tested(groups: Groups) -> Figure:
    """The log-rank test of the lower against the upper third."""
    label = "Log-rank test, lower against upper third (p)"
    both = [groups.get(SEGMENTS[0], ()), groups.get(SEGMENTS[2], ())]
    fewest, n = min(map(gone, both)), sum(map(len, both))
    if fewest < EVENTS_FOR_A_TEST:
        return Figure.missing(
            label, n, f"{NOT_ENOUGH} {fewest} of {EVENTS_FOR_A_TEST} departures in a third."
        )
    found = log_rank(*([each.stay for each in group] for group in both))
    return Figure.plain(label, found.p, n, note=f"chi-squared {found.statistic:.4f}")


def widest_gap(groups: Groups) -> FourFifths | None:
    """The four-fifths rule over staying, between the two segments that differ most."""
    pairs = {name: (len(group) - gone(group), len(group)) for name, group in groups.items()}
    if len(pairs) < 2:
        return None
    by_rate: Callable[[tuple[int, int]], float] = lambda pair: pair[0] / pair[1]  # noqa: E731
    return four_fifths(min(pairs.values(), key=by_rate), max(pairs.values(), key=by_rate))


def in_words(groups: Groups) -> str:
    """The lower and the upper third in one sentence."""
    lower, upper = groups.get(SEGMENTS[0]), groups.get(SEGMENTS[2])
    if not lower or not upper:
        return NOT_ENOUGH
    rates = [100 * gone(group) / len(group) for group in (lower, upper)]
    return (
        f"Of the third that received least empathy {rates[0]:.0f} % left within a quarter, of the third that "
        f"received most {rates[1]:.0f} %; that is an association, and other differences may be behind it."
    )
