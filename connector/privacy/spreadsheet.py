"""Writes tables that a spreadsheet shows and never runs (S-23)."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool | None

# With the full-width and mathematical twins that some spreadsheets take for the same.
_STARTS_A_FORMULA: Final = frozenset("=+-@＝＋－＠﹢﹣﹦﹫−\t\r\n")
_SHIELD: Final = "'"


def safe_cell(value: Value) -> str:
    """The cell's text: a leading apostrophe where the value could be taken for a formula.

    Our own finite numbers stay numbers, negative ones too; None is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and math.isfinite(value):
        return str(value)
    text = str(value)
    return _SHIELD + text if _could_run(text) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table by RFC 4180, every cell of it safe."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([safe_cell(value) for value in row])
    return written.getvalue()


def _could_run(text: str) -> bool:
    """Whether a formula begins here, behind whatever a spreadsheet would trim."""
    for character in text:
        if character in _STARTS_A_FORMULA:
            return True
        if not (character.isspace() or unicodedata.category(character) in ("Cf", "Cc")):
            return False
    return False
