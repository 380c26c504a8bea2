"""Phrases that show something: patterns from a lexicon file, tried where the words of a text allow them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .phrases import LEXICONS, NO_INDEX, Phrases, PhraseWords, indexed

all_words = re.compile(r"[a-z0-9']+").findall
"""Every run of letters, digits and apostrophes in a lower-case text."""
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

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when first needed: most texts need few of them, and a cold start none."""
        return re.compile(self.source)


class CueSet:
    """All cues of one lexicon file; `find` takes the text's words, for most cues are ruled out by them."""

    def __init__(self, cues: Sequence[tuple[Cue, Phrases]]) -> None:
        self.cues = tuple(cue for cue, _ in cues)
        self._words = PhraseWords(kind for _, kinds in cues for kind in kinds)
        self._by_kind = tuple(cue for cue, kinds in cues for _ in kinds)
        self._by_kinds: dict[int, tuple[Cue, ...]] = {}

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
        return cls([(cue, indexed(index, cue.name, cue.source)) for cue in cues])

    def find(self, lower: str, words: Sequence[str]) -> list[tuple[Cue, int, int]]:
        """(cue, start, end) of the phrases in a lower-case text, in reading order.

        `words` are all runs of a-z, 0-9 and apostrophes in the text, in order (`all_words`).
        """
        known = self._words
        live = known.live(words)
        if not live:
            return []
        beginning, behind, count = live << known.count, 0, known.count
        found: list[tuple[int, int, Cue]] = []
        place = len(lower)
        for word in reversed(words):  # from the end, so that the words behind each are known
            place = lower.rfind(word, 0, place)
            kinds = known[word]
            behind |= kinds
            if kinds & beginning and (kinds := (kinds >> count) & behind & live):
                _match(self._by_kinds.get(kinds) or self._cues_of(kinds), lower, place, found)
        if len(found) > 1:
            found.sort(key=_place)
            return _without_overlaps(found)
        return [(cue, start, end) for start, end, cue in found]

    def _cues_of(self, kinds: int) -> tuple[Cue, ...]:
        if len(self._by_kinds) >= _MOST_KINDS:
            self._by_kinds.clear()
        cues = dict.fromkeys(cue for at, cue in enumerate(self._by_kind) if kinds >> at & 1)
        self._by_kinds[kinds] = tuple(cues)
        return self._by_kinds[kinds]


def _match(cues: Sequence[Cue], lower: str, at: int, found: list[tuple[int, int, Cue]]) -> None:
    for cue in cues:
        match = cue.pattern.match(lower, at)
        if match is not None:
            found.append((at, match.end(), cue))


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


def read_lexicon(language: str, name: str) -> dict[str, Any]:
    """One lexicon file of a language."""
    return tomllib.loads((LEXICONS / language / f"{name}.toml").read_text(encoding="utf-8"))


def expanded(source: str, parts: Mapping[str, str]) -> str:
    """Put named parts (`{feeling}`) into a pattern; blanks in a pattern stand for any white space."""
    for name, part in parts.items():
        source = source.replace("{" + name + "}", part)
    return source.strip().replace("\n", "").replace(" ?", r"\s*").replace(" ", r"\s+")
