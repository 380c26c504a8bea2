"""Cells as values: times, numbers, answers on a scale."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..numbers import item_index

_DATE = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})"
    r"(?:[T ,]+(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}))?(?:\.\d+)?\s*(?P<half>[AaPp][Mm])?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_NUMBER = re.compile(r"[-+]?\d{1,15}(?:[.,]\d{1,9})?")
_LEADING_NUMBER = re.compile(r"(\d{1,3})\s*(?:[-–:.)]|stars?|/|$)")
_WORDS = {
    "strongly disagree": 1,
    "disagree": 2,
    "neither agree nor disagree": 3,
    "neutral": 3,
    "agree": 4,
    "strongly agree": 5,
    "very dissatisfied": 1,
    "dissatisfied": 2,
    "satisfied": 4,
    "very satisfied": 5,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
}
_YES = frozenset(("yes", "y", "true", "1", "good", "ja", "offered_good"))
_NO = frozenset(("no", "n", "false", "0", "bad", "nein", "offered_bad"))


class Unclear(ValueError):
    """A cell that cannot be read; the message says what would be, and never quotes the cell."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From which number to which an answer was given."""

    lowest: float
    highest: float

    def index(self, value: float) -> float:
        """The answer on 0..100. Raises Unclear outside the scale."""
        if not self.lowest <= value <= self.highest:
            raise Unclear(f"lies outside the scale {self}")
        return item_index(value, self.lowest, self.highest)

    def __str__(self) -> str:
        return f"{self.lowest:g} to {self.highest:g}"


USUAL_SCALES = (Scale(1, 5), Scale(0, 5), Scale(1, 7), Scale(0, 10), Scale(0, 100))


def scale_of(values: Iterable[float]) -> Scale:
    """The narrowest usual scale that holds all the answers. Raises Unclear when none does."""
    held = list(values)
    for scale in USUAL_SCALES:
        if all(scale.lowest <= value <= scale.highest for value in held):
            return scale
    raise Unclear("does not lie on a usual scale (1 to 5, 1 to 7, 0 to 10, 0 to 100)")


def as_scale(text: str) -> Scale:
    """A scale as `1-5`. Raises Unclear."""
    lowest, _, highest = text.partition("-")
    if not (lowest.isdigit() and highest.isdigit() and int(lowest) < int(highest)):
        raise Unclear("is no scale; write it like 1-5")
    return Scale(int(lowest), int(highest))


def as_number(text: str) -> float:
    """A number, with a point or a comma. Raises Unclear."""
    plain = text.replace(" ", "").replace(" ", "").removesuffix("%")
    if not _NUMBER.fullmatch(plain):
        raise Unclear("is no number")
    value = float(plain.replace(",", "."))
    if not math.isfinite(value):
        raise Unclear("is no number")
    return value


def as_count(text: str) -> int:
    """A whole number of at least 0; thousands may be parted by commas. Raises Unclear."""
    plain = re.sub(r"(?<=\d)[, .](?=\d{3}(?:\D|\Z))", "", text)
    value = as_number(plain)
    if value < 0 or value != int(value):
        raise Unclear("is no whole number of 0 or more")
    return int(value)


def as_answer(text: str) -> float:
    """An answer: a number, the number it begins with, or a usual word of agreement. Raises Unclear."""
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    if match := _LEADING_NUMBER.match(text):
        return float(match[1])
    try:
        return as_number(text)
    except Unclear:
        raise Unclear("is no answer on a scale") from None


def as_flag(text: str) -> bool:
    """Yes or no. Raises Unclear."""
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise Unclear("is neither yes nor no")


def is_day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates such as 03/04/2026 begin with the day; None where the column does not tell."""
    for text in texts:
        match = _DATE.match(text)
        if match and len(match["a"]) < 4:
            if int(match["a"]) > 12:
                return True
            if int(match["b"]) > 12:
                return False
    return None


def as_time(text: str, *, day_first: bool | None) -> datetime:
    """A time in UTC; without a zone it is taken for UTC, without an hour for midnight. Raises Unclear."""
    if match := _MONTH.fullmatch(text):
        return _checked(int(match[1]), int(match[2]), 1)
    match = _DATE.match(text)
    if not match or not text[match.end() :].strip() == "":
        raise Unclear("is no date; write it like 2026-03-31")
    if len(match["a"]) == 4:
        year, month, day = int(match["a"]), int(match["b"]), int(match["c"])
    else:
        year = int(match["c"]) + (2000 if len(match["c"]) == 2 else 0)
        first, second = int(match["a"]), int(match["b"])
        if "." in text[: match.end("b")]:
            day_first = True
        if day_first is None:
            raise Unclear("could be read in two ways (day or month first); write it like 2026-03-31")
        day, month = (first, second) if day_first else (second, first)
    hour = int(match["h"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    found = _checked(year, month, day, hour, int(match["m"] or 0), int(match["s"] or 0))
    zone = match["zone"]
    if zone and zone not in ("Z", "UTC"):
        offset = datetime.strptime(zone.replace(":", ""), "%z").utcoffset()
        return found - offset if offset else found
    return found


def _checked(*parts: int) -> datetime:
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        raise Unclear("is no date that exists") from None
