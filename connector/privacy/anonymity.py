"""Figures about groups of people of which no question, or sequence of questions, singles anybody out (L-05).

The design is meant to be proved, not audited. Only the cells of a fixed lattice can be asked for: whole
periods of a calendar grid, each in total and by one declared segment. For every period one plan says
which cells are given out. Its rule: let the cells given out cut the period's rows into *atoms* (rows that
lie in just the same cells). Every atom must hold enough people and conversations, and nobody may be too
large a part of it.

Why that is enough: whatever is computed from the answers by adding and subtracting gives all rows of an
atom the same weight. If it says anything, some atom has a weight that is not zero, and so has everybody
in that atom. Periods share no rows, and a period once given out is never computed again, so neither dates
nor later changes add anything. The plan looks at who is where, never at a score, so what is withheld
tells nothing of the scores either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..errors import Misconfigured, Unsupported
from .segments import Segment, require_segment

WITHHELD: Final = "Too few people or conversations to show this without pointing at somebody."


@dataclass(frozen=True, slots=True)
class Threshold:
    """How large a group must be. Raises Misconfigured when it asks for less than the floor."""

    people: int = 8
    rows: int = 30
    largest_share: float = 0.4
    """Nobody has more than this share of a group's rows."""
    floor: int = field(default=5, repr=False)

    def __post_init__(self) -> None:
        if self.people < self.floor:
            raise Misconfigured(
                f"Groups of fewer than {self.floor} people are never shown; ask for {self.floor} or more."
            )
        if self.rows < self.people or not 0 < self.largest_share <= 0.4:
            raise Misconfigured(
                "A group needs a row for each person, and nobody may have more than 40 % of them."
            )

    def is_met_by(self, rows_of: Mapping[str, int]) -> bool:
        """Whether a group is large enough, from how many rows each person has in it."""
        total = sum(rows_of.values())
        return (
            len(rows_of) >= self.people
            and total >= self.rows
            and max(rows_of.values(), default=0) <= self.largest_share * total
        )


AGENTS: Final = Threshold()
SURVEY_ANSWERS: Final = Threshold(people=5, rows=5)
TEXT_THEMES: Final = Threshold(people=10, rows=10, floor=10)


class Grid(StrEnum):
    """The calendar grid: an installation keeps one, since two would overlap."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def period_of(self, at: datetime) -> str:
        """The period a UTC time lies in: `2026-03`, `2026-Q1` or `2026`. Periods of one grid sort by time."""
        if self is Grid.MONTH:
            return f"{at.year:04}-{at.month:02}"
        return f"{at.year:04}-Q{(at.month + 2) // 3}" if self is Grid.QUARTER else f"{at.year:04}"


@dataclass(frozen=True, slots=True)
class Row:
    """One score of one person's work; nothing shows who it was."""

    person: str = field(repr=False)
    at: datetime
    """When it happened (UTC); this never changes, whatever becomes of the score."""
    score: float = field(repr=False)
    segments: frozenset[tuple[str, str]] = frozenset()
    """(segment, value) pairs; a row may have several tags."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What can be asked for: a whole period, in total or for one value of one segment."""

    period: str
    segment: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is told of a cell. How many people it stands on is not told, beyond that they are enough."""

    mean: float
    rows: int


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that is given out, for good: store it, and give it to the next `release`."""

    grid: Grid
    segments: tuple[str, ...]
    figures: Mapping[Cell, Figure]
    withheld: frozenset[Cell]
    periods: tuple[str, ...]
    """Which periods are settled, oldest first."""

    def ask(self, period: str, where: Mapping[str, str] | None = None) -> Figure | None:
        """The figure of a cell, or None where it is withheld (`WITHHELD` says why) or empty.

        Raises Unsupported for a question that is no cell of the lattice.
        """
        pairs = list((where or {}).items())
        if len(pairs) > 1:
            raise Unsupported(
                "Figures about people are given for one segment at a time, never for a crossing of two."
            )
        segment, value = pairs[0] if pairs else ("", "")
        if period not in self.periods:
            raise Unsupported(
                f"Figures about people are given for whole, finished periods of the grid ({self.grid}); "
                f"{period} is none of them."
            )
        if segment and segment not in self.segments:
            raise Unsupported(
                f"Figures about people are not prepared by {segment}, "
                f"but by: {', '.join(self.segments) or 'none'}."
            )
        return self.figures.get(Cell(period, segment, value))


def release(
    rows: Iterable[Row],
    *,
    through: datetime,
    grid: Grid = Grid.MONTH,
    segments: Sequence[str] = (),
    threshold: Threshold = AGENTS,
    earlier: Release | None = None,
) -> Release:
    """What may be told of these rows, for every period that ended by `through`.

    Periods of `earlier` stay as they were given out. Raises Misconfigured for a segment that is not
    allowed, and for a grid or segments other than those of `earlier`.
    """
    declared = tuple(require_segment(name).value for name in segments)
    if Segment.MONTH in declared or len(set(declared)) < len(declared):
        raise Misconfigured("Name each segment once; the month is the grid's.")
    if earlier is not None and (earlier.grid, earlier.segments) != (grid, declared):
        raise Misconfigured(
            "The grid and the segments of figures about people are chosen once; they cannot change later."
        )
    figures = dict(earlier.figures) if earlier else {}
    withheld = set(earlier.withheld) if earlier else set()
    settled = set(earlier.periods) if earlier else set()
    newest = max(settled, default="")
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        period = grid.period_of(row.at)
        if newest < period < grid.period_of(through):
            waiting.setdefault(period, []).append(row)
    for period, held in waiting.items():
        cells = _cells(period, held, declared)
        given = plan(cells, held, threshold)
        figures.update((cell, _figure(held, cells[cell])) for cell in given)
        withheld.update(cells.keys() - given)
    return Release(grid, declared, figures, frozenset(withheld), tuple(sorted(settled | waiting.keys())))


def plan(cells: Mapping[Cell, Collection[int]], rows: Sequence[Row], threshold: Threshold) -> frozenset[Cell]:
    """Which cells are given out: each, in order, whose atoms with those before it all meet the threshold.

    `cells` holds, for each cell, the positions of its rows. No score is looked at.
    """
    people = [row.person for row in rows]
    atoms: list[frozenset[int]] = []
    given: set[Cell] = set()
    for cell in sorted(cells):
        cut = _cut(atoms, frozenset(cells[cell]))
        kept = set(atoms)
        fresh = [atom for atom in cut if atom not in kept]
        if cells[cell] and all(threshold.is_met_by(Counter(people[at] for at in atom)) for atom in fresh):
            atoms = cut
            given.add(cell)
    return frozenset(given)


def _cut(atoms: Iterable[frozenset[int]], rows: frozenset[int]) -> list[frozenset[int]]:
    """The atoms once one more cell, with these rows, is given out."""
    parts: list[frozenset[int]] = []
    rest = rows
    for atom in atoms:
        parts += (atom & rows, atom - rows)
        rest -= atom
    return [part for part in (*parts, rest) if part]


def _cells(period: str, rows: Sequence[Row], segments: Sequence[str]) -> dict[Cell, list[int]]:
    """Every cell of one period that has rows, with their positions; the total sorts first."""
    cells: dict[Cell, list[int]] = {}
    for at, row in enumerate(rows):
        cells.setdefault(Cell(period), []).append(at)
        for segment, value in row.segments:
            if segment in segments:
                cells.setdefault(Cell(period, segment, value), []).append(at)
    return cells


def _figure(rows: Sequence[Row], positions: Collection[int]) -> Figure:
    total = sum(rows[at].score for at in positions)
    return Figure(mean=total / len(positions), rows=len(positions))
