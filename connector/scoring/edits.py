"""Replacements in a text, and the way back from the result to what was there before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeAlias

Edit: TypeAlias = tuple[int, int, str]
"""(start, end, replacement): code points start..end of the text before become the replacement."""


class Step(Protocol):
    """One change of a text, which can say where a stretch of the result came from."""

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the text before that result[start:end] came from; None when it cannot be told."""


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made; they are in order and do not overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, replacement in edits:
        pieces.append(text[at:start])
        pieces.append(replacement)
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


class Edited:
    """A step made of edits."""

    __slots__ = ("_begins", "_edits", "_ends")

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        # Where each replacement begins and ends in the result; found out when first asked.
        self._begins: list[int] = []
        self._ends: list[int] = []

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        if not self._begins:
            moved = 0
            for edit_start, edit_end, replacement in self._edits:
                self._begins.append(edit_start + moved)
                moved += len(replacement) - (edit_end - edit_start)
                self._ends.append(edit_end + moved)
        first, last = self._before(start, is_end=False), self._before(end, is_end=True)
        return (first, last) if first < last else None

    def _before(self, position: int, *, is_end: bool) -> int:
        begins, ends = self._begins, self._ends
        index = bisect_right(begins, position - 1 if is_end else position) - 1
        if index < 0:
            return position
        edit_start, edit_end, _ = self._edits[index]
        if position < ends[index] or (is_end and position == ends[index] and position > begins[index]):
            return edit_end if is_end else edit_start
        return position - ends[index] + edit_end
