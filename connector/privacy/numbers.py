"""Finds telephone numbers, payment cards and bank accounts among all the other numbers of a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .checksums import IBAN_LENGTHS, digits_of, is_iban, passes_luhn
from .identifiers import Kind, Span
from .order_numbers import is_order_number, is_telephone_number
from .redaction_words import entries

_GAP: Final = " .\\-–\u2011\u00a0\u202f"

_IBAN_START: Final = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?=[ \u00a0\-]?[A-Za-z0-9]{2})")
_LONGEST_IBAN: Final = 34


def ibans(text: str) -> Iterator[Span]:
    """Bank accounts, by their country's length and mod 97."""
    for found in _IBAN_START.finditer(text):
        wanted = IBAN_LENGTHS.get(found.group()[:2].upper())
        if wanted is None:
            continue
        compact, at = "", found.start()
        while len(compact) < wanted and at < len(text):
            character = text[at]
            if character.isascii() and character.isalnum():
                compact += character
            elif character not in " -\u00a0\u202f." or text[at - 1] == character:
                break
            at += 1
        if is_iban(compact.upper()) and not text[at : at + 1].isalnum():
            yield Span(found.start(), at, Kind.IBAN)


_CARD: Final = re.compile(
    rf"(?<![\w+#/]|[.,\-]\b)(?:\d{{4}}(?P<a>[{_GAP}]?)\d{{4}}(?P=a)\d{{4}}(?P=a)\d{{4}}(?:(?P=a)\d{{1,3}})?"
    rf"|3\d{{3}}(?P<b>[{_GAP}]?)\d{{6}}(?P=b)\d{{4,5}}|\d{{17,19}})(?![\w/]|[.\-]\d)"
)


def cards(text: str) -> Iterator[Span]:
    """Payment cards, by the networks' ranges and Luhn; never a number that the words call an order's."""
    for found in _CARD.finditer(text):
        digits = digits_of(found.group())
        if _is_of_a_network(digits) and passes_luhn(digits) and not is_order_number(text, found.start()):
            yield Span(found.start(), found.end(), Kind.CARD)


def _is_of_a_network(digits: str) -> bool:
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    return (
        (length in (16, 19) and digits[0] == "4")
        or (length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (length == 15 and two in (34, 37))
        or (length == 14 and (two in (36, 38, 39) or 300 <= four // 10 <= 305))
        or (length >= 16 and (four == 6011 or two == 65 or 644 <= four // 10 <= 649 or 3528 <= four <= 3589))
        or (length >= 16 and (two in (50, 62) or 56 <= two <= 58 or two in (63, 67)))
    )


_CALLING_CODES: Final = frozenset(entries("telephones", "calling_codes"))
_INTERNATIONAL: Final = re.compile(
    rf"(?<![\w+])(?:[+＋]|00(?=[ ]?[1-9]))(?:[{_GAP}()/]{{0,3}}\d){{7,15}}(?!\d)"
)
_NORTH_AMERICAN: Final = re.compile(
    rf"(?<![\w+#/]|[.,\-]\b)(?:1[{_GAP}])?(?:\([2-9]\d{{2}}\)[{_GAP}]{{0,2}}|[2-9]\d{{2}}[{_GAP}])[2-9]\d{{2}}[{_GAP}]\d{{4}}"
    r"(?![\w/]|[.,\-]\d)"
)
_NATIONAL: Final = re.compile(
    rf"(?<![\w+#:/]|[.,\-]\b)\(?0[1-9]\d{{0,4}}\)?(?:[{_GAP}/]{{1,3}}\d{{2,8}}){{1,5}}(?![\w:%]|[.,\-/]\d)"
)
_MOBILE: Final = re.compile(r"(?<![\w+#/]|[.,\-]\b)(?:07\d{9}|01[5-7]\d{8,9}|0[67]\d{8})(?![\w/]|[.,\-]\d)")
_ANY: Final = re.compile(rf"(?<![\w+#:/]|[.,\-]\b)\(?\d(?:[{_GAP}()/]{{0,2}}\d){{6,14}}(?![\w:%]|[.,\-/]\d)")
_DATE: Final = re.compile(
    r"\(?(?:\d{1,2}[./\-– ]\d{1,2}[./\-– ](?:19|20)\d\d|(?:19|20)\d\d[./\-– ]\d{1,2}[./\-– ]\d{1,2})(?!\d)"
)


def telephones(text: str) -> Iterator[Span]:
    """Telephone numbers: by their form, or by a word such as `call` just before a plainer one."""
    for found in _INTERNATIONAL.finditer(text):
        digits = digits_of(found.group()).removeprefix("00")
        has_plus = found.group()[0] in "+＋"
        known = any(digits[:size] in _CALLING_CODES for size in (1, 2, 3))
        if known and 8 <= len(digits) <= 15 and (has_plus or not is_order_number(text, found.start())):
            yield Span(found.start(), found.end(), Kind.PHONE)
    for pattern in (_NORTH_AMERICAN, _NATIONAL, _MOBILE, _ANY):
        for found in pattern.finditer(text):
            written, start = found.group(), found.start()
            if pattern is _NATIONAL and not 9 <= len(digits_of(written)) <= 12:
                continue
            if pattern is _ANY and not is_telephone_number(text, start):
                continue
            if not _DATE.match(written) and not is_order_number(text, start):
                yield Span(start, found.end(), Kind.PHONE)
