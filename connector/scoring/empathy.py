"""How much empathy one reply shows: behaviours by sentence, levels by dimension, points by span."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from .cues import CueSet, all_words, read_lexicon
from .customer_model import word_list
from .empathy_model import EmpathyModel, shipped
from .phrases import read_index
from .rubric import DIMENSIONS, Rubric
from .sentiment import Feeling, lower_same_length
from .stems import Stems

_SENTENCE = re.compile(r"\S[^\n]*?(?:(?<![ap]\.m)[.!?…]{1,40}+[\"')\]]*+(?=\s|$)|(?=\n)|$)")
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


EXTRAS = ("question", "specific", "number", "short", "first", "exclaims", "shared")
"""Counted features of a sentence after its cues, in order."""
LEAST_FIT = 0.1
"""What is left of a reply that resembles none that was judged to fit."""
SELF_EVIDENT = 0.95
"""What is left at least where specific understanding or a promise with a time speaks for itself."""
UNASKED = 0.15
"""How much surer the model has to be of a behaviour for which no rule speaks."""


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


def read_reply(
    text: str,
    rubric: Rubric,
    *,
    answered: str = "",
    feeling: Feeling | None = None,
    model: EmpathyModel | None = None,
) -> Reading:
    """Read a prepared English reply, in the light of the prepared message it answers and its feeling."""
    known = model or shipped()
    sentences = sentences_of(text, answered)
    for sentence in sentences:
        _judge(sentence, known, has_theirs=bool(answered))
    return _sum_up(sentences, rubric, feeling, _fit(sentences, known))


def _fit(sentences: list[Sentence], model: EmpathyModel) -> float:
    """How the reply as a whole resembles replies that were judged to fit, 0..1."""
    if not sentences:
        return 0.0
    output = sentences[0].fit if len(sentences) == 1 else model.read(*whole(sentences))[3]
    middle, slope = model.thresholds["fit"]
    return 1 / (1 + math.exp(-slope * (output - middle)))


def whole(sentences: list[Sentence]) -> tuple[list[str], dict[int, float]]:
    """The words and features of a reply as a whole."""
    features: dict[int, float] = {}
    for sentence in sentences:
        for place, value in sentence.features.items():
            features[place] = max(value, features.get(place, 0.0))
    return [word for sentence in sentences for word in sentence.words], features


def _judge(sentence: Sentence, model: EmpathyModel, *, has_theirs: bool) -> None:
    specific = sentence.specific >= 2 or (not has_theirs and sentence.specific > 0)
    reaction, interpretation, exploration, sentence.fit = model.read(sentence.words, sentence.features)
    levels = {
        "emotional_reaction": _emotional_reaction(sentence, model, reaction),
        "interpretation": _interpretation(sentence, model, interpretation, specific=specific),
        "exploration": _exploration(sentence, model, exploration),
        "ownership": _ownership(sentence, specific),
        "help": _help(sentence),
    }
    sentence.levels.update({name: level for name, level in levels.items() if level})
    if personal := _personalisation(sentence, specific):
        sentence.levels["personalisation"] = personal


def _emotional_reaction(sentence: Sentence, model: EmpathyModel, output: float) -> int:
    rules, families = sentence.rules, sentence.families
    if "refusal" in families and "apology" in rules:
        return 0  # "sorry, that is not possible" is a turn of phrase
    if "emotional_reaction" not in families:
        return min(1, model.level("emotional_reaction", output - UNASKED))
    tied = ("feeling_named" in rules and "stock" not in families) or sentence.specific >= 3
    return 2 if tied else 1


def _interpretation(sentence: Sentence, model: EmpathyModel, output: float, *, specific: bool) -> int:
    rules, families = sentence.rules, sentence.families
    if families.get("interpretation", 0) == 2:
        general = "stock" in families or "understands_stock" in rules
        return 1 if general and not (specific or sentence.specific) else 2
    if "understands_stock" in rules:
        return 1
    return min(1, model.level("interpretation", output)) if not sentence.is_question else 0


def _exploration(sentence: Sentence, model: EmpathyModel, output: float) -> int:
    rules = sentence.rules
    if "anything_else" in rules and "probing_question" not in rules:
        return 0
    asks = sentence.is_question or "tell_us_more" in rules or "checks_back" in rules
    level = model.level("exploration", output if asks else output - UNASKED)
    if sentence.is_question and "probing_question" in rules and "identity_question" not in rules:
        return max(1, level)
    return level


def _ownership(sentence: Sentence, specific: bool) -> int:
    rules = sentence.rules
    if "our_fault" in rules:
        return 2
    if "i_will" in rules:
        return 2 if "commits_to_a_time" in rules or specific else 1
    return 1 if "apology_for_cause" in rules and "stock" not in sentence.families else 0


def _help(sentence: Sentence) -> int:
    acts = "next_step" in sentence.rules or "i_will" in sentence.rules
    if "refusal" in sentence.families and "i_will" not in sentence.rules:
        return 0
    return (2 if "commits_to_a_time" in sentence.rules else 1) if acts else 0


def _personalisation(sentence: Sentence, specific: bool) -> int:
    if "knows_their_history" in sentence.rules:
        return 2
    if sentence.is_question or not sentence.levels.keys() & {"interpretation", "ownership"}:
        return 1 if "greets_by_name" in sentence.rules else 0
    # Their own detail counts where it serves understanding or a promise, not where it is merely repeated.
    return 2 if sentence.specific >= 3 else 1 if specific or "greets_by_name" in sentence.rules else 0


def _cost(sentence: Sentence, levels: Mapping[str, int]) -> float:
    """How dismissive a sentence is, 0..1; a refusal only where nothing else is offered or understood."""
    cost = sentence.families.get("dismissive", 0.0)
    if levels["help"] < 2 and not (levels["help"] and levels["interpretation"] == 2):
        cost = max(cost, sentence.families.get("refusal", 0.0))
    return cost


def _speaks_for_itself(levels: Mapping[str, int]) -> float:
    """The least factor where understanding is specific, a fault is owned, or a promise has a time."""
    if levels["interpretation"] == 2 or levels["ownership"] == 2:
        return SELF_EVIDENT
    if levels["help"] < 2:
        return 0.0
    cares = levels["emotional_reaction"] or levels["interpretation"] or levels["ownership"]
    return SELF_EVIDENT if cares else SELF_EVIDENT / 2


def _sum_up(sentences: list[Sentence], rubric: Rubric, feeling: Feeling | None, fit: float) -> Reading:
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
    costs = [(s, cost) for s in sentences if (cost := _cost(s, levels))]
    dismissive = max((cost for _, cost in costs), default=0.0)
    for s, cost in costs:
        share = rubric.dismissive * dismissive * cost / sum(each for _, each in costs)
        found.append((s.start, s.end, "dismissive", -share))
    stock = sum("stock" in s.families for s in sentences)
    factor = LEAST_FIT + (1 - LEAST_FIT) * fit
    factor = max(factor, _speaks_for_itself(levels))
    if stock >= 2 and levels["interpretation"] < 2 and levels["personalisation"] < 2:
        factor *= rubric.factors["stock"]
    if dismissive >= 0.6 and (levels["emotional_reaction"] or levels["interpretation"]):
        factor *= rubric.factors["contradiction"]
    distressed = feeling is not None and feeling.opportunity == 2
    plain = max(0.0, min(100.0, earned - rubric.dismissive * dismissive)) * factor
    total = rubric.on_scale(plain)
    factor *= total / plain if plain else 1.0
    if distressed and not any(levels[name] for name in ("emotional_reaction", "interpretation", "help")):
        rules.add("missed")
    return Reading(
        dimensions=levels,
        dismissive=round(dismissive, 2),
        points=total,
        found=tuple((start, end, rule, points * factor) for start, end, rule, points in found),
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
