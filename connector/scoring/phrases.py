"""Where a text may hold a phrase: between which words phrases begin, and which they cannot do without."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from operator import itemgetter, or_
from pathlib import Path
from typing import Any, Final, TypeAlias

from .lexicon_files import LEXICONS

ANY: Final = "*"
NUMBER: Final = "#"
ASKED: Final = "?"
"""Needed like a word by phrases that end in a question mark."""
_REMEMBERED: Final = 20_000

NO_INDEX: Final[Mapping[str, Any]] = {}

_NEEDS: Final = itemgetter(3)

Phrase: TypeAlias = tuple[str, str, str, str]
"""(first words, second words, ends of the word before, needed words); one of each must be there.

`sorry` is that word, `sorry'` also stands for `sorry's`, `sorr*` for all that begins so, `#*` for any number,
`*` for any word or none.
"""
Piece: TypeAlias = tuple[str, Sequence[Phrase]]
"""A pattern that is part of a cue's, and the kinds of phrases it matches."""
WordKinds: TypeAlias = tuple[int, int, int, int]
"""Which kinds of phrases a word begins, may follow as the second word, may precede, and is needed by."""


def stamp_of(source: str) -> str:
    """What tells one pattern from another."""
    return blake2b(source.encode(), digest_size=6).hexdigest()


def index_path(language: str, name: str) -> Path:
    """The file of phrases that belongs to a lexicon."""
    return LEXICONS / language / f"{name}.phrases.json"


class PhraseWords(dict[str, WordKinds]):
    """Word -> the kinds of phrases it has a part in, as bits, for words met before."""

    def __init__(self, kinds: Iterable[Phrase]) -> None:
        super().__init__()
        rows = [tuple(map(str.split, kind)) for kind in kinds]
        columns = [[row[column] for row in rows] for column in range(4)]
        self._count = len(rows)
        # The first, second and needed words side by side: a word is looked for once.
        self._specs = _Specs([*columns[0], *columns[1], *columns[3]])
        self._befores = _Specs(columns[2])
        _, any_second, self._unneeding = self._parts(self._specs.any)
        self._none: WordKinds = (0, any_second, self._befores.any, 0)
        self._asked: WordKinds = (0, any_second, self._befores.any, self._parts(self._specs.of(ASKED))[2])

    def _parts(self, kinds: int) -> tuple[int, int, int]:
        count, all_kinds = self._count, (1 << self._count) - 1
        return kinds & all_kinds, kinds >> count & all_kinds, kinds >> 2 * count

    def __missing__(self, word: str) -> WordKinds:
        first, second, needed = self._parts(self._specs.of(word))
        at = word.find("'")
        while at >= 0:  # a quotation mark may cling to a word that is needed
            needed |= self._parts(self._specs.of(word[at + 1 :]))[2]
            at = word.find("'", at + 1)
        # Kinds that need no word are left out: most words are then needed by none.
        kinds = first, second, self._befores.of_end(word), needed & ~self._unneeding
        if not word[0].isdigit():  # numbers seldom come again
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = kinds
        return kinds

    def openings(self, words: Iterable[str], *, asks: bool) -> list[tuple[int, int]]:
        """(place, kinds) of the words that may begin a phrase, judged by their neighbours and the whole text.

        `asks` says whether there is a question mark anywhere.
        """
        rows = [*map(self.__getitem__, words), self._asked if asks else self._none]
        found = []
        at = -1  # the last row stands before the first word, too
        for firsts, _, _, _ in rows:
            at += 1
            if firsts and (kinds := firsts & rows[at + 1][1] & rows[at - 1][2]):
                found.append((at, kinds))
        if found:
            live = reduce(or_, filter(None, map(_NEEDS, rows)), self._unneeding)
            return [(at, kinds & live) for at, kinds in found if kinds & live]
        return found


class _Specs:
    """Which kinds ask for a word, by how they spell it."""

    def __init__(self, kinds: Iterable[Iterable[str]]) -> None:
        self._exact: dict[str, int] = {}
        self._open: dict[str, int] = {}
        for at, specs in enumerate(kinds):
            for spec in specs:
                table, key = (self._open, spec[:-1]) if spec[-1] == "*" else (self._exact, spec)
                table[key] = table.get(key, 0) | 1 << at
        self.any = self._open.get("", 0)
        self._longest = max(map(len, (*self._exact, *self._open)), default=0)

    def of(self, word: str) -> int:
        """The kinds that a word answers."""
        if word[:1].isdigit():
            word = NUMBER + word
        exact, begun = self._exact.get, self._open.get
        kinds = exact(word, 0) | exact(word + "'", 0) | self.any
        for size in range(1, min(len(word), self._longest) + 1):
            kinds |= begun(word[:size], 0)
            if word[size - 1] == "'":
                kinds |= exact(word[:size], 0)
        return kinds

    def of_end(self, word: str) -> int:
        """The kinds that the end of a word answers."""
        kinds = self.any
        for start in range(max(0, len(word) - self._longest), len(word)):
            kinds |= self._exact.get(word[start:], 0)
        return kinds


def read_index(language: str, name: str) -> Mapping[str, Any]:
    """What `scripts/index_phrases.py` wrote for a lexicon; empty where it has not been run."""
    path = index_path(language, name)
    return json.loads(path.read_bytes()) if path.exists() else NO_INDEX


def pieces_of(index: Mapping[str, Any], name: str, source: str) -> Sequence[Piece]:
    """The pieces of one cue; the whole of it, anywhere, where the index does not know this pattern."""
    entry = index.get(name)
    if entry and entry["of"] == stamp_of(source):
        return [(pattern, phrases) for pattern, phrases in entry["pieces"]]
    return ((source, ((ANY, ANY, ANY, ANY),)),)
