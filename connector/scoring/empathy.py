"""How much empathy one reply shows: behaviours by sentence, levels by dimension, points by span."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .against import IGNORED, cost_of, turns_away
from .empathy_model import EmpathyModel, shipped
from .likeness import WordKinds
from .look import Look
from .rubric import DIMENSIONS, Rubric
from .sentences import Sentence, sentences_of, whole, word_kinds
from .sentiment import Feeling


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


LEAST_FIT = 0.04
"""What is left of a reply that resembles none that was judged to fit."""
SELF_EVIDENT = 0.95
"""What is left at least where specific understanding or a promise with a time speaks for itself."""
_DEEDS = frozenset({"i_will", "done_for_them", "offers"})
_SPOILS = 0.6  # what a sentence understands is lost to what it says against the customer
UNASKED = 0.15
"""How much surer the model has to be of a behaviour for which no rule speaks."""


def read_reply(
    look: Look,
    rubric: Rubric,
    *,
    answered: Look | None = None,
    feeling: Feeling | None = None,
    model: EmpathyModel | None = None,
) -> Reading:
    """Read a prepared reply, in the light of the prepared message it answers and its feeling."""
    known, kinds = model or shipped(look.language), word_kinds(look.language)
    sentences = sentences_of(look, answered)
    has_theirs = answered is not None and bool(answered.text)
    is_called_for = feeling is not None and feeling.opportunity > 0
    for sentence in sentences:
        _judge(sentence, known, kinds, has_theirs=has_theirs, is_called_for=is_called_for)
    return _sum_up(sentences, rubric, feeling, _fit(sentences, known), kinds, has_theirs=has_theirs)


def _fit(sentences: list[Sentence], model: EmpathyModel) -> float:
    """How the reply as a whole resembles replies that were judged to fit, 0..1."""
    if not sentences:
        return 0.0
    output = sentences[0].fit if len(sentences) == 1 else model.read(*whole(sentences))[3]
    middle, slope = model.thresholds["fit"]
    return 1 / (1 + math.exp(-slope * (output - middle)))


def _judge(
    sentence: Sentence, model: EmpathyModel, kinds: WordKinds, *, has_theirs: bool, is_called_for: bool
) -> None:
    specific = sentence.specific >= 2 or (not has_theirs and sentence.specific > 0)
    reaction, interpretation, exploration, sentence.fit = model.read(sentence.words, sentence.features)
    levels = {
        "emotional_reaction": _emotional_reaction(sentence, model, reaction, kinds),
        "interpretation": max(
            _interpretation(sentence, model, interpretation, specific=specific),
            _told(sentence) if is_called_for else 0,
        ),
        "exploration": _exploration(sentence, model, exploration),
        "ownership": _ownership(sentence, specific),
        "help": _help(sentence),
    }
    sentence.levels.update({name: level for name, level in levels.items() if level})
    if personal := _personalisation(sentence, specific):
        sentence.levels["personalisation"] = personal


def _emotional_reaction(sentence: Sentence, model: EmpathyModel, output: float, kinds: WordKinds) -> int:
    rules, families = sentence.rules, sentence.families
    if "apology_denied" in rules or ("refusal" in families and "apology" in rules):
        return 0  # "sorry, that is not possible" is a turn of phrase
    if "emotional_reaction" not in families:
        if not kinds.apology.isdisjoint(sentence.words):
            return 0  # an apology is spoken of, not made
        return min(1, model.level("emotional_reaction", output - UNASKED))
    tied = ("feeling_named" in rules and "stock" not in families) or sentence.specific >= 3
    return 2 if tied else 1


def _interpretation(sentence: Sentence, model: EmpathyModel, output: float, *, specific: bool) -> int:
    rules, families = sentence.rules, sentence.families
    if families.get("dismissive", 0) >= _SPOILS:
        return 0
    if families.get("interpretation", 0) == 2:
        general = "stock" in families or "understands_stock" in rules
        return 1 if general and not (specific or sentence.specific) else 2
    if "understands_stock" in rules:
        return 1
    if sentence.is_question or "stock" in families:
        return 0
    return min(1, model.level("interpretation", output))


def _told(sentence: Sentence) -> int:
    """The level of a statement that takes up the customer's words, and judges or tells what happened."""
    is_spoilt = not sentence.families.keys().isdisjoint({"dismissive", "refusal", "generality"})
    return 2 if sentence.likeness.is_told and not is_spoilt else 0


def _exploration(sentence: Sentence, model: EmpathyModel, output: float) -> int:
    rules = sentence.rules
    if "asks_how_they_are" in rules and sentence.is_question:
        return 2
    if "anything_else" in rules and "probing_question" not in rules:
        return 0
    asks = sentence.is_question or "tell_us_more" in rules or "checks_back" in rules
    if not asks and "next_step" not in rules:
        return 0
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
    is_apology = "apology_for_cause" in rules and "apology_denied" not in rules
    return 1 if is_apology and "stock" not in sentence.families else 0


def _acts(sentence: Sentence) -> bool:
    """Whether something is done for the customer, or promised."""
    return not sentence.rules.keys().isdisjoint(_DEEDS) or _is_timed(sentence)


def _is_timed(sentence: Sentence) -> bool:
    """Whether a sentence says what is done at what time; not what is done in general."""
    return (
        "commits_to_a_time" in sentence.rules
        and "in_general" not in sentence.rules
        and not sentence.is_question
        and (
            sentence.likeness.does
            or "next_step" in sentence.rules
            or not sentence.rules.keys().isdisjoint(_DEEDS)
        )
    )


def _help(sentence: Sentence) -> int:
    if "refusal" in sentence.families and sentence.rules.keys().isdisjoint({"i_will", "offers"}):
        return 0
    if sentence.families.get("dismissive", 0) >= _SPOILS and sentence.rules.keys().isdisjoint(_DEEDS):
        return 0
    return 2 if _is_timed(sentence) else int("next_step" in sentence.rules or _acts(sentence))


def _personalisation(sentence: Sentence, specific: bool) -> int:
    if "knows_their_history" in sentence.rules:
        return 2
    if sentence.is_question or not sentence.levels.keys() & {"interpretation", "ownership"}:
        return 1 if "greets_by_name" in sentence.rules else 0
    # Their own detail counts where it serves understanding or a promise, not where it is merely repeated.
    return 2 if sentence.specific >= 3 else 1 if specific or "greets_by_name" in sentence.rules else 0


def _speaks_for_itself(levels: Mapping[str, int]) -> float:
    """The least factor where understanding is specific, a fault is owned, or a promise has a time."""
    if levels["interpretation"] == 2 or levels["ownership"] == 2:
        return SELF_EVIDENT
    if levels["help"] < 2:
        return 0.0
    cares = any(
        levels[name] for name in ("emotional_reaction", "interpretation", "ownership", "personalisation")
    )
    cares = cares or levels["exploration"] == 2
    return SELF_EVIDENT if cares else SELF_EVIDENT / 2


def _sum_up(
    sentences: list[Sentence],
    rubric: Rubric,
    feeling: Feeling | None,
    fit: float,
    kinds: WordKinds,
    *,
    has_theirs: bool,
) -> Reading:
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
    costs = [(s, cost) for s in sentences if (cost := cost_of(s, levels))]
    if not costs and feeling is not None and turns_away(sentences, levels, feeling.opportunity, kinds):
        costs = [(s, IGNORED) for s in sentences]
    dismissive = max((cost for _, cost in costs), default=0.0)
    for s, cost in costs:
        share = rubric.dismissive * dismissive * cost / sum(each for _, each in costs)
        found.append((s.start, s.end, "dismissive", -share))
    stock = sum("stock" in s.families for s in sentences)
    is_general = has_theirs and levels["help"] < 2 and not any(s.likeness.echo for s in sentences)
    factor = LEAST_FIT + (1 - LEAST_FIT) * fit
    factor = max(factor, min(SELF_EVIDENT / 2 if is_general else 1.0, _speaks_for_itself(levels)))
    if "asks_how_they_are" in rules and levels["exploration"] == 2:
        factor = max(factor, SELF_EVIDENT / 2)
    if stock >= (1 if is_general else 2) and (
        is_general or (levels["interpretation"] < 2 and levels["personalisation"] < 2)
    ):
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
