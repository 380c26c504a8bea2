"""How a sentence of a reply takes up what the customer wrote, and what it makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from .look import Look
from .stems import Stems

_COPIED: Final = 0.6
"""From this share of its word pairs on a sentence is a copy."""
_EXPLAINS: Final = re.compile(
    r"(?:\A|[,;:] )if |(?<!as) if (?:you|your|it|the|this|that|not|any)\b|"
    r"\byou (?:can|could|may|might) |\bcan be |\b(?:please|try|via|settings?|click|suggested|note|currently|"
    r"temporarily|supports?|function|maybe|due to)\b"
)
_INFORMS: Final = re.compile(
    r"\bthe next (?:\w+ ){1,2}(?:is|are|will|takes|starts|runs|opens)\b"
    r"|\b(?:is|are) (?:available|open|on sale|sold)\b|\bour (?:opening|visiting) (?:hours|times)\b"
    r"|\b(?:starts|opens|closes|runs|takes place) (?:at|on|from)\b"
)
"""What a sentence says that would be as true had nothing happened to the customer."""
_UNDONE: Final = frozenset(
    {"nobody", "never", "not", "missed", "failed", "didn't", "late", "should", "wasn't", "weren't", "isn't"}
)


class Likeness(NamedTuple):
    """What one sentence shares with the message it answers."""

    shared: int
    """How many words of content, by their stems."""
    echo: int
    """The same, but none where the sentence is a copy of what was written there."""
    is_told: bool
    """It judges or tells what happened to the customer, in words of theirs."""
    judges: bool
    """It has a word of theirs, and one that judges, feels or counts the cost."""
    tells: bool
    """It has several words of theirs, and one that tells what went wrong."""
    does: bool
    """It has a word for what is done for a customer, and none that says it was not."""


class Theirs:
    """The words of a customer's message, and the kinds of words that make something of them."""

    __slots__ = ("_kinds", "_life", "_pairs", "_stemming", "stems")

    def __init__(self, answered: Look | None, stems: Stems, kinds: Mapping[str, frozenset[str]]) -> None:
        self._stemming = stems
        self._kinds = kinds
        said = answered.said if answered else ()
        self.stems = stems.of(said)
        self._life = kinds["life"].intersection(said)
        self._pairs = set(pairwise(answered.words)) if answered else set()

    def likeness(self, words: Sequence[str], sentence: str, *, asks: bool) -> Likeness:
        """Of a sentence, given by its words and its text in lower case."""
        shared = len(self._stemming.of(words) & self.stems) if self.stems else 0
        echo = 0 if shared and self._is_copy(words) else shared
        kinds = self._kinds
        judges = echo > 0 and not kinds["judging"].isdisjoint(words)
        tells = echo > 1 and not kinds["telling"].isdisjoint(words)
        is_life = echo > 1 and not self._life.isdisjoint(words) and _INFORMS.search(sentence) is None
        is_told = (judges or tells or is_life) and not asks and _EXPLAINS.search(sentence) is None
        does = not kinds["doing"].isdisjoint(words) and _UNDONE.isdisjoint(words)
        return Likeness(shared, echo, is_told, judges, tells, does)

    def _is_copy(self, words: Sequence[str]) -> bool:
        pairs = set(pairwise(words))
        return len(pairs) > 3 and len(pairs & self._pairs) >= _COPIED * len(pairs)


def kinds_of(raw: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The kinds of words in the lexicon of replies, as `Theirs` wants them."""
    names = ("judging", "telling", "doing", "life")
    return {name: frozenset(raw[f"{name}_words"].split()) for name in names}
