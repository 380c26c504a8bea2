"""FU1, FU6, FU9: whether customers perceive the empathy that we measure.

Two questions on 0..100: "Did our staff understand your needs?" and "Did you feel valued as a customer?".
The score is the mean of both; an answer to one alone is counted and left out. Cronbach's alpha says whether
the two go together, Spearman's rank correlation whether they go with our own score of the same conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from statistics import fmean, median

from .material import Material
from .months import Allowed, Months, allowed, month_of, shifted
from .numbers import cronbach_alpha, rank_correlation
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import CustomerAnswer, Interaction

NAME = "perceived-empathy"
TITLE = "Perceived and observed empathy"
QUESTION = "Do customers feel understood and valued, and do our scores go with that?"
MEASURES = ("FU1", "FU6", "FU9")
UNDERSTOOD, VALUED = "understood", "valued"
ITEMS = (UNDERSTOOD, VALUED)
BANDS = ("high", "fair", "low")
PAIRS = 10
"""Fewer pairs than this and a correlation is not shown."""


def report(material: Material, period: Months) -> Report:
    """The report over the answers given in these months."""
    asked = [each for each in material.customer_answers(period) if set(ITEMS) & each.items.keys()]
    complete = [each for each in asked if is_complete(each)]
    kept = allowed(complete, period, at=lambda each: each.at, person=lambda each: each.contact or each.id)
    held = tuple(material.interactions(Months(shifted(period.first, -1), period.last)))
    talks = allowed(
        held,
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("band", each.band),),
    )
    score = Figure.mean(
        "Perceived empathy (0 to 100)", [perceived(each) for each in kept.total], unit="points"
    )
    asked_about = {each.conversation_id for each in complete}
    judged = {each.id: each for each in held if each.id in asked_about}
    matched = kept.told(kept.total, lambda each: pair(each, judged))
    go_together = Figure.of(
        "Rank correlation with our empathy score",
        rank_correlation([ours for _, ours in matched], [theirs for theirs, _ in matched]),
        enough=PAIRS,
        note=""
        if len(matched) >= PAIRS
        else f"{len(matched)} answers belong to a scored conversation; {PAIRS} are needed.",
    )
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(score, go_together)),
        figures=(
            score,
            Figure.plain(
                "Cronbach's alpha of the two questions", alpha(kept.total), len(kept.total), enough=10
            ),
            go_together,
        ),
        tables=(outcomes(talks),),
        series=(
            by_month(
                "Perceived empathy by month",
                period,
                kept.total,
                at=lambda each: each.at,
                figure=lambda those: Figure.mean(
                    "Perceived empathy", [perceived(each) for each in those], unit="points"
                ),
            ),
        ),
        cautions=sentences(
            "Agents apologise most where things went worst, so satisfaction can be lower where empathy is "
            "higher; compare like problems.",
            f"{len(asked) - len(complete)} answers lack one of the two questions and are left out."
            if len(asked) > len(complete)
            else None,
            "Some satisfaction answers were asked as good or bad: they count as 100 or 0 and say less."
            if any(each.is_two_point for each in talks.total)
            else None,
            kept.note,
        ),
        missing=()
        if asked
        else (
            "No survey asked these two questions. Import answers: import customer-survey FILE --into NAME.",
        ),
    )


def is_complete(answer: CustomerAnswer) -> bool:
    """Whether both questions were answered."""
    return all(item in answer.items for item in ITEMS)


def perceived(answer: CustomerAnswer) -> float:
    """The mean of both questions, 0..100."""
    return fmean(answer.items[item] for item in ITEMS)


def alpha(answers: Iterable[CustomerAnswer]) -> float | None:
    """How well the two questions go together."""
    return cronbach_alpha([[each.items[item] for item in ITEMS] for each in answers])


def pair(answer: CustomerAnswer, talks: Mapping[str, Interaction]) -> tuple[float, float] | None:
    """(perceived, observed), where the answer is about a scored conversation of its month or the one before.

    So whether a pair counts depends on the month of the answer alone, not on the others of the report.
    """
    talk, month = talks.get(answer.conversation_id or ""), month_of(answer.at)
    if talk is None or talk.empathy is None or month_of(talk.at) not in (month, shifted(month, -1)):
        return None
    return perceived(answer), float(talk.empathy)


def outcomes(kept: Allowed[Interaction]) -> Table:
    """What became of conversations of each empathy band; described, not explained."""
    rows = []
    for band in BANDS:
        talks = kept.of("band", band)
        answered = kept.told(talks, lambda each: each.satisfaction)
        rows.append(
            (
                band,
                (
                    Figure.share("Satisfied", sum(1 for each in answered if each >= 0.5), len(answered)),
                    Figure.share("Opened again", sum(1 for each in talks if each.reopens), len(talks)),
                    waited("First reply", kept.told(talks, lambda each: each.first_reply_minutes)),
                    waited("Solution", kept.told(talks, lambda each: each.resolution_minutes)),
                ),
            )
        )
    columns = ("Empathy", "Satisfied", "Opened again", "First reply (median)", "Solution (median)")
    return Table("Outcomes by empathy band", columns, tuple(rows))


def waited(label: str, minutes: Sequence[float]) -> Figure:
    """The median of some waiting times, with the time that nine of ten stayed under."""
    known = sorted(minutes)
    if not known:
        return Figure.missing(label, 0, NOT_ENOUGH, unit="minutes")
    ninth = known[ceil(0.9 * len(known)) - 1]
    return Figure.plain(
        label, median(known), len(known), unit="minutes", note=f"nine of ten within {ninth:,.0f} minutes"
    )


def in_words(score: Figure, go_together: Figure) -> str:
    """The two figures in one sentence."""
    if score.value is None:
        return NOT_ENOUGH
    said = f"{score.n} customers put the empathy they perceived at {score.value:.0f} of 100"
    if go_together.value is None or go_together.low is None or go_together.high is None:
        return f"{said}; too few answers belong to scored conversations to compare them."
    if go_together.low > 0:
        return f"{said}; higher scores of ours are associated with higher answers of theirs."
    if go_together.high < 0:
        return (
            f"{said}; higher scores of ours are associated with lower answers, which deserves a closer look."
        )
    return f"{said}; no clear association with our scores shows."
