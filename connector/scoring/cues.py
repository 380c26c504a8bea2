"""Phrases that show something: patterns from a lexicon file, tried where one of their first words stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LEXICONS = Path(__file__).parent / "lexicons"
_INSIDE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789'")
_NUMBER = re.compile(r"(?<![a-z0-9'])[0-9]")


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
    """All cues of one lexicon file, by the words their phrases may begin with."""

    def __init__(self, cues: Sequence[tuple[Cue, Iterable[str]]]) -> None:
        self.cues = tuple(cue for cue, _ in cues)
        self._by_word: dict[str, list[Cue]] = {}
        for cue, words in cues:
            for word in words:
                self._by_word.setdefault(word, []).append(cue)
        self._by_number = self._by_word.pop("#", [])
        for word, begun in list(self._by_word.items()):
            if "'" not in word:  # "what's" begins what "what" begins
                for ending in ("'s", "'re", "'ll", "'d", "'ve"):
                    self._by_word.setdefault(word + ending, begun)

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> CueSet:
        """From the `[[cue]]` tables of a lexicon: name, family, value, `when` (first words) and `match`.

        Among the first words `#` stands for any number.
        """
        parts = raw.get("parts", {})
        return cls(
            [
                (
                    Cue(
                        name=row["name"],
                        family=row["family"],
                        value=float(row.get("value", 1)),
                        source=expanded(row["match"], parts),
                    ),
                    row["when"].split(),
                )
                for row in raw["cue"]
            ]
        )

    def find(self, lower: str, words: set[str]) -> list[tuple[Cue, int, int]]:
        """(cue, start, end) of the phrases in a lower-case text that has these words, in reading order."""
        found: list[tuple[int, int, Cue]] = []
        by_word = self._by_word
        for word in by_word.keys() & words:
            at = lower.find(word)
            while at >= 0:
                if at == 0 or lower[at - 1] not in _INSIDE:
                    _match(by_word[word], lower, at, found)
                at = lower.find(word, at + 1)
        if self._by_number:
            for number in _NUMBER.finditer(lower):
                _match(self._by_number, lower, number.start(), found)
        if len(found) > 1:
            found.sort(key=_place)
            return _without_overlaps(found)
        return [(cue, start, end) for start, end, cue in found]


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
