"""How a sentence of a reply takes up what the customer wrote, and what it makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

from .lexicon_files import pattern, words
from .look import Look
from .stems import Stems

_COPIED: Final = 0.6
"""From this share of its word pairs on a sentence is a copy."""


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


@dataclass(frozen=True, slots=True)
class WordKinds:
    """Kinds of words and sentences in replies, as the `agent.toml` of a language explains them."""

    judging: frozenset[str]
    telling: frozenset[str]
    doing: frozenset[str]
    life: frozenset[str]
    undone: frozenset[str]
    apology: frozenset[str]
    courteous: frozenset[str]
    spoken_to: frozenset[str]
    explains: re.Pattern[str]
    informs: re.Pattern[str]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> WordKinds:
        """From the lexicon of replies."""
        return cls(
            judging=words(raw, "judging_words"),
            telling=words(raw, "telling_words"),
            doing=words(raw, "doing_words"),
            life=words(raw, "life_words"),
            undone=words(raw, "undone_words"),
            apology=words(raw, "apology_words"),
            courteous=words(raw, "courteous_words"),
            spoken_to=words(raw, "spoken_to_words"),
            explains=pattern(raw, "explains"),
            informs=pattern(raw, "informs"),
        )


class Theirs:
    """The words of a customer's message, and the kinds of words that make something of them."""

    __slots__ = ("_kinds", "_life", "_pairs", "_stemming", "stems")

    def __init__(self, answered: Look | None, stems: Stems, kinds: WordKinds) -> None:
        self._stemming = stems
        self._kinds = kinds
        said = answered.said if answered else ()
        self.stems = stems.of(said)
        self._life = kinds.life.intersection(said)
        self._pairs = set(pairwise(answered.words)) if answered else set()

    def likeness(self, said: Sequence[str], sentence: str, *, asks: bool) -> Likeness:
        """Of a sentence, given by its words and its text in lower case."""
        shared = len(self._stemming.of(said) & self.stems) if self.stems else 0
        echo = 0 if shared and self._is_copy(said) else shared
        kinds = self._kinds
        judges = echo > 0 and not kinds.judging.isdisjoint(said)
        tells = echo > 1 and not kinds.telling.isdisjoint(said)
        is_life = echo > 1 and not self._life.isdisjoint(said) and kinds.informs.search(sentence) is None
        is_told = (judges or tells or is_life) and not asks and kinds.explains.search(sentence) is None
        does = not kinds.doing.isdisjoint(said) and kinds.undone.isdisjoint(said)
        return Likeness(shared, echo, is_told, judges, tells, does)

    def _is_copy(self, said: Sequence[str]) -> bool:
        pairs = set(pairwise(said))
        return len(pairs) > 3 and len(pairs & self._pairs) >= _COPIED * len(pairs)
