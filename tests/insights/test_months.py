"""Only whole months with enough people are told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import Misconfigured
from connector.insights.months import Months, allowed

NOW = datetime(2026, 5, 20, tzinfo=UTC)


def test_without_an_answer_the_last_twelve_finished_months_are_meant() -> None:
    assert Months.parse(None, None, now=NOW) == Months("2025-05", "2026-04")
    assert Months.parse("2026-02-17", "2026-03", now=NOW) == Months("2026-02", "2026-03")


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("spring", None, "--from spring is not a month"),
        (None, "2026-13", "--to 2026-13 is not a month"),
        (None, "2026-05", "the last one is 2026-04"),
        ("2026-04", "2026-01", "exchange the two"),
    ],
)
def test_a_wrong_period_is_named(first: str | None, last: str | None, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        Months.parse(first, last, now=NOW)


def test_months_know_their_edges() -> None:
    months = Months("2025-12", "2026-02")
    assert months.each() == ("2025-12", "2026-01", "2026-02")
    assert months.holds(months.start_at)
    assert months.holds(months.end_at - timedelta(microseconds=1))
    assert not months.holds(months.end_at)


Visit = tuple[datetime, str, str]
VISITS = st.lists(
    st.tuples(
        st.integers(0, 89).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)),
        st.sampled_from("abcdefghij"),
        st.sampled_from(["north", "south", "west"]),
    ),
    max_size=80,
)


def people_behind(visits: list[Visit], first: str, last: str, group: str | None) -> list[int]:
    """The positions of the rows behind one answer."""
    kept = allowed(
        list(enumerate(visits)),
        Months(first, last),
        at=lambda row: row[1][0],
        person=lambda row: row[1][1],
        groups=lambda row: (("place", row[1][2]),),
    )
    rows = kept.total if group is None else kept.of("place", group)
    return [position for position, _ in rows]


@settings(max_examples=150, deadline=None)
@given(VISITS)
def test_no_difference_of_two_answers_is_about_fewer_than_five_people(visits: list[Visit]) -> None:
    spans = [("2026-01", "2026-01"), ("2026-01", "2026-02"), ("2026-01", "2026-03"), ("2026-02", "2026-03")]
    answers = [
        frozenset(people_behind(visits, *span, group))
        for span in spans
        for group in (None, "north", "south", "west")
    ]
    for one in answers:
        for other in answers:
            people = {visits[at][1] for at in one - other}
            assert not people or len(people) >= 5


def test_rows_left_out_are_counted() -> None:
    visits = [(datetime(2026, 1, day + 1, tzinfo=UTC), str(day)) for day in range(4)]
    kept = allowed(visits, Months("2026-01", "2026-01"), at=lambda row: row[0], person=lambda row: row[1])
    assert kept.total == ()
    assert kept.note == "4 rows lie in months with too few people and are left out."


def test_a_group_is_never_larger_than_the_total_it_is_a_part_of() -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    north = [(at, person, "north") for person in "aaabcdefg"]  # nobody has more than two fifths of it
    south = [(at, person, "south") for person in "aaab"]  # with it, one has
    kept = allowed(
        [*north, *south],
        Months("2026-01", "2026-01"),
        at=lambda row: row[0],
        person=lambda row: row[1],
        groups=lambda row: (("side", row[2]),),
    )
    assert len(kept.of("side", "north")) <= len(kept.total)
    assert kept.withheld == len(north) + len(south)
