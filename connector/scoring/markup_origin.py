"""Finds the words of a flattened message in the HTML they came from."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from .markup import RAW, Flat
from .markup_tree import MASKED

_TAG_STOP: Final = re.compile("[>\"']")
_TAG_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_OTHERWISE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?|\r\n?")
"""What does not read as it is written."""
_WORD: Final = re.compile(r"\S+")
_SLACK: Final = 2_000
_FAR: Final = 1 << 60


class Flattened:
    """The step from HTML to plain lines; the way back is worked out only when somebody asks."""

    __slots__ = ("_flat", "_segments", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._flat = Flat(source)
        self._segments: list[tuple[int, int, int, int]] | None = None

    @property
    def text(self) -> str:
        return self._flat.text

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        if self._segments is None:
            self._segments = list(_aligned(self._source, self._flat))
        segments = self._segments
        first = bisect_right(segments, (start, _FAR, 0, 0)) - 1
        # A stretch may begin in the space before a word.
        if first < 0 or segments[first][1] <= start:
            first += 1
        last = bisect_right(segments, (end - 1, _FAR, 0, 0)) - 1
        if first >= len(segments) or last < first:
            return None
        flat_start, flat_end, source_start, source_end = segments[first]
        is_exact = flat_end - flat_start == source_end - source_start
        begin = source_start + (max(0, start - flat_start) if is_exact else 0)
        flat_start, flat_end, source_start, source_end = segments[last]
        is_exact = flat_end - flat_start == source_end - source_start
        finish = source_start + min(end, flat_end) - flat_start if is_exact else source_end
        return (begin, finish) if begin < finish else None


def _aligned(source: str, flat_text: Flat) -> Iterator[tuple[int, int, int, int]]:
    """Where each word of the flat text stands in the source: (flat start, flat end, start, end)."""
    visible, places = _visible(source)
    cursor = 0
    for taken in flat_text.taken:
        content = taken if isinstance(taken, str) else taken[1]
        if not content:
            continue
        found = visible.find(content, cursor, cursor + len(content) + _SLACK)
        if found < 0:
            continue
        cursor = found + len(content)
        if isinstance(taken, str):
            continue
        flat = taken[0]
        for word in _WORD.finditer(content):
            first, last = found + word.start(), found + word.end() - 1
            yield flat, flat + last - first + 1, places[first][0], places[last][1]
            flat += last - first + 2


def _visible(source: str) -> tuple[str, list[tuple[int, int]]]:
    """The text between the tags with references resolved, and where each of its characters stands."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    length = len(source)
    while at < length:
        tag = source.find("<", at)
        tag = length if tag < 0 else tag
        for found in _OTHERWISE.finditer(source, at, tag):
            _take(source, at, found.start(), characters, places)
            read = "\n" if found[0][0] == "\r" else html.unescape(found[0])
            characters.append(read)
            places += [found.span()] * len(read)
            at = found.end()
        _take(source, at, tag, characters, places)
        at = _past_tag(source, tag)
        if at == tag and tag < length:
            characters.append("<")
            places.append((tag, tag + 1))
            at += 1
    return "".join(characters), places


def _take(source: str, start: int, end: int, characters: list[str], places: list[tuple[int, int]]) -> None:
    """Characters that read as they are written."""
    characters.append(source[start:end])
    places.extend(zip(range(start, end), range(start + 1, end + 1), strict=True))


def _past_tag(source: str, tag: int) -> int:
    """Where the tag or comment that begins at `tag` is over; `tag` itself when it begins none."""
    follows = source[tag + 1 : tag + 2]
    if not (follows.isalpha() or follows in ("/", "!", "?")) or not follows:
        return tag
    if MASKED.match(source, tag):
        return tag
    if source.startswith("<!--", tag):
        end = source.find("-->", tag + 4)
        return len(source) if end < 0 else end + 3
    end = _tag_end(source, tag + 1)
    name = _TAG_NAME.match(source, tag + 1)
    if name is not None and name.group().lower() in RAW:
        closing = _lower_find(source, f"</{name.group().lower()}", end)
        return len(source) if closing < 0 else closing
    return end


def _tag_end(source: str, at: int) -> int:
    """The first position after the tag that `at` is inside of; a > in a quoted value does not end it."""
    found = _TAG_STOP.search(source, at)
    while found is not None:
        if found.group() == ">":
            return found.end()
        at = found.end()
        if source[found.start() - 1] in "= ":
            at = source.find(found.group(), at) + 1
            if not at:
                return len(source)
        found = _TAG_STOP.search(source, at)
    return len(source)


def _lower_find(source: str, what: str, start: int) -> int:
    found = re.compile(re.escape(what), re.IGNORECASE).search(source, start)
    return found.start() if found else -1
