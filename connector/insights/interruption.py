"""Before and after a change: the interrupted time series, with its rules of honesty."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .numbers import Estimate

POINTS_EACH_SIDE = 8
"""Fewer points than this on a side, and only the two means are shown."""
SHORT_SERIES = 12
"""Up to here ordinary least squares is preferred; longer series get errors that allow for autocorrelation."""

WEEKS_BEGIN_ON = (1, 8, 15, 22)
"""Days of the month: a week that lay in two months would show its days by the difference of two reports."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """Y = b0 + b1 t + b2 D + b3 (periods since the change); the first period after it counts 0.

    `level` is the jump in the very first period after the change. With a count from 1 the same data give
    another level (less one slope change), which is why the convention is said wherever the figure is shown.
    """

    start: float
    slope: Estimate
    level: Estimate
    slope_change: Estimate


def interrupted_time_series(
    before: Sequence[float], after: Sequence[float], *, first_after: int = 0
) -> Interruption:
    """The segmented regression (Wagner et al. 2002), by ordinary least squares.

    From `SHORT_SERIES` points on, the intervals are Newey and West's with one lag, for neighbouring periods
    resemble each other; they still tend to be too narrow. Periods count from 1. Raises ValueError for
    fewer than three points a side.
    """
    import numpy as np
    import statsmodels.api as sm

    if min(len(before), len(after)) < 3:
        raise ValueError(
            "An interrupted time series needs three points on each side, and eight to mean much."
        )
    n, m = len(before), len(after)
    time = np.arange(1, n + m + 1)
    is_after = (time > n).astype(float)
    since = np.where(time > n, time - n - 1 + first_after, 0)
    model = sm.OLS(
        np.asarray([*before, *after], dtype=float), np.column_stack([np.ones(n + m), time, is_after, since])
    )
    fit = (
        model.fit()
        if n + m <= SHORT_SERIES
        else model.fit(cov_type="HAC", cov_kwds={"maxlags": 1}, use_t=True)
    )
    values, limits = fit.params, fit.conf_int()
    slope, level, change = (
        Estimate(float(values[at]), float(limits[at][0]), float(limits[at][1]), n + m) for at in (1, 2, 3)
    )
    return Interruption(float(values[0]), slope, level, change)


def week_of(at: datetime) -> date:
    """The first day of the week of a month that a moment lies in, by UTC."""
    day = at.astimezone(UTC).date()
    return day.replace(day=max(begin for begin in WEEKS_BEGIN_ON if begin <= day.day))


def end_of_week(first: date) -> date:
    """Its last day; the last week of a month has seven to ten."""
    is_last = first.day == WEEKS_BEGIN_ON[-1]
    return first.replace(day=monthrange(first.year, first.month)[1]) if is_last else first + timedelta(days=6)
