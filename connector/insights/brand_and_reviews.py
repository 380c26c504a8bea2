"""T6, FU2, MK2, AD2: how the public speaks of our service.

Net sentiment is 100 * (P - N) / (P + N + U) over texts about how people were treated; themes are shares of
reviews with Wilson's interval. Each was judged when it was imported, and its words are gone. Months are told
in runs of as few as hold five texts, so whoever has two reports cannot subtract one from the other and be
left with a single writer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from .material import Material
from .months import Allowed, Months, allowed, month_of, runs
from .numbers import Estimate, balance_of, net_sentiment
from .report import ENOUGH, NOT_ENOUGH, Figure, Report, Series, Table, sentences
from .rows import PublicText

NAME = "brand-and-reviews"
TITLE = "Brand sentiment and reviews"
QUESTION = "How does the public speak of the way we treat people?"
MEASURES = ("T6", "FU2", "MK2", "AD2")
KIND, UNKIND = frozenset(("understood", "listened")), frozenset(("rude", "ignored"))
THEMES = ("understood", "listened", "rude", "ignored")
NOTHING = (
    "No reviews or mentions are here. Import them: import review FILE --into NAME "
    "or import brand-mention FILE --into NAME."
)
POSITIVE, NEGATIVE = 0.2, -0.2


def report(material: Material, period: Months) -> Report:
    """The report over the reviews and mentions of these months."""
    found = material.public_texts(period)
    every = [
        each
        for each in material.public_texts(Months.until(period.last))
        if each.is_about_service and each.sentiment is not None
    ]
    about = Told.of(every, period)
    reviews = Told.of([each for each in every if each.is_review], period)
    net = Figure.of(
        "Net sentiment of texts about our service (-100 to 100)", netted(about.texts.total), unit="points"
    )
    unfit = sum(1 for each in found if not each.is_about_service or each.sentiment is None)
    waiting = len(found) - unfit - len(about.texts.total)
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(net)),
        figures=(
            net,
            Figure.mean(
                "Mean rating of reviews (0 to 100)",
                reviews.texts.told(reviews.texts.total, lambda each: each.rating),
                unit="points",
            ),
            balance(reviews),
        ),
        tables=(by_source(about), by_theme(reviews.texts.total)),
        series=(
            about.by_run(
                "Net sentiment by month",
                lambda those: Figure.of("Net sentiment", netted(those), unit="points"),
            ),
            *(
                reviews.by_run(f'Reviews that say "{theme}", by month', partial(themed, theme))
                for theme in THEMES
            ),
        ),
        cautions=sentences(
            "Those who write reviews are few and unlike the rest, and tools that collect mentions sort "
            "60 to 75 % of them rightly; look at the change rather than at the level.",
            f"{unfit} texts that do not speak of how people were treated are left out." if unfit else None,
            f"{waiting} texts wait for others: months are told together until they hold {ENOUGH} texts."
            if waiting > 0
            else None,
            "A public mood is described here. It cannot be written to contacts or used to address people.",
        ),
        missing=() if found else (NOTHING,),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """The texts of those runs of months that lie in a period as a whole."""

    runs: tuple[Months, ...]
    texts: Allowed[PublicText]

    @classmethod
    def of(cls, texts: Sequence[PublicText], period: Months) -> Told:
        """From all texts there are, oldest first."""
        within = tuple(
            each
            for each in runs((text.at for text in texts), ENOUGH)
            if period.first <= each.first and each.last <= period.last
        )
        start = {month: run.start_at for run in within for month in run.each()}
        kept = allowed(
            [each for each in texts if month_of(each.at) in start],
            period,
            at=lambda each: start[month_of(each.at)],
            person=lambda each: each.id,
            groups=lambda each: (("source", each.source),),
        )
        return cls(within, kept)

    def by_run(self, title: str, figure: Callable[[list[PublicText]], Figure]) -> Series:
        """A figure for each run of months."""
        points = []
        for run in self.runs:
            those = [each for each in self.texts.total if run.holds(each.at)]
            points.append(
                (run.first if run.first == run.last else f"{run.first} to {run.last}", figure(those))
            )
        return Series(title, "Month", tuple(points))


def netted(texts: Iterable[PublicText]) -> Estimate | None:
    """The net sentiment of some texts; None of none."""
    feelings = [each.sentiment for each in texts if each.sentiment is not None]
    good = sum(1 for each in feelings if each >= POSITIVE)
    bad = sum(1 for each in feelings if each <= NEGATIVE)
    return net_sentiment(good, len(feelings) - good - bad, bad) if feelings else None


def balance(reviews: Told) -> Figure:
    """Reviews that tell of being understood or listened to against those of rudeness or being ignored."""
    spoken = reviews.texts.told(reviews.texts.total, lambda each: each.themes & (KIND | UNKIND) or None)
    kind = sum(1 for themes in spoken if themes & KIND)
    unkind = sum(1 for themes in spoken if themes & UNKIND)
    return Figure.plain(
        "Kind against unkind treatment in reviews (-100 to 100)",
        balance_of(kind, unkind),
        len(spoken),
        unit="points",
    )


def by_source(about: Told) -> Table:
    """Where they were written."""
    rows = tuple(
        (source, (Figure.of("Net sentiment", netted(about.texts.of("source", source)), unit="points"),))
        for source in about.texts.values("source")
    )
    return Table("Net sentiment by source", ("Source", "Net sentiment"), rows)


def by_theme(reviews: Sequence[PublicText]) -> Table:
    """What reviews say of how people were treated, good and bad."""
    rows = tuple((theme, (themed(theme, reviews),)) for theme in THEMES)
    return Table("What reviews speak of", ("Theme", "Reviews"), rows)


def themed(theme: str, reviews: Sequence[PublicText]) -> Figure:
    """The share of reviews that speak of a theme."""
    return Figure.share("Reviews", sum(1 for each in reviews if theme in each.themes), len(reviews))


def in_words(net: Figure) -> str:
    """The figure in one sentence."""
    if net.value is None or net.low is None or net.high is None:
        return NOT_ENOUGH
    tone = (
        "more good than bad"
        if net.low > 0
        else "more bad than good"
        if net.high < 0
        else "as much good as bad"
    )
    return f"Of how they were treated, {net.n} public texts say {tone} (net {net.value:+.0f} of 100)."
