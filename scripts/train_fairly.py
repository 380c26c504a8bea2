"""Keeps trained weights from depending on who somebody is: words for people weigh alike, or nothing.

Also writes training texts again as learners, dialects and hasty fingers would, so that these read alike.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from itertools import product

# Words that stand for each other: every word group weighs the mean of its counterparts.
ALIKE = (
    ("he", "she"),
    ("his", "her", "hers", "him"),
    ("he's", "she's"),
    ("himself", "herself"),
    ("husband", "wife", "partner", "spouse", "boyfriend", "girlfriend", "fiance", "fiancee"),
    ("mother", "father", "mom", "dad", "mum", "parent", "grandmother", "grandfather", "grandma", "grandpa"),
    ("brother", "sister", "sibling"),
    ("son", "daughter", "child", "kid", "boy", "girl"),
    ("man", "woman", "person", "guy", "lady", "gentleman", "men", "women"),
    ("sir", "madam", "ma'am", "mr", "mrs", "ms", "miss"),
)
_WHO = (
    "african american arab arabic asian atheist australian autistic bisexual blind brazilian british "
    "buddhist canadian catholic chinese christian church deaf disability disabled dutch elderly english "
    "european feminist french gay german greek hindu hispanic immigrant indian indians iranian irish "
    "islam islamic israeli italian japanese jew jewish jews korean latina latino lesbian lgbt mexican "
    "mormon mosque muslim muslims nigerian pakistani pensioner polish pregnant protestant queer refugee "
    "religion religious russian scottish sikh spanish swedish temple trans transgender turkish ukrainian "
    "vegan vietnamese wheelchair"
)
NOTHING = frozenset(_WHO.split())
_CLASS = {word: at for at, words in enumerate(ALIKE) for word in words}

_SPOKEN = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\b(?:is not|isn't|am not|are not|aren't|has not|hasn't|have not|haven't)\b", "ain't"),
        (r"\b(work|wait|answer|try|go|help|charg|tell|do|get|pay|call)ing\b", r"\1in"),
        (r"\b(?:does not|doesn't)\b", "don't"),
        (r"\bwas not\b|\bwasn't\b", "wasnae"),
    )
)
_LEARNED = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\b(?:the|an?) ", ""),
        (r"\b(?:did not|didn't) ", "not "),
        (r"\b(?:do not|don't) ", "no "),
        (r"\bis not\b|\bisn't\b", "not"),
        (r"\bhas been\b|\bhave been\b", "is"),
        (r"\b(?:has|have) (?=\w+ed\b)", ""),
        (r"\bfor (?=(?:two|three|four|five|\d+) )", "since "),
    )
)


def alike(weights: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """The weights with the words for people made equal."""
    found: dict[str, list[float]] = {}
    classes: dict[tuple[str, ...], list[str]] = {}
    for group, row in weights.items():
        prefix, words = _parts(group)
        if not NOTHING.isdisjoint(words):
            continue
        if any(word in _CLASS for word in words):
            key = (prefix, *(f"#{_CLASS[word]}" if word in _CLASS else word for word in words))
            classes.setdefault(key, []).append(group)
        else:
            found[group] = row
    for (prefix, *words), members in classes.items():
        choices = [ALIKE[int(word[1:])] if word[0] == "#" else (word,) for word in words]
        spelled = [prefix + " ".join(each) for each in product(*choices)]
        # A counterpart that was never seen weighs nothing; the mean says so for all.
        count = max(len(members), len(spelled) // 2)
        mean = [sum(values) / count for values in zip(*(weights[each] for each in members), strict=True)]
        found.update((each, mean) for each in spelled)
    return found


def _parts(group: str) -> tuple[str, list[str]]:
    prefix = "not_" if group.startswith("not_") else ""
    return prefix, group[len(prefix) :].split(" ")


def rewritten(texts: Iterable[str]) -> list[tuple[int, str]]:
    """(place of the original, text) of the texts as a dialect, a learner or haste would write them."""
    return sorted(
        (at, other)
        for at, text in enumerate(texts)
        for other in {_by(_SPOKEN, text), _by(_LEARNED, text), _misspelt(text)} - {text}
    )


def _by(rules: Iterable[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, instead in rules:
        text = pattern.sub(instead, text)
    return text


def _misspelt(text: str) -> str:
    """One long word in five with two inner letters in the wrong order."""
    words = text.split(" ")
    for at, word in enumerate(words):
        seed = zlib.crc32(word.encode(errors="replace"))
        if len(word) > 5 and word.isalpha() and seed % 5 == 0:
            cut = 1 + seed // 5 % (len(word) - 3)
            words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)
