"""How much empathy one reply shows: behaviours by sentence, levels by dimension, points by span."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from .cues import CueSet, read_lexicon
from .rubric import DIMENSIONS, Rubric
from .sentiment import WORD, Feeling, lower_same_length

_SENTENCE = re.compile(r"\S[^\n]*?(?:(?<![ap]\.m)[.!?…]+[\"')\]]*(?=\s|$)|(?=\n)|$)")
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reply shows, before the memory of earlier replies is asked."""

    dimensions: Mapping[str, int]
    dismissive: float
    points: float
    """Points of the rubric, 0..100, with fit and without the canned factor."""
    found: tuple[tuple[int, int, str, float], ...]
    rules: frozenset[str]
    speaks_of_trouble: bool
    """The reply itself shows that it answers trouble."""


@dataclass(slots=True)
class _Sentence:
    start: int
    end: int
    text: str
    is_question: bool
    specific: int
    rules: dict[str, float] = field(default_factory=dict)
    families: dict[str, float] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Tables:
    cues: CueSet
    stock: frozenset[str]


@cache
def _tables() -> _Tables:
    raw = read_lexicon("en", "agent")
    return _Tables(CueSet.load(raw), frozenset(raw["stock_words"].split()))


def read_reply(text: str, rubric: Rubric, *, answered: str = "", feeling: Feeling | None = None) -> Reading:
    """Read a prepared English reply, in the light of the prepared message it answers and its feeling."""
    tables = _tables()
    lower = lower_same_length(text)
    theirs = _content(lower_same_length(answered), tables.stock)
    sentences = [
        _Sentence(m.start(), m.end(), lower[m.start() : m.end()], m[0].rstrip("\"')] ").endswith("?"), 0)
        for m in _SENTENCE.finditer(text)
    ]
    for sentence in sentences:
        words = set(WORD.findall(sentence.text))
        sentence.specific = len({_stem(word) for word in words} & theirs) + bool(
            _NUMBER.search(sentence.text) and not theirs
        )
        for cue, _, _ in tables.cues.find(sentence.text, words):
            sentence.rules[cue.name] = max(cue.value, sentence.rules.get(cue.name, 0))
            sentence.families[cue.family] = max(cue.value, sentence.families.get(cue.family, 0))
        _judge(sentence, bool(theirs))
    return _sum_up(sentences, rubric, feeling)


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word


def _content(lower: str, stock: frozenset[str]) -> set[str]:
    return {_stem(word) for word in WORD.findall(lower) if len(word) > 2 and word not in stock}


def _judge(sentence: _Sentence, has_theirs: bool) -> None:
    specific = sentence.specific >= 2 or (not has_theirs and sentence.specific > 0)
    levels = {
        "emotional_reaction": _emotional_reaction(sentence),
        "interpretation": _interpretation(sentence, specific),
        "exploration": _exploration(sentence),
        "ownership": _ownership(sentence, specific),
        "help": _help(sentence),
        "personalisation": _personalisation(sentence, specific),
    }
    sentence.levels.update({name: level for name, level in levels.items() if level})


def _emotional_reaction(sentence: _Sentence) -> int:
    rules, families = sentence.rules, sentence.families
    if "emotional_reaction" not in families or "refusal" in families:
        return 0
    tied = ("feeling_named" in rules and "stock" not in families) or sentence.specific >= 2
    return 2 if tied else 1


def _interpretation(sentence: _Sentence, specific: bool) -> int:
    rules, families = sentence.rules, sentence.families
    if families.get("interpretation", 0) == 2:
        return 1 if "stock" in families and not specific else 2
    restates = sentence.specific >= 2 and not sentence.is_question
    return 1 if restates or "understands_stock" in rules or "hears_trouble" in rules else 0


def _exploration(sentence: _Sentence) -> int:
    rules, families = sentence.rules, sentence.families
    level = families.get("exploration", 0)
    probes = "probing_question" in rules
    if families.get("not_exploration", 0) > (1 if probes else 0):
        return 0
    if probes and not (sentence.is_question or "tell_us_more" in rules):
        return 1 if "checks_back" in rules else 0
    return int(level)


def _ownership(sentence: _Sentence, specific: bool) -> int:
    rules = sentence.rules
    if "our_fault" in rules:
        return 2
    if "i_will" in rules:
        return 2 if "commits_to_a_time" in rules or specific else 1
    return 1 if "apology_for_cause" in rules and "stock" not in sentence.families else 0


def _help(sentence: _Sentence) -> int:
    acts = "next_step" in sentence.rules or "i_will" in sentence.rules
    return (2 if "commits_to_a_time" in sentence.rules else 1) if acts else 0


def _personalisation(sentence: _Sentence, specific: bool) -> int:
    if "knows_their_history" in sentence.rules or sentence.specific >= 3:
        return 2
    return 1 if "greets_by_name" in sentence.rules or specific else 0


def _sum_up(sentences: list[_Sentence], rubric: Rubric, feeling: Feeling | None) -> Reading:
    levels = dict.fromkeys(DIMENSIONS, 0)
    found: list[tuple[int, int, str, float]] = []
    rules = {rule for sentence in sentences for rule in sentence.rules}
    for name in DIMENSIONS:
        bearing = [s for s in sentences if s.levels.get(name, 0)]
        if not bearing:
            continue
        best = max(s.levels[name] for s in bearing)
        levels[name] = best
        points = rubric.weights[name] * best / 2
        strength = [float(s.levels[name]) ** 2 for s in bearing]
        found += [
            (s.start, s.end, name, points * share / sum(strength))
            for s, share in zip(bearing, strength, strict=True)
        ]
    earned = sum(points for *_, points in found)
    dismissive = 0.0
    for sentence in sentences:
        cost = sentence.families.get("dismissive", 0.0)
        if "refusal" in sentence.families and levels["help"] < 2 and levels["interpretation"] < 2:
            cost = max(cost, sentence.families["refusal"])
        if cost:
            found.append((sentence.start, sentence.end, "dismissive", -rubric.dismissive * cost))
        dismissive = max(dismissive, cost)
    stock = sum("stock" in s.families for s in sentences)
    factor = 1.0
    if stock >= 2 and levels["interpretation"] < 2 and levels["personalisation"] < 2:
        factor *= rubric.factors["stock"]
    if dismissive >= 0.6 and (levels["emotional_reaction"] or levels["interpretation"]):
        factor *= rubric.factors["contradiction"]
    distressed = feeling is not None and feeling.opportunity == 2
    total = max(0.0, min(100.0, earned - rubric.dismissive * dismissive)) * factor
    if distressed and not any(levels[name] for name in ("emotional_reaction", "interpretation", "help")):
        rules.add("missed")
    return Reading(
        dimensions=levels,
        dismissive=round(dismissive, 2),
        points=total,
        found=tuple(found),
        rules=frozenset(rules),
        speaks_of_trouble=bool(
            rules
            & {
                "apology",
                "feeling_named",
                "judged_with_them",
                "understands_stock",
                "hears_trouble",
                "our_fault",
            }
        )
        or dismissive > 0,
    )
