"""Names the language of a message by script and function words, and abstains when unsure."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

_LEXICONS: Final = Path(__file__).with_name("lexicons")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_MASKED: Final = frozenset({"url", "email", "user", "phone", "name"})
_WORDS_READ: Final = 400
_CHARACTERS_READ: Final = 4_000
_FEW_WORDS: Final = 6

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
_OTHER_SCRIPT: Final = re.compile(
    "[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc]"
)
_SHARED: Final = "shared"
"""The line of the word list whose words belong to many languages at once."""
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
    folder = _LEXICONS
    return frozenset(entry.name for entry in folder.iterdir() if entry.is_dir() and len(entry.name) in (2, 3))


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str], dict[str, tuple[str, ...]]]:
    """English words, the words that only other languages have, and word -> languages for all."""
    text = (_LEXICONS / "languages.txt").read_text("utf-8")
    languages: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        code, colon, words = line.partition(": ")
        if not colon or code.startswith("#"):
            continue
        for word in words.split():
            known = languages.get(word, ())
            if code not in known:
                languages[word] = (*known, code)
    english = frozenset(word for word, codes in languages.items() if "en" in codes and _SHARED not in codes)
    foreign = frozenset(word for word, codes in languages.items() if not {"en", _SHARED}.intersection(codes))
    return english, foreign, languages


def detect(text: str, loose: set[str] | None = None) -> str | None:
    """The ISO 639-1 code of the language most of the words are in, or None when that is undecidable.

    `loose` are the words between blanks of the lower-case text, where the caller has them.
    """
    if len(text) > _CHARACTERS_READ:
        text, loose = text[:_CHARACTERS_READ], None
    english, foreign, languages = _vocabulary()
    is_latin = text.isascii() or not _OTHER_SCRIPT.search(text)
    if is_latin:
        # Most messages are settled by the words that no punctuation clings to.
        loose = loose or set(text.lower().split())
        hits = len(loose & english)
        if hits >= 3 and hits * 3 >= len(loose) and loose.isdisjoint(foreign):
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
        if script in _FAMILIES:
            return _vote(words, text, among=_FAMILIES[script])
        if script is not None:
            return script
    return _vote(words, text)


def _only_shared(seen: set[str], text: str) -> str | None:
    """The language of a text without any word that is English alone."""
    _, foreign, languages = _vocabulary()
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


def _vote(words: list[str], text: str, *, among: tuple[str, ...] = ()) -> str | None:
    """The language with the most words, each shared out among the languages that have it."""
    _, foreign, languages = _vocabulary()
    scores: dict[str, float] = {}
    hits: dict[str, int] = {}
    for word in islice(words, _WORDS_READ):
        codes = languages.get(word, ())
        for code in codes:
            scores[code] = scores.get(code, 0.0) + 1.0 / len(codes)
            hits[code] = hits.get(code, 0) + 1
    if not text.isascii():
        for letter in islice((c for c in text.lower() if c in _LETTERS), _WORDS_READ):
            codes = _LETTERS[letter]
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
