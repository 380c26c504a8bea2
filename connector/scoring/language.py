"""Names the language of a message by script and function words, and abstains when unsure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import Final

from .language_signs import FAMILIES, LETTERS, OTHER_SCRIPT, SCRIPTS
from .lexicon_files import ENGLISH, LEXICONS

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_MASKED: Final = frozenset({"url", "email", "user", "phone", "name"})
_WORDS_READ: Final = 400
_CHARACTERS_READ: Final = 4_000
_FEW_WORDS: Final = 6
_SHORT: Final = 40
_SHARED: Final = "shared"
"""The line of the word list whose words belong to many languages at once."""


@cache
def _languages() -> dict[str, tuple[str, ...]]:
    """Word -> the languages that it belongs to."""
    text = (LEXICONS / "languages.txt").read_text("utf-8")
    languages: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        code, colon, words = line.partition(": ")
        if not colon or code.startswith("#"):
            continue
        for word in words.split():
            known = languages.get(word, ())
            if code not in known:
                languages[word] = (*known, code)
    return languages


@cache
def common_words(language: str) -> frozenset[str]:
    """The words by which a language is told, without those that many languages share."""
    return frozenset(
        word for word, codes in _languages().items() if language in codes and _SHARED not in codes
    )


@cache
def foreign_words(language: str) -> frozenset[str]:
    """The words by which other languages are told from this one."""
    return frozenset(
        word for word, codes in _languages().items() if not {language, _SHARED}.intersection(codes)
    )


def is_short(text: str) -> bool:
    """Whether a text may have too few words of its own to tell its language by."""
    return len(text) <= _SHORT and text.isascii() and any(map(str.isalnum, text))


def detect(text: str, loose: Iterable[str] | None = None) -> str | None:
    """The ISO 639-1 code of the language most of the words are in, or None when that is undecidable.

    `loose` are the words between blanks of the lower-case text, where the caller has them.
    """
    if len(text) > _CHARACTERS_READ:
        text, loose = text[:_CHARACTERS_READ], None
    english, foreign, languages = common_words(ENGLISH), foreign_words(ENGLISH), _languages()
    is_latin = text.isascii() or not OTHER_SCRIPT.search(text)
    if is_latin:
        # Most messages are settled by the words that no punctuation clings to.
        seen = set(loose or text.lower().split())
        hits = len(seen & english)
        if hits >= 3 and hits * 3 >= len(seen) and seen.isdisjoint(foreign):
            return "en"
    words = _WORD.findall(text.lower())
    if is_latin:
        seen = set(words)
        hits = len(seen & english)
        if len(seen) <= _FEW_WORDS:
            # "no", "is" and "i" alone say little: many languages have them.
            hits = sum(languages[word] == ("en",) for word in seen & english)
        others = len(seen & foreign)
        # Plain English needs no vote: a fifth of the words known where no other language raises its hand,
        # or far more of them than any other language can claim.
        if hits > 4 * others if others else hits and hits * 5 >= len(seen - _MASKED):
            return "en"
        if not hits:  # "Server error" is English, "Server defekt" is not
            return _only_shared(seen - _MASKED, text)
    else:
        script = _script(text)
        if script in FAMILIES:
            return _vote(words, text, among=FAMILIES[script])
        if script is not None:
            return script
    return _vote(words, text)


def _only_shared(seen: set[str], text: str) -> str | None:
    """The language of a text without any word that is English alone."""
    foreign, languages = foreign_words(ENGLISH), _languages()
    if seen and all("en" in languages.get(word, ()) or _SHARED in languages.get(word, ()) for word in seen):
        return "en"
    if seen.isdisjoint(foreign) and text.isascii():
        return None
    language = _vote(_WORD.findall(text.lower()), text)
    return None if language == "en" else language


def _script(text: str) -> str | None:
    """The script other than Latin that most of the letters are in, as a language or family of them."""
    counts: dict[str, int] = {}
    latin = 0
    for character in islice(filter(str.isalpha, text), 1_000):
        code = ord(character)
        if code < 0x370:
            latin += 1
            continue
        for first, last, name in SCRIPTS:
            if first <= code <= last:
                counts[name] = counts.get(name, 0) + 1
                break
    if not counts:
        return None
    if "ja" in counts and "han" in counts:
        counts["ja"] += counts.pop("han")
    name = max(counts, key=lambda key: counts[key])
    # One Han or Hangul character says about as much as two or three Latin letters.
    weight = 2.5 if name in ("han", "ja", "ko") else 1.0
    if counts[name] * weight < latin:
        return None
    return "zh" if name == "han" else name


def _vote(words: list[str], text: str, *, among: tuple[str, ...] = ()) -> str | None:
    """The language with the most words, each shared out among the languages that have it."""
    foreign, languages = foreign_words(ENGLISH), _languages()
    scores: dict[str, float] = {}
    hits: dict[str, int] = {}
    for word in islice(words, _WORDS_READ):
        codes = languages.get(word, ())
        for code in codes:
            scores[code] = scores.get(code, 0.0) + 1.0 / len(codes)
            hits[code] = hits.get(code, 0) + 1
    if not text.isascii():
        for letter in islice((c for c in text.lower() if c in LETTERS), _WORDS_READ):
            codes = LETTERS[letter]
            for code in codes:
                scores[code] = scores.get(code, 0.0) + 0.5 / len(codes)
    scores.pop(_SHARED, None)
    if among:
        return max(among, key=lambda code: scores.get(code, 0.0))
    if not scores:
        return None
    best = max(scores, key=lambda code: scores[code])
    total = sum(word not in _MASKED for word in words)
    if best != "en":
        return best if scores[best] >= 0.4 and hits.get(best, 0) * 8 >= total else None
    # Related languages split their votes among each other; against English they count together.
    rivals = sum(word in foreign for word in words)
    return "en" if hits["en"] * 5 >= total and scores["en"] > 1.2 * rivals else None
