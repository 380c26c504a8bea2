"""The sentences of a reply: where each stands, its words, and what the rules see in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

from .cues import CueSet, all_words, read_lexicon
from .customer_model import word_list
from .phrases import read_index
from .sentiment import lower_same_length
from .stems import Stems

_SENTENCE = re.compile(r"\S[^\n]*?(?:(?<![ap]\.m)[.!?…]{1,40}+[\"')\]]*+(?=\s|$)|(?=\n)|$)")
_NUMBER = re.compile(r"\d")
EXTRAS = ("question", "specific", "number", "short", "first", "exclaims", "shared")
"""Counted features of a sentence after its cues, in order."""


@dataclass(slots=True)
class Sentence:
    """One sentence of a reply: where it stands, what the rules and the model see in it."""

    start: int
    end: int
    words: list[str]
    is_question: bool
    specific: int
    """How many words of content it shares with the message it answers."""
    rules: dict[str, float]
    families: dict[str, float]
    features: dict[int, float]
    levels: dict[str, int] = field(default_factory=dict)
    fit: float = 0.0
    """The model's last output, as if the sentence stood alone."""


@dataclass(frozen=True, slots=True)
class _Tables:
    cues: CueSet
    stems: Stems
    place: dict[str, int]


@cache
def _tables() -> _Tables:
    raw = read_lexicon("en", "agent")
    cues = CueSet.load(raw, read_index("en", "agent"))
    place = {name: at for at, name in enumerate((*(cue.name for cue in cues.cues), *EXTRAS))}
    return _Tables(cues, Stems(raw["stock_words"].split()), place)


def feature_names() -> tuple[str, ...]:
    """The counted features of a sentence, in order: the cues, then the extras."""
    return tuple(_tables().place)


def sentences_of(text: str, answered: str = "") -> list[Sentence]:
    """The sentences of a prepared reply as the rules see them, beside the prepared message it answers."""
    tables = _tables()
    lower = lower_same_length(text)
    theirs = tables.stems.of(all_words(lower_same_length(answered)))
    found: list[Sentence] = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        sentence = lower[start:end]
        words = word_list(sentence)
        if not words:
            continue
        shared = len(tables.stems.of(words) & theirs) if theirs else 0
        has_number = _NUMBER.search(sentence) is not None
        is_question = sentence.rstrip("\"')] ").endswith("?")
        place = tables.place
        features: dict[int, float] = {}
        extras = (
            is_question, min(shared, 3) / 3, has_number, len(words) < 4, not found, "!" in sentence,
            shared > 0,
        )  # fmt: skip
        for name, value in zip(EXTRAS, extras, strict=True):
            if value:
                features[place[name]] = float(value)
        specific = shared if theirs else int(has_number)
        found.append(Sentence(start, end, words, is_question, specific, {}, {}, features))
    if found:
        _find_cues(lower, found, tables)
    return found


def _find_cues(lower: str, sentences: list[Sentence], tables: _Tables) -> None:
    """Look for phrases once in the whole reply, and note each in the sentence it begins in."""
    starts = [sentence.start for sentence in sentences]
    for cue, start, _ in tables.cues.find(lower, all_words(lower)):
        sentence = sentences[max(0, bisect_right(starts, start) - 1)]
        if sentence.start <= start < sentence.end:
            sentence.rules[cue.name] = max(cue.value, sentence.rules.get(cue.name, 0))
            sentence.families[cue.family] = max(cue.value, sentence.families.get(cue.family, 0))
            sentence.features[tables.place[cue.name]] = 1.0


def whole(sentences: list[Sentence]) -> tuple[list[str], dict[int, float]]:
    """The words and features of a reply as a whole."""
    features: dict[int, float] = {}
    for sentence in sentences:
        for place, value in sentence.features.items():
            features[place] = max(value, features.get(place, 0.0))
    return [word for sentence in sentences for word in sentence.words], features
