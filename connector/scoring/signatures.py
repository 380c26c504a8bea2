"""Guesses where an unmarked signature begins: a closing line, then a name, a title, a phone number."""

from __future__ import annotations

import re
from typing import Final

from .mail_marks import closings
from .replies import Line

_MOST_LINES: Final = 9
_LONGEST_LINE: Final = 70
_MOST_TAKEN: Final = 0.8
_CLOSING_MARKS: Final = " ,.!;:-*"
_THANKING: Final = ("thank", "cheers", "best", "love", "yours", "take care", "br", "kr", "lg", "vg")
"""Closings that are also things people say: they close a letter only with a comma or a name after them."""
_CONTACT: Final = re.compile(
    r"\+?\d[\d ()./-]{6,}|<email>|<url>|\S@\S|www\.|https?:|\||(?:tel|phone|mobile|fax|cell)\b[.:]?",
    re.IGNORECASE,
)
_ORGANISATION: Final = re.compile(
    r"\b(?:team|support|care|success|service|services|desk|manager|specialist|agent|representative|advisor|engineer|"
    r"director|ltd|inc|llc|gmbh|department|experience|officer|lead|associate|consultant)\b\.?$",
    re.IGNORECASE,
)
_INLINE: Final = re.compile(
    r"(?<=[.!?)] )(?:(?:kind|best|warm|warmest|kindest|many|with kind|with best|thanks and) "
    r"(?:regards|wishes)|regards|(?:yours )?sincerely|mit freundlichen grüßen|cordialement|"
    r"met vriendelijke groet|un saludo|cordiali saluti)"
    r"[,.!]? *(?=(?P<who>[^.!?\n]{0,60})[.]?$)",
    re.IGNORECASE,
)
_LONGEST_INITIALS: Final = 14
_LONGEST_INLINE: Final = 130
# Agents sign short public posts so: "^MA", "-Mara", "/Sam".
_INITIALS: Final = re.compile(
    r"\s(?:\^ ?|(?<=[.!?)>]\s)(?:- ?|\*|/|~ ?))(?!Thank|Pl|Sorry|Help)[A-Z][A-Za-z]{0,9}\.?$"
)

_SLOGAN_WORD: Final = re.compile(r"[a-z']+")
_LETTER_WORDS: Final = frozenset(
    {
        "i", "i'm", "i've", "my", "me", "it", "it's", "this", "that", "still", "not", "please", "but", "also",
        "when", "because", "if", "was", "were", "has", "have", "had", "they", "he", "she", "then", "now",
    }
)  # fmt: skip


def may_end_so(line: str) -> bool:
    """Whether the end of a single line is worth a closer look; nearly all are not."""
    tail = line[-_LONGEST_INLINE:].lower()
    return (
        "regards" in tail
        or "sincerely" in tail
        or "wishes" in tail
        or "grüßen" in tail
        or "cordialement" in tail
        or "vriendelijke" in tail
        or "salud" in tail
        or "salut" in tail
        or _INITIALS.search(line, max(0, len(line) - _LONGEST_INITIALS)) is not None
    )


def without_signature(lines: list[Line], notes: list[str]) -> list[Line]:
    """The lines without what looks like a signature, unless that would take nearly all of them."""
    guess = signature(lines)
    if guess is None:
        return _without_inline(lines, notes)
    first, end = guess
    whole = sum(len(line.says) for line in lines)
    taken = sum(len(line.says) for line in lines[first:end])
    if taken > _MOST_TAKEN * whole:
        notes.append("signature_kept")
        return lines
    return lines[:first] + lines[end:]


def _without_inline(lines: list[Line], notes: list[str]) -> list[Line]:
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if not line.says:
            continue
        cut = inline_signature(line.says)
        if cut is None:
            return lines
        says = line.says[:cut].rstrip()
        rest = len(line.says) - len(says)
        if rest > _MOST_TAKEN * sum(len(each.says) for each in lines):
            notes.append("signature_kept")
            return lines
        return [*lines[:index], Line(line.start, line.end, says), *lines[index + 1 :]]
    return lines


def signature(lines: list[Line]) -> tuple[int, int] | None:
    """Which of the lines (first, end exclusive) look like a signature; None when none do."""
    last = len(lines)
    while last and not lines[last - 1].says:
        last -= 1
    seen = 0
    for index in range(last - 1, -1, -1):
        says = lines[index].says
        if not says:
            continue
        seen += 1
        if seen > _MOST_LINES:
            break
        if _is_closing(says):
            end = _end(lines, index + 1, last)
            if _is_thanks(says) and not says.endswith(",") and end == index + 1:
                return None
            return index, end
    if last > 1 and _is_organisation(lines[last - 1].says):
        first = last - 1
        if first and _is_name(lines[first - 1].says):
            first -= 1
        return first, last
    return None


def inline_signature(says: str) -> int | None:
    """Where a closing with a name begins at the end of a line ("... today. Kind regards, Mara")."""
    if may_end_so(says):
        for found in _INLINE.finditer(says, max(0, len(says) - _LONGEST_INLINE)):
            who = found.group("who").strip()
            if not who or _is_name(who):
                return found.start()
        initials = _INITIALS.search(says, max(0, len(says) - _LONGEST_INITIALS))
        if initials is not None:
            return initials.start()
    return None


def _is_closing(says: str) -> bool:
    if len(says) > _LONGEST_LINE:
        return False
    lowered = says.lower()
    known = closings()
    if lowered.strip(_CLOSING_MARKS) in known:
        return not (lowered.endswith("!") and _is_thanks(lowered))
    head, comma, _ = lowered.partition(",")
    return bool(comma) and head.strip(_CLOSING_MARKS) in known and _is_name(says[len(head) + 1 :].strip())


def _is_thanks(says: str) -> bool:
    return says.lower().lstrip("-* ").startswith(_THANKING)


def _is_name(says: str) -> bool:
    """A few capitalised words, without the end of a sentence."""
    words = says.strip(" .-*,").split()
    return (
        0 < len(words) <= 6
        and says[-1] not in "?!"
        and all(word[0].isupper() or not word[0].isalpha() or len(word) <= 3 for word in words)
    )


def _is_organisation(says: str) -> bool:
    words = says.split()
    return (
        1 < len(words) <= 8
        and len(says) <= _LONGEST_LINE
        and _ORGANISATION.search(says) is not None
        and all(word[0].isupper() or not word[0].isalpha() or len(word) <= 3 for word in words)
    )


def _end(lines: list[Line], index: int, last: int) -> int:
    """The first line from `index` that is no part of a signature."""
    is_named = False
    while index < last:
        says = lines[index].says
        if says and not (_is_signature_line(says) or (is_named and _is_slogan(says))):
            return index
        is_named = _is_name(says) or (is_named and bool(says))
        index += 1
    return last


def _is_slogan(says: str) -> bool:
    """Whether a line right below a name may be what a firm says of itself, not more of the letter."""
    words = set(_SLOGAN_WORD.findall(says.lower()))
    return (
        len(says) <= 2 * _LONGEST_LINE
        and "?" not in says
        and words.isdisjoint(_LETTER_WORDS)
        and not says.lower().startswith(("ps", "p.s", "n.b", "nb:"))
    )


def _is_signature_line(says: str) -> bool:
    if _CONTACT.search(says):
        return len(says) <= 2 * _LONGEST_LINE
    if len(says) > _LONGEST_LINE or says[-1] in "?!" or len(says.split()) > 8:
        return False
    if says.lower().startswith(("ps", "p.s", "n.b", "nb:")):
        return False
    return says[-1] != "." or len(says.split()) <= 4
