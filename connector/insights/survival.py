"""How long customers stay: Kaplan and Meier's curve, the log-rank test, risks side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .numbers import Z_95, Estimate


@dataclass(frozen=True, slots=True)
class Stay:
    """One customer from one time to another, in any unit, and whether they left then."""

    until: float
    has_left: bool
    since: float = 0
    """From when on they are followed; nothing is said of the time before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a survival curve: the share still there `at` a time."""

    at: float
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Test:
    """A statistic and its two-sided p-value."""

    statistic: float
    p: float


def kaplan_meier(stays: Sequence[Stay]) -> list[Step]:
    """The product-limit curve (Kaplan and Meier 1958) with Greenwood's intervals, a step a departure.

    Who is followed only from later on counts from then on (left truncation).
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    if not any(stay.has_left for stay in stays):
        return []
    until, has_left, since = _columns(stays)
    curve = SurvfuncRight(until, has_left, entry=since)
    return [
        Step(
            float(at),
            float(share),
            max(0.0, float(share - Z_95 * error)) if math.isfinite(error) else 0.0,
            min(1.0, float(share + Z_95 * error)) if math.isfinite(error) else 1.0,
            int(at_risk),
        )
        for at, share, error, at_risk in zip(
            curve.surv_times, curve.surv_prob, curve.surv_prob_se, curve.n_risk, strict=True
        )
    ]


def log_rank(first: Sequence[Stay], second: Sequence[Stay]) -> Test:
    """Whether two groups leave at the same pace (Mantel 1966): chi-squared with one degree of freedom."""
    import numpy as np
    from statsmodels.duration.survfunc import survdiff

    until, has_left, since = _columns((*first, *second))
    group = np.repeat([0, 1], [len(first), len(second)])
    statistic, p = survdiff(until, has_left, group, entry=since)
    return Test(float(statistic), float(p))


def _columns(stays: Sequence[Stay]) -> tuple[Any, Any, Any]:
    import numpy as np

    rows = [(stay.until, stay.has_left, stay.since) for stay in stays]
    until, has_left, since = (np.asarray(column, dtype=float) for column in zip(*rows, strict=True))
    return until, has_left, since


def risk_ratio(first: tuple[int, int], second: tuple[int, int]) -> Estimate | None:
    """(a / b) / (c / d) with Katz's log interval (1978); None where a cell is empty."""
    (a, b), (c, d) = first, second
    if not (a and b and c and d):
        return None
    ratio = (a / b) / (c / d)
    reach = 1.96 * math.sqrt(1 / a - 1 / b + 1 / c - 1 / d)
    return Estimate(ratio, ratio * math.exp(-reach), ratio * math.exp(reach), b + d)


def fisher_exact(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The two-sided p-value of two counts out of totals (Fisher 1922)."""
    from scipy.stats import fisher_exact as exact

    (a, b), (c, d) = first, second
    return float(exact([[a, b - a], [c, d - c]]).pvalue)


@dataclass(frozen=True, slots=True)
class FourFifths:
    """Whether two rates differ so much that somebody must look (29 CFR 1607.4 D; a pooled z test)."""

    ratio: float
    z: float
    p: float

    @property
    def is_flagged(self) -> bool:
        """Below four fifths, or a difference that chance would hardly make."""
        return self.ratio < 0.8 or self.p < 0.05


def four_fifths(first: tuple[int, int], second: tuple[int, int]) -> FourFifths | None:
    """The lower of two rates over the higher, and the pooled z test; None where nothing happened at all."""
    from statsmodels.stats.proportion import proportions_ztest

    counts, totals = [first[0], second[0]], [first[1], second[1]]
    if not all(totals) or sum(counts) in (0, sum(totals)):
        return None
    rates = sorted(count / total for count, total in zip(counts, totals, strict=True))
    z, p = proportions_ztest(counts, totals)
    return FourFifths(rates[0] / rates[1], abs(float(z)), float(p))
