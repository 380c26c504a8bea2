"""One look at a text for all who read it: what is known of each stretch between two blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, reduce
from itertools import accumulate, chain
from operator import or_
from string import punctuation
from sys import intern
from typing import Final, NamedTuple

from . import automated
from .grammar import grammar
from .lexicon_files import ENGLISH
from .vader_lexicon import lexicon

UPPER: Final = 1 << 0
"""All its letters are capitals."""
SHOUTS: Final = 1 << 1
"""A word of three letters or more, all capitals."""
CHANGES: Final = 1 << 2
"""May change what the words of feeling behind it say."""
NEGATES: Final = 1 << 3
PROGRAM: Final = 1 << 4
"""A word that messages written by programs have."""
EMOJI: Final = 1 << 5
SAD: Final = 1 << 6
HAPPY: Final = 1 << 7
DOTS: Final = 1 << 8
NUMBER: Final = 1 << 9
ENDS: Final = 1 << 10
"""A sentence ends with it."""
ENDS_ALONE: Final = 1 << 11
"""The same where it is the first of its sentence, too."""

_NONE: Final[frozenset[str]] = frozenset()
_REMEMBERED: Final = 20_000
_LONGEST_REMEMBERED: Final = 60
_SAD_SIGNS: Final = (":(", ":-(", ":'(", ";(", "=(", ":-/")
_HAPPY_SIGNS: Final = (":)", ":-)", ";)", ";-)", ":D", ":-D", "=)", "<3")
_SAD_FACES: Final = frozenset("😡😠🤬😤😭😢😩😫🙄😞😔👎💔😒😑😪😥😓☹🙁")
_HAPPY_FACES: Final = frozenset("😊🙂😀😃😄😁❤🙏👍😍🎉🥰💕☺👏🤩💯🙌😘🤗")

_NUMBER: Final = re.compile(r"\d")


class Stretch(NamedTuple):
    """What stands between two blanks."""

    flags: int
    lower: str
    token: str
    """As VADER reads it: lower case, without the punctuation around it."""
    value: float
    """VADER's valence."""
    said: tuple[str, ...]
    """Its words, lower case, as they stand."""
    words: tuple[str, ...]
    """The same without masks such as `@user`; numbers are all `0`."""


class Look:
    """A text with its stretches, column by column."""

    __slots__ = (
        "any_flag",
        "flags",
        "language",
        "loose",
        "lower",
        "said",
        "stretches",
        "text",
        "tokens",
        "values",
        "words",
        "words_of",
    )

    def __init__(self, text: str, language: str = ENGLISH) -> None:
        self.text = text
        self.language = language
        self.lower = lower_same_length(text)
        self.stretches = text.split()
        rows = [*map(_known(language).__getitem__, self.stretches)]
        if rows:
            self.flags, self.loose, self.tokens, self.values, said, self.words_of = zip(*rows, strict=True)
            self.said = tuple(chain.from_iterable(said))
            self.words = tuple(chain.from_iterable(self.words_of))
            self.any_flag = reduce(or_, self.flags)
        else:
            self.flags = self.loose = self.tokens = self.values = self.said = self.words = self.words_of = ()
            self.any_flag = 0

    def negations(self) -> frozenset[str]:
        """The words that put those behind them under a negation."""
        if not self.any_flag & NEGATES:
            return _NONE
        negates = grammar(self.language).negates
        rows = zip(self.flags, self.words_of, strict=True)
        return frozenset([word for flag, words in rows if flag & NEGATES for word in words if negates(word)])

    def in_language(self, language: str | None) -> Look:
        """The same text, read as what it is in; None leaves it as it is."""
        return self if language in (None, self.language) else Look(self.text, language)

    def starts(self) -> list[int]:
        """Where each stretch begins."""
        starts = [*accumulate([len(stretch) + 1 for stretch in self.stretches], initial=0)]
        if starts.pop() == len(self.text) + 1:  # there is one blank between any two
            return starts
        starts, at = [], 0
        for stretch in self.stretches:
            at = self.text.find(stretch, at)
            starts.append(at)
            at += len(stretch)
        return starts


class _Stretches(dict[str, Stretch]):
    """What is known of each stretch met before."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._grammar = grammar(language)
        known = lexicon(language)
        self._valences = {word: value for word, value in known.words.items() if word not in known.boosters}
        self._changing = known.changing
        self._negating_part = known.negating_part
        self._emojis = frozenset(known.emojis)
        self._program = automated.trigger_words()

    def __missing__(self, stretch: str) -> Stretch:
        lower = stretch.lower()
        is_plain = stretch.isascii() and stretch.isalpha()
        shown = bare if len(bare := stretch.strip(punctuation)) > 2 else stretch
        token = lower if shown == stretch else shown.lower()
        same = lower_same_length(stretch)
        said = (intern(same),) if is_plain else tuple(map(intern, self._grammar.all_words(same)))
        unmasked = self._grammar.unmasked(same) if "@" in same or "<" in same else said
        words = tuple(["0" if word[0] in "0123456789" else intern(word) for word in unmasked])
        flags = self._flags(lower, shown, token, words)
        if not is_plain:
            flags |= self._signs(stretch)
        known = Stretch(
            flags, lower, token, self._valences.get(token, 0.0), said, said if words == said else words
        )
        if not flags & NUMBER and len(stretch) <= _LONGEST_REMEMBERED:  # numbers seldom come again
            if len(self) >= _REMEMBERED:
                self.clear()
            self[stretch] = known
        return known

    def _flags(self, lower: str, shown: str, token: str, words: Sequence[str]) -> int:
        is_upper = shown.isupper()
        found = (
            (UPPER, is_upper),
            (SHOUTS, is_upper and len(shown) > 2 and shown.isalpha()),
            (CHANGES, token in self._changing or self._negating_part in token),
            (NEGATES, any(map(self._grammar.negates, words))),
            (PROGRAM, lower in self._program),
        )
        return sum(flag for flag, is_so in found if is_so)

    def _signs(self, stretch: str) -> int:
        """The flags that no word made of letters alone can have."""
        found = (
            (NUMBER, _NUMBER.search(stretch)),
            (ENDS, self._grammar.sentence_end.search(stretch)),
            (ENDS_ALONE, self._grammar.sentence_end.search(stretch, 1)),
            (DOTS, "..." in stretch),
            (SAD, any(sign in stretch for sign in _SAD_SIGNS)),
            (HAPPY, any(sign in stretch for sign in _HAPPY_SIGNS)),
        )
        flags = sum(flag for flag, is_so in found if is_so)
        return flags if stretch.isascii() else flags | self._faces(stretch)

    def _faces(self, stretch: str) -> int:
        return (
            (0 if self._emojis.isdisjoint(stretch) else EMOJI)
            | (0 if _SAD_FACES.isdisjoint(stretch) else SAD)
            | (0 if _HAPPY_FACES.isdisjoint(stretch) else HAPPY)
        )


@cache
def _known(language: str) -> _Stretches:
    return _Stretches(language)


def lower_same_length(text: str) -> str:
    """Lower case without moving any offset: the few letters that grow in lower case stay as they are."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)
