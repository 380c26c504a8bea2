"""No sequence of allowed questions tells of a group under the threshold (L-05)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from connector.errors import Misconfigured, Unsupported
from connector.privacy.anonymity import (
    AGENTS,
    SURVEY_ANSWERS,
    TEXT_THEMES,
    Cell,
    Grid,
    Release,
    Row,
    Threshold,
    plan,
    release,
)

MARCH = datetime(2026, 3, 10, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
CHANNELS = ("chat", "mail", "phone")
QUEUES = ("billing", "returns")


def rows_of(people: int, each: int, *, at: datetime = MARCH, first: int = 0, **segments: str) -> list[Row]:
    pairs = frozenset(segments.items())
    return [
        Row(f"agent-{first + person}", at, float((person * 7 + n) % 100), pairs)
        for person in range(people)
        for n in range(each)
    ]


def shown(rows: Sequence[Row], *segments: str, **options: object) -> set[tuple[str, str]]:
    done = release(rows, through=APRIL, segments=segments, **options)  # type: ignore[arg-type]
    return {(cell.segment, cell.value) for cell in done.figures}


def test_l05_eight_people_with_thirty_conversations_are_shown() -> None:
    done = release(rows_of(8, 4), through=APRIL)
    figure = done.ask("2026-03")
    assert figure is not None
    assert figure.rows == 32
    assert figure.mean == pytest.approx(sum(row.score for row in rows_of(8, 4)) / 32)


@pytest.mark.parametrize(
    "rows",
    [
        rows_of(7, 40),  # seven people
        rows_of(8, 3),  # 24 conversations
        [*rows_of(7, 6), *rows_of(1, 29, first=7)],  # one of eight has 29 of 71
    ],
)
def test_l05_too_few_people_or_conversations_or_one_too_busy_are_withheld(rows: list[Row]) -> None:
    done = release(rows, through=APRIL)
    assert done.ask("2026-03") is None
    assert done.withheld == {Cell("2026-03")}


def test_l05_exactly_forty_percent_and_thirty_rows_are_enough() -> None:
    assert shown([*rows_of(9, 2), *rows_of(1, 12, first=9)]) == {("", "")}
    assert shown([*rows_of(9, 2), *rows_of(1, 13, first=9)]) == set()
    assert shown([*rows_of(6, 4), *rows_of(2, 3, first=6)]) == {("", "")}
    assert shown([*rows_of(5, 4), *rows_of(3, 3, first=5)]) == set()


def test_l05_the_rest_of_a_total_is_not_told_by_the_parts_beside_it() -> None:
    rows = [*rows_of(9, 5, channel="mail"), *rows_of(2, 5, channel="chat")]
    # mail alone is large enough, but the total less mail would be the two in chat
    assert shown(rows, "channel") == {("", "")}
    assert shown([*rows, *rows_of(8, 5, channel="phone")], "channel") == {("", ""), ("channel", "mail")}


def test_l05_overlapping_segments_do_not_tell_of_their_difference() -> None:
    apart = [
        *rows_of(8, 5, channel="mail", queue="billing"),
        *rows_of(8, 5, channel="chat", queue="returns"),
    ]
    assert len(shown(apart, "channel", "queue")) == 5
    # three people answer mail about returns: mail less billing would tell of them
    mixed = [*apart, *rows_of(3, 5, channel="mail", queue="returns")]
    assert shown(mixed, "channel", "queue") == {("", ""), ("channel", "chat"), ("channel", "mail")}


def test_l05_a_crossing_of_two_segments_cannot_be_asked_for() -> None:
    rows = rows_of(9, 5, channel="mail", queue="billing")
    done = release(rows, through=APRIL, segments=("channel", "queue"))
    with pytest.raises(Unsupported, match="one segment at a time"):
        done.ask("2026-03", {"channel": "mail", "queue": "billing"})


@pytest.mark.parametrize(
    "period", ["2026-03-01", "2026-Q1", "2026", "2026-04", "2026-02", "", "2026-03..2026-04"]
)
def test_l05_only_whole_finished_periods_of_the_grid_can_be_asked_for(period: str) -> None:
    rows = [*rows_of(9, 5), *rows_of(9, 5, at=APRIL)]
    with pytest.raises(Unsupported, match="whole, finished periods"):
        release(rows, through=APRIL).ask(period)


def test_l05_a_segment_that_was_not_declared_cannot_be_asked_for() -> None:
    done = release(rows_of(9, 5, channel="mail", queue="q"), through=APRIL, segments=("queue",))
    with pytest.raises(Unsupported, match="by: queue"):
        done.ask("2026-03", {"channel": "mail"})
    assert done.ask("2026-03", {"queue": "another"}) is None
    assert done.ask("2026-03", {"queue": "q"}) == done.ask("2026-03")


def test_l05_a_late_row_changes_nothing_that_was_given_out() -> None:
    first = release(rows_of(9, 5), through=APRIL)
    later = [*rows_of(9, 5), Row("agent-3", MARCH, 99.0), *rows_of(9, 5, at=APRIL)]
    second = release(later, through=datetime(2026, 5, 1, tzinfo=UTC), earlier=first)
    assert second.ask("2026-03") == first.ask("2026-03")
    assert second.ask("2026-04") is not None
    assert second.periods == ("2026-03", "2026-04")


def test_l05_a_period_that_comes_to_light_late_is_not_given_out() -> None:
    first = release(rows_of(9, 5, at=MARCH), through=APRIL)
    february = rows_of(9, 5, at=datetime(2026, 2, 1, tzinfo=UTC))
    assert release(february, through=APRIL, earlier=first).periods == ("2026-03",)


def test_l05_grid_and_segments_are_chosen_once() -> None:
    first = release(rows_of(9, 5), through=APRIL)
    for options in ({"grid": Grid.QUARTER}, {"segments": ("channel",)}):
        with pytest.raises(Misconfigured, match="chosen once"):
            release([], through=APRIL, earlier=first, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("segments", [("month",), ("queue", "Queue"), ("gender",)])
def test_l05_segments_are_allowed_ones_each_once(segments: tuple[str, ...]) -> None:
    with pytest.raises(Misconfigured):
        release([], through=APRIL, segments=segments)


def test_l05_thresholds_have_floors() -> None:
    assert (AGENTS.people, AGENTS.rows, AGENTS.largest_share) == (8, 30, 0.4)
    assert SURVEY_ANSWERS.people == 5
    assert TEXT_THEMES.people == 10
    assert Threshold(people=5).people == 5
    for wrong in (
        {"people": 4},
        {"rows": 7},
        {"largest_share": 0.41},
        {"largest_share": 0.0},
        {"people": 9, "floor": 10},
    ):
        with pytest.raises(Misconfigured):
            Threshold(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grid", "day", "period"),
    [
        (Grid.MONTH, (2026, 12), "2026-12"),
        (Grid.QUARTER, (2026, 1), "2026-Q1"),
        (Grid.QUARTER, (2026, 3), "2026-Q1"),
        (Grid.QUARTER, (2026, 4), "2026-Q2"),
        (Grid.QUARTER, (2026, 12), "2026-Q4"),
        (Grid.YEAR, (2026, 6), "2026"),
    ],
)
def test_a_time_lies_in_one_period(grid: Grid, day: tuple[int, int], period: str) -> None:
    assert grid.period_of(datetime(*day, 1, tzinfo=UTC)) == period


def test_a_row_shows_neither_the_person_nor_the_score() -> None:
    assert "agent-77" not in repr(Row("agent-77", MARCH, 41.5))
    assert "41.5" not in repr(Row("agent-77", MARCH, 41.5))


def test_the_plan_does_not_depend_on_the_scores_or_the_order_of_rows() -> None:
    rows = [*rows_of(9, 5, channel="mail"), *rows_of(8, 4, channel="chat"), *rows_of(2, 3, channel="phone")]
    other = [Row(row.person, row.at, 0.0, row.segments) for row in reversed(rows)]
    assert shown(rows, "channel") == shown(other, "channel") != set()


def test_a_row_with_two_tags_counts_under_both() -> None:
    both = frozenset({("tag", "refund"), ("tag", "delay")})
    rows = [Row(row.person, row.at, row.score, both) for row in rows_of(9, 5)]
    done = release(rows, through=APRIL, segments=("tag",))
    assert (
        done.ask("2026-03", {"tag": "refund"}) == done.ask("2026-03", {"tag": "delay"}) == done.ask("2026-03")
    )


def test_a_cell_without_rows_is_not_given_out() -> None:
    assert plan({Cell("2026-03"): []}, [], AGENTS) == frozenset()


# The property: exact linear algebra over everything that all allowed questions answer.

SMALL = Threshold(people=5, rows=6)


def rank(matrix: Sequence[Sequence[int]]) -> int:
    """The rank over the rationals."""
    rows = [[Fraction(value) for value in row] for row in matrix]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((at for at in range(found, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for at in range(found + 1, len(rows)):
            if factor := rows[at][column] / rows[found][column]:
                rows[at] = [a - factor * b for a, b in zip(rows[at], rows[found], strict=True)]
        found += 1
    return found


Month = list[tuple[int, int, int, int]]


@st.composite
def months(draw: st.DrawFn) -> Month:
    """(person, channel, queue, how many) of a small team's month; most of it large enough to show."""
    people = draw(st.integers(4, 9))
    base = draw(
        st.lists(
            st.tuples(st.sampled_from(range(3)), st.sampled_from(range(2))),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    dense = [(person, *place, draw(st.integers(1, 3))) for place in base for person in range(people)]
    odd = st.tuples(st.integers(0, people - 1), st.integers(0, 2), st.integers(0, 1), st.integers(1, 4))
    return dense + draw(st.lists(odd, max_size=8))


def as_rows(month: Month, at: datetime) -> list[Row]:
    return [
        Row(f"p{person}", at, 50.0, frozenset({("channel", CHANNELS[channel]), ("queue", QUEUES[queue])}))
        for person, channel, queue, count in month
        for _ in range(count)
    ]


def weights(done: Release, rows: Sequence[Row]) -> list[list[int]]:
    """One line for each figure given out: which of the rows it sums, alike ones taken together."""
    kinds = sorted({(row.person, row.at, tuple(sorted(row.segments))) for row in rows})
    return [
        [
            int(
                done.grid.period_of(at) == cell.period
                and (not cell.segment or (cell.segment, cell.value) in pairs)
            )
            for _, at, pairs in kinds
        ]
        for cell in done.figures
    ]


def assert_nobody_is_derivable(done: Release, rows: Sequence[Row], threshold: Threshold) -> None:
    kinds = sorted({(row.person, row.at, tuple(sorted(row.segments))) for row in rows})
    matrix = weights(done, rows)
    everyone = sorted({row.person for row in rows})
    size = min(threshold.people - 1, len(everyone))
    whole = rank(matrix)
    for group in combinations(everyone, size):
        others = [at for at, kind in enumerate(kinds) if kind[0] not in group]
        # Were some combination of the answers about this group alone, it would vanish on all the others.
        assert rank([[line[at] for at in others] for line in matrix]) == whole
    for person in everyone:
        own = [int(kind[0] == person) for kind in kinds]
        if matrix:
            assert rank([*matrix, own]) == whole + 1, "the person's own sum is a combination of the answers"


@settings(max_examples=60, deadline=None)
@given(months())
def test_l05_no_combination_of_answers_tells_of_fewer_people_than_allowed(month: Month) -> None:
    rows = as_rows(month, MARCH)
    assume(rows)
    done = release(rows, through=APRIL, segments=("channel", "queue"), threshold=SMALL)
    event(f"figures given out: {min(len(done.figures), 4)}")
    assert_nobody_is_derivable(done, rows, SMALL)


@settings(max_examples=25, deadline=None)
@given(months(), months(), months())
def test_l05_nor_does_asking_again_when_rows_came_late(first: Month, late: Month, second: Month) -> None:
    early = as_rows(first, MARCH)
    done = release(early, through=APRIL, segments=("channel",), threshold=SMALL)
    belated = as_rows(late[:3], MARCH + timedelta(days=1))
    next_month = as_rows(second, APRIL)
    rows = [*early, *belated, *next_month]
    again = release(
        rows, through=datetime(2026, 5, 1, tzinfo=UTC), segments=("channel",), threshold=SMALL, earlier=done
    )
    assert {
        cell: figure for cell, figure in again.figures.items() if cell.period == "2026-03"
    } == done.figures
    # what stands on the early rows stands on them alone, so both answers together are these:
    assert_nobody_is_derivable(again, [*early, *next_month], SMALL) if early or next_month else None


@settings(max_examples=60, deadline=None)
@given(months())
def test_l05_every_difference_of_two_answers_stands_on_enough_of_everything(month: Month) -> None:
    rows = as_rows(month, MARCH)
    done = release(rows, through=APRIL, segments=("channel", "queue"), threshold=SMALL)
    held: dict[Cell, set[int]] = defaultdict(set)
    for at, row in enumerate(rows):
        for cell in done.figures:
            if not cell.segment or (cell.segment, cell.value) in row.segments:
                held[cell].add(at)
    for one in held.values():
        for other in held.values():
            left = one - other
            if left:
                counts: dict[str, int] = defaultdict(int)
                for at in left:
                    counts[rows[at].person] += 1
                assert len(counts) >= SMALL.people
                assert len(left) >= SMALL.rows
                assert max(counts.values()) <= SMALL.largest_share * len(left)
