"""What a reply says against the customer it answers: blame, bare refusals, silence about their trouble."""

from __future__ import annotations

from collections.abc import Mapping

from .likeness import WordKinds
from .sentences import Sentence

IGNORED = 0.4
"""How dismissive it is to pass over somebody's trouble without a word of care or help."""


def cost_of(sentence: Sentence, levels: Mapping[str, int]) -> float:
    """How dismissive a sentence is, 0..1; a refusal only where nothing else is offered or understood."""
    cost = sentence.families.get("dismissive", 0.0)
    if not sentence.rules.keys().isdisjoint({"offers", "i_will"}):
        return cost
    if levels["help"] < 2 and not (levels["help"] and levels["interpretation"] == 2):
        cost = max(cost, sentence.families.get("refusal", 0.0))
    return cost


def turns_away(
    sentences: list[Sentence], levels: Mapping[str, int], opportunity: int, kinds: WordKinds
) -> bool:
    """Whether a reply to trouble offers nothing; short of distress, only where it speaks of the customer."""
    if not sentences or any(levels.values()) or any(s.is_question for s in sentences):
        return False
    words = {word for s in sentences for word in s.words}
    if not words.isdisjoint(kinds.courteous):
        return False
    return opportunity == 2 or (opportunity == 1 and not words.isdisjoint(kinds.spoken_to))
