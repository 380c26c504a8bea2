"""Whole calendar months: the only periods a report can be asked for.

A report over any choice of whole months adds up the months that hold enough people. So the difference of
two choices is again made of whole months with enough people, and singles nobody out (L-05).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

from ..errors import Misconfigured
from ..privacy.anonymity import Cell, Grid, Row, Threshold, plan

CUSTOMERS = Threshold(people=5, rows=5)
"""How many customers a month, or a group within it, must hold."""
SETTLES_AFTER = timedelta(days=3)
"""A month settles so long after its end: ratings and tags come late."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-\d\d)?\Z")

_QUARTERS_BEGIN = frozenset(("01", "04", "07", "10"))

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Months:
    """From the first day of month `first` to the last of month `last`, both `2026-03`."""

    first: str
    last: str

    @classmethod
    def parse(cls, first: str | None, last: str | None, *, now: datetime) -> Months:
        """The months asked for; without an answer the twelve that settled last before `now`.

        A date stands for its month. The running month is not finished, so it cannot be asked for. Raises
        Misconfigured, saying what a month looks like.
        """
        newest = newest_settled(now)
        end = _month("--to", last) if last else newest
        start = _month("--from", first) if first else shifted(end, -11)
        if end > newest:
            raise Misconfigured(
                f"Reports cover finished months, from {SETTLES_AFTER.days} days after their end; "
                f"the last one is {newest}. Choose --to {newest}."
            )
        if start > end:
            raise Misconfigured(f"The report would end ({end}) before it begins ({start}); exchange the two.")
        return cls(start, end)

    @classmethod
    def until(cls, last: str) -> Months:
        """Everything up to the end of a month."""
        return cls("1970-01", last)

    def holds(self, at: datetime) -> bool:
        """Whether a moment (aware) lies in these months, by UTC."""
        return self.first <= month_of(at) <= self.last

    def each(self) -> tuple[str, ...]:
        """Every month, oldest first."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(shifted(found[-1], 1))
        return tuple(found)

    def quarters(self) -> tuple[Months, ...]:
        """Every quarter of a year that lies in these months as a whole, oldest first."""
        starts = (month for month in self.each() if month[5:] in _QUARTERS_BEGIN)
        found = (Months(month, shifted(month, 2)) for month in starts)
        return tuple(each for each in found if each.last <= self.last)

    @property
    def start_at(self) -> datetime:
        """The first instant."""
        return datetime.combine(_first_day(self.first), datetime.min.time(), UTC)

    @property
    def end_at(self) -> datetime:
        """The first instant after."""
        return datetime.combine(_first_day(shifted(self.last, 1)), datetime.min.time(), UTC)


@dataclass(frozen=True, slots=True)
class People(Generic[T]):
    """When rows are of and whom they are about, and how many people are enough."""

    at: Callable[[T], datetime]
    person: Callable[[T], str]
    threshold: Threshold


class Allowed(Generic[T]):
    """The rows a report may use, in total and by group; `withheld` counts those it may not use at all."""

    def __init__(self, rows: Sequence[T], given: Mapping[Cell, Sequence[int]], people: People[T]) -> None:
        self._rows = rows
        self._given = given
        self._people = people
        self.total = self._gathered(lambda cell: not cell.segment)
        self.withheld = len(rows) - len(self.total)

    def of(self, segment: str, value: str) -> tuple[T, ...]:
        """The rows of one group, from the months in which the group is large enough."""
        return self._gathered(lambda cell: (cell.segment, cell.value) == (segment, value))

    def values(self, segment: str) -> tuple[str, ...]:
        """The groups of a segment that have rows to give, by name."""
        return tuple(sorted({cell.value for cell in self._given if cell.segment == segment}))

    def told(self, rows: Iterable[T], of: Callable[[T], V | None]) -> list[V]:
        """What some of these rows tell, without the months in which too few people tell it.

        For a figure that not every row tells of (`of` gives None), as only some customers answer a survey.
        """
        by_month: dict[str, list[tuple[str, V]]] = defaultdict(list)
        for row in rows:
            if (value := of(row)) is not None:
                by_month[month_of(self._people.at(row))].append((self._people.person(row), value))
        enough = self._people.threshold.is_met_by
        months = [by_month[month] for month in sorted(by_month)]
        return [value for those in months if enough(Counter(who for who, _ in those)) for _, value in those]

    @property
    def note(self) -> str | None:
        """What to say about the rows left out."""
        if not self.withheld:
            return None
        return f"{self.withheld} rows lie in months with too few people and are left out."

    def _gathered(self, is_wanted: Callable[[Cell], bool]) -> tuple[T, ...]:
        cells = sorted(cell for cell in self._given if is_wanted(cell))
        return tuple(self._rows[at] for cell in cells for at in self._given[cell])


def allowed(
    rows: Iterable[T],
    months: Months,
    *,
    at: Callable[[T], datetime],
    person: Callable[[T], str],
    groups: Callable[[T], Iterable[tuple[str, str]]] = lambda _row: (),
    threshold: Threshold = CUSTOMERS,
) -> Allowed[T]:
    """Which of the rows may be used, month by month and group by group.

    `groups` names the (segment, value) pairs a row lies in; `person` whom it is about. A month that may not
    be told of as a whole, since somebody has too large a part in it, has no groups either.
    """
    held = [row for row in rows if months.holds(at(row))]
    by_month: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(held):
        by_month[month_of(at(row))].append(position)
    given: dict[Cell, Sequence[int]] = {}
    for month, positions in by_month.items():
        cells: dict[Cell, list[int]] = {Cell(month): list(range(len(positions)))}
        people = [Row(person(held[position]), at(held[position]), 0) for position in positions]
        for local, position in enumerate(positions):
            for segment, value in groups(held[position]):
                cells.setdefault(Cell(month, segment, value), []).append(local)
        chosen = plan(cells, people, threshold)
        if Cell(month) in chosen:  # else its groups would be parts of a total without them
            given |= {cell: [positions[local] for local in cells[cell]] for cell in chosen}
    return Allowed(held, given, People(at, person, threshold))


def newest_settled(now: datetime) -> str:
    """The last month of which reports are given."""
    return shifted(month_of(now - SETTLES_AFTER), -1)


def month_of(at: datetime) -> str:
    """The month a moment lies in, by UTC."""
    return Grid.MONTH.period_of(at.astimezone(UTC))


def quarter_of(at: datetime) -> Months:
    """The quarter of a year that a moment lies in, by UTC."""
    month = month_of(at)
    first = f"{month[:4]}-{3 * ((int(month[5:]) - 1) // 3) + 1:02}"
    return Months(first, shifted(first, 2))


def quarter_name(at: datetime) -> str:
    """What that quarter is called: `2026-Q1`."""
    return Grid.QUARTER.period_of(at.astimezone(UTC))


def runs(ats: Iterable[datetime], least: int) -> list[Months]:
    """Consecutive months, as few together as hold `least` moments; what is too little yet waits for more.

    A run depends on nothing later than its own end, so it is the same whenever it is asked for.
    """
    counts = sorted(Counter(map(month_of, ats)).items())
    found: list[Months] = []
    first, held = "", 0
    for month, count in counts:
        first = first or month
        held += count
        if held >= least:
            found.append(Months(first, month))
            first, held = "", 0
    return found


def shifted(month: str, by: int) -> str:
    """The month so many months later, or earlier."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{count // 12:04}-{count % 12 + 1:02}"


def _month(option: str, text: str) -> str:
    if not (match := _MONTH.match(text)):
        raise Misconfigured(f'{option} {text} is not a month; write it like "2026-03".')
    return f"{match[1]}-{match[2]}"


def _first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
