"""Takes the text of a pattern apart where it offers choices."""

from __future__ import annotations

from collections.abc import Iterator

ZERO_WIDTH = ("\\b", "(?<=", "(?<!")
QUANTIFIERS = "*+?{"


def alternatives(source: str) -> list[str]:
    """What stands between the bars of a pattern that are in no group."""
    found, start, depth = [], 0, 0
    for at, mark in _marks(source):
        depth += (mark == "(") - (mark == ")")
        if mark == "|" and depth == 0:
            found.append(source[start:at])
            start = at + 1
    return [*found, source[start:]]


def opening_choice(source: str) -> tuple[str, list[str], str] | None:
    """(what comes before, choices, rest) of a pattern that begins with a choice; None for any other."""
    start = 0
    while source.startswith(ZERO_WIDTH, start):
        start = start + 2 if source.startswith("\\b", start) else _closing(source, start) + 1
    if not source.startswith("(?:", start):
        return None
    end = _closing(source, start)
    choices = alternatives(source[start + 3 : end])
    if len(choices) == 1 or (source[end + 1 : end + 2] in QUANTIFIERS and source[end + 1 :]):
        return None
    return source[:start], choices, source[end + 1 :]


def _closing(source: str, opening: int) -> int:
    """Where the group ends that begins here."""
    depth = 0
    for at, mark in _marks(source[opening:]):
        depth += (mark == "(") - (mark == ")")
        if depth == 0:
            return opening + at
    raise ValueError("A group of this pattern is not closed.")


def _marks(source: str) -> Iterator[tuple[int, str]]:
    """The brackets and bars of a pattern that are not escaped and in no set of characters."""
    at, in_set = 0, False
    while at < len(source):
        mark = source[at]
        if mark == "\\":
            at += 1
        elif in_set:
            in_set = mark != "]"
        elif mark == "[":
            in_set = True
        elif mark in "()|":
            yield at, mark
        at += 1
