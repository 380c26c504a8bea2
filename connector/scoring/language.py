"""Names the language of a message by script and function words, and abstains when unsure."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import islice
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_MASKED: Final = frozenset({"url", "email", "user", "phone", "name"})
_WORDS_READ: Final = 400
_CHARACTERS_READ: Final = 4_000

# Scripts that one supported-or-named language has to itself; ranges are inclusive code points.
_SCRIPTS: Final = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1200, 0x137F, "am"),
    (0x1780, 0x17FF, "km"),
    (0x3040, 0x30FF, "ja"),
    (0x3130, 0x318F, "ko"),
    (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "ko"),
    (0xF900, 0xFAFF, "han"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFC, "arabic"),
    (0xFF66, 0xFF9D, "ja"),
)
_FAMILIES: Final = {
    "cyrillic": ("ru", "uk", "bg", "sr"),
    "arabic": ("ar", "fa", "ur"),
    "devanagari": ("hi", "mr"),
}
_OTHER_SCRIPTS: Final = frozenset().union(*_FAMILIES.values())
# Letters that Latin-script languages do not share with English, and whom they speak for.
_LETTERS: Final = {
    "ß": ("de",),
    "ä": ("de", "sv", "fi", "et", "sk"),
    "ö": ("de", "sv", "fi", "et", "hu", "tr", "is"),
    "ü": ("de", "et", "hu", "tr"),
    "ñ": ("es",),
    "¿": ("es",),
    "¡": ("es",),
    "ã": ("pt",),
    "õ": ("pt", "et"),
    "ç": ("fr", "pt", "ca", "tr", "sq"),
    "é": ("fr", "es", "pt", "it", "cs", "sk", "hu", "ca", "is", "ga"),
    "è": ("fr", "it", "ca", "ht"),
    "ê": ("fr", "pt", "vi"),
    "à": ("fr", "it", "pt", "ca", "vi"),
    "ù": ("fr", "it", "vi"),
    "ò": ("it", "ca", "vi", "ht"),
    "ì": ("it", "vi"),
    "ó": ("es", "pt", "pl", "cs", "sk", "hu", "ca", "is", "ga"),
    "í": ("es", "pt", "cs", "sk", "hu", "ca", "is", "ga"),
    "á": ("es", "pt", "cs", "sk", "hu", "is", "ga"),
    "ú": ("es", "pt", "cs", "sk", "hu", "is", "ga"),
    "å": ("sv", "da", "no"),
    "æ": ("da", "no", "is"),
    "ø": ("da", "no"),
    "ł": ("pl",),
    "ą": ("pl", "lt"),
    "ę": ("pl", "lt"),
    "ś": ("pl",),
    "ż": ("pl",),
    "ź": ("pl",),
    "ć": ("pl", "hr"),
    "ń": ("pl",),
    "ř": ("cs",),
    "ě": ("cs",),
    "ů": ("cs",),
    "č": ("cs", "sk", "hr", "sl", "lv", "lt"),
    "š": ("cs", "sk", "hr", "sl", "lv", "lt", "et"),
    "ž": ("cs", "sk", "hr", "sl", "lv", "lt"),
    "ý": ("cs", "sk", "is"),
    "ľ": ("sk",),
    "ť": ("cs", "sk"),
    "ď": ("cs", "sk"),
    "ň": ("cs", "sk"),
    "đ": ("hr", "vi"),
    "ő": ("hu",),
    "ű": ("hu",),
    "ă": ("ro", "vi"),
    "ș": ("ro",),
    "ş": ("tr", "ro"),
    "ț": ("ro",),
    "â": ("ro", "fr", "pt", "vi", "tr"),
    "î": ("ro", "fr"),
    "ğ": ("tr",),
    "ı": ("tr",),
    "ë": ("sq", "nl"),
    "ā": ("lv",),
    "ē": ("lv",),
    "ī": ("lv",),
    "ū": ("lv", "lt"),
    "ķ": ("lv",),
    "ļ": ("lv",),
    "ė": ("lt",),
    "ų": ("lt",),
    "į": ("lt",),
    "þ": ("is",),
    "ð": ("is",),
    "ŝ": ("eo",),
    "ĝ": ("eo",),
    "ŭ": ("eo",),
    "ư": ("vi",),
    "ơ": ("vi",),
}


@cache
def supported() -> frozenset[str]:
    """The languages that can be scored: those with a folder of their own among the lexicons."""
    folder = resources.files(__package__) / "lexicons"
    return frozenset(entry.name for entry in folder.iterdir() if entry.is_dir() and len(entry.name) in (2, 3))


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str], dict[str, tuple[str, ...]]]:
    """English words, the words that only other languages have, and word -> languages for all."""
    text = (resources.files(__package__) / "lexicons" / "languages.txt").read_text("utf-8")
    languages: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        code, colon, words = line.partition(": ")
        if not colon or code.startswith("#"):
            continue
        for word in words.split():
            known = languages.get(word, ())
            if code not in known:
                languages[word] = (*known, code)
    english = frozenset(word for word, codes in languages.items() if "en" in codes)
    return english, frozenset(languages) - english, languages


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language most of the words are in, or None when that is undecidable."""
    if len(text) > _CHARACTERS_READ:
        text = text[:_CHARACTERS_READ]
    words = _WORD.findall(text.lower())
    english, foreign, _ = _vocabulary()
    seen = set(words)
    if text.isascii() and not seen & foreign:
        hits = len(seen & english)
        # Where no other language raises its hand, a fifth of plain English words decides.
        if hits and hits * 5 >= len(seen - _MASKED):
            return "en"
        return None
    return _weigh(text, words)


def _weigh(text: str, words: list[str]) -> str | None:
    if not text.isascii():
        script = _script(text)
        if script in _FAMILIES:
            return _vote(words, _FAMILIES[script], text)
        if script is not None:
            return script
    return _vote(words, None, text)


def _script(text: str) -> str | None:
    """The script other than Latin that most of the letters are in, as a language or family of them."""
    counts: dict[str, int] = {}
    latin = 0
    for character in islice(filter(str.isalpha, text), 1_000):
        code = ord(character)
        if code < 0x370:
            latin += 1
            continue
        for first, last, name in _SCRIPTS:
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


def _vote(words: list[str], among: tuple[str, ...] | None, text: str) -> str | None:
    _, _, languages = _vocabulary()
    scores: dict[str, float] = {}
    hits: dict[str, int] = {}
    for word in islice(words, _WORDS_READ):
        codes = languages.get(word)
        if codes is None:
            continue
        share = 1.0 / len(codes)
        for code in codes:
            scores[code] = scores.get(code, 0.0) + share
            hits[code] = hits.get(code, 0) + 1
    if not text.isascii():
        for letter in islice((c for c in text.lower() if c in _LETTERS), _WORDS_READ):
            codes = _LETTERS[letter]
            for code in codes:
                scores[code] = scores.get(code, 0.0) + 0.5 / len(codes)
    if among is not None:
        best = max(among, key=lambda code: scores.get(code, 0.0))
        return best if best in scores else among[0]
    for code in _OTHER_SCRIPTS:
        scores.pop(code, None)
    if not scores:
        return None
    best = max(scores, key=lambda code: scores[code])
    total = len([word for word in words if word not in _MASKED])
    if best == "en":
        rival = max((score for code, score in scores.items() if code != "en"), default=0.0)
        if hits["en"] * 5 < total or scores["en"] <= 1.3 * rival:
            return None
    elif scores[best] < 0.5 or hits.get(best, 0) * 8 < total:
        return None
    return best
