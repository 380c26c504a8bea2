"""Takes out how somebody is addressed: greetings, closings, and names that are also words of feeling."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import Final

from .cues import read_lexicon
from .look import Look

_SURELY: Final = re.compile(
    r"(?:\b(?:(?:sur|first |last |middle |given |family )?name(?: is|:)?|name's|"
    r"named|called|mr|mrs|ms|miss|mx|dr|colleagues?|agents?|technician|engineer"
    r"|manager|(?:spoke|talked|speak) (?:to|with)|chatted with|rep|representative|advis[eo]r)\.?\s+"
    r"(?:[A-Z@][\w'@-]*\s+)?|@)\Z",
    re.IGNORECASE,
)
_MAYBE: Final = re.compile(
    r"\b(?:hi|hello|hey|dear|thanks|thank you|cheers|best|regards|sincerely|faithfully|yours|truly|this is"
    r"|i'm|i am|by),?\s+(?:[A-Z][\w'-]*\s+)?\Z",
    re.IGNORECASE,
)
_HAILED: Final = re.compile(r"\b(?:hi|hello|hey|dear) \Z", re.IGNORECASE)
_AFTER: Final = re.compile(r"[ \t]*(?:[,.!:;)\n–—-]|\Z|here\b|from\b|and i\b|[A-Z][a-z]+\s*(?:[,.!\n]|\Z))")
_ALONE_BEFORE: Final = re.compile(r"[ \t]*(?:[A-Z][\w'.-]*[ \t]+){0,2}\Z")
_ALONE_AFTER: Final = re.compile(r"[ \t]*(?:[A-Z][\w'.-]*[ \t]*){0,2}[.,!]?[ \t]*(?:\n|\Z)")
_DOES: Final = re.compile(
    r"\s{1,8}(?:told|said|says|promised|from|never|called|helped|wrote|answered|assured|was|has|did)\b"
)
_PARTNER: Final = re.compile(
    r" (?!(?:Service|Support|Customer|Experience|Company|App|Website|Quality|Attitude|Response)\b)"
    r"[A-Z][a-z]+"
)
"""A name of several words, such as that of a pub."""
_PLACE: Final = re.compile(
    r" (?:Lane|Street|St|Road|Rd|Avenue|Ave|Close|Drive|Court|Way|Hill|House|Terrace|Gardens|Crescent|Square"
    r"|Row|Farm|Cottage|& (?:Sons?|Daughters?|Co|Partners)|and Sons?|Ltd|Limited|Inc|GmbH|LLP)\b"
)
"""What makes the word before it a street or a firm."""
_ENDEARING: Final = frozenset(
    {"love", "darling", "dear", "sweetheart", "honey", "lovely", "treasure", "sunshine"}
)
_ENDEARED: Final = re.compile(
    r",\s(love|darling|dear|sweetheart|honey|lovely|treasure|sunshine)(?=\s*(?:[.,!?;]|\Z))"
)
"""How some address anybody: "I'm gutted, love."."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LOOKBACK: Final = 40
_MOST_NAMES: Final = 20

_GREETS: Final = frozenset(
    {"good", "dear", "respected", "hope", "hoping", "greetings", "hi", "hello", "hey", "i", "morning"}
)
_GREETING: Final = re.compile(
    r"\W*(?:(?:hi|hello|hey|dear|respected|greetings)\b(?:[ ,/]*(?:there|sir|madam|ma'am|team|all|everyone"
    r"|folks|support|friends?|customer (?:service|support|care)|or|and|to whom it may concern))*[,.!:;]*\s*)*"
    r"(?:(?:a )?(?:very )?(?:good (?:morning|afternoon|evening|day)(?: to you)?|morning)\b"
    r"(?: (?:sir|madam|team|all|everyone|there))?[,.!:;]*\s*)?"
    r"(?:(?:i )?hop(?:e|ing) (?:you(?:'re| are)?|this|that|my|all|everyone|everything)[^.!?\n]{0,40}?"
    r"\b(?:well|good health|safe|great day|good day|fine)\b(?: today)?[,.!]*\s*)?"
)
_CLOSES: Final = frozenset(
    {"regards", "faithfully", "sincerely", "truly", "wishes", "respectfully", "greetings"}
)
_CLOSING: Final = re.compile(
    r"\b(?:yours (?:faithfully|sincerely|truly|respectfully)|(?:(?:with|many|kind(?:est)?|best"
    r"|warm(?:est)?) )*(?:regards|wishes|greetings)|sincerely(?: yours)?|respectfully(?: yours)?)[,.!]*"
    r"(?:\s+[\w'.@-]+){0,3}\s*\Z"
)


@cache
def _tables() -> tuple[frozenset[str], frozenset[str]]:
    """(names that are also words of feeling, those of them for which a capital letter is not enough)."""
    raw = read_lexicon("en", "names")
    words = frozenset(raw["words"].split())
    return words.union(raw["names"].split()), words


def without_address(look: Look) -> str:
    """The text with blanks for greetings and closings and `@` for such names; no offset moves."""
    text, lower, words = look.text, look.lower, look.words
    if not words:
        return text
    names, _ = _tables()
    if not names.isdisjoint(words) or any(word.endswith("'s") and word[:-2] in names for word in words):
        likely = (match for match in _LETTERS.finditer(text) if match.group().lower() in names)
        for match in islice(likely, _MOST_NAMES):
            if _is_name(text, *match.span()):
                text = _filled(text, *match.span(), "@")
    if not _ENDEARING.isdisjoint(words):
        for endeared in islice(_ENDEARED.finditer(lower), _MOST_NAMES):
            text = _filled(text, *endeared.span(1), "@")
    if words[0] in _GREETS and (found := _GREETING.match(lower)) and 0 < found.end() < len(lower):
        text = _filled(text, found.start(), found.end(), " ")
    if not _CLOSES.isdisjoint(words[-5:]) and (found := _CLOSING.search(lower, max(0, len(lower) - 80))):
        text = _filled(text, found.start(), found.end(), " ") if found.start() else text
    return text


def _filled(text: str, start: int, end: int, filler: str) -> str:
    return text[:start] + filler * (end - start) + text[end:]


def _is_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    before = text[max(0, start - _LOOKBACK) : start]
    if not word[0].isupper():
        return before.endswith("@") or (
            _HAILED.search(before) is not None and text[end : end + 1] in {",", "\n"}
        )
    if (
        _SURELY.search(before)
        or _PLACE.match(text, end)
        or (_MAYBE.search(before) and _AFTER.match(text, end))
    ):
        return True
    line = text.rfind("\n", 0, start) + 1
    if line and _ALONE_BEFORE.match(text[line:start]) and _ALONE_AFTER.match(text, end):
        return True
    return not word.isupper() and not _is_headline(text) and _is_capital_name(text, word, before, end)


def _is_capital_name(text: str, word: str, before: str, end: int) -> bool:
    """Whether a word is a name for no other reason than its capital, amid words without one."""
    if word.lower() in _tables()[1]:
        return before.rstrip()[-1:].islower() and _PARTNER.match(text, end) is not None
    last = before.rstrip()[-1:]
    if last.isalnum() or last == ",":
        return True
    return _DOES.match(text, end) is not None


def _is_headline(text: str) -> bool:
    """Whether most words begin with a capital."""
    words = _LETTERS.findall(text)
    capitals: int = sum(word[0].isupper() for word in words)
    return capitals * 2 > len(words)
