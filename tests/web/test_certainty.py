"""The intervals of the first page, against the library that the reports use."""

from __future__ import annotations

import math

import pytest

from connector.web.certainty import of_change_of_mean, of_change_of_share, of_mean, of_share, student


@pytest.mark.parametrize("freedom", [4, 5, 9, 30, 1000])
def test_students_point_is_close_to_the_true_one(freedom: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.01)


@pytest.mark.parametrize(("count", "n"), [(0, 5), (1, 5), (12, 32), (5, 5), (300, 1000)])
def test_a_shares_interval_is_wilsons(count: int, n: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    low, high = proportion.proportion_confint(count, n, method="wilson")
    ours = of_share(count, n)
    assert (ours.low, ours.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


@pytest.mark.parametrize(("now", "before"), [((12, 32), (9, 30)), ((0, 9), (9, 9)), ((60, 100), (30, 100))])
def test_the_interval_of_a_change_of_share_is_newcombes(
    now: tuple[int, int], before: tuple[int, int]
) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    low, high = proportion.confint_proportions_2indep(*now, *before, method="newcomb", compare="diff")
    ours = of_change_of_share(now, before)
    assert (ours.low, ours.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_a_mean_of_few_is_less_sure_than_one_of_many() -> None:
    few, many = of_mean(0.1, 0.5, 5), of_mean(0.1, 0.5, 500)
    assert few.low < many.low < 0.1 < many.high < few.high
    assert (few.high - 0.1) / (0.5 / math.sqrt(5)) == pytest.approx(2.776, abs=0.01)


def test_a_change_of_means_is_clear_when_the_spread_is_small() -> None:
    assert of_change_of_mean((0.3, 0.1, 9), (0.0, 0.1, 9)).is_without_zero
    assert not of_change_of_mean((0.3, 0.6, 9), (0.0, 0.6, 9)).is_without_zero
