"""Recognises replies that were pasted before, from keyed hashes of word groups; no text is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import Protocol, TypeAlias
from zlib import crc32

from .lexicon_files import LEXICONS

GROUP = 4
"""Words in a group; five words or fewer are common courtesy, not a copy."""
SKETCH = 16
"""Word groups that stand for a reply; enough to tell a copy from a coincidence."""
REMEMBERED = 400
"""Replies remembered per author; older ones are forgotten."""
TEAM_REMEMBERED = 4_000
"""Replies remembered of all authors together."""
COLLEAGUES = 3
"""So many like replies of colleagues make a text the team's: one or two may be chance."""
HOLDERS = 16
"""Replies of the team, the oldest, that one word group leads to: enough to find `COLLEAGUES` of them."""

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_WORD = re.compile(r"[a-z0-9']+")


Key: TypeAlias = tuple[str, str]
"""Author and message."""


class ReplyMemory(Protocol):
    """Knows how much of a reply its author, or the team, has written before."""

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        """How like (0..1) an earlier reply of this author is, or three of colleagues; then it is remembered.

        Or how much of it stands in texts kept for pasting, where that is more.

        Asking again for the same message gives the same answer: a message is no copy of itself.
        """
        ...  # pragma: no cover

    @property
    def key(self) -> bytes:
        """The key under which word groups are hashed."""
        ...  # pragma: no cover


def word_groups(text: str, key: bytes) -> frozenset[int]:
    """A sketch of a reply: keyed hashes of some of its groups of four words, always the same ones.

    The greeting with its name and all numbers are left out, so that a template stays one when filled in.
    """
    words = _words(text)
    if len(words) <= GROUP + 1:
        return frozenset()
    # The checksum only picks which groups to keep; what is kept is hashed under the key.
    chosen = sorted((crc32(group), group) for group in _groups(words))[:SKETCH]
    return _hashed((group for _, group in chosen), key)


def macro_groups(text: str, key: bytes) -> frozenset[int]:
    """Keyed hashes of all groups of four words of a text for pasting, its placeholders taken for numbers.

    All of them: which ones a reply's sketch picks depends on what stands around the pasted text.
    """
    return _hashed(_groups(_words(_PLACEHOLDER.sub("0", text))), key)


@cache
def _greeting() -> re.Pattern[str]:
    """A greeting with its name at the beginning of a text."""
    lines = (LEXICONS / "mail" / "greetings.txt").read_text("utf-8").splitlines()
    greetings = "|".join(re.escape(line) for line in lines if not line.startswith("#"))
    return re.compile(rf"^(?:{greetings})\b[^,.!\n]{{0,30}}[,.!\n]", re.IGNORECASE)


def _words(text: str) -> list[str]:
    return [
        "#" if word.isdigit() else word for word in _WORD.findall(_greeting().sub("", text.strip()).lower())
    ]


def _groups(words: Sequence[str]) -> set[bytes]:
    return {" ".join(words[at : at + GROUP]).encode() for at in range(len(words) - GROUP + 1)}


def _hashed(groups: Iterable[bytes], key: bytes) -> frozenset[int]:
    return frozenset(
        int.from_bytes(blake2b(group, digest_size=7, key=key).digest(), "big") for group in groups
    )


class _Sketches:
    """Sketches of replies by key, oldest first and at most so many, found by the word groups they hold."""

    def __init__(self, most: int, most_holders: int) -> None:
        self._most = most
        self._most_holders = most_holders
        self._turn = 0
        self._held: dict[Key, tuple[int, frozenset[int]]] = {}
        self._holders: dict[int, list[Key]] = {}

    def __iter__(self) -> Iterator[tuple[Key, frozenset[int]]]:
        return ((key, groups) for key, (_, groups) in self._held.items())

    def near(self, key: Key, groups: frozenset[int], *, but: str | None = None) -> list[float]:
        """How similar the replies are that share a word group, without those of the author `but`.

        Of a reply that is held itself, only what came before it counts.
        """
        before = self._held[key][0] if key in self._held else self._turn
        shared: dict[Key, int] = {}
        for group in groups:
            for holder in islice(self._holders.get(group, ()), self._most_holders):
                if holder[0] != but and self._held[holder][0] < before:
                    shared[holder] = shared.get(holder, 0) + 1
        # Of two sketches, the common share of the smaller one: a pasted block inside a longer reply shows.
        return [count / min(len(groups), len(self._held[holder][1])) for holder, count in shared.items()]

    def remember(self, key: Key, groups: frozenset[int]) -> None:
        """Hold one more; the oldest goes when there are too many."""
        if key in self._held:
            return
        self._held[key] = (self._turn, groups)
        self._turn += 1
        for group in groups:
            self._holders.setdefault(group, []).append(key)
        if len(self._held) > self._most:
            self._forget(next(iter(self._held)))

    def _forget(self, key: Key) -> None:
        for group in self._held.pop(key)[1]:
            holders = self._holders[group]
            holders.remove(key)
            if not holders:
                del self._holders[group]


class RunMemory:
    """A memory for one run, or for the store to persist: plain integers by author and message."""

    def __init__(self, key: bytes = b"empathy-connector") -> None:
        self.key = key
        self._own: dict[str, _Sketches] = {}
        self._team = _Sketches(TEAM_REMEMBERED, HOLDERS)
        self._macros: frozenset[int] = frozenset()

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        key, own = (author_id, message_id), self._of(author_id)
        colleagues = sorted(self._team.near(key, groups, but=author_id), reverse=True)
        best = max(own.near(key, groups), default=0.0)
        if len(colleagues) >= COLLEAGUES:
            best = max(best, colleagues[COLLEAGUES - 1])
        if groups:
            best = max(best, len(groups & self._macros) / len(groups))
        own.remember(key, groups)
        self._team.remember(key, groups)
        return best

    def export(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """(author, message, hashes) of everything remembered, by author, oldest first."""
        for own in self._own.values():
            for (author_id, message_id), groups in own:
                yield author_id, message_id, tuple(sorted(groups))

    def load(self, rows: Iterable[tuple[str, str, Sequence[int]]]) -> None:
        """Remember what authors wrote, oldest first."""
        for author_id, message_id, groups in rows:
            self._of(author_id).remember((author_id, message_id), frozenset(groups))

    def load_team(self, rows: Iterable[tuple[str, str, Sequence[int]]]) -> None:
        """Remember what the whole team wrote, oldest first."""
        for author_id, message_id, groups in rows:
            self._team.remember((author_id, message_id), frozenset(groups))

    def load_macros(self, groups: frozenset[int]) -> None:
        """Know the texts that are kept for pasting, by `macro_groups` of all of them."""
        self._macros = groups

    def _of(self, author_id: str) -> _Sketches:
        return self._own.setdefault(author_id, _Sketches(REMEMBERED, REMEMBERED))
