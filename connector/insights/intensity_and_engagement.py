"""T5, AD1: how strongly customers feel, and how engaged they are.

Intensity is what the text shows, 1 to 5, the strongest message of a conversation counting. Engagement is a
customer's mean of intensity times sentiment (-5..5), over the last 90 days of a quarter of a year, weighing
half as much every 30 days. Whole quarters: a window that moved with the end of the report would tell, beside
last month's, what few customers felt since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from .material import Material
from .months import Months, allowed, quarter_name
from .numbers import decayed_mean, quartiles
from .report import NOT_ENOUGH, Figure, Report, Series, Table, by_month, sentences
from .rows import Interaction

NAME = "intensity-and-engagement"
TITLE = "Emotional intensity and engagement"
QUESTION = "How strongly do customers feel, and are those feelings good or bad?"
MEASURES = ("T5", "AD1")
REACH = timedelta(days=90)
STRONG = 4


def report(material: Material, period: Months) -> Report:
    """The report over the conversations of these months."""
    talks = tuple(material.interactions(period))
    kept = allowed(
        talks,
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("channel", each.channel),) if each.channel else (),
    )
    felt = kept.told(kept.total, lambda each: each.intensity)
    strongly = Figure.share(
        "Conversations with strong feelings (4 or 5)",
        sum(1 for each in kept.total if (each.intensity or 0) >= STRONG),
        len(kept.total),
    )
    quarterly = by_quarter(talks, period)
    engaged = sorted(each.value for each in quarterly)
    whole = Figure.mean("Mean engagement of customers (-5 to 5)", engaged)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(strongly, whole)),
        figures=(
            Figure.mean("Mean intensity where a feeling showed (1 to 5)", felt),
            strongly,
            Figure.share(
                "Conversations without any sign of feeling",
                sum(1 for each in kept.total if each.intensity is None),
                len(kept.total),
            ),
            whole,
        ),
        tables=(
            Table(
                "Engagement of customers at the end of each quarter",
                ("Customers", "Engagement"),
                tuple(
                    (name, (Figure.plain(name, value, len(engaged)),))
                    for name, value in zip(
                        ("lower quarter ends at", "middle", "upper quarter begins at"),
                        quartiles(engaged) if engaged else (None, None, None),
                        strict=True,
                    )
                ),
            ),
            Table(
                "Strong feelings by channel",
                ("Channel", "Strong feelings"),
                tuple(
                    (
                        channel,
                        (
                            Figure.share(
                                "Strong feelings",
                                sum(1 for each in those if (each.intensity or 0) >= STRONG),
                                len(those),
                            ),
                        ),
                    )
                    for channel in kept.values("channel")
                    for those in (kept.of("channel", channel),)
                ),
            ),
        ),
        series=(
            by_month(
                "Strong feelings by month",
                period,
                kept.total,
                at=lambda each: each.at,
                figure=lambda those: Figure.share(
                    "Strong feelings", sum(1 for each in those if (each.intensity or 0) >= STRONG), len(those)
                ),
            ),
            Series(
                "Mean engagement by quarter",
                "Quarter",
                tuple(
                    (quarter_name(start), Figure.mean("Engagement", sorted(each.value for each in those)))
                    for start, those in groupby(quarterly, key=lambda each: each.quarter_at)
                ),
            ),
        ),
        cautions=sentences(
            "Only written words are read. Voices, faces and physiological signals are refused on purpose: "
            "reading feelings from them is intrusive and unreliable, and at work the European Union "
            "forbids it (AI Act, article 5).",
            kept.note,
        ),
    )


@dataclass(frozen=True, slots=True)
class Engaged:
    """One customer's engagement at the end of one quarter of a year."""

    contact: str = field(repr=False)
    quarter_at: datetime
    """When the quarter began."""
    value: float


def by_quarter(talks: Sequence[Interaction], period: Months) -> tuple[Engaged, ...]:
    """The engagement of each customer at the end of each whole quarter that has enough of them."""
    rows = [
        Engaged(contact, quarter.start_at, value)
        for quarter in period.quarters()
        for contact, value in engagement(talks, until=quarter.end_at).items()
    ]
    kept = allowed(rows, period, at=lambda each: each.quarter_at, person=lambda each: each.contact)
    return kept.total


def engagement(talks: Iterable[Interaction], *, until: datetime) -> dict[str, float]:
    """Each customer's engagement at an instant; a conversation without a feeling counts as 0."""
    by_contact: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for talk in talks:
        if talk.contact is None or talk.sentiment is None or not until - REACH <= talk.at < until:
            continue
        age = (until - talk.at) / timedelta(days=1)
        by_contact[talk.contact].append(((talk.intensity or 0) * talk.sentiment, age))
    found = {contact: decayed_mean(values) for contact, values in sorted(by_contact.items())}
    return {contact: value for contact, value in found.items() if value is not None}


def in_words(strongly: Figure, engaged: Figure) -> str:
    """The two figures in one sentence."""
    if strongly.value is None:
        return NOT_ENOUGH
    said = f"Strong feelings showed in {strongly.value:.0f} % of {strongly.n} conversations"
    if engaged.value is None:
        return f"{said}."
    mood = "good" if engaged.value > 0.1 else "bad" if engaged.value < -0.1 else "mixed"
    return (
        f"{said}; quarter by quarter the feelings of customers were {mood} on balance ({engaged.n} values)."
    )
