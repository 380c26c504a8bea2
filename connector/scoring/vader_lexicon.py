"""VADER's lexicon in one language: valences, and the words that its rules name.

The valences of English are those of the vaderSentiment package. The package itself is never imported: only
its two lexicon files are read, because importing it loads an HTTP client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import Misconfigured
from .lexicon_files import LEXICONS, read_lexicon, words

BOOST = 0.293
_NONE = " "
"""For a word that a language does not have: no word is a blank."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Valence by lower-case word, the words that stand for an emoji, and what a `vader.toml` names."""

    words: dict[str, float]
    emojis: dict[str, str]
    negations: frozenset[str]
    negating_part: str
    boosters: dict[str, float]
    lowering_pairs: frozenset[str]
    void_pairs: frozenset[str]
    idioms: dict[str, float]
    idiom_starts: frozenset[str]
    no: str
    nor: frozenset[str]
    least: str
    before_least: frozenset[str]
    never: str
    so: frozenset[str]
    without: str
    doubt: str
    but: str
    changing: frozenset[str]
    """Before a word of feeling, words that are none of these (nor have `negating_part`) change nothing."""


@cache
def lexicon(language: str) -> Lexicon:
    """What VADER knows of a language. Raises Misconfigured where the package is needed and not installed."""
    raw = read_lexicon(language, "vader")
    boosters = dict.fromkeys(raw["raising"].split(), BOOST) | dict.fromkeys(raw["lowering"].split(), -BOOST)
    negations, idioms = words(raw, "negations"), raw.get("idioms", {})
    pairs = raw.get("lowering_pairs", ())
    if raw.get("is_packaged", False):
        valences, emojis = _packaged()
    else:
        valences, emojis = _valences(LEXICONS / language / "valences.txt"), {}
    return Lexicon(
        words=valences,
        emojis=emojis,
        negations=negations,
        negating_part=raw.get("negating_part", _NONE),
        boosters=boosters,
        lowering_pairs=frozenset(pairs),
        void_pairs=frozenset(raw.get("void_pairs", ())),
        idioms=idioms,
        idiom_starts=frozenset(idiom.split()[0] for idiom in idioms),
        no=raw.get("no", _NONE),
        nor=frozenset(raw.get("or", ())),
        least=raw.get("least", _NONE),
        before_least=frozenset(raw.get("before_least", ())),
        never=raw.get("never", _NONE),
        so=frozenset(raw.get("so", ())),
        without=raw.get("without", _NONE),
        doubt=raw.get("doubt", _NONE),
        but=raw.get("but", _NONE),
        changing=_changing(raw, (*idioms, *pairs)).union(negations, boosters),
    )


def _changing(raw: Mapping[str, Any], phrases: Iterable[str]) -> frozenset[str]:
    alone = [raw[name] for name in ("no", "doubt", "least") if name in raw]
    return frozenset([*alone, *raw.get("so", ()), *(word for phrase in phrases for word in phrase.split())])


def _packaged() -> tuple[dict[str, float], dict[str, str]]:
    """The two lexicon files of the package."""
    spec = find_spec("vaderSentiment")
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured("The package vaderSentiment is not installed; run pip install vaderSentiment.")
    folder = Path(spec.submodule_search_locations[0])
    emojis = {}
    for line in (folder / "emoji_utf8_lexicon.txt").read_text("utf-8").rstrip("\n").split("\n"):
        emoji, description = line.strip().split("\t")[0:2]
        if len(emoji) == 1:  # the package looks emoji up one code point at a time
            emojis[emoji] = description
    return _valences(folder / "vader_lexicon.txt"), emojis


def _valences(path: Path) -> dict[str, float]:
    found = {}
    for line in path.read_text("utf-8").rstrip("\n").split("\n"):
        if line:
            word, measure = line.strip().split("\t")[0:2]
            found[word] = float(measure)
    return found
