"""How a customer feels in one message: sentiment, frustration, intensity, and which words say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from . import sentiment_vader as vader
from .cues import Cue, CueSet, read_lexicon

WORD = re.compile(r"[a-z0-9']+")
TROUBLE = frozenset(
    {
        "trouble",
        "repetition",
        "waiting",
        "unheard",
        "contacts",
        "blame",
        "leaving",
        "anger",
        "distress",
        "profanity",
        "harm",
        "sarcasm",
    }
)
_SHOWN = 8
"""Pieces of evidence shown of one message."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """What one customer message shows; `found` are (start, end, rule, points) in its text."""

    sentiment: float
    frustration: float
    intensity: int | None
    opportunity: int
    """0: nothing calls for empathy; 1: there is trouble; 2: there is distress."""
    families: frozenset[str] = frozenset()
    found: tuple[tuple[int, int, str, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Tables:
    overrides: dict[str, float]
    cues: CueSet


@cache
def _tables() -> _Tables:
    raw = read_lexicon("en", "customer")
    return _Tables({word: float(value) for word, value in raw["words"].items()}, CueSet.load(raw))


def lower_same_length(text: str) -> str:
    """Lower case without moving any offset: the few letters that grow in lower case stay as they are."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)


def read_customer(text: str) -> Feeling:
    """The feeling in a prepared English text."""
    tables = _tables()
    lower = lower_same_length(text)
    tokens = vader.tokens(text)
    lowered = [token.lower() for token in tokens]
    general = vader.valences(tokens, lowered)
    support = [(place, tables.overrides.get(lowered[place], value)) for place, value in general]
    cues = tables.cues.find(lower, set(WORD.findall(lower)))
    return _feel(text, vader.compound([pair for pair in support if pair[1]], text), cues)


def _feel(text: str, compound: float, cues: Sequence[tuple[Cue, int, int]]) -> Feeling:
    values: dict[str, float] = {}
    for cue, _, _ in cues:
        values[cue.name] = cue.value
    families = frozenset(cue.family for cue, _, _ in cues)
    calm = 1.0
    for value in values.values():
        if value > 0:
            calm *= 1 - value
    relief = -sum(value for value in values.values() if value < 0)
    frustration = max(0.0, 1 - calm - relief / 2) if calm < 1 else 0.0
    if text.count("!") + text.count("?") > 2 and frustration:
        frustration = min(1.0, frustration + 0.1)
    trouble = families & TROUBLE
    sentiment = 0.45 * compound + min(relief, 0.5) * (0.4 if trouble else 1) - 0.55 * frustration
    if trouble:
        sentiment -= 0.15
    if "sarcasm" in families:
        sentiment = min(sentiment, -0.3)
    sentiment = max(-1.0, min(1.0, sentiment))
    strength = max(frustration, abs(sentiment))
    opportunity = 2 if frustration >= 0.45 else 1 if trouble or sentiment <= -0.25 else 0
    return Feeling(
        sentiment=round(sentiment, 3),
        frustration=round(frustration, 3),
        intensity=None if strength < 0.15 else min(5, 1 + int(strength * 4.5)),
        opportunity=opportunity,
        families=families,
        found=tuple(
            (start, end, f"{cue.family}:{cue.name}", round(-cue.value, 3))
            for cue, start, end in cues[:_SHOWN]
            if cue.value
        ),
    )
