"""Tells the numbers of orders, parcels, devices and releases from those of people."""

from __future__ import annotations

import re
from typing import Final

from .redaction_words import any_of

_REACH: Final = 60

_THINGS: Final = any_of("orders", "things")
_FILLERS: Final = any_of("orders", "fillers")
# The word for the thing stands just before the number, with nothing but such little words between.
_BEFORE: Final = re.compile(
    rf"(?<![^\W_]){_THINGS}(?![^\W_])(?:[ \t\u00a0:.#=()\-–'’\"“„,/]{{1,4}}{_FILLERS}(?![^\W_]))"
    r"{0,4}[ \t\u00a0:.#=()\-–'’\"“„/]{0,4}(?:[a-z]{1,4}[-_ ]?)?$"
)
_MARKED: Final = re.compile(r"(?:#|[^\W_][-_/]|№|(?<![^\W_])n[°º][ ]?)[ ]?$")
# "orders 5551234567, 5551234568 and 5551234569": what follows in such a list is of the same kind
_LISTED: Final = re.compile(r"(?<![\w-])(?P<first>[\w-]{4,30}+)[ ]?(?:,|;|/|&|\+|and|und|or|oder|et|y)[ ]?$")
_RELEASE: Final = re.compile(rf"(?<![^\W_])(?:v|{any_of('orders', 'releases')}(?![^\W_])[ :.=\-]{{0,3}}v?)$")
_TELLS: Final = re.compile(rf"\b{any_of('orders', 'calls')}\b[^\d\n]{{0,32}}$")


def is_order_number(text: str, start: int) -> bool:
    """Whether the words before position `start` say that the number there names a thing, not a person."""
    for _ in range(3):
        before = _before(text, start)
        if _MARKED.search(before) or _BEFORE.search(before):
            return True
        listed = _LISTED.search(text, max(0, start - _REACH), start)
        if listed is None:
            return False
        start = listed.start("first")
    return False


def is_version(text: str, start: int) -> bool:
    """Whether the words before position `start` say that the number there is a release's."""
    return _RELEASE.search(_before(text, start)) is not None


def is_telephone_number(text: str, start: int) -> bool:
    """Whether the words before position `start` say that the number there can be called."""
    return _TELLS.search(_before(text, start)) is not None


def _before(text: str, start: int) -> str:
    # In lower case, because a pattern that ignores case is several times slower.
    return text[max(0, start - _REACH) : start].lower()
