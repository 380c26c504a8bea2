"""VADER's rules with the vaderSentiment package's own lexicon: the same scores, in linear time.

The rules, their constants and their quirks are those of vaderSentiment 3.3.2 (MIT, C.J. Hutto); the parity
tests hold this module to the package's answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import or_

from .look import CHANGES, EMOJI, UPPER, Look
from .vader_lexicon import BOOST, BOOSTERS, DAMPENING_PAIRS, IDIOM_STARTS, IDIOMS, NEGATIONS, lexicon

CAPITALS = 0.733
FLIP = -0.74


def heard(look: Look) -> Look:
    """The text as VADER reads it, with the names of emoji in their place."""
    return Look(_spelled_out(look.text)) if look.any_flag & EMOJI else look


def _spelled_out(text: str) -> str:
    emojis = lexicon().emojis
    parts = []
    before = " "
    for character in text:
        if character in emojis:
            parts += ["" if before == " " else " ", emojis[character]]
            before = ""
        else:
            parts.append(character)
            before = character
    return "".join(parts)


def valences(look: Look) -> list[tuple[int, float]]:
    """(position, valence) of the words of feeling in a `heard` text, after the rules for their neighbours."""
    hits = [at for at, value in enumerate(look.values) if value]
    if not hits:
        return []
    flags = look.flags
    mixed_capitals = bool(look.any_flag & UPPER) and not all(flag & UPPER for flag in flags)
    changes = look.any_flag & CHANGES
    found = []
    for i in hits:
        value = look.values[i]
        if changes and reduce(or_, flags[i - 3 if i > 3 else 0 : i + 1]) & CHANGES:
            value = _valence(look, i, mixed_capitals)
        elif mixed_capitals and flags[i] & UPPER:
            value = value + CAPITALS if value > 0 else value - CAPITALS
        if value:
            found.append((i, value))
    if "but" in look.tokens:
        found = _weigh_but(found, look.tokens.index("but"))
    return found


def compound(found: Sequence[tuple[int, float]], emphasis: float) -> float:
    """VADER's compound score, -1..1, rounded to four digits as the package does."""
    total = float(sum([value for _, value in found]))
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    return round(max(-1.0, min(1.0, total / math.sqrt(total * total + 15))), 4)


def polarity(text: str) -> float:
    """The compound score of a text that stands alone."""
    return compound(valences(heard(Look(text))), punctuation_emphasis(text))


def punctuation_emphasis(text: str) -> float:
    """How much exclamation and question marks strengthen what the words say."""
    questions = text.count("?")
    asked = 0.0
    if questions > 1:
        asked = questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _negates(word: str) -> bool:
    return word in NEGATIONS or "n't" in word


def _valence(look: Look, i: int, mixed_capitals: bool) -> float:
    lower, known = look.tokens, lexicon().words
    item = lower[i]
    if item == "kind" and lower[i + 1 : i + 2] == ("of",):
        return 0.0
    value = known[item]
    if item == "no" and i != len(lower) - 1 and lower[i + 1] in known:
        value = 0.0
    before = lower[i - 1] if i > 0 else ""
    if (
        before == "no"
        or (i > 1 and lower[i - 2] == "no")
        or (i > 2 and lower[i - 3] == "no" and before in {"or", "nor"})
    ):
        value = known[item] * FLIP
    if mixed_capitals and look.flags[i] & UPPER:
        value = value + CAPITALS if value > 0 else value - CAPITALS
    for distance in range(1, min(i, 3) + 1):
        near = lower[i - distance]
        if near in known:
            continue
        value += _boost(near, value, mixed_capitals and bool(look.flags[i - distance] & UPPER), distance)
        value = _negate(value, lower, i, distance)
        if distance == 3:
            value = _idioms(value, lower, i)
    if i > 0 and before == "least" and before not in known and not (i > 1 and lower[i - 2] in {"at", "very"}):
        value *= FLIP
    return value


def _boost(lower: str, value: float, is_loud: bool, distance: int) -> float:
    scalar = BOOSTERS.get(lower, 0.0)
    if not scalar:
        return 0.0
    if value < 0:
        scalar = -scalar
    if is_loud:
        scalar = scalar + CAPITALS if value > 0 else scalar - CAPITALS
    return scalar * (1.0, 0.95, 0.9)[distance - 1]


def _negate(value: float, lower: Sequence[str], i: int, distance: int) -> float:
    near = lower[i - distance]
    flipped = value * FLIP if _negates(near) else value
    if distance == 1:
        return flipped
    before = lower[i - 1]
    intensifies = before in {"so", "this"}
    if distance == 2:
        never, doubted = near == "never" and intensifies, before == "doubt"
    else:
        # The package's condition reads "never so/this" or, from anywhere, "so/this" just before the word.
        second = lower[i - 2]
        never = (near == "never" and second in {"so", "this"}) or intensifies
        doubted = "doubt" in {second, before}
    if never:
        return value * 1.25
    return value if near == "without" and doubted else flipped


def _idioms(value: float, lower: Sequence[str], i: int) -> float:
    third, second, first, item = lower[i - 3], lower[i - 2], lower[i - 1], lower[i]
    if not IDIOM_STARTS.isdisjoint((third, second, first, item)):
        for sequence in (
            f"{first} {item}",
            f"{second} {first} {item}",
            f"{second} {first}",
            f"{third} {second} {first}",
            f"{third} {second}",
        ):
            if sequence in IDIOMS:
                value = IDIOMS[sequence]
                break
        following = lower[i + 1 : i + 3]
        for sequence in (f"{item} {' '.join(following[:1])}", f"{item} {' '.join(following)}"):
            if sequence in IDIOMS:
                value = IDIOMS[sequence]
    for pair in (f"{third} {second}", f"{second} {first}"):
        if pair in DAMPENING_PAIRS:
            value -= BOOST
    return value


def _weigh_but(found: list[tuple[int, float]], but: int) -> list[tuple[int, float]]:
    """Halve what stands before the first "but" and strengthen what stands after it.

    The package finds each value by `list.index`, so that of equal values the first is changed; kept, because
    the scores are to be the same. Zeros never change, so looking among the others is enough.
    """
    places = [place for place, _ in found]
    values = [value for _, value in found]
    for value_at in range(len(values)):
        first = values.index(values[value_at])
        if places[first] != but:
            values[first] *= 0.5 if places[first] < but else 1.5
    return list(zip(places, values, strict=True))
