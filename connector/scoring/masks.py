"""Masks web addresses, e-mail addresses and handles, which say nothing about feeling or care."""

from __future__ import annotations

import re
from typing import Final

from .edits import Edit

URL: Final = "<url>"
EMAIL: Final = "<email>"
USER: Final = "@user"

# The scheme is short and a word boundary comes before it, so no position is looked at twice.
_URL: Final = re.compile(r"\b(?:https?://|ftp://|mailto:|www\.(?=\w))[^\s<>\"]+", re.IGNORECASE)
_LOCAL_PART: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'-")
_LONGEST_LOCAL_PART: Final = 64
_DOMAIN: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[A-Za-z][\w-]{1,62}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,50}(?:[._-][A-Za-z0-9_]{1,50})?")
_AT: Final = re.compile(r"@(?=[A-Za-z0-9_])")
_UNMASKED: Final = re.compile(r"@(?!user\b)(?=[A-Za-z0-9_])")
_TRAILING: Final = ".,;:!?'\")]}*_"


def mask_edits(text: str) -> list[Edit]:
    """What has to change for every address and handle to be masked."""
    edits: list[Edit] = []
    if "://" in text or "ww." in text or "WWW." in text or "ailto:" in text:
        for found in _URL.finditer(text):
            end = found.end()
            while end > found.start() and text[end - 1] in _TRAILING:
                end -= 1
            edits.append((found.start(), end, URL))
    if _UNMASKED.search(text):
        edits = _with_addresses(text, edits)
    return edits


def _with_addresses(text: str, urls: list[Edit]) -> list[Edit]:
    edits: list[Edit] = []
    pending = iter(urls)
    url = next(pending, None)
    reached = 0
    for found in _AT.finditer(text):
        at = found.start()
        if at < reached:
            continue
        while url is not None and url[1] <= at:
            edits.append(url)
            reached = url[1]
            url = next(pending, None)
        if url is None or at < url[0]:
            edit = _address(text, at, reached)
            if edit is not None and (url is None or edit[1] <= url[0]):
                edits.append(edit)
                reached = edit[1]
    if url is not None:
        edits.append(url)
        edits.extend(pending)
    return edits


def _address(text: str, at: int, reached: int) -> Edit | None:
    """The e-mail address or handle around the @ at `at`; nothing before `reached` belongs to it."""
    start = at
    floor = max(reached, at - _LONGEST_LOCAL_PART)
    while start > floor and text[start - 1] in _LOCAL_PART:
        start -= 1
    while start < at and text[start] in ".'-":
        start += 1
    if start < at:
        domain = _DOMAIN.match(text, at + 1)
        return (start, domain.end(), EMAIL) if domain else None
    if at and (text[at - 1].isalnum() or text[at - 1] == "_"):
        return None
    handle = _HANDLE.match(text, at + 1)
    if handle is None or (handle.group() == "user"):
        return None
    return (at, handle.end(), USER)
