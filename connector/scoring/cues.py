"""Phrases that show something: patterns from a lexicon file, tried where the words of a text allow them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .phrases import NO_INDEX, PhraseWords, Piece, pieces_of

_MOST_KINDS = 4_096


@dataclass(frozen=True)
class Cue:
    """One kind of phrase. Patterns are tried on lower-case text with straight apostrophes."""

    name: str
    family: str
    value: float
    source: str

    @cached_property
    def label(self) -> str:
        """The rule's name in evidence."""
        return f"{self.family}:{self.name}"


class _Piece:
    """A part of a cue's pattern."""

    __slots__ = ("cue", "match", "source")

    def __init__(self, cue: Cue, source: str) -> None:
        self.cue = cue
        self.source = source
        self.match: Callable[..., re.Match[str] | None] = self._first_match

    def _first_match(self, lower: str, at: int) -> re.Match[str] | None:
        # Compiled when first needed: most texts need few of them, and a cold start none.
        self.match = re.compile(self.source).match
        return self.match(lower, at)


class CueSet:
    """All cues of one lexicon file; `find` takes the text's words, for most cues are ruled out by them."""

    def __init__(self, cues: Sequence[tuple[Cue, Sequence[Piece]]]) -> None:
        self.cues = tuple(cue for cue, _ in cues)
        rows = [
            (phrase, piece)
            for cue, parts in cues
            for source, phrases in parts
            for piece in (_Piece(cue, source),)
            for phrase in phrases
        ]
        self._words = PhraseWords(phrase for phrase, _ in rows)
        self._by_kind = tuple(piece for _, piece in rows)
        self._by_kinds: dict[int, tuple[_Piece, ...]] = {}

    @classmethod
    def load(cls, raw: Mapping[str, Any], index: Mapping[str, Any] = NO_INDEX) -> CueSet:
        """From the `[[cue]]` tables of a lexicon (name, family, value, `match`) and its index of phrases.

        A cue that the index does not know, or knows with another pattern, is tried at every word.
        """
        parts = raw.get("parts", {})
        cues = [
            Cue(row["name"], row["family"], float(row.get("value", 1)), expanded(row["match"], parts))
            for row in raw["cue"]
        ]
        return cls([(cue, pieces_of(index, cue.name, cue.source)) for cue in cues])

    def find(self, lower: str, words: Sequence[str]) -> list[tuple[Cue, int, int]]:
        """(cue, start, end) of the phrases in a lower-case text, in reading order.

        `words` are all runs of letters, digits and apostrophes in the text, in order (`Grammar.all_words`).
        """
        openings = self._words.openings(words, asks="?" in lower)
        if not openings:
            return []
        found: list[tuple[int, int, Cue]] = []
        place = passed = 0
        for at, kinds in openings:
            for word in words[passed:at]:
                place = lower.find(word, place) + len(word)
            place = lower.find(words[at], place)
            passed = at
            matched = None
            for piece in self._by_kinds.get(kinds) or self._pieces_of(kinds):
                if piece.cue is not matched and (match := piece.match(lower, place)):
                    matched = piece.cue
                    found.append((place, match.end(), matched))
        if len(found) > 1:
            found.sort(key=_place)
            return _without_overlaps(found)
        return [(cue, start, end) for start, end, cue in found]

    def _pieces_of(self, kinds: int) -> tuple[_Piece, ...]:
        if len(self._by_kinds) >= _MOST_KINDS:
            self._by_kinds.clear()
        pieces = dict.fromkeys(piece for at, piece in enumerate(self._by_kind) if kinds >> at & 1)
        self._by_kinds[kinds] = tuple(pieces)
        return self._by_kinds[kinds]


def _place(row: tuple[int, int, Cue]) -> tuple[int, int, str]:
    return row[0], row[1], row[2].name


def _without_overlaps(found: Sequence[tuple[int, int, Cue]]) -> list[tuple[Cue, int, int]]:
    """The matches, without those that begin inside an earlier one of the same cue."""
    ends: dict[str, int] = {}
    kept = []
    for start, end, cue in found:
        if start >= ends.get(cue.name, 0):
            ends[cue.name] = end
            kept.append((cue, start, end))
    return kept


def expanded(source: str, parts: Mapping[str, str]) -> str:
    """Put named parts (`{feeling}`) into a pattern; blanks in a pattern stand for any white space."""
    for name, part in parts.items():
        source = source.replace("{" + name + "}", part)
    return source.strip().replace("\n", "").replace(" ?", r"\s*").replace(" ", r"\s+")
