"""U1, U4, U5, EA4, EA5: what changed when machines began to answer.

Satisfaction of conversations handled by machines, by people, or by both, raw and adjusted (`strata`).
Before and after the day machines began: an interrupted time series over weeks, by its rules of honesty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from .interruption import POINTS_EACH_SIDE, end_of_week, interrupted_time_series, week_of
from .material import Choices, Material
from .months import Allowed, Months, allowed
from .numbers import difference_of_shares, quartiles
from .report import NOT_ENOUGH, Figure, Report, Series, Table, sentences
from .rows import Handler, Interaction
from .strata import Standardised, is_complex, satisfied, standardised

NAME = "automation-impact"
TITLE = "What automation changed"
QUESTION = "Are customers as satisfied when machines answer?"
MEASURES = ("U1", "U4", "U5", "EA4", "EA5")
STRONG = 4
WORDS = {
    Handler.BOT: "machine alone",
    Handler.ASSISTED: "machine, then people",
    Handler.HUMAN: "people alone",
    Handler.UNKNOWN: "a kind that is not known",
}


def report(material: Material, period: Months) -> Report:
    """The report over the conversations of these months."""
    talks = tuple(material.interactions(period))
    kept = _allowed(talks, period, lambda each: ("handler", str(each.handler)))
    # Answers are fewer than conversations: whom they could single out is judged by themselves.
    answers = tuple(each for each in talks if each.satisfaction is not None)
    answered = _allowed(answers, period, lambda each: ("handler", str(each.handler)))
    weekly = _allowed(answers, period, lambda each: ("week", week_of(each.at).isoformat()))
    by_handler = {handler: kept.of("handler", handler) for handler in Handler}
    if not by_handler[Handler.UNKNOWN]:
        del by_handler[Handler.UNKNOWN]
    rated = {handler: answered.of("handler", handler) for handler in by_handler}
    machine = (*rated[Handler.BOT], *rated[Handler.ASSISTED])
    raw, adjusted = compared(machine, rated[Handler.HUMAN], standardised(answers, period))
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(raw, adjusted)),
        figures=(raw, adjusted, *before_and_after(weekly, material.choices)),
        tables=(handlers(by_handler, rated, len(kept.total)), durations(kept, by_handler)),
        series=weekly_series(weekly),
        cautions=sentences(
            "Machines get the easy questions. The adjusted figure compares like with like as far as topic "
            "and complexity go; what else differs is unknown.",
            "Those who answer a survey are few; compare the response rates of the arms first.",
            *(f"{day.isoformat()}: {what}" for day, what in material.choices.other_changes),
            kept.note,
        ),
        missing=missing(kept, material.choices),
    )


def _allowed(
    talks: Iterable[Interaction], period: Months, group: Callable[[Interaction], tuple[str, str]]
) -> Allowed[Interaction]:
    return allowed(
        talks,
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (group(each),),
    )


def compared(
    machine: Sequence[Interaction], people: Sequence[Interaction], alike: Standardised | None
) -> tuple[Figure, Figure]:
    """Satisfaction with machines less satisfaction with people, in points: raw, and adjusted by strata."""
    label = "Satisfaction with a machine involved less that with people alone"
    counts = satisfied(people), satisfied(machine)
    n = counts[0][1] + counts[1][1]
    if min(answered for _, answered in counts) < 5:
        why = f"{NOT_ENOUGH} Five answers of each kind are needed."
        return Figure.missing(f"{label} (raw)", n, why), Figure.missing(f"{label} (adjusted)", n, why)
    raw = Figure.of(f"{label} (raw)", difference_of_shares(*counts), unit="points", factor=100)
    if alike is None:
        why = f"{NOT_ENOUGH} In no whole quarter did five customers of either kind write of like things."
        return raw, Figure.missing(f"{label} (adjusted)", 0, why, unit="points")
    note = f"over {alike.answers} of {n} answers: strata of whole quarters with five customers of each kind"
    return raw, Figure.plain(f"{label} (adjusted)", alike.points, alike.answers, unit="points", note=note)


def handlers(
    by_handler: Mapping[Handler, Sequence[Interaction]],
    rated: Mapping[Handler, Sequence[Interaction]],
    total: int,
) -> Table:
    """Who handled how many, how many of their customers answered, and how satisfied those were.

    `rated` holds the answers that may be used: those of months in which enough people answered.
    """
    rows = []
    for handler, talks in by_handler.items():
        _, answered = satisfied(talks)
        rows.append(
            (
                WORDS[handler],
                (
                    Figure.share("Conversations", len(talks), total),
                    Figure.share("Answered the survey", answered, len(talks)),
                    Figure.share("Satisfied", *satisfied(rated[handler])),
                ),
            )
        )
    columns = ("Handled by", "Conversations", "Answered the survey", "Satisfied")
    return Table(
        "Who handles conversations; a hand-over counts once, as machine, then people", columns, tuple(rows)
    )


def durations(kept: Allowed[Interaction], by_handler: Mapping[Handler, Sequence[Interaction]]) -> Table:
    """How long the hard ones take: medians, for a few last very long."""
    hard = [each for each in by_handler[Handler.HUMAN] if is_complex(each)]
    rows = [("Complex, people alone", spans(kept, hard))]
    for handler, talks in by_handler.items():
        strong = [each for each in talks if (each.intensity or 0) >= STRONG]
        rows.append((f"Strong feelings, {WORDS[handler]}", spans(kept, strong)))
    columns = ("Conversations", "Lower quarter", "Median", "Upper quarter")
    return Table("Minutes to the resolution", columns, tuple(rows))


def spans(kept: Allowed[Interaction], talks: Iterable[Interaction]) -> tuple[Figure, ...]:
    """The quartiles of the minutes to the resolution."""
    minutes = kept.told(talks, lambda each: each.resolution_minutes)
    values = quartiles(minutes) if minutes else (None, None, None)
    names = ("Lower quarter", "Median", "Upper quarter")
    return tuple(
        Figure.plain(name, value, len(minutes), unit="minutes")
        for name, value in zip(names, values, strict=True)
    )


def before_and_after(weekly: Allowed[Interaction], choices: Choices) -> tuple[Figure, ...]:
    """Satisfaction before and since machines answer: a trend where there are weeks enough, else two means.

    The week in which they began is on neither side.
    """
    if choices.automated_from is None:
        return ()
    counted, start = weeks(weekly), choices.automated_from
    before = [pair for first, pair in counted.items() if end_of_week(first) < start]
    since = [pair for first, pair in counted.items() if first >= start]
    means = tuple(
        Figure.share(f"Satisfied {word} {start.isoformat()}", *together(side))
        for word, side in (("before", before), ("since", since))
    )
    if min(len(before), len(since)) < POINTS_EACH_SIDE:
        return means
    found = interrupted_time_series(*([100 * good / n for good, n in side] for side in (before, since)))
    note = "the first week after the change counts 0; such intervals tend to be too narrow"
    return (
        *means,
        Figure.of("Jump in satisfaction at the change", found.level, unit="points", note=note),
        Figure.of("Change of the weekly trend", found.slope_change, unit="points", note=note),
    )


def together(counts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """(satisfied, answered) of some weeks."""
    return sum(good for good, _ in counts), sum(answered for _, answered in counts)


def weeks(weekly: Allowed[Interaction]) -> dict[date, tuple[int, int]]:
    """(satisfied, answered) of each week in which enough people answered, by its first day."""
    return {date.fromisoformat(week): satisfied(weekly.of("week", week)) for week in weekly.values("week")}


def weekly_series(weekly: Allowed[Interaction]) -> tuple[Series, ...]:
    """Satisfaction by week."""
    points = tuple((str(first), Figure.share("Satisfied", *pair)) for first, pair in weeks(weekly).items())
    return (Series("Satisfaction by week of the month", "Week from", points),) if points else ()


def missing(kept: Allowed[Interaction], choices: Choices) -> tuple[str, ...]:
    """What is not known, and how it gets here."""
    return sentences(
        "No satisfaction answers are here. Zendesk and HubSpot give them where surveys are on; "
        "or import them: import customer-survey FILE --into NAME."
        if not satisfied(kept.total)[1]
        else None,
        "Nobody has said when machines began to answer, so there is no before and after."
        if choices.automated_from is None
        else None,
    )


def in_words(raw: Figure, adjusted: Figure) -> str:
    """Raw and adjusted in one sentence."""
    if raw.value is None or raw.low is None or raw.high is None:
        return NOT_ENOUGH
    if raw.low <= 0 <= raw.high:
        said = "Satisfaction with a machine involved does not clearly differ from that with people alone"
    else:
        said = f"With a machine involved customers are {_points(raw.value)} satisfied than with people alone"
    if adjusted.value is None:
        return f"{said}; no like conversations could be compared."
    is_turned = adjusted.value * raw.value < 0
    turned = ", the other way round: believe the adjusted figure" if is_turned else ""
    return f"{said}; among like conversations they are {_points(adjusted.value)}{turned}."


def _points(difference: float) -> str:
    return f"{abs(difference):.1f} points {'more' if difference > 0 else 'less'}"
