"""Late changes are followed only in groups, so that no two states given out differ by few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.privacy.settled import Live, Settled, Version, admitted

LEAST = 3
ROWS = 14
PLACES = ("email", "chat")

Said = tuple[str, str]
"""What a row says, and the place it lies in."""
State = Mapping[str, Said]


def state(text: Sequence[int]) -> State:
    """Each number is one row: 0 is not there, the others are what it says and where."""
    return {f"r{at}": (f"said {number % 3}", PLACES[number % 2]) for at, number in enumerate(text) if number}


STATES = st.lists(
    st.lists(st.integers(0, 4), min_size=ROWS, max_size=ROWS).map(state), min_size=1, max_size=5
)
OWNERS = st.lists(st.integers(0, 8), min_size=ROWS, max_size=ROWS)


def given_out(states: Sequence[State], owners: Sequence[int]) -> list[State]:
    """What is given out while the rows pass through these states."""
    person = {f"r{at}": f"p{owner}" for at, owner in enumerate(owners)}
    first = {id_: Settled(person[id_], (Version(0, *said),)) for id_, said in states[0].items()}
    kept, told = dict(first), [states[0]]
    for batch, now in enumerate(states[1:], start=1):
        live = {id_: Live(person[id_], *said) for id_, said in now.items()}
        for id_ in admitted(kept, live, least=LEAST):
            path = kept[id_].path if id_ in kept else (Version(0, None),)
            version = Version(batch, *now[id_]) if id_ in now else Version(batch, None)
            kept[id_] = Settled(person[id_], (*path, version))
        told.append(
            {
                id_: (row.path[-1].mark, row.path[-1].place)
                for id_, row in kept.items()
                if row.path[-1].mark is not None
            }
        )
    return told


@settings(max_examples=1500, deadline=None)
@given(STATES, OWNERS)
def test_no_two_states_differ_by_fewer_people_than_the_least_in_any_place(
    states: list[State], owners: list[int]
) -> None:
    told = given_out(states, owners)
    for one, other in combinations(told, 2):
        differing = [id_ for id_ in one.keys() | other.keys() if one.get(id_) != other.get(id_)]
        for place in (None, *PLACES):
            people = {
                owners[int(id_[1:])]
                for id_ in differing
                if place is None or place in (one.get(id_, ("", ""))[1], other.get(id_, ("", ""))[1])
            }
            assert not people or len(people) >= LEAST


def rows(*people: str, said: str = "sad", place: str = "email") -> dict[str, Live]:
    return {f"row of {each}": Live(each, said, place) for each in people}


def settled(*people: str) -> dict[str, Settled]:
    return {f"row of {each}": Settled(each, (Version(0, "sad", "email"),)) for each in people}


def test_one_late_change_waits_and_three_are_followed_together() -> None:
    given_before = settled("a", "b", "c", "d")
    assert admitted(given_before, {**rows("a", "b", "c"), **rows("d", said="glad")}, least=3) == frozenset()
    changed = {**rows("a"), **rows("b", "c", "d", said="glad")}
    assert admitted(given_before, changed, least=3) == {"row of b", "row of c", "row of d"}


def test_many_rows_of_one_person_are_one_person() -> None:
    late = {f"late {at}": Live("a", "glad", "email") for at in range(9)}
    assert admitted({}, late, least=3) == frozenset()


def test_rows_that_are_gone_leave_together_and_none_of_them_alone() -> None:
    given_before = settled("a", "b", "c", "d")
    assert admitted(given_before, rows("a", "b", "c"), least=3) == frozenset()
    assert len(admitted(given_before, rows("a"), least=3)) == 3


def test_changes_in_different_places_do_not_hide_each_other() -> None:
    late = {**rows("e", "f"), **rows("g", place="chat")}
    assert admitted(settled("a"), {**rows("a"), **late}, least=3) == frozenset()


def test_of_those_who_came_together_a_few_cannot_go_back_alone() -> None:
    together = (Version(0, None), Version(1, "sad", "email"))
    four = {f"row of {each}": Settled(each, together) for each in "abcd"}
    assert admitted(four, rows("a"), least=3) == frozenset()
    assert len(admitted(four, {}, least=3)) == 4
