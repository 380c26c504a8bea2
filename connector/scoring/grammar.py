"""How the words of a language work: what they are made of, which negate, where sentences end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from .lexicon_files import read_lexicon, words

_INSIDE: Final = "0123456789'"
_END: Final = r"[.!?…]{1,40}+[\"')\]]*+\Z"


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one language says about its words."""

    inside: str
    """What words are made of, in lower case."""
    all_words: Callable[[str], list[str]]
    """Every run of letters, digits and apostrophes in a lower-case text."""
    unmasked: Callable[[str], list[str]]
    """The same without masks such as `@user`."""
    sentence_end: re.Pattern[str]
    negations: frozenset[str]
    negating_ends: tuple[str, ...]

    def negates(self, word: str) -> bool:
        """Whether the words behind this one are under a negation."""
        return word in self.negations or word.endswith(self.negating_ends)


@cache
def grammar(language: str) -> Grammar:
    """What a language says about its words."""
    raw = read_lexicon(language, "words")
    inside = raw["letters"] + _INSIDE
    word = f"[{re.escape(inside)}]"
    abbreviated = "".join(f"(?<!{re.escape(short)})" for short in raw.get("abbreviations", ()))
    return Grammar(
        inside=inside,
        all_words=re.compile(word + "+").findall,
        unmasked=re.compile(f"(?<![@<{re.escape(inside)}]){word}+").findall,
        sentence_end=re.compile(abbreviated + _END),
        negations=words(raw, "negations"),
        negating_ends=tuple(raw.get("negating_ends", ())),
    )
