"""CU1...CU6, E6...E9, FU4b: whether we treat each other, and this measuring, with the same care.

The loyalty index is the mean of three standardised parts (net promoter score, repeat purchase, retention),
each against its own earlier months; while one part is missing the index is not shown, and never filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

from ..privacy.anonymity import SURVEY_ANSWERS
from .customers import kept, month_by_month
from .material import Material
from .months import Allowed, Months, allowed, shifted
from .numbers import turnover
from .recovery_and_advocacy import promoters, repeat
from .report import NOT_ENOUGH, Figure, Report, Table, sentences
from .rows import EmployeeAnswer, Headcount

NAME = "culture-and-ethics"
TITLE = "Culture scorecard and ethics"
QUESTION = "Do we practise what we measure?"
MEASURES = ("CU1", "CU2", "CU3", "CU4", "CU5", "CU6", "E6", "E7", "E8", "E9", "FU4b")
ITEMS = {
    "leaders_listen": "Leaders listen",
    "open_communication": "Things can be said openly",
    "felt_respected": "Felt respected by the scoring",
    "felt_watched": "Felt watched by the scoring",
}
EARLIER_MONTHS = 6
"""A part is standardised against at least so many months."""


def report(material: Material, period: Months) -> Report:
    """The scorecard of these months."""
    answers = allowed(
        material.employee_answers(period),
        period,
        at=lambda each: each.at,
        person=lambda each: each.id,
        threshold=SURVEY_ANSWERS,
    )
    counts = material.headcounts(period)
    index = loyalty(material, period)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(answers, index)),
        figures=(*(asked(item, answers) for item in ITEMS), left(counts), index),
        tables=(
            Table(
                "Audits and oversight",
                ("What", "Count"),
                tuple(
                    (what, (Figure.plain(what, float(count), count, enough=0),))
                    for what, count in material.oversight(period).items()
                ),
            ),
        ),
        cautions=sentences(
            "Job candidates are never scored, and scores are no part of a performance review.",
            "The loyalty index weighs its three parts equally; its zero is your own average.",
            answers.note,
        ),
        missing=sentences(
            None if counts else "No headcount is here: import headcount FILE --into NAME.",
            None
            if answers.total
            else "No anonymous survey is here: import employee-survey FILE --into NAME.",
        ),
    )


def asked(item: str, answers: Allowed[EmployeeAnswer]) -> Figure:
    """One item over everybody who answered it."""
    values = answers.told(answers.total, lambda each: each.items.get(item))
    return Figure.mean(ITEMS[item], values, unit="points", enough=SURVEY_ANSWERS.people)


def left(counts: Sequence[Headcount]) -> Figure:
    """Separations over the mean headcount of all teams together."""
    by_time = sorted(counts, key=lambda each: each.at)
    label = "Employees who left"
    if not by_time:
        return Figure.missing(label, 0, NOT_ENOUGH, unit="%")
    first = sum(each.at_start for each in by_time if each.at == by_time[0].at)
    last = sum(each.at_end for each in by_time if each.at == by_time[-1].at)
    value = turnover(sum(each.separations for each in by_time), first, last)
    return Figure.plain(label, None if value is None else 100 * value, first, unit="%")


def loyalty(material: Material, period: Months) -> Figure:
    """The loyalty index of the last month, in standard deviations of the months before it."""
    label = "Loyalty index (0 is your own average)"
    months = period.each()
    parts = [
        standardised(values)
        for values in zip(*(components(material, month) for month in months), strict=True)
    ]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not parts:
        why = "One of its parts is missing: net promoter score, repeat purchase or retention."
        return Figure.missing(label, len(months), why)
    return Figure.plain(label, fmean(known), len(months), note="equal weights of its three parts")


def components(material: Material, month: str) -> tuple[float | None, float | None, float | None]:
    """Net promoter score, repeat purchase and retention of one month."""
    one = Months(month, month)
    stayed = kept(month_by_month(material.subscriptions(), one))
    return (
        promoters(material.customer_answers(one)).value,
        repeat(material.deals(Months(shifted(month, -11), month)), one).value,
        stayed.share if stayed else None,
    )


def standardised(values: Sequence[float | None]) -> float | None:
    """The last value less the mean of all, in their standard deviations; None where that cannot be said."""
    known = [value for value in values if value is not None]
    if len(known) < EARLIER_MONTHS or values[-1] is None or not (spread := stdev(known)):
        return None
    return (values[-1] - fmean(known)) / spread


def in_words(answers: Allowed[EmployeeAnswer], index: Figure) -> str:
    """What stands out in one sentence."""
    respected = asked("felt_respected", answers)
    if respected.value is not None:
        return f"{respected.n} people feel respected by the scoring, at {respected.value:.0f} of 100."
    if index.value is not None:
        side = "above" if index.value >= 0 else "below"
        return f"Customer loyalty lies {abs(index.value):.1f} standard deviations {side} your own average."
    return NOT_ENOUGH
