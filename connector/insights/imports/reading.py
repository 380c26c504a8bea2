"""Reads a file into facts: all of it, or none and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from .kinds import EMPLOYEE_SURVEY, POST, Form, Kind
from .matching import Matched, ignored, is_header, match
from .refusing import refuse_people
from .sheets import Line, Sheet, read_sheet
from .themes import is_about_service, themes_of
from .values import (
    Scale,
    Unclear,
    as_answer,
    as_count,
    as_flag,
    as_number,
    as_time,
    is_day_first,
    scale_of,
)

LONGEST_WORD = 120
SMALLEST_GROUP = 5
_PUBLIC = ("review", "brand-mention")
_GOOD_OR_BAD = {"good": 100.0, "bad": 0.0, "offered": None, "unoffered": None}


class Judge(Protocol):
    """Reads a text for its feeling; nothing of it is kept."""

    def sentiment(self, text: str) -> float | None: ...

    def is_empathetic(self, text: str) -> bool: ...


class People(Protocol):
    """Says who somebody is by the platform's id, and names rows."""

    def by_id(self, contact_id: str) -> str: ...

    def by_email(self, address: str) -> str | None: ...

    def of_row(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One row as it is kept: numbers and short names, no words of anybody."""

    kind: str
    id: str
    at: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell, and what to do; the cell is not quoted."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f'Line {self.line}, column "{self.column}": {self.sentence}.'


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds, or why nothing of it is taken."""

    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]
    matched: Mapping[str, str]
    """Field -> the column it was found in, with its scale."""
    ignored: tuple[str, ...]
    rows: int


def read_file(
    kind: Kind, content: bytes, *, said: Mapping[str, str], judge: Judge, people: People, now: datetime
) -> ReadFile:
    """The facts of a file. Raises Misconfigured or Unsupported for a file that cannot or must not be read."""
    sheet = read_sheet(content, is_header=lambda cells: is_header(kind, cells))
    if kind.is_anonymous:
        refuse_people(sheet)
    matched = match(kind, sheet, said)
    scales, problems = _scales(sheet, matched)
    readers = [(each, _reader(each, sheet, scales)) for each in matched]
    facts: dict[str, Fact] = {}
    for line in sheet.lines:
        cells, wrong = _cells(line, readers)
        problems += wrong
        if wrong:
            continue
        late = [name for name in ("at", "started_at") if cells.get(name) and cells[name] > now]
        if late:
            problems.append(Problem(line.number, late[0], "lies in the future; correct the date"))
            continue
        fact = _fact(kind, line, cells, judge, people)
        if isinstance(fact, Problem):
            problems.append(fact)
            continue
        facts[fact.id] = fact
    problems.sort(key=lambda each: each.line)
    return ReadFile(
        facts=() if problems else tuple(facts.values()),
        problems=tuple(problems),
        matched={
            each.column.name: each.header + (f" ({scale})" if (scale := scales.get(each.column.name)) else "")
            for each in matched
        },
        ignored=ignored(sheet, matched),
        rows=len(sheet.lines),
    )


Reader = Callable[[str], Any]


def _scales(sheet: Sheet, matched: Sequence[Matched]) -> tuple[dict[str, Scale], list[Problem]]:
    scales: dict[str, Scale] = {}
    problems: list[Problem] = []
    for each in matched:
        if each.column.form is not Form.ANSWER:
            continue
        if each.scale is not None:
            scales[each.column.name] = each.scale
            continue
        given = []
        for line in sheet.lines:
            text = line.cells[each.position]
            if text and text.casefold() not in _GOOD_OR_BAD:
                try:
                    given.append(as_answer(text))
                except Unclear:
                    continue  # said with its line when the row is read
        try:
            scales[each.column.name] = scale_of(given)
        except Unclear as unclear:
            problems.append(
                Problem(sheet.lines[0].number, each.header, f'{unclear}; say it: --map "COLUMN=FIELD:1-9"')
            )
    return scales, problems


def _reader(matched: Matched, sheet: Sheet, scales: Mapping[str, Scale]) -> Reader:
    form = matched.column.form
    if form is Form.TIME:
        column = [line.cells[matched.position] for line in sheet.lines]
        day_first = is_day_first(column)
        return lambda text: as_time(text, day_first=day_first)
    if form is Form.ANSWER:
        scale = scales.get(matched.column.name, Scale(0, 100))
        return lambda text: _answer(text, scale)
    plain: dict[Form, Reader] = {
        Form.COUNT: as_count,
        Form.NUMBER: as_number,
        Form.RECOMMEND: _recommend,
        Form.FLAG: as_flag,
        Form.WORD: _word,
        Form.ID: _word,
        Form.CONTACT: _word,
        Form.EMAIL: _word,
        Form.TEXT: str,
    }
    return plain[form]


def _answer(text: str, scale: Scale) -> float | None:
    plain = text.casefold()
    if plain in _GOOD_OR_BAD:
        return _GOOD_OR_BAD[plain]
    return scale.index(as_answer(text))


def _recommend(text: str) -> int:
    value = as_answer(text)
    if value != int(value) or not 0 <= value <= 10:
        raise Unclear("is no whole number from 0 to 10")
    return int(value)


def _word(text: str) -> str:
    if len(text) > LONGEST_WORD:
        raise Unclear(f"is longer than {LONGEST_WORD} characters; shorten it, or map another column")
    return text


def _cells(line: Line, readers: Sequence[tuple[Matched, Reader]]) -> tuple[dict[str, Any], list[Problem]]:
    cells: dict[str, Any] = {}
    wrong = []
    for matched, read in readers:
        text = line.cells[matched.position]
        if not text:
            if matched.column.is_required:
                wrong.append(Problem(line.number, matched.header, "is empty; fill it in, or remove the row"))
            continue
        try:
            cells[matched.column.name] = read(text)
        except Unclear as unclear:
            wrong.append(Problem(line.number, matched.header, str(unclear)))
    return cells, wrong


def _fact(kind: Kind, line: Line, cells: dict[str, Any], judge: Judge, people: People) -> Fact | Problem:
    at = cells.pop("at", None) or cells["started_at"]
    digest = people.of_row(
        cells.pop("id", None) or hashlib.sha256("\x1f".join(line.cells).encode()).hexdigest()
    )
    address = cells.pop("email", None)
    if "contact" in cells:
        cells["contact"] = people.by_id(cells["contact"])
    elif address and (known := people.by_email(address)):
        cells["contact"] = known
    _judge_texts(kind, cells, judge)
    if kind is EMPLOYEE_SURVEY and "score" in cells and cells.get("responses", 0) < SMALLEST_GROUP:
        return Problem(
            line.number, "responses", f"says fewer than {SMALLEST_GROUP} people answered; leave such rows out"
        )
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in cells.items()
    }
    return Fact(kind.name, digest, at, values)


def _judge_texts(kind: Kind, cells: dict[str, Any], judge: Judge) -> None:
    """Replace words by what they say of feelings."""
    text = cells.pop("comment", None) or cells.pop("text", None)
    if text is None:
        return
    if kind is POST:
        cells.setdefault("is_empathetic", judge.is_empathetic(text))
        return
    cells["sentiment"] = judge.sentiment(text)
    if kind.name in _PUBLIC:
        cells["themes"] = sorted(themes_of(text))
        cells["is_about_service"] = is_about_service(text)
