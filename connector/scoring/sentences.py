"""The sentences of a reply: where each stands, its words, and what the rules see in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

from .cues import CueSet
from .lexicon_files import ENGLISH, read_lexicon
from .likeness import Likeness, Theirs, WordKinds
from .look import ENDS, ENDS_ALONE, NUMBER, Look
from .phrases import read_index
from .stems import Stems

EXTRAS = ("question", "specific", "number", "short", "first", "exclaims", "shared", "judges", "tells")
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
    likeness: Likeness
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
    kinds: WordKinds
    place: dict[str, int]
    first_extra: int


@cache
def _tables(language: str) -> _Tables:
    raw = read_lexicon(language, "agent")
    cues = CueSet.load(raw, read_index(language, "agent"))
    place = {name: at for at, name in enumerate((*(cue.name for cue in cues.cues), *EXTRAS))}
    stems = Stems(raw["stock_words"].split(), read_lexicon(language, "words"))
    return _Tables(cues, stems, WordKinds.of(raw), place, len(cues.cues))


def word_kinds(language: str) -> WordKinds:
    """The kinds of words in replies of a language."""
    return _tables(language).kinds


def feature_names(language: str = ENGLISH) -> tuple[str, ...]:
    """The counted features of a sentence, in order: the cues, then the extras."""
    return tuple(_tables(language).place)


def sentences_of(look: Look, answered: Look | None = None) -> list[Sentence]:
    """The sentences of a prepared reply as the rules see them, beside the prepared message it answers."""
    tables = _tables(look.language)
    theirs = Theirs(answered, tables.stems, tables.kinds)
    starts = look.starts()
    found: list[Sentence] = []
    for first, last in _bounds(look):
        words = [*chain.from_iterable(look.words_of[first : last + 1])]
        if not words:
            continue
        start, end = starts[first], starts[last] + len(look.stretches[last])
        has_number = any(flag & NUMBER for flag in look.flags[first : last + 1])
        sentence = look.lower[start:end]
        is_question = sentence.rstrip("\"')] ").endswith("?")
        likeness = theirs.likeness(words, sentence, asks=is_question)
        shared = likeness.shared
        features = {}
        extras = (
            is_question, min(shared, 3) / 3, has_number, len(words) < 4, not found, "!" in sentence,
            shared > 0, likeness.judges, likeness.tells,
        )  # fmt: skip
        for place, value in enumerate(extras, tables.first_extra):
            if value:
                features[place] = float(value)
        specific = shared if theirs.stems else int(has_number)
        found.append(Sentence(start, end, words, is_question, specific, likeness, {}, {}, features))
    if found:
        _find_cues(look, found, tables, answered.text if answered else "")
    return found


def _bounds(look: Look) -> Iterator[tuple[int, int]]:
    """The first and the last stretch of each sentence; the end of a line ends one, too."""
    flags = look.flags
    ends = [at for at, flag in enumerate(flags) if flag & ENDS]
    lines = set(_line_ends(look.text)) if "\n" in look.text else set()
    first = 0
    for end in sorted(lines.union(ends)) if lines else ends:
        if end > first or flags[end] & ENDS_ALONE or end in lines:
            yield first, end
            first = end + 1
    if first < len(flags):
        yield first, len(flags) - 1


def _line_ends(text: str) -> Iterator[int]:
    """The last stretch of each line."""
    passed = 0
    for line in text.split("\n"):
        if count := len(line.split()):
            passed += count
            yield passed - 1


def _find_cues(look: Look, sentences: list[Sentence], tables: _Tables, answered: str) -> None:
    """Look for phrases once in the whole reply, and note each in the sentence it begins in."""
    starts = [sentence.start for sentence in sentences]
    for cue, start, end in tables.cues.find(look.lower, look.said):
        sentence = sentences[max(0, bisect_right(starts, start) - 1)]
        said = look.text[start:end]
        if cue.family == "dismissive" and start > sentence.start and said.istitle() and said in answered:
            continue  # what the customer's thing is called: a tea by the name of "Calm Down"
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
