"""The lexicon of the vaderSentiment package, and the words that its rules name.

The package itself is never imported: only its two lexicon files are read, because importing it loads an HTTP
client.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import Misconfigured

BOOST = 0.293
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
DAMPENING_PAIRS = frozenset({"just enough", "kind of", "sort of"})
IDIOMS = {
    "the shit": 3.0,
    "the bomb": 3.0,
    "bad ass": 1.5,
    "bus stop": 0.0,
    "yeah right": -2.0,
    "kiss of death": -1.5,
    "to die for": 3.0,
    "beating heart": 3.5,
}
IDIOM_STARTS = frozenset(idiom.split()[0] for idiom in IDIOMS)
CHANGING = {"no", "so", "this", "doubt", "least", *NEGATIONS, *BOOSTERS}
CHANGING.update(word for phrase in (*IDIOMS, *DAMPENING_PAIRS) for word in phrase.split())
"""Before a word of feeling, words that are none of these (and no "n't") change nothing about it."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Valence by lower-case word, and the words that stand for an emoji."""

    words: dict[str, float]
    emojis: dict[str, str]


@cache
def lexicon() -> Lexicon:
    """The package's two lexicon files. Raises Misconfigured when vaderSentiment is not installed."""
    spec = find_spec("vaderSentiment")
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured("The package vaderSentiment is not installed; run pip install vaderSentiment.")
    folder = Path(spec.submodule_search_locations[0])
    words = {}
    for line in (folder / "vader_lexicon.txt").read_text("utf-8").rstrip("\n").split("\n"):
        if line:
            word, measure = line.strip().split("\t")[0:2]
            words[word] = float(measure)
    emojis = {}
    for line in (folder / "emoji_utf8_lexicon.txt").read_text("utf-8").rstrip("\n").split("\n"):
        emoji, description = line.strip().split("\t")[0:2]
        if len(emoji) == 1:  # the package looks emoji up one code point at a time
            emojis[emoji] = description
    return Lexicon(words, emojis)
