"""Rows as they are now, for tests of what is stored; reports read them as they were given out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connector.store import Store
from connector.store.facts import ShortConversation, StoredFact


class LiveRows:
    """The rows of one installation."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def facts(
        self, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[StoredFact]:
        return self._store.facts(self._name, kind, start, end)

    def short_conversations(self, start: datetime, end: datetime) -> Iterator[ShortConversation]:
        return self._store.short_conversations(self._name, start, end)
