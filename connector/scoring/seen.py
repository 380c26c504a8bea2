"""What the rules see in a customer's text, before any weight is applied: VADER, cues, counted features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from . import sentiment_vader as vader
from .addressing import without_address
from .cues import Cue, CueSet
from .language import common_words
from .lexicon_files import ENGLISH, pattern, read_lexicon, words
from .look import DOTS, HAPPY, SAD, SHOUTS, Look
from .phrases import read_index
from .vader_lexicon import lexicon

_STIRRING: Final = frozenset({"anger", "distress"})
_LOOKBACK: Final = 48


class Seen(NamedTuple):
    """What the rules see in one text, before any weight is applied."""

    look: Look
    features: dict[int, float]
    """Counted features by their place among `feature_names`, in order; those at zero are left out."""
    cues: Sequence[tuple[Cue, int, int]]
    general: float
    """VADER's compound score."""
    support: float
    """The same with the words of support talk set right."""
    tables: Tables

    @property
    def speaks_of_own(self) -> bool:
        """Whether it has words of people who tell what happened to themselves."""
        return not self.tables.own.isdisjoint(self.look.words)


@dataclass(frozen=True, slots=True)
class Tables:
    """What a language says about customers' messages."""

    overrides: dict[str, float]
    technical: frozenset[str]
    cues: CueSet
    place: dict[str, int]
    own: frozenset[str]
    denied: re.Pattern[str]
    asked_for: re.Pattern[str]
    may_be_asked_for: frozenset[str]


EXTRAS = (
    "vader",
    "support",
    "positive",
    "negative",
    "exclamations",
    "questions",
    "capitals",
    "length",
    "dots",
    "families",
    "ends_asking",
    "short",
    "sad_face",
    "happy_face",
)
"""Counted features after the cues, in order."""


@cache
def _tables(language: str) -> Tables:
    raw = read_lexicon(language, "customer")
    cues = CueSet.load(raw, read_index(language, "customer"))
    place = {cue.name: at for at, cue in enumerate(cues.cues)}
    overrides = {word: float(value) for word, value in raw["words"].items()}
    return Tables(
        overrides=overrides,
        technical=words(raw, "technical"),
        cues=cues,
        place=place,
        own=words(raw, "own_words"),
        denied=pattern(raw, "denied"),
        asked_for=pattern(raw, "asked_for"),
        may_be_asked_for=frozenset(raw.get("asked_for", ())),
    )


def feature_names(language: str = ENGLISH) -> tuple[str, ...]:
    """The counted features, in order: the cues, then the extras."""
    return (*_tables(language).place, *EXTRAS)


def see(look: Look) -> Seen:
    """What there is in a prepared text: VADER, cues, counted features."""
    tables = _tables(look.language)
    bare = without_address(look)
    if bare is not look.text:
        look = Look(bare, look.language)
    heard = vader.heard(look)
    general = vader.valences(heard)
    if not tables.technical.isdisjoint(heard.tokens):
        general = [(at, value) for at, value in general if heard.tokens[at] not in tables.technical]
    support = _overridden(general, heard, tables.overrides)
    cues = _meant(tables.cues.find(look.lower, look.said), look.lower, tables)
    place = tables.place
    features: dict[int, float] = {}
    for at in sorted([place[cue.name] for cue, _, _ in cues]):
        features[at] = 2.0 if at in features else 1.0
    emphasis = vader.punctuation_emphasis(look.text)
    compounds = vader.compound(general, emphasis), vader.compound(support, emphasis)
    extras = enumerate(_extras(look, heard, compounds, support, cues), len(place))
    features.update([extra for extra in extras if extra[1]])
    return Seen(look, features, cues, *compounds, tables)


def _meant(cues: list[tuple[Cue, int, int]], lower: str, tables: Tables) -> list[tuple[Cue, int, int]]:
    """The cues without words of anger and distress that are said not to apply ("nobody was rude"), and
    without what is asked for ("please send it again")."""
    return [
        (cue, start, end)
        for cue, start, end in cues
        if not (
            (cue.family in _STIRRING and tables.denied.search(lower, max(0, start - _LOOKBACK), start))
            or (
                lower[start:end] in tables.may_be_asked_for
                and tables.asked_for.search(lower, max(0, start - _LOOKBACK), start)
            )
        )
    ]


def _overridden(
    general: Sequence[tuple[int, float]], heard: Look, overrides: Mapping[str, float]
) -> list[tuple[int, float]]:
    """The words of feeling with their support values, under the negation or emphasis that VADER found."""
    known = lexicon(heard.language).words
    found = []
    for at, value in general:
        word = heard.tokens[at]
        own = overrides.get(word, value)
        # Where VADER turned the word's sign (a negation), ours is turned as well.
        is_turned = word in overrides and value * known[word] < 0
        if meant := own * vader.FLIP if is_turned else own:
            found.append((at, meant))
    return found


def _shouting(look: Look) -> int:
    """How many words are shouted; a row of capitals without a single common word is a name or a code."""
    loud = [at for at, flag in enumerate(look.flags) if flag & SHOUTS]
    common, known = common_words(look.language), lexicon(look.language).words
    if any(look.tokens[at] in known or look.tokens[at] in common for at in loud):
        return len(loud)
    return 0


def _extras(
    look: Look,
    heard: Look,
    compounds: tuple[float, float],
    support: Sequence[tuple[int, float]],
    cues: Sequence[tuple[Cue, int, int]],
) -> tuple[float, ...]:
    text, seen = look.text, look.any_flag
    count = len(heard.tokens) or 1
    return (
        *compounds,
        math.tanh(sum([value for _, value in support if value > 0]) / 4),
        math.tanh(-sum([value for _, value in support if value < 0]) / 4),
        min(3, text.count("!")) / 3,
        min(4, text.count("?")) / 4,
        _shouting(heard) / count if heard.any_flag & SHOUTS else 0.0,
        math.log1p(min(count, 50)) / 5,
        1.0 if seen & DOTS else 0.0,
        len({cue.family for cue, _, _ in cues if cue.value > 0}) / 6,
        1.0 if text.endswith("?") else 0.0,
        1.0 if count < 6 else 0.0,
        1.0 if seen & SAD or " :/" in text else 0.0,
        1.0 if seen & HAPPY else 0.0,
    )
