"""The words of content in a text, without their endings, so that two texts can be compared by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

_REMEMBERED: Final = 20_000


class Stems(dict[str, str]):
    """Word -> stem for words met before; empty for short words and those that say nothing of a situation."""

    def __init__(self, stock: Iterable[str], raw: Mapping[str, Any]) -> None:
        """`raw` holds a language's `same` words, `endings` and `possessive`, as its `words.toml` has them."""
        super().__init__()
        self._stock = frozenset(stock)
        self._same: Mapping[str, str] = raw.get("same", {})
        self._endings: Sequence[str] = raw.get("endings", ())
        self._possessive: str = raw.get("possessive", "")

    def of(self, words: Iterable[str]) -> set[str]:
        """The stems of these words."""
        found = set(map(self.__getitem__, words))
        found.discard("")
        return found

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        stem = "" if len(word) <= 2 or word in self._stock else self._stem(word)
        self[word] = stem
        return stem

    def _stem(self, word: str) -> str:
        word = word.removesuffix(self._possessive)
        word = self._same.get(word, word)
        for ending in self._endings:
            if len(word) > len(ending) + 3 and word.endswith(ending):
                return word[: -len(ending)]
        return word
