"""The curve of how long customers stay is told in steps that are about enough of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.insights.churn_by_empathy import PEOPLE, coarse
from connector.insights.survival import Stay, kaplan_meier

STAYS = st.lists(st.builds(Stay, st.integers(0, 365).map(float), st.booleans()), min_size=5, max_size=60)


@settings(max_examples=300, deadline=None)
@given(STAYS)
def test_no_step_of_a_curve_is_about_one_to_four_departures(stays: list[Stay]) -> None:
    told = [(day, sum(each.has_left and each.days <= day for each in stays)) for day, _ in coarse(stays)]
    if sum(each.has_left for each in stays) < PEOPLE:
        return
    counts = [0, *(gone for _, gone in told), sum(each.has_left for each in stays)]
    steps = [later - before for before, later in pairwise(counts)]
    assert all(step == 0 or step >= PEOPLE for step in steps)


def test_a_coarse_curve_lies_on_the_fine_one() -> None:
    stays = [Stay(float(10 * at), at < 12) for at in range(1, 25)]
    fine = kaplan_meier(stays)
    for day, step in coarse(stays):
        assert step.share == [each.share for each in fine if each.days <= day][-1]
