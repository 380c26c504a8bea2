"""Finds the names of a ticket's own people in its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

from .identifiers import Kind, Span
from .redaction_words import any_of, entries

_WORD: Final = re.compile(r"[^\W\d_]++(?:['’\-][^\W\d_]++)*+")
_SPELLED_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
)
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{2,}")

_NOBODY: Final = frozenset(entries("names", "nobody"))
_PARTICLES: Final = frozenset(entries("names", "particles"))
# Names that are words too, such as Will and May: they count only where a name is to be expected.
_WORDS: Final = frozenset(entries("names", "words"))
_MONTHS: Final = frozenset({"april", "may", "june", "august", "march", "july"})
_EXPECTS_A_NAME: Final = re.compile(
    rf"(?:\b{any_of('names', 'cues')}\b[ ,.:!\-–]{{0,3}}|^|[\n\r>|][ \t\-–*_]{{0,3}})$", re.IGNORECASE
)
_MONTH_BEFORE: Final = re.compile(
    r"(?:\b(?:in|by|since|until|till|of|on|this|next|last|early|late|mid|from|to|for|before|after|and|between"
    r"|every|each)[ ]"
    r"|\d(?:st|nd|rd|th)?[ .,/\-]{0,2})$",
    re.IGNORECASE,
)


def named_people(text: str, names: Collection[str]) -> Iterator[Span]:
    """Where the text names one of these people, by a whole name or a part of it."""
    parts, unspaced = _parts_of(names)
    for name in unspaced:
        at = text.find(name)
        while at >= 0:
            yield Span(at, at + len(name), Kind.NAME)
            at = text.find(name, at + len(name))
    if not parts:
        return
    hits: list[tuple[int, int]] = []
    for word in _WORD.finditer(text):
        hits.extend(_hits(word.group(), word.start(), parts))
    yield from _joined(text, hits)


def _hits(word: str, start: int, parts: frozenset[str]) -> Iterator[tuple[int, int]]:
    """The word, without a genitive's ending, if it is a part of a name; else those of its halves that are."""
    whole = re.sub(r"['’][sS]$", "", word)
    if _key(whole) in parts:
        yield start, start + len(whole)
    elif not whole.isalpha():
        for half in re.finditer(r"[^\W\d_]+", whole):
            if len(half.group()) > 2 and _key(half.group()) in parts:
                yield start + half.start(), start + half.end()


def _joined(text: str, hits: list[tuple[int, int]]) -> Iterator[Span]:
    """Neighbouring parts become one name; a part that is a word too must stand where a name would."""
    at = 0
    while at < len(hits):
        last = at
        while last + 1 < len(hits) and _is_one_name(text, hits[last], hits[last + 1]):
            last += 1
        following, whole = last + 1, last - at
        while at <= last and _is_little(text, hits[at]):
            at += 1
        while last > at and _is_little(text, hits[last]):
            last -= 1
        run = hits[at : last + 1]
        if (whole and _has_a_capital(text, run)) or any(_is_name(text, hit) for hit in run):
            yield Span(run[0][0], run[-1][1], Kind.NAME)
        at = following


def _is_one_name(text: str, left: tuple[int, int], right: tuple[int, int]) -> bool:
    gap = text[left[1] : right[0]]
    if len(gap) > 2 or gap.strip(" \u00a0.,-"):
        return False
    # "Hi Will, will you" is one name and a verb
    words = (text[left[0] : left[1]], text[right[0] : right[1]])
    return "," not in gap or not any(word.islower() for word in words)


def _is_little(text: str, hit: tuple[int, int]) -> bool:
    word = text[hit[0] : hit[1]]
    return len(word) == 1 or word.casefold() in _PARTICLES


def _has_a_capital(text: str, run: list[tuple[int, int]]) -> bool:
    return any(not text[start].islower() for start, _ in run) or not all(
        text[start:end].casefold() in _WORDS for start, end in run
    )


def _is_name(text: str, hit: tuple[int, int]) -> bool:
    word = text[hit[0] : hit[1]]
    key = word.casefold()
    if key not in _WORDS:
        return True
    if not word[0].isupper():
        return False
    before = text[max(0, hit[0] - 30) : hit[0]]
    after = text[hit[1] : hit[1] + 2]
    if key in _MONTHS and (_MONTH_BEFORE.search(before) or (after[:1].isspace() and after[1:].isdecimal())):
        return False
    stands_alone = not after.strip() or after[0] in ",!:\n\r" or after.startswith((". ", ".\n"))
    if _EXPECTS_A_NAME.search(before):
        starts_line = not before.strip() or before.rstrip(" \t-–*_")[-1:] in "\n\r>|"
        return stands_alone or not starts_line
    if not after.strip() and before.rstrip()[-1:] in ".!?":  # nothing but the name: it signs
        return True
    return bool(re.search(r"[\w,;][ ]$", before)) and not word.isupper()


def _key(word: str) -> str:
    return word.casefold().replace("’", "'")


def _parts_of(names: Collection[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The parts of all names, in the ways people spell them, and the names of scripts without spaces."""
    parts: set[str] = set()
    unspaced: set[str] = set()
    for name in names:
        if "@" in name:
            continue
        composed = unicodedata.normalize("NFC", name)
        unspaced.update(_UNSPACED.findall(composed))
        for word in _WORD.findall(composed):
            key = _key(word)
            if key in _NOBODY or _UNSPACED.search(word):
                continue
            parts.update((key, _key(word.translate(_SPELLED_OUT)), key.translate(_SPELLED_OUT), _plain(key)))
            if "-" in word:
                parts.update(_key(half) for half in word.split("-") if len(half) > 2)
    return frozenset(parts), tuple(sorted(unspaced, key=len, reverse=True))


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
