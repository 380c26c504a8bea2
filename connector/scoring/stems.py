"""The words of content in a text, without their endings, so that two texts can be compared by them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_REMEMBERED: Final = 20_000
_COUNTED: Final = {
    "first": "one", "second": "two", "third": "three", "fourth": "four", "fifth": "five", "sixth": "six",
    "seventh": "seven", "eighth": "eight", "ninth": "nine", "tenth": "ten", "twice": "two", "thrice": "three",
    "children": "child", "kids": "child", "kid": "child", "dad": "father", "daddy": "father", "mum": "mother",
    "mom": "mother", "exams": "exam",
}  # fmt: skip
"""Words that say the same of a situation."""
_ENDINGS: Final = ("ing", "ed", "es", "s")


class Stems(dict[str, str]):
    """Word -> stem for words met before; empty for short words and those that say nothing of a situation."""

    def __init__(self, stock: Iterable[str]) -> None:
        super().__init__()
        self._stock = frozenset(stock)

    def of(self, words: Iterable[str]) -> set[str]:
        """The stems of these words."""
        found = set(map(self.__getitem__, words))
        found.discard("")
        return found

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        stem = "" if len(word) <= 2 or word in self._stock else _stem(word)
        self[word] = stem
        return stem


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    word = _COUNTED.get(word, word)
    for ending in _ENDINGS:
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word
