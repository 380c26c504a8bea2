"""Finds what identifies a person by its form: addresses, web addresses, birthdays, national ids."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .checksums import (
    digits_of,
    is_dutch_bsn,
    is_french_nir,
    is_german_tax_id,
    is_italian_fiscal_code,
    is_polish_pesel,
    is_spanish_dni,
    is_swiss_ahv,
    is_us_ssn,
)
from .order_numbers import is_order_number, is_version


class Kind(StrEnum):
    """What was found; `<KIND>` stands in its place."""

    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    IP = "ip"
    URL = "url"
    BIRTH_DATE = "date_of_birth"
    NATIONAL_ID = "national_id"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Span:
    """Where something was found: code points of the text as it was, end exclusive."""

    start: int
    end: int
    kind: Kind


# An @, plain or spelled out. Its sides are looked at from there, a bounded way, so that a long run of
# letters is not read once for each of them.
_AT: Final = re.compile(r"@|%40|[ ]?[\[({][ ]?(?:at|ät|arroba)[ ]?[\])}][ ]?", re.IGNORECASE)
_LOCAL: Final = re.compile(r"[\w.+%'’&=/!#$*?^`{|}~-]")
_LONGEST_LOCAL: Final = 64
_DOT: Final = r"(?:\.|[ ]?[\[({][ ]?(?:dot|punkt|punto|point)[ ]?[\])}][ ]?)"
_DOMAIN: Final = re.compile(rf"(?:[^\W_](?:[\w-]{{0,62}}){_DOT}){{1,6}}[^\W\d_][\w-]{{1,24}}", re.IGNORECASE)
_IP_LITERAL: Final = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also with `(at)` and `[dot]` spelled out."""
    reached = 0
    for at in _AT.finditer(text):
        start = at.start()
        floor = max(reached, start - _LONGEST_LOCAL)
        while start > floor and _LOCAL.match(text, start - 1):
            start -= 1
        while start < at.start() and not (text[start].isalnum() or text[start] == "_"):
            start += 1
        if start == at.start() and text[start - 1 : start] == '"':  # "anna berg"@example.com
            start = max(text.rfind('"', floor, start - 1), floor)
        domain = _DOMAIN.match(text, at.end()) or _IP_LITERAL.match(text, at.end())
        if domain is None or start == at.start():
            continue
        if "=" in text[start : at.start()]:  # to=anna@example.com is a form's field, not part of the address
            start += text[start : at.start()].rindex("=") + 1
        reached = domain.end()
        yield Span(start, reached, Kind.EMAIL)


_URL: Final = re.compile(r"\b(?:https?://|ftp://|mailto:|tel:|www\.(?=\w))[^\s<>\"]++", re.IGNORECASE)
_BARE_PROFILE: Final = re.compile(
    r"\b(?:linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|tiktok\.com|t\.me|wa\.me|github\.com"
    r"|paypal\.me)/[^\s<>\"]++",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?'\")]}*_"
_PROFILE: Final = re.compile(
    r"(?:^|//|www\.|\.)(?:(?:linkedin\.com/in|xing\.com/profile|paypal\.me|wa\.me|t\.me)/\w"
    r"|(?:facebook|instagram|twitter|x|tiktok|github)\.com/@?"
    r"(?!(?:help|settings|support|legal|policies|about|login|search|hashtag|business|explore|watch|groups"
    r"|pages|marketplace|features|pricing)\b)\w)",
    re.IGNORECASE,
)
_PERSONAL_PART: Final = re.compile(
    r"^(?:mailto|tel):"
    r"|^\w{3,5}://[^/\s]*@"
    r"|/(?:users?|profiles?|people|members?|customers?|contacts?|accounts?|u|patients?)/(?!me\b|help\b)[^/?#\s]{2}"
    r"|[?&;#](?:e?mail|user(?:_?(?:id|name))?|u|uid|name|first_?name|last_?name|full_?name|phone|tel|mobile|token"
    r"|access_token|auth|key|api_?key|sig|signature|session(?:_?id)?|sid|otp|code|password|pwd|reset|invite|login"
    r"|customer(?:_?id)?|contact(?:_?id)?|account(?:_?id)?|dob|birthday|address|recipient|to)=[^&#\s]"
    r"|/(?:reset|verify|confirm|unsubscribe|invite|magic|password)[\w-]{0,20}/[\w-]{16}"
    r"|@\w|%40",
    re.IGNORECASE,
)


def web_addresses(text: str) -> Iterator[tuple[Span, bool]]:
    """Every web address, and whether it says who somebody is; one that does not is left as it stands."""
    found = [*_URL.finditer(text), *_BARE_PROFILE.finditer(text)]
    for address in sorted(found, key=lambda match: match.start()):
        end = address.end()
        while end > address.start() and text[end - 1] in _TRAILING:
            end -= 1
        written = text[address.start() : end][:4096]
        is_personal = bool(_PERSONAL_PART.search(written) or _PROFILE.search(written))
        yield Span(address.start(), end, Kind.URL), is_personal


_IPV4: Final = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)", re.ASCII)
_IPV6: Final = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:.]{0,44}:)[0-9A-Fa-f:.]{6,45}+(?![\w:])")
# Masks, nobody's address, and numbers of chapters such as 3.4.5.6
_MASK: Final = re.compile(r"255\.|0\.0\.0\.|\d(?:\.\d){3}$")


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses, but no versions, times, hardware addresses, masks or loopbacks."""
    if text.count(".") >= 3:
        for found in _IPV4.finditer(text):
            if is_version(text, found.start()) or _MASK.match(found.group()):
                continue
            try:
                address = ipaddress.IPv4Address(found.group())
            except ValueError:
                continue
            if not (address.is_loopback or address.is_multicast):
                yield Span(found.start(), found.end(), Kind.IP)
    if text.count(":") >= 2:
        for found in _IPV6.finditer(text):
            written = found.group().rstrip(".")
            try:
                whole = ipaddress.IPv6Address(written)
            except ValueError:
                continue
            # a::b is a name in a program; an address that reaches anybody begins with four hex digits
            if (
                re.match(r"[0-9A-Fa-f]{4}:", written)
                and any(c.isdecimal() for c in written[:4]) | whole.is_link_local
            ):
                yield Span(found.start(), found.start() + len(written), Kind.IP)


_MONTH: Final = (
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic|gen|mag|giu|lug|set|ott"
    r"|janv|févr|avr|juin|juil|août|déc|mei|maa)[a-zéûäçñ]{0,7}\.?"
)
_BORN: Final = re.compile(
    r"\b(?:d\.?o\.?b\b\.?|date[ ]of[ ]birth|birth[ ]?date|birthday|born|geboren|geb\.|geburtsdatum|geburtstag"
    r"|née?|date[ ]de[ ]naissance|fecha[ ]de[ ]nacimiento|nacid[oa]|nat[oa]|data[ ]di[ ]nascita"
    r"|data[ ]de[ ]nascimento|nascid[oa]|geboortedatum)(?=\D{0,32}+\d)"
    r"(?:[ ]{0,2}(?:\(?(?:dd|mm)[/.-](?:dd|mm)[/.-]yy(?:yy)?\)?|"
    r"(?:is|was|on|am|ist|war|le|el|il|em|op|es|est)\b))"
    r"{0,2}"
    r"[ ]{0,2}[:=(\-–,]?[ ]{0,2}"
    r"(?P<date>\d{1,2}[./\- ]\d{1,2}[./\- ]{1,2}(?:\d{4}|\d{2})(?!\d)|\d{4}[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?[ ]{{0,2}}(?:of[ ]|de[ ])?{_MONTH},?[ ]{{0,2}}(?:del?[ ])?\d{{4}}"
    rf"|{_MONTH}[ ]{{0,2}}\d{{1,2}}(?:st|nd|rd|th)?,?[ ]{{0,2}}\d{{4}}|\d{{8}}(?!\d))",
    re.IGNORECASE,
)


def birth_dates(text: str) -> Iterator[Span]:
    """Dates that the words before them call a birthday; no other date."""
    for found in _BORN.finditer(text):
        yield Span(*found.span("date"), Kind.BIRTH_DATE)


_ID_CUE: Final = re.compile(
    r"(?:\bssn|social[ ]security|\bbsn|burgerservice\w{0,8}|\bpesel|\bsofi)\b[^\n]{0,20}$", re.IGNORECASE
)
_SEPARATED: Final = r"[ .\-/\u00a0\u202f]?"
_IDS: Final[tuple[tuple[re.Pattern[str], Callable[[str], bool], bool], ...]] = (
    (re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}"), is_us_ssn, True),
    (re.compile(r"\d{4}[. ]?\d{2}[. ]?\d{3}"), is_dutch_bsn, True),
    (re.compile(r"\d{11}"), is_polish_pesel, True),
    (re.compile(r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}"), is_german_tax_id, False),
    (re.compile(r"[12][ ]?\d{2}[ ]?[0-1]\d[ ]?\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}"), is_french_nir, False),
    (re.compile(r"756\.?\d{4}\.?\d{4}\.?\d{2}"), is_swiss_ahv, False),
)
_NUMBER_START: Final = re.compile(r"(?<![\w+.,\-/#])\d(?=\d|[ ]\d\d[ ])(?=[\d .\-\u00a0]{8})")
_UK_NI: Final = re.compile(
    rf"(?<![\w\-#/])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{_SEPARATED}"
    rf"\d{{2}}{_SEPARATED}\d{{2}}{_SEPARATED}\d{{2}}{_SEPARATED}[A-D](?![\w\-])"
)
_DNI: Final = re.compile(rf"(?<![\w\-#/])(?:\d{{8}}|[XYZ]{_SEPARATED}\d{{7}}){_SEPARATED}[A-Z](?![\w\-])")
_FISCAL: Final = re.compile(
    r"(?<![\w\-#/])[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![\w\-])", re.IGNORECASE
)


def national_ids(text: str) -> Iterator[Span]:
    """Numbers that a state gave a person: by check digits, or by form and a word before them."""
    for start in _NUMBER_START.finditer(text):
        if (found := _id_at(text, start.start())) is not None:
            yield found
    for pattern, passes in ((_UK_NI, None), (_DNI, is_spanish_dni), (_FISCAL, is_italian_fiscal_code)):
        for match in pattern.finditer(text):
            compact = "".join(filter(str.isalnum, match.group())).upper()
            if (passes is None or passes(compact)) and not is_order_number(text, match.start()):
                yield Span(match.start(), match.end(), Kind.NATIONAL_ID)


def _id_at(text: str, start: int) -> Span | None:
    for pattern, passes, needs_cue in _IDS:
        found = pattern.match(text, start)
        if (
            found is None
            or text[found.end() : found.end() + 1].isalnum()
            or not passes(digits_of(found.group()))
        ):
            continue
        if needs_cue and not _ID_CUE.search(text[max(0, start - 40) : start]):
            continue
        if needs_cue or not is_order_number(text, start):
            return Span(start, found.end(), Kind.NATIONAL_ID)
    return None
