"""The published vectors, to the printed digits."""

from __future__ import annotations

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")
pytest.importorskip("statsmodels", reason="the extra [insights] is not installed")

from statsmodels.stats.contingency_tables import StratifiedTable

from connector.insights import numbers
from connector.insights.interruption import interrupted_time_series
from connector.insights.survival import (
    Stay,
    fisher_exact,
    four_fifths,
    kaplan_meier,
    log_rank,
    risk_ratio,
)

LOW = [*(Stay(t, True) for t in (1, 2, 3, 4, 6)), *(Stay(6, False) for _ in range(3))]
HIGH = [Stay(3, True), Stay(5, True), *(Stay(6, False) for _ in range(6))]
BEFORE, AFTER = [70, 71, 70, 72, 71, 73], [78, 79, 81, 80, 82, 83]


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 5, 0, 0.4345),
        (4, 5, 0.3755, 0.9638),
        (1, 3, 0.0615, 0.7923),
        (8, 10, 0.4902, 0.9433),
        (45, 50, 0.7864, 0.9565),
        (180, 200, 0.8506, 0.9343),
    ],
)
def test_wilson_intervals(successes: int, n: int, low: float, high: float) -> None:
    found = numbers.share(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_csat_of_eight_good_and_two_bad_is_80_percent() -> None:
    assert numbers.share(8, 10).value == 0.8


def test_a_net_promoter_score_has_its_error() -> None:
    found = numbers.net_promoter_score(50, 30, 20)
    assert found.value == 30
    assert (round(found.low, 1), round(found.high, 1)) == (14.7, 45.3)
    assert round((found.high - found.value) / numbers.Z_95, 2) == 7.81


def test_retention_churn_turnover_and_lifetime_values() -> None:
    kept = numbers.retention(100, 120, 25)
    assert kept == 0.95
    assert round(1 - kept, 2) == 0.05
    assert numbers.retention(0, 5, 5) is None
    assert numbers.lifetime_value(40, 0.2) == 200
    assert numbers.lifetime_value(40, 0) is None
    assert round(numbers.discounted_lifetime_value(40, 0.8, 0.1), 2) == 106.67
    left = numbers.turnover(3, 22, 20)
    assert left is not None
    assert round(100 * left, 2) == 14.29


@pytest.mark.parametrize(
    ("kind", "unkind", "balance"), [(2, 5, -42.86), (3, 0, 100), (4, 4, 0), (0, 0, None)]
)
def test_the_balance_of_kind_and_unkind(kind: int, unkind: int, balance: float | None) -> None:
    found = numbers.balance_of(kind, unkind)
    assert (None if found is None else round(found, 2)) == balance


SURVEY = [[int(digit) for digit in row] for row in ("4544", "3323", "5554", "2232", "4445", "3433")]


def test_cronbachs_alpha_and_the_index_of_a_survey() -> None:
    alpha = numbers.cronbach_alpha(SURVEY)
    assert alpha is not None
    assert round(alpha, 3) == 0.931
    answers = [numbers.item_index(value, 1, 5) for row in SURVEY for value in row]
    assert round(numbers.mean(answers).value, 2) == 64.58


def test_alpha_needs_answers_that_vary() -> None:
    assert numbers.cronbach_alpha([[3, 3], [3, 3]]) is None
    assert numbers.cronbach_alpha([[3, 4]]) is None


def test_the_curves_of_kaplan_and_meier() -> None:
    assert [step.share for step in kaplan_meier(LOW)] == pytest.approx([0.875, 0.75, 0.625, 0.5, 0.375])
    assert [step.share for step in kaplan_meier(HIGH)] == pytest.approx([0.875, 0.75])
    assert kaplan_meier([Stay(6, False)]) == []


def test_who_is_followed_from_later_on_counts_from_then_on() -> None:
    stays = [Stay(1, True), Stay(1, False), Stay(2, True, since=1), *[Stay(2, False, since=1)] * 3]
    assert [(step.share, step.at_risk) for step in kaplan_meier(stays)] == [(0.5, 2), (0.375, 4)]


def test_over_quarters_the_log_rank_test_is_that_of_mantel_and_haenszel() -> None:
    first = [Stay(1, at < 3) for at in range(10)] + [Stay(2, at < 2, since=1) for at in range(9)]
    second = [Stay(1, at < 1) for at in range(10)] + [Stay(2, False, since=1) for _ in range(9)]
    tables = [[[3, 7], [1, 9]], [[2, 7], [0, 9]]]
    assert log_rank(first, second).p == pytest.approx(StratifiedTable(tables).test_null_odds().pvalue)


def test_the_log_rank_test() -> None:
    found = log_rank(LOW, HIGH)
    assert round(found.statistic, 4) == 2.3919
    assert round(found.statistic**0.5, 4) == 1.5466
    assert round(found.p, 3) == 0.122


def test_the_risk_ratio_and_fishers_test() -> None:
    found = risk_ratio((12, 60), (6, 80))
    assert found is not None
    assert [round(each, 3) for each in (found.value, found.low, found.high)] == [2.667, 1.062, 6.699]
    assert round(fisher_exact((12, 60), (6, 80)), 4) == 0.0403
    assert risk_ratio((0, 60), (6, 80)) is None


def test_four_fifths_flags_a_large_difference() -> None:
    found = four_fifths((40, 100), (60, 100))
    assert found is not None
    assert round(found.ratio, 3) == 0.667
    assert round(found.z, 3) == 2.828
    assert round(found.p, 4) == 0.0047
    assert found.is_flagged
    even = four_fifths((50, 100), (52, 100))
    assert even is not None
    assert not even.is_flagged
    assert four_fifths((0, 10), (0, 10)) is None


def test_an_interrupted_time_series_by_both_conventions() -> None:
    from_nought = interrupted_time_series(BEFORE, AFTER)
    assert round(from_nought.start, 4) == 69.4667
    assert round(from_nought.slope.value, 4) == 0.4857
    assert round(from_nought.level.value, 4) == 5.2762
    assert round(from_nought.slope_change.value, 4) == 0.4571
    from_one = interrupted_time_series(BEFORE, AFTER, first_after=1)
    assert round(from_one.level.value, 3) == 4.819
    assert round(from_one.slope_change.value, 4) == 0.4571


def test_a_decayed_mean() -> None:
    decayed = numbers.decayed_mean([(1, 0), (-1, 30)])
    assert decayed is not None
    assert round(decayed, 4) == 0.3333
    assert numbers.decayed_mean([]) is None


def test_the_difference_of_two_shares_contains_it() -> None:
    found = numbers.difference_of_shares((56, 70), (48, 80))
    # Newcombe 1998, table II (a), method 10: 0.20, 0.0524 to 0.3339
    assert round(-found.value, 4) == 0.2
    assert (round(-found.high, 4), round(-found.low, 4)) == (0.0524, 0.3339)


def test_a_rank_correlation_of_a_monotone_relation_is_one_and_needs_variation() -> None:
    found = numbers.rank_correlation([1, 2, 3, 4, 5], [1, 4, 9, 16, 25])
    assert found is not None
    assert found.value == pytest.approx(1)
    assert numbers.rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]) is None
    some = numbers.rank_correlation([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7])
    assert some is not None
    assert some.low < some.value < some.high < 1


def test_the_same_rows_give_the_same_bootstrap_interval() -> None:
    assert numbers.mean([1, 2, 3, 4]) == numbers.mean([1, 2, 3, 4])
    single = numbers.mean([2.0])
    assert (single.low, single.value, single.high) == (2, 2, 2)
