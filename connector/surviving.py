"""Finds the one conversation of which a process dies, and leaves it alone after three attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from .store import Store

DEATHS = 2
"""After so many runs that never ended, the page they died of is read one conversation at a time."""
PARKED_ATTEMPTS = 3


@dataclass(slots=True)
class Surviving:
    """What one run knows of those that died before it. Whoever ends with an error has survived."""

    store: Store
    name: str
    now: Callable[[], datetime]
    is_careful: bool = False

    @contextmanager
    def run(self) -> Iterator[None]:
        """The run, from its begin to its end."""
        self.is_careful = self.store.begin_run(self.name, self.now()) >= DEATHS
        try:
            yield
        finally:
            self.store.end_run(self.name)

    def may_try(self, conversation_id: str) -> bool:
        """Whether to try it, which is counted beforehand; always while nobody has died."""
        if not self.is_careful:
            return True
        return self.store.begin_attempt(self.name, conversation_id, self.now(), most=PARKED_ATTEMPTS)

    def survived(self, conversation_id: str) -> None:
        """It did no harm."""
        if self.is_careful:
            self.store.end_attempt(self.name, conversation_id)

    def page_done(self) -> None:
        """The page is stored, so nobody died of it."""
        self.is_careful = False
