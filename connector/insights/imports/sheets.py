"""Comma-separated files as rows that know their line, whatever programme wrote them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import Misconfigured

LARGEST_BYTES = 20_000_000
MOST_ROWS = 200_000
LONGEST_CELL = 65_536
PREAMBLE_LINES = 20
"""A header is looked for in so many lines; some exports begin with the name of the report."""
_QUALTRICS_IDS = re.compile(r'\s*\{"ImportId":')
_SECOND_HEADER = re.compile(r"(open-ended )?response|\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: its number there, and its cells by column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: its columns, a second name for each where the programme gives one, and its rows."""

    columns: tuple[str, ...]
    questions: tuple[str, ...]
    """What a column asks, where a second header line says so; else its name."""
    lines: tuple[Line, ...]


def decoded(content: bytes) -> str:
    """A file's text. Raises Misconfigured when it is too large or no text."""
    if len(content) > LARGEST_BYTES:
        raise Misconfigured(
            f"The file has {len(content):,} bytes and at most {LARGEST_BYTES:,} are read; split it."
        )
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Misconfigured("The file is no UTF-8 text; save it as CSV in UTF-8 and import that.") from None
    if "\0" in text:
        raise Misconfigured("The file is no text; save it as CSV in UTF-8 and import that.")
    return text


def read_sheet(content: bytes, *, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    """The rows of a file. Raises Misconfigured naming the line that cannot be read, or what is missing.

    `is_header` tells whether a line names known columns.
    """
    text = decoded(content)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text), strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            lines.append(Line(reader.line_num, tuple(cell.strip() for cell in cells)))
            if len(lines) > MOST_ROWS:
                raise Misconfigured(f"The file has more than {MOST_ROWS:,} rows; split it.")
    except csv.Error:
        raise Misconfigured(
            f"Line {reader.line_num} cannot be read as CSV: a quotation mark is not closed, "
            f"or a cell is longer than {LONGEST_CELL:,} characters."
        ) from None
    lines = [line for line in lines if any(line.cells)]
    if not lines:
        raise Misconfigured("The file is empty; export it again.")
    start = next((at for at, line in enumerate(lines[:PREAMBLE_LINES]) if is_header(line.cells)), 0)
    columns = lines[start].cells
    rows, questions = lines[start + 1 :], columns
    if rows and len(rows) > 1 and any(_QUALTRICS_IDS.match(cell) for cell in rows[1].cells):
        rows, questions = rows[2:], rows[0].cells  # questions, then identifiers: as Qualtrics writes it
    elif rows and _is_second_header(rows[0].cells):
        rows = rows[1:]  # "Response" under each question: as SurveyMonkey writes it
    for line in rows:
        if len(line.cells) > len(columns):
            raise Misconfigured(
                f"Line {line.number} has {len(line.cells)} cells, but there are {len(columns)} columns; "
                "put quotation marks round cells that hold a comma."
            )
    padded = (line.cells + ("",) * (len(columns) - len(line.cells)) for line in rows)
    return Sheet(
        columns, questions, tuple(Line(line.number, cells) for line, cells in zip(rows, padded, strict=True))
    )


def _is_second_header(cells: Sequence[str]) -> bool:
    return any(cells) and all(_SECOND_HEADER.fullmatch(cell) for cell in cells)


def _dialect(text: str) -> type[csv.Dialect]:
    first = text[:4096].splitlines()[:PREAMBLE_LINES] or [""]
    widest = max(first, key=lambda line: max(line.count(mark) for mark in ",;\t"))

    class Found(csv.excel):
        delimiter = max(",;\t", key=widest.count)

    return Found
