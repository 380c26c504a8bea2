"""VADER's rules; with the vaderSentiment package's own lexicon they give its scores, in linear time.

The rules, their constants and their quirks are those of vaderSentiment 3.3.2 (MIT, C.J. Hutto); the parity
tests hold this module to the package's answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import or_

from .look import CHANGES, EMOJI, UPPER, Look
from .vader_lexicon import BOOST, Lexicon, lexicon

CAPITALS = 0.733
FLIP = -0.74


def heard(look: Look) -> Look:
    """The text as VADER reads it, with the names of emoji in their place."""
    return Look(_spelled_out(look), look.language) if look.any_flag & EMOJI else look


def _spelled_out(look: Look) -> str:
    emojis = lexicon(look.language).emojis
    parts = []
    before = " "
    for character in look.text:
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
    flags, known = look.flags, lexicon(look.language)
    mixed_capitals = bool(look.any_flag & UPPER) and not all(flag & UPPER for flag in flags)
    changes = look.any_flag & CHANGES
    found = []
    for i in hits:
        value = look.values[i]
        if changes and reduce(or_, flags[i - 3 if i > 3 else 0 : i + 1]) & CHANGES:
            value = _valence(look, i, known, mixed_capitals)
        elif mixed_capitals and flags[i] & UPPER:
            value = value + CAPITALS if value > 0 else value - CAPITALS
        if value:
            found.append((i, value))
    if known.but in look.tokens:
        found = _weigh_but(found, look.tokens.index(known.but))
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
    """The compound score of an English text that stands alone."""
    return compound(valences(heard(Look(text))), punctuation_emphasis(text))


def punctuation_emphasis(text: str) -> float:
    """How much exclamation and question marks strengthen what the words say."""
    questions = text.count("?")
    asked = 0.0
    if questions > 1:
        asked = questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _valence(look: Look, i: int, known: Lexicon, mixed_capitals: bool) -> float:
    lower, words = look.tokens, known.words
    item = lower[i]
    following = lower[i + 1] if i + 1 < len(lower) else ""
    if f"{item} {following}" in known.void_pairs:
        return 0.0
    value = words[item]
    no = known.no
    if item == no and following in words:
        value = 0.0
    before = lower[i - 1] if i > 0 else ""
    if (
        before == no
        or (i > 1 and lower[i - 2] == no)
        or (i > 2 and lower[i - 3] == no and before in known.nor)
    ):
        value = words[item] * FLIP
    if mixed_capitals and look.flags[i] & UPPER:
        value = value + CAPITALS if value > 0 else value - CAPITALS
    for distance in range(1, min(i, 3) + 1):
        near = lower[i - distance]
        if near in words:
            continue
        scalar = known.boosters.get(near, 0.0)
        if scalar:
            is_loud = mixed_capitals and bool(look.flags[i - distance] & UPPER)
            value += _boost(scalar, value, is_loud, distance)
        value = _negate(value, lower, i, distance, known)
        if distance == 3:
            value = _idioms(value, lower, i, known)
    is_least = before == known.least and before not in words
    if is_least and not (i > 1 and lower[i - 2] in known.before_least):
        value *= FLIP
    return value


def _boost(scalar: float, value: float, is_loud: bool, distance: int) -> float:
    if value < 0:
        scalar = -scalar
    if is_loud:
        scalar = scalar + CAPITALS if value > 0 else scalar - CAPITALS
    return scalar * (1.0, 0.95, 0.9)[distance - 1]


def _negate(value: float, lower: Sequence[str], i: int, distance: int, known: Lexicon) -> float:
    near = lower[i - distance]
    negates = near in known.negations or known.negating_part in near
    flipped = value * FLIP if negates else value
    if distance == 1:
        return flipped
    before = lower[i - 1]
    intensifies = before in known.so
    if distance == 2:
        never, doubted = near == known.never and intensifies, before == known.doubt
    else:
        # The package's condition reads "never so/this" or, from anywhere, "so/this" just before the word.
        second = lower[i - 2]
        never = (near == known.never and second in known.so) or intensifies
        doubted = known.doubt in {second, before}
    if never:
        return value * 1.25
    return value if near == known.without and doubted else flipped


def _idioms(value: float, lower: Sequence[str], i: int, known: Lexicon) -> float:
    third, second, first, item = lower[i - 3], lower[i - 2], lower[i - 1], lower[i]
    idioms = known.idioms
    if not known.idiom_starts.isdisjoint((third, second, first, item)):
        for sequence in (
            f"{first} {item}",
            f"{second} {first} {item}",
            f"{second} {first}",
            f"{third} {second} {first}",
            f"{third} {second}",
        ):
            if sequence in idioms:
                value = idioms[sequence]
                break
        following = lower[i + 1 : i + 3]
        for sequence in (f"{item} {' '.join(following[:1])}", f"{item} {' '.join(following)}"):
            if sequence in idioms:
                value = idioms[sequence]
    for pair in (f"{third} {second}", f"{second} {first}"):
        if pair in known.lowering_pairs:
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
