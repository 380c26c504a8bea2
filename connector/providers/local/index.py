"""Where each conversation of the folder stands: a few numbers for each, no text."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...model import Head
from .rows import Row

Signature = tuple[int, int, int]
"""Size, modification time and inode of a file."""


@dataclass(slots=True)
class Part:
    """The conversations of one file, as columns: 40 bytes each, however long their texts."""

    signature: Signature
    is_settled: bool
    """Built when the file's last change was old enough for the signature to stand for its content."""
    ids: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[int] = field(default_factory=lambda: array("q"))
    starts: array[int] = field(default_factory=lambda: array("q"))
    contacts: array[int] = field(default_factory=lambda: array("q"))
    changed_at: array[float] = field(default_factory=lambda: array("d"))

    unreadable: set[int] = field(default_factory=set)
    """The numbers of the rows that are no conversation."""

    def add(self, row: Row, head: Head, changed_at: datetime) -> None:
        self.ids.append(hash(head.id))
        self.numbers.append(row.number)
        self.starts.append(row.start)
        self.contacts.append(hash(head.contact_id))
        self.changed_at.append((head.updated_at or changed_at).timestamp())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands."""

    file: str
    start: int
    changed_at: float


class Index:
    """All parts together, in the order of their file names, searchable by conversation and by contact."""

    def __init__(self, parts: Sequence[tuple[str, Part]]) -> None:
        self._files = [name for name, _ in parts]
        self._file_of = array("l")
        self._starts = array("q")
        self._changed_at = array("d")
        ids, contacts = array("q"), array("q")
        for number, (_, part) in enumerate(parts):
            ids.extend(part.ids)
            contacts.extend(part.contacts)
            self._starts.extend(part.starts)
            self._changed_at.extend(part.changed_at)
            self._file_of.extend([number] * len(part.ids))
        self._ids = _Column(ids)
        self._contacts = _Column(contacts)

    def place_of(self, conversation_id: str) -> Place | None:
        """The first place of an id, which owns it; later ones are duplicates."""
        return self._owner(hash(conversation_id))

    def is_duplicate(self, file: str, part: Part, number: int) -> bool:
        """Whether the row of that number has an id that an earlier row of the account owns."""
        at = bisect_left(part.numbers, number)
        if at == len(part.numbers) or part.numbers[at] != number:
            return False
        owner = self._owner(part.ids[at])
        return owner is not None and (owner.file, owner.start) != (file, part.starts[at])

    def places_of_contact(self, contact_id: str) -> list[Place]:
        """Newest first."""
        places = map(self._place, self._contacts.rows_with(hash(contact_id)))
        return sorted(places, key=lambda place: place.changed_at, reverse=True)

    def _owner(self, hashed_id: int) -> Place | None:
        return next(map(self._place, self._ids.rows_with(hashed_id)), None)

    def _place(self, row: int) -> Place:
        return Place(self._files[self._file_of[row]], self._starts[row], self._changed_at[row])


class _Column:
    def __init__(self, values: array[int]) -> None:
        self._values = values
        self._order = array("l", sorted(range(len(values)), key=values.__getitem__))

    def rows_with(self, value: int) -> Iterator[int]:
        at = bisect_left(self._order, value, key=self._values.__getitem__)
        while at < len(self._order) and self._values[self._order[at]] == value:
            yield self._order[at]
            at += 1
