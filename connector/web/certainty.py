"""How sure a figure of the first page is: 95 % intervals in closed form, for the page needs no extra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true figure lies, in 95 of 100 such cases."""

    low: float
    high: float

    @property
    def is_without_zero(self) -> bool:
        """Of a difference: whether there surely is one."""
        return self.low > 0 or self.high < 0


def of_mean(mean: float, deviation: float, n: int) -> Interval:
    """Of the mean of `n` >= 2 values with this standard deviation: Student's."""
    half = student(n - 1) * deviation / math.sqrt(n)
    return Interval(mean - half, mean + half)


def of_share(count: int, n: int) -> Interval:
    """Of `count` among `n` >= 1: Wilson's score interval (1927)."""
    centre = (count + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * math.sqrt(count * (n - count) / n + Z**2 / 4)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def of_change_of_mean(now: tuple[float, float, int], before: tuple[float, float, int]) -> Interval:
    """Of the difference of two means, each (mean, deviation, n >= 2): Welch's, cautiously."""
    (mean, deviation, n), (mean_before, deviation_before, n_before) = now, before
    error = math.sqrt(deviation**2 / n + deviation_before**2 / n_before)
    half = student(min(n, n_before) - 1) * error
    return Interval(mean - mean_before - half, mean - mean_before + half)


def of_change_of_share(now: tuple[int, int], before: tuple[int, int]) -> Interval:
    """Of the difference of two shares, each (count, n >= 1): Newcombe's method 10 (1998)."""
    share, share_before = now[0] / now[1], before[0] / before[1]
    ours, theirs = of_share(*now), of_share(*before)
    below = math.hypot(share - ours.low, theirs.high - share_before)
    above = math.hypot(ours.high - share, share_before - theirs.low)
    return Interval(share - share_before - below, share - share_before + above)


def student(freedom: int) -> float:
    """Student's 97.5 % point, within 0.01 from four degrees of freedom on (Abramowitz and Stegun, 26.7.5)."""
    v = freedom
    return (
        Z
        + (Z**3 + Z) / (4 * v)
        + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * v**2)
        + (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * v**3)
    )
