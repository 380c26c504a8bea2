"""Brings characters into one form: straight quotes, plain spaces, nothing invisible, NFC."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from .edits import Edit

_REPLACEMENTS: Final = {
    "\r\n": "\n",
    **dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
    **dict.fromkeys("\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\uff02", '"'),
}
"""What each odd character becomes; those that are not here vanish, surrogates become U+FFFD."""

# Control characters, soft hyphen, zero-width and direction marks, variation selectors, byte order
# marks and tag characters are invisible; they would only split words.
_ODD: Final = re.compile(
    "\r\n|[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\xb4\u02bc\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e"
    "\u2000-\u200f\u2018-\u201f\u2028-\u202f\u2032\u2033\u205f-\u206f\u3000\u3164\ud800-\udfff"
    "\ufe00-\ufe0f\ufeff\uff02\uff07\uffa0\U000e0000-\U000e0fff]"
)
_BACKTICK: Final = re.compile(r"(?<=[A-Za-z])`(?=[a-z]{1,2}\b)")
# An ASCII character never composes with what stands before it, so each run can be composed alone.
_COMPOSABLE: Final = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def odd_edits(text: str) -> list[Edit]:
    """What has to change for plain spaces, straight quotes and no invisible characters."""
    edits: list[Edit] = []
    for found in _ODD.finditer(text):
        odd = found.group()
        new = _REPLACEMENTS.get(odd, "\ufffd" if "\ud800" <= odd[0] <= "\udfff" else "")
        edits.append((found.start(), found.end(), new))
    if "`" in text:
        edits.extend((found.start(), found.end(), "'") for found in _BACKTICK.finditer(text))
        edits.sort()
    return edits


def composing_edits(text: str) -> list[Edit]:
    """What has to change for NFC; empty when nothing has to."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return []
    edits: list[Edit] = []
    for found in _COMPOSABLE.finditer(text):
        run = found.group()
        composed = unicodedata.normalize("NFC", run)
        if composed != run:
            edits.append((found.start(), found.end(), composed))
    return edits


def without_surrogates(text: str) -> str:
    """The text with each unpaired surrogate as U+FFFD; the length stays."""
    return _SURROGATE.sub("\ufffd", text)
