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
    if isinstance(document, bytes):
        document = document.decode(json.detect_encoding(document), "surrogatepass")
    brackets = document.count("[") + document.count("{")
    # No value is shorter than a character, so a short document has few.
    if len(document) > MOST_VALUES and brackets + document.count(",") > MOST_VALUES and not _fits(document):
        raise TooMany
    try:
        value = (_LENIENT if is_lenient else _STRICT).decode(document)
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


_STRICT: Final = json.JSONDecoder(parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant)
_LENIENT: Final = json.JSONDecoder(
    parse_int=_integer_or_text, parse_float=_number_or_none, parse_constant=lambda _name: None
)


def _fits(document: str) -> bool:
    """Whether there are few enough values once the marks inside texts are left out."""
    outside = "".join(document.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    return sum(outside.count(mark) for mark in "[{,") <= MOST_VALUES
