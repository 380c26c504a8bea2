"""T3, MK3, MK4: whether customers find sales conversations helpful and authentic.

Answers to two questions after a meeting, each on 0..100: "They understood my needs" and "They supported my
decision". Authenticity is asked apart, and is kept apart from the pasted replies that we recognise ourselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from .material import Material
from .months import Allowed, Months, allowed
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import CustomerAnswer

NAME = "sales-helpfulness"
TITLE = "Helpfulness of sales conversations"
QUESTION = "Do customers feel helped, or sold to?"
MEASURES = ("T3", "MK3", "MK4")
ITEMS = ("understood_needs", "supported_decision")
AUTHENTIC = "authentic"
SALES = "sales"


def report(material: Material, period: Months) -> Report:
    """The report over the answers and sales conversations of these months."""
    asked = [each for each in material.customer_answers(period) if helpful(each) is not None]
    kept = allowed(
        asked,
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("team", each.team),) if each.team else (),
    )
    talks = allowed(
        [each for each in material.interactions(period) if SALES in each.tags or each.channel == SALES],
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
    )
    whole = Figure.mean("Perceived helpfulness (0 to 100)", scores(kept.total), unit="points")
    authentic = kept.told(kept.total, lambda each: each.items.get(AUTHENTIC))
    attentive = [100 * each for each in talks.told(talks.total, lambda each: each.attentive)]
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(whole)),
        figures=(
            whole,
            Figure.mean("Perceived authenticity (0 to 100)", authentic, unit="points"),
            Figure.mean("Listening in our own words (0 to 100, scored by us)", attentive, unit="points"),
            Figure.share(
                "Sales replies recognised as pasted",
                sum(each.is_canned for each in talks.total),
                len(talks.total),
            ),
        ),
        tables=(by_team(kept),),
        series=(
            by_month(
                "Perceived helpfulness by month",
                period,
                kept.total,
                at=lambda each: each.at,
                figure=lambda those: Figure.mean("Helpfulness", scores(those), unit="points"),
            ),
        ),
        cautions=sentences(
            "What customers say and what we score are two figures; neither stands in for the other.",
            "Teams are shown only where enough customers answered; no figure is about one person.",
            kept.note,
        ),
        missing=()
        if asked
        else (
            "No survey asked about sales conversations. Import it: import customer-survey FILE --into NAME.",
        ),
    )


def helpful(answer: CustomerAnswer) -> float | None:
    """The mean of the questions answered, 0..100; None where neither was."""
    given = [answer.items[item] for item in ITEMS if item in answer.items]
    return fmean(given) if given else None


def scores(answers: Sequence[CustomerAnswer]) -> list[float]:
    """The helpfulness of each."""
    return [score for each in answers if (score := helpful(each)) is not None]


def by_team(kept: Allowed[CustomerAnswer]) -> Table:
    """Helpfulness by team, where enough customers answered."""
    rows = tuple(
        (team, (Figure.mean("Helpfulness", scores(kept.of("team", team)), unit="points"),))
        for team in kept.values("team")
    )
    return Table("By team", ("Team", "Perceived helpfulness"), rows)


def in_words(whole: Figure) -> str:
    """The figure in one sentence."""
    if whole.value is None:
        return NOT_ENOUGH
    return f"{whole.n} customers put the helpfulness of our sales conversations at {whole.value:.0f} of 100."
