"""The lexicon of the vaderSentiment package.

The package itself is never imported: only its two lexicon files are read, because importing it loads an HTTP
client.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import Misconfigured


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
