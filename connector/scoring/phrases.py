"""Which cues a text is worth trying for: how their phrases begin, and which words they cannot do without."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from operator import or_
from pathlib import Path
from typing import Any, Final, TypeAlias

LEXICONS: Final = Path(__file__).parent / "lexicons"
INSIDE: Final = "abcdefghijklmnopqrstuvwxyz0123456789'"
"""What words are made of."""
ANY: Final = "*"
NUMBER: Final = "#"
_REMEMBERED: Final = 20_000

NO_INDEX: Final[Mapping[str, Any]] = {}

Phrases: TypeAlias = Sequence[tuple[str, str]]
"""(first words, needed words) of kinds of phrases. `sorry` is that word, `sorry'` also stands for `sorry's`,
`sorr*` for all that begins so, `#*` for any number, `*` for any word; one of each kind must be there."""


def stamp_of(source: str) -> str:
    """What tells one pattern from another."""
    return blake2b(source.encode(), digest_size=6).hexdigest()


def index_path(language: str, name: str) -> Path:
    """The file of phrases that belongs to a lexicon."""
    return LEXICONS / language / f"{name}.phrases.json"


class PhraseWords(dict[str, int]):
    """A number by word: the low half says which kinds of phrases need it, the high half which begin so."""

    def __init__(self, kinds: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self._exact: dict[str, int] = {}
        self._open: dict[str, int] = {}
        rows = list(kinds)
        self.count = len(rows)
        for at, (firsts, needs) in enumerate(rows):
            for spec in needs.split():
                self._note(spec, 1 << at)
            for spec in firsts.split():
                self._note(spec, 1 << (at + self.count))
        self._low = (1 << self.count) - 1

    def _note(self, spec: str, bit: int) -> None:
        table, key = (self._open, spec[:-1]) if spec[-1] == "*" else (self._exact, spec)
        table[key] = table.get(key, 0) | bit

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        kinds = self._of(word)
        at = word.find("'")
        while at >= 0:  # a quotation mark may cling to a word that is needed
            kinds |= self._of(word[at + 1 :]) & self._low
            at = word.find("'", at + 1)
        self[word] = kinds
        return kinds

    def _of(self, word: str) -> int:
        if word[:1].isdigit():
            word = NUMBER + word
        exact, begun = self._exact.get, self._open.get
        kinds = exact(word, 0) | exact(word + "'", 0) | begun("", 0)
        for size in range(1, len(word) + 1):
            kinds |= begun(word[:size], 0)
            if word[size - 1] == "'":
                kinds |= exact(word[:size], 0)
        return kinds

    def live(self, words: Iterable[str]) -> int:
        """Which kinds of phrases have both a first and a needed word among these."""
        kinds = reduce(or_, map(self.__getitem__, words), 0)
        return kinds & self._low & (kinds >> self.count)


def read_index(language: str, name: str) -> Mapping[str, Any]:
    """What `scripts/index_phrases.py` wrote for a lexicon; empty where it has not been run."""
    path = index_path(language, name)
    return json.loads(path.read_bytes()) if path.exists() else NO_INDEX


def indexed(index: Mapping[str, Any], name: str, source: str) -> Phrases:
    """The kinds of phrases of one cue; any at all where the index does not know this pattern."""
    entry = index.get(name)
    return entry["phrases"] if entry and entry["of"] == stamp_of(source) else ((ANY, ANY),)
