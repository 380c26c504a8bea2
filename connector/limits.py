"""How large, deep and long anything from outside may be; what is beyond is refused before it is used."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, Final, NoReturn

from .errors import Unreadable

MOST_DEPTH: Final = 64
"""Objects and lists within one another."""
MOST_DIGITS: Final = 20
"""Of a whole number: every id fits, and no arithmetic is slow."""
MOST_VALUES: Final = 3_000_000
"""In one document: a few bytes of JSON make a hundred bytes of objects."""
LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes of one line of a file, or of one file that is a single JSON document."""
MEGABYTE: Final = 1024 * 1024


class TooLarge(Unreadable):
    """An answer has more bytes or values than is safe to hold; smaller pages may fit."""


class TooDeep(ValueError):
    """JSON is nested more deeply than anything we are sent has reason to be."""


class TooMany(ValueError):
    """JSON holds more values than is safe to make objects of."""


class BadNumber(ValueError):
    """A number is infinite, no number at all, or has more digits than an id or a count can have."""


def decode_json(document: bytes | str, *, is_lenient: bool = False) -> Any:
    """The value of a JSON document from outside; `is_lenient` keeps numbers that cannot be as text or None.

    Raises ValueError (never RecursionError) for bad JSON; BadNumber (NaN, infinite, more than 20 digits),
    TooDeep and TooMany, which are ValueErrors too, say what they say.
    """
    brackets = _count(document, "[") + _count(document, "{")
    if brackets + _count(document, ",") > MOST_VALUES and not _fits(document):
        raise TooMany
    integer, number, constant = _LENIENT if is_lenient else _STRICT
    try:
        value = json.loads(document, parse_int=integer, parse_float=number, parse_constant=constant)
    except RecursionError:
        raise TooDeep from None
    if brackets > MOST_DEPTH:
        require_shallow(value)
    return value


def require_shallow(value: Any) -> None:
    """Raise TooDeep when lists and objects lie too deep within one another."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(MOST_DEPTH):
        if not level:
            return
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) in _CONTAINERS
        ]
    if level:
        raise TooDeep


_CONTAINERS: Final = (dict, list)


def _refuse_constant(_name: str) -> NoReturn:
    raise BadNumber


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS + digits.startswith("-"):
        raise BadNumber
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise BadNumber
    return value


def _integer_or_text(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _number_or_none(digits: str) -> float | None:
    value = float(digits)
    return value if isfinite(value) else None


_STRICT: Final = (_integer, _number, _refuse_constant)
_LENIENT: Final = (_integer_or_text, _number_or_none, lambda _name: None)


def _count(document: bytes | str, mark: str) -> int:
    return document.count(mark) if isinstance(document, str) else document.count(mark.encode())


def _fits(document: bytes | str) -> bool:
    """Whether there are few enough values once the marks inside texts are left out."""
    text = document.decode("utf-8", "replace") if isinstance(document, bytes) else document
    outside = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    return sum(outside.count(mark) for mark in "[{,") <= MOST_VALUES
