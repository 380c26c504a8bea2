"""VADER's rules with the vaderSentiment package's own lexicon: the same scores, in linear time.

The rules, their constants and their quirks are those of vaderSentiment 3.3.2 (MIT, C.J. Hutto); the parity
tests hold this module to the package's answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import punctuation

from .vader_lexicon import lexicon

BOOST = 0.293
CAPITALS = 0.733
FLIP = -0.74

_NEGATIONS = (
    "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither "
    "neednt never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent uh-uh without "
    "wont wouldnt rarely seldom despite"
)
NEGATIONS = frozenset(_NEGATIONS.split())
_UP = (
    "absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous "
    "enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin "
    "frackin fracking fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella "
    "highly hugely incredible incredibly intensely major majorly more most particularly purely quite really "
    "remarkably so substantially thoroughly total totally tremendous tremendously uber unbelievably "
    "unusually utter utterly very"
)
_DOWN = (
    "almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally "
    "partly scarce scarcely slight slightly somewhat sorta sortof sort-of"
)
BOOSTERS = dict.fromkeys(_UP.split(), BOOST) | dict.fromkeys(_DOWN.split(), -BOOST)
_DAMPENING_PAIRS = frozenset({"just enough", "kind of", "sort of"})
_IDIOMS = {
    "the shit": 3.0,
    "the bomb": 3.0,
    "bad ass": 1.5,
    "bus stop": 0.0,
    "yeah right": -2.0,
    "kiss of death": -1.5,
    "to die for": 3.0,
    "beating heart": 3.5,
}
_IDIOM_STARTS = frozenset(idiom.split()[0] for idiom in _IDIOMS)
# Before a word of feeling, words that are none of these (and no "n't") change nothing about it.
_CHANGING = {"no", "so", "this", "doubt", "least", *NEGATIONS, *BOOSTERS}
_CHANGING.update(word for phrase in (*_IDIOMS, *_DAMPENING_PAIRS) for word in phrase.split())


def tokens(text: str) -> list[str]:
    """Words and emoticons of a text, emoji spelled out, outer punctuation removed from longer ones."""
    if not text.isascii():
        emojis = lexicon().emojis
        if not emojis.keys().isdisjoint(text):
            text = _spell_out(text, emojis)
    return [bare if len(bare := word.strip(punctuation)) > 2 else word for word in text.split()]


def _spell_out(text: str, emojis: dict[str, str]) -> str:
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


def valences(words: Sequence[str], lower: Sequence[str]) -> list[tuple[int, float]]:
    """(position, valence) of every word that carries feeling, after VADER's rules for its neighbours."""
    known = lexicon().words
    hits = [i for i, word in enumerate(lower) if word in known]
    if not hits:
        return []
    loud = sum(map(str.isupper, words))
    mixed_capitals = 0 < loud < len(words)
    found = []
    last = len(lower) - 1
    changing = _CHANGING.intersection(lower)
    changing.update([word for word in lower if "n't" in word])
    for i in hits:
        item = lower[i]
        if item in BOOSTERS or (item == "kind" and i < last and lower[i + 1] == "of"):
            continue
        if changing.isdisjoint(lower[i - 3 if i > 3 else 0 : i + 1]):
            value = known[item]
            if mixed_capitals and words[i].isupper():
                value = value + CAPITALS if value > 0 else value - CAPITALS
        else:
            value = _valence(words, lower, i, mixed_capitals, known)
        if value:
            found.append((i, value))
    if "but" in lower:
        found = _weigh_but(found, lower.index("but"))
    return found


def compound(found: Sequence[tuple[int, float]], text: str) -> float:
    """VADER's compound score, -1..1, rounded to four digits as the package does."""
    total = float(sum(value for _, value in found))
    emphasis = punctuation_emphasis(text)
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    return round(max(-1.0, min(1.0, total / math.sqrt(total * total + 15))), 4)


def polarity(text: str) -> float:
    """The compound score of a text that stands alone."""
    words = tokens(text)
    return compound(valences(words, [word.lower() for word in words]), text)


def punctuation_emphasis(text: str) -> float:
    """How much exclamation and question marks strengthen what the words say."""
    questions = text.count("?")
    asked = 0.0
    if questions > 1:
        asked = questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _negates(word: str) -> bool:
    return word in NEGATIONS or "n't" in word


def _valence(
    words: Sequence[str], lower: Sequence[str], i: int, mixed_capitals: bool, known: dict[str, float]
) -> float:
    item = lower[i]
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
    if mixed_capitals and words[i].isupper():
        value = value + CAPITALS if value > 0 else value - CAPITALS
    for distance in range(1, min(i, 3) + 1):
        near = lower[i - distance]
        if near in known:
            continue
        value += _boost(words[i - distance], near, value, mixed_capitals, distance)
        value = _negate(value, lower, i, distance)
        if distance == 3:
            value = _idioms(value, lower, i)
    if i > 0 and before == "least" and before not in known and not (i > 1 and lower[i - 2] in {"at", "very"}):
        value *= FLIP
    return value


def _boost(word: str, lower: str, value: float, mixed_capitals: bool, distance: int) -> float:
    scalar = BOOSTERS.get(lower, 0.0)
    if not scalar:
        return 0.0
    if value < 0:
        scalar = -scalar
    if mixed_capitals and word.isupper():
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
    if not _IDIOM_STARTS.isdisjoint((third, second, first, item)):
        for sequence in (
            f"{first} {item}",
            f"{second} {first} {item}",
            f"{second} {first}",
            f"{third} {second} {first}",
            f"{third} {second}",
        ):
            if sequence in _IDIOMS:
                value = _IDIOMS[sequence]
                break
        following = lower[i + 1 : i + 3]
        for sequence in (f"{item} {' '.join(following[:1])}", f"{item} {' '.join(following)}"):
            if sequence in _IDIOMS:
                value = _IDIOMS[sequence]
    for pair in (f"{third} {second}", f"{second} {first}"):
        if pair in _DAMPENING_PAIRS:
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
