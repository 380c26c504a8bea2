"""Phrases that show something: patterns from a lexicon file, tried only where one of their words stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LEXICONS = Path(__file__).parent / "lexicons"


@dataclass(frozen=True)
class Cue:
    """One kind of phrase. Patterns are tried on lower-case text with straight apostrophes."""

    name: str
    family: str
    value: float
    source: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when first needed: most texts need few of them, and a cold start none."""
        return re.compile(self.source)


class CueSet:
    """All cues of one lexicon file, by the words that must be there for them to be tried."""

    def __init__(self, cues: Sequence[tuple[Cue, Iterable[str]]]) -> None:
        self.cues = tuple(cue for cue, _ in cues)
        self._by_word: dict[str, list[int]] = {}
        for index, (_, words) in enumerate(cues):
            for word in words:
                self._by_word.setdefault(word, []).append(index)

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> CueSet:
        """From the `[[cue]]` tables of a lexicon: name, family, value, `when` (words) and `match`."""
        parts = raw.get("parts", {})
        return cls(
            [
                (
                    Cue(
                        name=row["name"],
                        family=row["family"],
                        value=float(row.get("value", 1)),
                        source=_expand(row["match"], parts),
                    ),
                    row["when"].split(),
                )
                for row in raw["cue"]
            ]
        )

    def find(self, lower: str, words: Iterable[str]) -> list[tuple[Cue, int, int]]:
        """(cue, start, end) of every match in a lower-case text with these words, in order of the file."""
        by_word = self._by_word
        wanted: set[int] = set()
        for word in words:
            if word in by_word:
                wanted.update(by_word[word])
        found = []
        for index in sorted(wanted):
            cue = self.cues[index]
            found += [(cue, match.start(), match.end()) for match in cue.pattern.finditer(lower)]
        return found


def read_lexicon(language: str, name: str) -> dict[str, Any]:
    """One lexicon file of a language."""
    return tomllib.loads((LEXICONS / language / f"{name}.toml").read_text(encoding="utf-8"))


def _expand(source: str, parts: Mapping[str, str]) -> str:
    """Put named parts (`{feeling}`) into a pattern; blanks in a pattern stand for any white space."""
    for name, part in parts.items():
        source = source.replace("{" + name + "}", part)
    return source.strip().replace("\n", "").replace(" ?", r"\s*").replace(" ", r"\s+")
