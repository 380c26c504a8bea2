"""Remembers replies across runs: what `scoring.canned` asks for, kept in the store as keyed hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from .scoring.canned import REMEMBERED, TEAM_REMEMBERED, RunMemory
from .store import Reply, Store

OF_EACH = 100
"""The latest replies of each author that stand for the team's, when a run begins."""


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

    def of(self, conversation_id: str) -> ConversationMemory:
        """The memory as one conversation sees it: message ids may repeat from one to the next."""
        return ConversationMemory(self, conversation_id)

    def copies(self, conversation_id: str, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        """What `ReplyMemory.copies` says of a reply in one conversation."""
        if not self._authors:
            team = self._store.replies_of_all(self._name, OF_EACH, TEAM_REMEMBERED)
            self._run.load_team(map(_as_loaded, team))
            self._run.load_macros(self._store.macro_groups(self._name))
        author = self._authors.get(author_id)
        if author is None:
            author = self._authors[author_id] = author_digest(self._keys, author_id)
            self._run.load(map(_as_loaded, self._store.replies(self._name, author, REMEMBERED)))
        self._new.append(Reply(message_id, author, tuple(sorted(groups))))
        return self._run.copies(author, _place(conversation_id, message_id), groups)

    def taken(self) -> list[Reply]:
        """The replies asked about since the last call."""
        new, self._new = self._new, []
        return new


@dataclass(frozen=True, slots=True)
class ConversationMemory:
    """A `ReplyMemory` for one conversation."""

    memory: StoredMemory
    conversation_id: str

    @property
    def key(self) -> bytes:
        """The key under which word groups are hashed."""
        return self.memory.key

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        """What the installation's memory says of a reply in this conversation."""
        return self.memory.copies(self.conversation_id, author_id, message_id, groups)


def _as_loaded(reply: Reply) -> tuple[str, str, tuple[int, ...]]:
    return reply.author, _place(reply.conversation_id, reply.message_id), reply.hashes


def _place(conversation_id: str, message_id: str) -> str:
    return f"{len(conversation_id)}:{conversation_id}:{message_id}"
