"""Which column of a file is which field: guessed from its name, or said with `--map`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import Misconfigured, Unsupported
from ...privacy.segments import protected_attribute
from .kinds import Column, Form, Kind, folded
from .sheets import Sheet
from .values import Scale, Unclear, as_scale


@dataclass(frozen=True, slots=True)
class Matched:
    """One field found in the file."""

    column: Column
    position: int
    header: str
    scale: Scale | None = None
    """Said with `--map`; else the answers tell."""


def is_header(kind: Kind, cells: Sequence[str]) -> bool:
    """Whether a line names at least two fields of the kind."""
    return sum(1 for cell in cells if any(folded(cell) in each.headers for each in kind.columns)) >= 2


def match(kind: Kind, sheet: Sheet, said: Mapping[str, str]) -> tuple[Matched, ...]:
    """Every field that the file holds. Raises Misconfigured naming what is missing or said wrongly.

    `said` maps a column's header to a field, with its scale where it is an answer: `understood:1-7`.
    """
    found = _said(kind, sheet, said)
    taken = {each.position for each in found}
    names = {each.column.name for each in found}
    for by_part in (False, True):
        for column in kind.columns:
            if column.name in names:
                continue
            position = _position(column, sheet, taken, by_part=by_part)
            if position is not None:
                found.append(Matched(column, position, sheet.columns[position]))
                taken.add(position)
                names.add(column.name)
    _require(kind, names)
    return tuple(found)


def ignored(sheet: Sheet, matched: Sequence[Matched]) -> tuple[str, ...]:
    """The columns that are not read at all."""
    taken = {each.position for each in matched}
    return tuple(header for at, header in enumerate(sheet.columns) if at not in taken and header)


def _said(kind: Kind, sheet: Sheet, said: Mapping[str, str]) -> list[Matched]:
    found = []
    headers = {folded(header): at for at, header in enumerate(sheet.columns)}
    for header, target in said.items():
        name, _, scale = target.partition(":")
        column = kind.column(name)
        if column is None:
            if protected := protected_attribute(name):
                raise Unsupported(
                    f"--map: {protected} is never read: groups made of who people are invite unfairness."
                )
            names = ", ".join(each.name for each in kind.columns)
            raise Misconfigured(f'--map: there is no field "{name}" in {kind.name}; choose one of: {names}.')
        if folded(header) not in headers:
            there = ", ".join(sheet.columns)
            raise Misconfigured(f'--map: the file has no column "{header}"; it has: {there}.')
        if scale and column.form is not Form.ANSWER:
            raise Misconfigured(f'--map: the field "{name}" has no scale; leave out ":{scale}".')
        try:
            on = as_scale(scale) if scale else None
        except Unclear as unclear:
            raise Misconfigured(f'--map: the scale "{scale}" {unclear}.') from None
        found.append(Matched(column, headers[folded(header)], header, on))
    return found


def _position(column: Column, sheet: Sheet, taken: set[int], *, by_part: bool) -> int | None:
    for at, (header, question) in enumerate(zip(sheet.columns, sheet.questions, strict=True)):
        if at in taken:
            continue
        names = {folded(header), folded(question)}
        if by_part and any(part in name for part in column.holds for name in names):
            return at
        if not by_part and names & set(column.headers):
            return at
    return None


def _require(kind: Kind, names: set[str]) -> None:
    missing = [each.name for each in kind.columns if each.is_required and each.name not in names]
    if missing:
        raise Misconfigured(
            f'The file has no column for {", ".join(missing)}; name it with --map "COLUMN={missing[0]}".'
        )
    if kind.needs_one_of and not names & set(kind.needs_one_of):
        raise Misconfigured(
            f"The file has no column for any of: {', '.join(kind.needs_one_of)}; "
            f'name one with --map "COLUMN={kind.needs_one_of[0]}".'
        )
