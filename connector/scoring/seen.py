"""What the rules see in a customer's text, before any weight is applied: VADER, cues, counted features."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from . import sentiment_vader as vader
from .addressing import without_address
from .cues import Cue, CueSet, read_lexicon
from .language import vocabulary
from .look import DOTS, HAPPY, SAD, SHOUTS, Look
from .phrases import read_index
from .vader_lexicon import lexicon

_STIRRING: Final = frozenset({"anger", "distress"})
_DENIED: Final = re.compile(
    r"(?:\b(?:nobody|no one|no-one|none of (?:you|them|us|it|the \w+)|neither of \w+)\s+"
    r"(?:(?:was|were|is|are|has|been|ever|at|all|once|even|got|seemed|felt|feels)\s+){1,3}"
    r"|(?:\bnot|n't)\s+(?:(?:at|all|really|even|remotely|bit|in|the|least|feeling|actually|being|anyone|any)\s+|\w+,?\s+n?or\s+){1,4})\Z"
)
_ASKED_FOR: Final = re.compile(r"\b(?:please|(?:can|could|would|will) you)\s+(?:\w+\s+){1,5}\Z")
_MAY_BE_ASKED_FOR: Final = frozenset({"again", "on hold"})
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


@dataclass(frozen=True, slots=True)
class _Tables:
    overrides: dict[str, float]
    technical: frozenset[str]
    cues: CueSet
    place: dict[str, int]


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
def _tables() -> _Tables:
    raw = read_lexicon("en", "customer")
    cues = CueSet.load(raw, read_index("en", "customer"))
    place = {cue.name: at for at, cue in enumerate(cues.cues)}
    overrides = {word: float(value) for word, value in raw["words"].items()}
    return _Tables(overrides, frozenset(raw["technical"].split()), cues, place)


def feature_names() -> tuple[str, ...]:
    """The counted features, in order: the cues, then the extras."""
    return (*_tables().place, *EXTRAS)


def see(look: Look) -> Seen:
    """What there is in a prepared English text: VADER, cues, counted features."""
    tables = _tables()
    bare = without_address(look)
    if bare is not look.text:
        look = Look(bare)
    heard = vader.heard(look)
    general = vader.valences(heard)
    if not tables.technical.isdisjoint(heard.tokens):
        general = [(at, value) for at, value in general if heard.tokens[at] not in tables.technical]
    overrides = tables.overrides
    support = [(at, value) for at, old in general if (value := _overridden(overrides, heard.tokens[at], old))]
    cues = _meant(tables.cues.find(look.lower, look.said), look.lower)
    place = tables.place
    features: dict[int, float] = {}
    for at in sorted([place[cue.name] for cue, _, _ in cues]):
        features[at] = 2.0 if at in features else 1.0
    emphasis = vader.punctuation_emphasis(look.text)
    compounds = vader.compound(general, emphasis), vader.compound(support, emphasis)
    extras = enumerate(_extras(look, heard, compounds, support, cues), len(place))
    features.update([extra for extra in extras if extra[1]])
    return Seen(look, features, cues, *compounds)


def _meant(cues: list[tuple[Cue, int, int]], lower: str) -> list[tuple[Cue, int, int]]:
    """The cues without words of anger and distress that are said not to apply ("nobody was rude"), and
    without what is asked for ("please send it again")."""
    return [
        (cue, start, end)
        for cue, start, end in cues
        if not (
            (cue.family in _STIRRING and _DENIED.search(lower, max(0, start - _LOOKBACK), start))
            or (
                lower[start:end] in _MAY_BE_ASKED_FOR
                and _ASKED_FOR.search(lower, max(0, start - _LOOKBACK), start)
            )
        )
    ]


def _overridden(overrides: dict[str, float], word: str, value: float) -> float:
    """The support value of a word, under the negation or emphasis that VADER found."""
    if word not in overrides:
        return value
    own = overrides[word]
    known = lexicon().words[word]
    # Where VADER turned the word's sign (a negation), ours is turned as well.
    return own * vader.FLIP if value * known < 0 else own


def _shouting(look: Look) -> int:
    """How many words are shouted; a row of capitals without a single common word is a name or a code."""
    loud = [at for at, flag in enumerate(look.flags) if flag & SHOUTS]
    english, known = vocabulary()[0], lexicon().words
    if any(look.tokens[at] in known or look.tokens[at] in english for at in loud):
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
