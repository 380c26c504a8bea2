"""The formulas of the reports, each over scipy or statsmodels where they have it.

Both libraries are imported where they are used: they come with the extra `[insights]`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SEED = 20240501
"""Of every bootstrap: the same rows give the same interval."""
Z_95 = 1.959963984540054
MANY = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval and the number of rows it stands on."""

    value: float
    low: float
    high: float
    n: int


def share(successes: int, n: int) -> Estimate:
    """A proportion (0..1) with Wilson's interval (Wilson 1927). Raises ValueError for n < 1."""
    from statsmodels.stats.proportion import proportion_confint

    if n < 1:
        raise ValueError("A share of nothing cannot be given.")
    low, high = proportion_confint(successes, n, method="wilson")
    return Estimate(successes / n, max(0.0, float(low)), min(1.0, float(high)), n)


def difference_of_shares(first: tuple[int, int], second: tuple[int, int]) -> Estimate:
    """The second proportion less the first, with Newcombe's interval (Newcombe 1998, method 10)."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    (a, n), (b, m) = first, second
    low, high = confint_proportions_2indep(b, m, a, n, method="newcomb", compare="diff")
    return Estimate(b / m - a / n, float(low), float(high), n + m)


def mean(values: Sequence[float]) -> Estimate:
    """An average with a bootstrap interval (percentiles of 2,000 draws; Efron 1979).

    The interval is the value itself for a single row. Of more than `MANY` rows it is the normal one, which
    the bootstrap then comes to as well, at a thousand times the work. Raises ValueError for none.
    """
    import numpy as np

    if not values:
        raise ValueError("An average of nothing cannot be given.")
    held = np.asarray(values, dtype=float)
    if len(held) > MANY:
        middle, reach = float(held.mean()), Z_95 * float(held.std(ddof=1)) / math.sqrt(len(held))
        return Estimate(middle, middle - reach, middle + reach, len(held))
    draws = np.random.default_rng(SEED).choice(held, size=(2000, len(held))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(held.mean()), float(low), float(high), len(held))


def net_promoter_score(promoters: int, passives: int, detractors: int) -> Estimate:
    """100 * (P - D) / n with its normal interval (Rowley's variance of a difference of shares)."""
    n = promoters + passives + detractors
    if n < 1:
        raise ValueError("A net promoter score of nobody cannot be given.")
    balance = (promoters - detractors) / n
    error = 100 * math.sqrt(((promoters + detractors) / n - balance**2) / n)
    score = 100 * balance
    return Estimate(score, max(-100.0, score - Z_95 * error), min(100.0, score + Z_95 * error), n)


def net_sentiment(positive: int, neutral: int, negative: int) -> Estimate:
    """100 * (P - N) / (P + N + U), -100..100; the arithmetic of a net promoter score."""
    return net_promoter_score(positive, neutral, negative)


def balance_of(empathetic: int, unempathetic: int) -> float | None:
    """100 * (E - U) / (E + U), -100..100, as Genesys reports it; None of nothing."""
    total = empathetic + unempathetic
    return 100 * (empathetic - unempathetic) / total if total else None


def item_index(value: float, lowest: float, highest: float) -> float:
    """A survey answer on 0..100, whatever the scale it was given on."""
    return (value - lowest) / (highest - lowest) * 100


def cronbach_alpha(rows: Sequence[Sequence[float]]) -> float | None:
    """How well the items of a survey go together (Cronbach 1951); None where answers do not vary.

    `rows` holds one complete answer each; 0.7 to 0.9 is usual, above 0.95 items repeat each other.
    """
    import numpy as np

    held = np.asarray(rows, dtype=float)
    if held.ndim != 2 or held.shape[0] < 2 or held.shape[1] < 2:
        return None
    total = held.sum(axis=1).var(ddof=1)
    items = held.shape[1]
    return float(items / (items - 1) * (1 - held.var(axis=0, ddof=1).sum() / total)) if total else None


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> Estimate | None:
    """Spearman's rho with Fisher's interval; None for fewer than four pairs or without variation.

    The standard error is Bonett and Wright's (2000): sqrt((1 + r^2 / 2) / (n - 3)).
    """
    from scipy.stats import spearmanr

    n = len(first)
    if n < 4 or len(set(first)) < 2 or len(set(second)) < 2:
        return None
    rho = float(spearmanr(first, second).statistic)
    if abs(rho) >= 1:
        return Estimate(rho, rho, rho, n)
    reach = Z_95 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return Estimate(rho, math.tanh(math.atanh(rho) - reach), math.tanh(math.atanh(rho) + reach), n)


def retention(at_start: int, at_end: int, gained: int) -> float | None:
    """(E - N) / S of a period, 0..1; None of nobody."""
    return (at_end - gained) / at_start if at_start else None


def turnover(separations: int, at_start: float, at_end: float) -> float | None:
    """Separations over the mean headcount; None without anybody."""
    average = (at_start + at_end) / 2
    return separations / average if average else None


def lifetime_value(margin: float, churn: float) -> float | None:
    """Margin of a period over churn of a period, undiscounted; None while nobody leaves."""
    return margin / churn if churn else None


def discounted_lifetime_value(margin: float, retained: float, discount: float) -> float:
    """m * r / (1 + d - r) (Gupta and Lehmann 2003); rates are of one period."""
    return margin * retained / (1 + discount - retained)


def decayed_mean(values: Iterable[tuple[float, float]], half_life: float = 30) -> float | None:
    """The mean of (value, age in days) pairs, each weighing half as much every `half_life` days."""
    total = weight = 0.0
    for value, age in values:
        one = math.pow(2, -age / half_life)
        total += value * one
        weight += one
    return total / weight if weight else None


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile (linear interpolation)."""
    import numpy as np

    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
