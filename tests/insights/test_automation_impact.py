"""What changed when machines began to answer: no two reports show the answers of a few customers."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.insights import automation_impact
from connector.insights.interruption import WEEKS_BEGIN_ON, end_of_week, week_of
from connector.insights.material import Choices
from connector.insights.months import Months
from connector.insights.report import Report
from connector.insights.rows import Handler, Interaction

from .material import Handmade

START = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS = st.integers(0, 10**9)
DAYS = st.integers(0, 89).map(lambda day: (START + timedelta(days=day)).date())


def talks_of(seed: int) -> list[Interaction]:
    """Conversations of a dozen customers within three months, of which few answer the survey."""
    rng = random.Random(seed)  # noqa: S311 - reproducible
    return [
        Interaction(
            str(number),
            START + timedelta(days=rng.randrange(90)),
            contact=rng.choice("abcdefghijkl"),
            handler=rng.choice([Handler.BOT, Handler.HUMAN]),
            satisfaction=rng.choice([None, None, None, None, 0.0, 1.0]),
        )
        for number in range(rng.randrange(40, 200))
    ]


def report(talks: list[Interaction], last: str, automated_from: date | None = None) -> Report:
    material = Handmade(choices=Choices(automated_from=automated_from), interaction_rows=talks)
    return automation_impact.report(material, Months("2026-01", last))


def satisfied(found: Report) -> dict[str, int]:
    """How many answers stand behind each share of satisfied customers."""
    counts = {name: figures[2].n for table in found.tables[:1] for name, figures in table.rows}
    return counts | {
        each.label.split(" 2026")[0]: each.n for each in found.figures if "Satisfied" in each.label
    }


@given(st.integers(0, 800))
def test_no_week_lies_in_two_months(day: int) -> None:
    at = START + timedelta(days=day)
    first = week_of(at)
    last = end_of_week(first)
    assert first <= at.date() <= last
    assert (first.year, first.month) == (last.year, last.month)
    assert first.day in WEEKS_BEGIN_ON
    assert week_of(datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)) != first


@settings(max_examples=60)
@given(SEEDS)
def test_a_month_more_never_adds_the_answers_of_fewer_than_five(seed: int) -> None:
    talks = talks_of(seed)
    few, many = (satisfied(report(talks, last)) for last in ("2026-02", "2026-03"))
    for name, count in few.items():
        assert many[name] - count == 0 or many[name] - count >= 5, name


@settings(max_examples=60)
@given(SEEDS, DAYS, DAYS)
def test_another_day_on_which_machines_began_never_moves_the_answers_of_fewer_than_five(
    seed: int, one: date, other: date
) -> None:
    first, second = (satisfied(report(talks_of(seed), "2026-03", day)) for day in (one, other))
    for side in ("Satisfied before", "Satisfied since"):
        moved = abs(first[side] - second[side])
        assert moved == 0 or moved >= 5


@settings(max_examples=60)
@given(SEEDS)
def test_the_weeks_of_a_month_are_the_same_in_every_report(seed: int) -> None:
    few, many = (report(talks_of(seed), last).series for last in ("2026-02", "2026-03"))
    shown = dict(many[0].points) if many else {}
    for week, figure in few[0].points if few else ():
        assert shown[week] == figure
