"""The rubric of one account: which is in force, what another would change, and another in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from .errors import Misconfigured
from .scoring.engine import Engine, default_engine
from .scoring.rubric import Rubric, default_rubric
from .store import Store
from .store.rubrics import StoredRubric

BANDS = ("high", "fair", "low")
_KEPT_READY = 64
"""Rubrics that a process keeps read, so that pages and syncs need not read them anew."""


class Note(Protocol):
    """Adds an event to the chain of proofs."""

    def __call__(self, name: str, what: str, *, actor: str, **facts: str) -> None: ...


def rubric_in_force(store: Store, name: str) -> Rubric:
    """The rubric that an account's next scores are made with."""
    content = store.rubric(name)
    return default_rubric() if content is None else _read(content)


def engine_in_force(store: Store, name: str) -> Engine:
    """The engine that an account's next scores are made with."""
    content = store.rubric(name)
    return default_engine() if content is None else _engine(content)


@lru_cache(_KEPT_READY)
def _read(content: str) -> Rubric:
    return Rubric.load(content)


@lru_cache(_KEPT_READY)
def _engine(content: str) -> Engine:
    return Engine(_read(content))


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of the stored scores lie in each band, now and under other thresholds."""

    now: Mapping[str, int]
    then: Mapping[str, int]

    @property
    def scored(self) -> int:
        return sum(self.now.values())


@dataclass(frozen=True, slots=True)
class Rubrics:
    """The rubric of one installation; a change is noted with who made it."""

    store: Store
    name: str
    now: Callable[[], datetime]
    note: Note

    def in_force(self) -> Rubric:
        """The rubric of the next scores."""
        return rubric_in_force(self.store, self.name)

    def engine(self) -> Engine:
        """The engine of the next scores."""
        return engine_in_force(self.store, self.name)

    def last_change(self) -> StoredRubric | None:
        """Who put the rubric in force, and when; None while it is the one that came with the product."""
        return next(iter(self.store.rubrics(self.name)), None)

    def next_version(self) -> str:
        """A version that no rubric of this account has had."""
        taken = {rubric.version for rubric in self._known()}
        return next(str(number) for number in range(2, len(taken) + 3) if str(number) not in taken)

    def moved(self, rubric: Rubric) -> Moved:
        """What its thresholds alone would make of the scores there are; its weights act on new ones."""
        counts, before = self.store.empathy_counts(self.name), self.in_force()

        def by_band(band: Callable[[int], str]) -> dict[str, int]:
            return {each: sum(n for score, n in counts.items() if band(score) == each) for each in BANDS}

        return Moved(by_band(before.band), by_band(rubric.band))

    def require_own_version(self, rubric: Rubric) -> None:
        """Raise Misconfigured when its version already stands for other numbers here."""
        for known in self._known():
            if known.version == rubric.version and not known.is_same_as(rubric):
                raise Misconfigured(
                    f'The version "{rubric.version}" already stands for other numbers here; give the rubric '
                    f'another one, such as version = "{self.next_version()}".'
                )

    def change(self, rubric: Rubric | None, *, by: str, actor: str) -> bool:
        """Put a rubric in force, or the product's own with None; False when it is in force already.

        Raises Misconfigured when its version already stands for other numbers here.
        """
        wanted = rubric or default_rubric()
        self.require_own_version(wanted)
        before = self.store.rubric(self.name)
        content = None if rubric is None else rubric.as_toml()
        if content == before or (before is None and wanted == default_rubric()):
            return False
        self.store.add_rubric(self.name, content, changed_by=by, now=self.now())
        self.note(self.name, "rubric change", actor=actor, version=wanted.version, digest=wanted.digest())
        return True

    def _known(self) -> list[Rubric]:
        """Every rubric that was in force, the product's own included."""
        earlier = (each.content for each in self.store.rubrics(self.name))
        return [default_rubric(), *(_read(each) for each in earlier if each is not None)]
