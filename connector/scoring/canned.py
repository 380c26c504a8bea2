"""Recognises replies that were pasted before, from keyed hashes of word groups; no text is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Protocol
from zlib import crc32

GROUP = 4
"""Words in a group; five words or fewer are common courtesy, not a copy."""
SKETCH = 16
"""Word groups that stand for a reply; enough to tell a copy from a coincidence."""
REMEMBERED = 400
"""Replies remembered per author; older ones are forgotten."""

_WORD = re.compile(r"[a-z0-9']+")
_NAMED = re.compile(
    r"^(?:(?:hi|hey|hello|dear|good (?:morning|afternoon|evening))\b[^,.!\n]{0,30}[,.!\n])", re.I
)


class ReplyMemory(Protocol):
    """Knows how much of a reply its author has written before."""

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        """The highest similarity (0..1) to an earlier reply of this author; then remembers this one.

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
    words = ["#" if word.isdigit() else word for word in _WORD.findall(_NAMED.sub("", text.strip()).lower())]
    if len(words) <= GROUP + 1:
        return frozenset()
    groups = {" ".join(words[at : at + GROUP]).encode() for at in range(len(words) - GROUP + 1)}
    # The checksum only picks which groups to keep; what is kept is hashed under the key.
    chosen = sorted((crc32(group), group) for group in groups)[:SKETCH]
    return frozenset(
        int.from_bytes(blake2b(group, digest_size=7, key=key).digest(), "big") for _, group in chosen
    )


class RunMemory:
    """A memory for one run, or for the store to persist: plain integers by author and message."""

    def __init__(self, key: bytes = b"empathy-connector") -> None:
        self.key = key
        self._replies: dict[str, dict[str, frozenset[int]]] = {}
        self._holders: dict[str, dict[int, list[str]]] = {}

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        replies = self._replies.setdefault(author_id, {})
        holders = self._holders.setdefault(author_id, {})
        known = message_id in replies
        best = self._nearest(replies, holders, message_id, groups)
        if not known:
            self._remember(replies, holders, message_id, groups)
        return best

    def export(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """(author, message, hashes) of everything remembered, in order."""
        for author_id, replies in self._replies.items():
            for message_id, groups in replies.items():
                yield author_id, message_id, tuple(sorted(groups))

    def load(self, rows: Iterable[tuple[str, str, Sequence[int]]]) -> None:
        """Remember what `export` gave, in its order."""
        for author_id, message_id, groups in rows:
            replies = self._replies.setdefault(author_id, {})
            if message_id not in replies:
                self._remember(
                    replies, self._holders.setdefault(author_id, {}), message_id, frozenset(groups)
                )

    @staticmethod
    def _nearest(
        replies: dict[str, frozenset[int]],
        holders: dict[int, list[str]],
        message_id: str,
        groups: frozenset[int],
    ) -> float:
        shared: dict[str, int] = {}
        for group in groups:
            for holder in holders.get(group, ()):
                shared[holder] = shared.get(holder, 0) + 1
        if message_id in replies:  # only what came before it counts
            before = set()
            for other in replies:
                if other == message_id:
                    break
                before.add(other)
            shared = {holder: count for holder, count in shared.items() if holder in before}
        # Of two sketches, the common share of the smaller one: a pasted block inside a longer reply shows.
        return max(
            (count / min(len(groups), len(replies[holder])) for holder, count in shared.items()), default=0.0
        )

    @staticmethod
    def _remember(
        replies: dict[str, frozenset[int]],
        holders: dict[int, list[str]],
        message_id: str,
        groups: frozenset[int],
    ) -> None:
        replies[message_id] = groups
        for group in groups:
            holders.setdefault(group, []).append(message_id)
        if len(replies) > REMEMBERED:
            oldest = next(iter(replies))
            for group in replies.pop(oldest):
                holders[group].remove(oldest)
                if not holders[group]:
                    del holders[group]
