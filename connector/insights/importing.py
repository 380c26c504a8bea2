"""Takes a file in, for one installation: read, judged, and kept without a word of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model import Message, Role
from ..scoring.engine import Engine
from ..store import Store
from ..store.facts import StoredFact
from .imports.kinds import kind_named
from .imports.reading import Fact, ReadFile, read_file

SHOWS_CARE = ("emotional_reaction", "interpretation")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought."""

    file: ReadFile
    added: int
    """Rows that were not here before; the others replaced their like."""


class Importing:
    """The imports of one installation."""

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        engine: Engine,
        digest: Callable[[str], str],
        find_contact: Callable[[str], str | None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._name = name
        self._engine = engine
        self._digest = digest
        self._find_contact = find_contact
        self._now = now

    def take(self, kind: str, content: bytes, *, said: Mapping[str, str], dry_run: bool = False) -> Imported:
        """Read a file and keep its rows, all or none; a problem or a dry run keeps nothing.

        Raises Unsupported for what must not be measured, Misconfigured for what cannot be read.
        """
        file = read_file(
            kind_named(kind),
            content,
            said=said,
            judge=Judging(self._engine),
            people=Known(self._digest, self._find_contact),
            now=self._now(),
        )
        added = 0
        if file.facts and not dry_run:
            added = self._store.save_facts(self._name, kind, list(kept(file.facts)), now=self._now())
        return Imported(file, added)


class Judging:
    """Reads texts with the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sentiment(self, text: str) -> float | None:
        """How somebody feels, -1..1; None where that cannot be read."""
        return self._engine.score_message(Message("import", Role.CUSTOMER, text)).sentiment

    def is_empathetic(self, text: str) -> bool:
        """Whether a post of ours shows warmth or puts somebody's situation in words."""
        dimensions = self._engine.score_message(Message("import", Role.AGENT, text)).dimensions or {}
        return any(dimensions.get(name, 0) > 0 for name in SHOWS_CARE)


class Known:
    """Says who somebody is by the platform's own id, and nothing of those it does not know."""

    def __init__(self, digest: Callable[[str], str], find_contact: Callable[[str], str | None]) -> None:
        self._digest = digest
        self._find_contact = find_contact
        self._found: dict[str, str] = {}

    def by_id(self, contact_id: str) -> str:
        """The id itself: it is what erasing goes by."""
        return contact_id

    def by_email(self, address: str) -> str | None:
        """The platform's id of whoever has that address; None where it knows nobody."""
        plain = address.casefold()
        if plain not in self._found:
            self._found[plain] = self._find_contact(address) or ""
        return self._found[plain] or None

    def of_row(self, text: str) -> str:
        """A row's own id, under the installation's key."""
        return self._digest(text)


def kept(facts: Iterable[Fact]) -> Iterable[StoredFact]:
    """Facts as the store takes them."""
    for each in facts:
        values = dict(each.values)
        yield StoredFact(each.id, each.at, values.pop("contact", None), values)
