"""T6, FU2, MK2, AD2: how the public speaks of our service.

Net sentiment is 100 * (P - N) / (P + N + U) over texts about how people were treated; themes are shares of
reviews with Wilson's interval. Each was judged when it was imported, and its words are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from .material import Material
from .months import Months
from .numbers import Estimate, balance_of, net_sentiment
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
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
    about = [each for each in found if each.is_about_service and each.sentiment is not None]
    reviews = [each for each in about if each.is_review]
    net = Figure.of("Net sentiment of texts about our service (-100 to 100)", netted(about), unit="points")
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
                [each.rating for each in reviews if each.rating is not None],
                unit="points",
            ),
            balance(reviews),
        ),
        tables=(by_source(about), by_theme(reviews)),
        series=(
            by_month(
                "Net sentiment by month",
                period,
                about,
                at=lambda each: each.at,
                figure=lambda those: Figure.of("Net sentiment", netted(those), unit="points"),
            ),
            *(
                by_month(
                    f'Reviews that say "{theme}", by month',
                    period,
                    reviews,
                    at=lambda each: each.at,
                    figure=partial(themed, theme),
                )
                for theme in THEMES
            ),
        ),
        cautions=sentences(
            "Those who write reviews are few and unlike the rest, and tools that collect mentions sort "
            "60 to 75 % of them rightly; look at the change rather than at the level.",
            f"{len(found) - len(about)} texts that do not speak of how people were treated are left out."
            if len(found) > len(about)
            else None,
            "A public mood is described here. It cannot be written to contacts or used to address people.",
        ),
        missing=() if found else (NOTHING,),
    )


def netted(texts: Iterable[PublicText]) -> Estimate | None:
    """The net sentiment of some texts; None of none."""
    feelings = [each.sentiment for each in texts if each.sentiment is not None]
    good = sum(1 for each in feelings if each >= POSITIVE)
    bad = sum(1 for each in feelings if each <= NEGATIVE)
    return net_sentiment(good, len(feelings) - good - bad, bad) if feelings else None


def balance(reviews: Sequence[PublicText]) -> Figure:
    """Reviews that tell of being understood or listened to against those of rudeness or being ignored."""
    kind = sum(1 for each in reviews if each.themes & KIND)
    unkind = sum(1 for each in reviews if each.themes & UNKIND)
    return Figure.plain(
        "Kind against unkind treatment in reviews (-100 to 100)",
        balance_of(kind, unkind),
        kind + unkind,
        unit="points",
    )


def by_source(texts: Sequence[PublicText]) -> Table:
    """Where they were written."""
    sources = sorted({each.source for each in texts})
    rows = tuple(
        (
            source,
            (
                Figure.of(
                    "Net sentiment", netted(each for each in texts if each.source == source), unit="points"
                ),
            ),
        )
        for source in sources
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
