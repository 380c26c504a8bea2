"""What a report says: figures that name what they stand on, and sentences for those in a hurry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from .months import Months, month_of
from .numbers import Estimate, mean, share

T = TypeVar("T")

ENOUGH = 5
"""Fewer rows than this and a figure says more about chance than about customers."""
NOT_ENOUGH = "Not enough data yet."

Unit = Literal["", "%", "points", "days", "minutes", "per 100 customers", "times"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its 95 % interval and the `n` rows it stands on.

    `value` is None where it is not given; then `note` says why.
    """

    label: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    unit: Unit = ""
    note: str = ""

    @classmethod
    def of(
        cls,
        label: str,
        estimate: Estimate | None,
        *,
        unit: Unit = "",
        factor: float = 1,
        enough: int = ENOUGH,
        note: str = "",
    ) -> Figure:
        """The figure of an estimate times `factor`, withheld when it stands on fewer than `enough` rows."""
        if estimate is None:
            return cls.missing(label, 0, note or NOT_ENOUGH, unit=unit)
        if estimate.n < enough:
            return cls.missing(label, estimate.n, f"{NOT_ENOUGH} {estimate.n} of {enough}.", unit=unit)
        low, high = sorted((factor * estimate.low, factor * estimate.high))
        return cls(label, factor * estimate.value, estimate.n, low, high, unit, note)

    @classmethod
    def mean(
        cls, label: str, values: Sequence[float], *, unit: Unit = "", enough: int = ENOUGH, note: str = ""
    ) -> Figure:
        """The average of some values, with its bootstrap interval."""
        return cls.of(label, mean(values) if values else None, unit=unit, enough=enough, note=note)

    @classmethod
    def share(cls, label: str, successes: int, n: int, *, enough: int = ENOUGH, note: str = "") -> Figure:
        """A share in percent, with Wilson's interval."""
        estimate = share(successes, n) if n else None
        return cls.of(label, estimate, unit="%", factor=100, enough=enough, note=note)

    @classmethod
    def plain(
        cls, label: str, value: float | None, n: int, *, unit: Unit = "", enough: int = ENOUGH, note: str = ""
    ) -> Figure:
        """A figure that has no interval, withheld when it stands on fewer than `enough` rows."""
        if value is None or n < enough:
            return cls.missing(label, n, note or NOT_ENOUGH, unit=unit)
        return cls(label, value, n, unit=unit, note=note)

    @classmethod
    def missing(cls, label: str, n: int, why: str, *, unit: Unit = "") -> Figure:
        """A figure that is not given."""
        return cls(label, None, n, unit=unit, note=why)


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Figures along a line, for a chart: by time, by stage, or a curve of steps."""

    title: str
    x_label: str
    points: tuple[tuple[str, Figure], ...]
    kind: Literal["line", "steps", "bars"] = "line"


@dataclass(frozen=True, slots=True)
class Report:
    """One report, ready to be printed: what it says comes before what it counted."""

    name: str
    title: str
    question: str
    period: Months
    summary: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    series: tuple[Series, ...] = ()
    cautions: tuple[str, ...] = ()
    """How these figures can mislead."""
    missing: tuple[str, ...] = ()
    """Data that is not here, and how it gets here."""
    sources: tuple[str, ...] = ()
    """Where figures come from that are no scores of ours."""
    is_blocked: str = ""
    """Why the report may not be exported before somebody has acknowledged what it shows; empty otherwise."""

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {**asdict(self), "period": {"from": self.period.first, "to": self.period.last}}


def sentences(*parts: str | None) -> tuple[str, ...]:
    """Those that there is something to say for."""
    return tuple(part for part in parts if part)


def by_month(
    title: str,
    period: Months,
    rows: Iterable[T],
    *,
    at: Callable[[T], datetime],
    figure: Callable[[list[T]], Figure],
) -> Series:
    """A figure for each month of the period."""
    held: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        held[month_of(at(row))].append(row)
    return Series(title, "Month", tuple((month, figure(held[month])) for month in period.each()))
