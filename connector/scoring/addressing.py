"""Takes out how somebody is addressed: greetings, closings, and names that are also words of feeling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from .lexicon_files import pattern, read_lexicon, words
from .look import Look

_ALONE_BEFORE: Final = re.compile(r"[ \t]*(?:[A-Z][\w'.-]*[ \t]+){0,2}\Z")
_ALONE_AFTER: Final = re.compile(r"[ \t]*(?:[A-Z][\w'.-]*[ \t]*){0,2}[.,!]?[ \t]*(?:\n|\Z)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LOOKBACK: Final = 40
_CLOSING_LENGTH: Final = 80
_MOST_NAMES: Final = 20


_LISTS: Final = ("names", "words", "greets", "closes", "endearing")
_PATTERNS: Final = (
    "surely", "maybe", "after", "hailed", "does", "partner", "place", "endeared", "greeting", "closing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the `names.toml` of a language says about how people are addressed."""

    names: frozenset[str]
    """Names that are also words of feeling."""
    lists: Mapping[str, frozenset[str]]
    patterns: Mapping[str, re.Pattern[str]]


@cache
def _tables(language: str) -> _Tables:
    raw = read_lexicon(language, "names")
    lists = {name: words(raw, name) for name in _LISTS}
    return _Tables(
        names=lists["names"] | lists["words"],
        lists=lists,
        patterns={name: pattern(raw, name) for name in _PATTERNS},
    )


def without_address(look: Look) -> str:
    """The text with blanks for greetings and closings and `@` for such names; no offset moves."""
    text, lower, said = look.text, look.lower, look.words
    if not said:
        return text
    tables = _tables(look.language)
    names, lists, patterns = tables.names, tables.lists, tables.patterns
    if not names.isdisjoint(said) or any(word.endswith("'s") and word[:-2] in names for word in said):
        likely = (match for match in _LETTERS.finditer(text) if match.group().lower() in names)
        for match in islice(likely, _MOST_NAMES):
            if _is_name(text, *match.span(), tables):
                text = _filled(text, *match.span(), "@")
    if not lists["endearing"].isdisjoint(said):
        for endeared in islice(patterns["endeared"].finditer(lower), _MOST_NAMES):
            text = _filled(text, *endeared.span(1), "@")
    if said[0] in lists["greets"] and (found := patterns["greeting"].match(lower)):
        text = _filled(text, found.start(), found.end(), " ") if 0 < found.end() < len(lower) else text
    if not lists["closes"].isdisjoint(said[-5:]):
        found = patterns["closing"].search(lower, max(0, len(lower) - _CLOSING_LENGTH))
        text = _filled(text, found.start(), found.end(), " ") if found and found.start() else text
    return text


def _filled(text: str, start: int, end: int, filler: str) -> str:
    return text[:start] + filler * (end - start) + text[end:]


def _is_name(text: str, start: int, end: int, tables: _Tables) -> bool:
    patterns = tables.patterns
    word = text[start:end]
    before = text[max(0, start - _LOOKBACK) : start]
    if not word[0].isupper():
        is_hailed = text[end : end + 1] in {",", "\n"} and patterns["hailed"].search(before) is not None
        return before.endswith("@") or is_hailed
    if (
        patterns["surely"].search(before)
        or patterns["place"].match(text, end)
        or (patterns["maybe"].search(before) and patterns["after"].match(text, end))
    ):
        return True
    line = text.rfind("\n", 0, start) + 1
    if line and _ALONE_BEFORE.match(text[line:start]) and _ALONE_AFTER.match(text, end):
        return True
    return not word.isupper() and not _is_headline(text) and _is_capital_name(text, word, before, end, tables)


def _is_capital_name(text: str, word: str, before: str, end: int, tables: _Tables) -> bool:
    """Whether a word is a name for no other reason than its capital, amid words without one."""
    if word.lower() in tables.lists["words"]:
        return before.rstrip()[-1:].islower() and tables.patterns["partner"].match(text, end) is not None
    last = before.rstrip()[-1:]
    if last.isalnum() or last == ",":
        return True
    return tables.patterns["does"].match(text, end) is not None


def _is_headline(text: str) -> bool:
    """Whether most words begin with a capital."""
    found = _LETTERS.findall(text)
    capitals: int = sum(word[0].isupper() for word in found)
    return capitals * 2 > len(found)
