"""Remembers replies across runs: what `scoring.canned` asks for, kept in the store as keyed hashes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from .scoring.canned import REMEMBERED, RunMemory
from .store import Reply, Store


class MemoryKeys(Protocol):
    """The keys that replies and their authors are hashed under."""

    memory_key: bytes

    def fingerprint(self, parts: Iterable[bytes | str]) -> str: ...


def author_digest(keys: MemoryKeys, author_id: str) -> str:
    """What an author is called here: a keyed digest of the id."""
    return keys.fingerprint(("author", author_id))


class StoredMemory:
    """A reply memory over one installation's rows; `taken` hands over what a conversation added."""

    def __init__(self, store: Store, name: str, keys: MemoryKeys) -> None:
        self.key = keys.memory_key
        self._store = store
        self._name = name
        self._keys = keys
        self._run = RunMemory(keys.memory_key)
        self._authors: dict[str, str] = {}
        self._new: list[Reply] = []

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        author = self._authors.get(author_id)
        if author is None:
            author = self._authors[author_id] = author_digest(self._keys, author_id)
            earlier = self._store.replies(self._name, author, REMEMBERED)
            self._run.load((author, each.message_id, each.hashes) for each in earlier)
        self._new.append(Reply(message_id, author, tuple(sorted(groups))))
        return self._run.copies(author, message_id, groups)

    def taken(self) -> list[Reply]:
        """The replies asked about since the last call."""
        new, self._new = self._new, []
        return new
