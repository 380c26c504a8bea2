"""Sums over word groups are those of the groups spelled out, for texts of any words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.scoring.word_groups import HALF, GroupWeights, groups, packed

ROWS = {
    "late": (120, -3), "not": (-5, 7), "not late": (900, 0), "not_late": (-2000, 41), "late late": (1, 1),
    "don't": (3, -3), "don't wait": (-8, 8), "not_wait": (17, -17), "0": (2, 2), "wait": (-1, -1),
}  # fmt: skip
WEIGHTS = GroupWeights({group: packed(row) for group, row in ROWS.items()}, 2)


@given(
    st.lists(st.sampled_from(["late", "not", "don't", "wait", "0", "unknown"]), max_size=30), st.booleans()
)
def test_sums_are_those_of_the_groups_spelled_out(words: list[str], with_negated: bool) -> None:
    negations = {"not", "don't"}.intersection(words) if with_negated else set()
    found = groups(words, negations)
    sums, count = WEIGHTS.sums(words, negations)
    assert count == len(found)
    for place in (0, 1):
        assert sums[place] - HALF == sum(ROWS[group][place] for group in found if group in ROWS)


@pytest.mark.parametrize("row", [(0, 0), (-1, 1), (1 << 30, -(1 << 30))])
def test_a_row_comes_back_as_it_was_packed(row: tuple[int, int]) -> None:
    sums, _ = GroupWeights({"one": packed(row)}, 2).sums(["one"])
    assert tuple(value - HALF for value in sums) == row
