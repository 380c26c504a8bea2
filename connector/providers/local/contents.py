"""What the folder holds, looked up by id; looked at again when a file changes."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ...errors import Unreadable
from ...model import Conversation, Head
from .folder import CONTACTS, DELETED, Folder, Source
from .index import Index, Part, Place
from .records import conversation_of, identifier, names_in
from .rows import Record, Row, Rows, row_at
from .zendesk_export import conversation_of_ticket, is_ticket

HeadOf = Callable[[Row, datetime], Head | None]


def read(record: Record, *, opted_out: Container[str], changed_at: datetime) -> Conversation:
    """A record in either accepted format. Raises Unreadable."""
    reader = conversation_of_ticket if is_ticket(record) else conversation_of
    return reader(record, opted_out=opted_out, changed_at=changed_at)


class Contents:
    """Answers from an index of the files and from two small sets of ids; keeps no text."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._parts: dict[str, Part] = {}
        self._index = Index([])
        self._sets: dict[str, tuple[Source, frozenset[str]]] = {}
        self._names: tuple[Source, dict[str, str]] | None = None

    def opted_out(self) -> frozenset[str]:
        """The contacts whose conversations are not to be read."""
        return self._ids_in(CONTACTS, lambda record: record.get("opted_out") is True)

    def deleted_contacts(self) -> frozenset[str]:
        """The contacts whom `contacts.jsonl` calls deleted."""
        return self._ids_in(CONTACTS, lambda record: record.get("deleted") is True, what="deleted")

    def contacts_with(self, email: str) -> list[str]:
        """The contacts with that address, looked up each time: addresses are not kept in memory."""
        wanted = email.casefold()
        found: dict[str, bool] = {}
        for row in self._folder.rows_of(CONTACTS):
            record = row.record or {}
            address, contact_id = record.get("email"), identifier(record.get("id"))
            if contact_id is not None:
                found[contact_id] = isinstance(address, str) and address.strip().casefold() == wanted
        return [contact_id for contact_id, is_theirs in found.items() if is_theirs]

    def deleted(self) -> frozenset[str]:
        return self._ids_in(DELETED, lambda _: True)

    def with_contact(self, conversation: Conversation) -> Conversation:
        """The conversation with its contact's name among its people, where `contacts.jsonl` has it."""
        name = self._contact_names().get(conversation.head.contact_id or "")
        if name is None or name in conversation.people:
            return conversation
        return replace(conversation, people=(name, *conversation.people))

    def index(self) -> Index:
        """Where every readable conversation stands now."""
        sources = self._folder.conversation_files()
        stale = [source for source in sources if not self._is_known(source)]
        names = {source.name for source in sources}
        if stale or names != self._parts.keys():
            self._parts = {name: part for name, part in self._parts.items() if name in names}
            self._parts.update((source.name, self._part(source, _head_of)) for source in stale)
            self._index = Index(sorted(self._parts.items()))
        return self._index

    def count(self, source: Source, *, position: int) -> int:
        """How many conversations the index has in a file from `position` on."""
        part = self._parts.get(source.name)
        return sum(start >= position for start in part.starts) if part else 0

    def is_duplicate(self, source: Source, number: int) -> bool:
        """Whether an earlier row of the account has the same id; the first one owns it."""
        part = self._parts.get(source.name)
        if part is None or part.signature != source.signature:
            return False
        return self._index.is_duplicate(source.name, part, number)

    def require_readable(self, name: str, number: int) -> None:
        """Raise Unreadable while that row of that file is still what it was parked for."""
        index, source = self.index(), self._folder.source(name)
        if source is None:
            return
        part = self._parts.get(name) or self._part(source, _require_id)
        if number in part.unreadable or index.is_duplicate(name, part, number):
            raise Unreadable(f"{source.label}:{number} is as unreadable as it was; mend or remove that line.")

    def conversation_at(self, place: Place) -> Conversation | None:
        """The conversation that stands there; None when the file changed and it does not any more."""
        source = self._folder.source(place.file)
        row = row_at(source.path, place.start) if source else None
        if source is None or row is None or row.record is None:
            return None
        try:
            found = read(row.record, opted_out=self.opted_out(), changed_at=source.changed_at)
        except Unreadable:
            return None
        return self.with_contact(found)

    def _part(self, source: Source, head_of: HeadOf) -> Part:
        part = Part(source.signature, source.is_settled)
        with suppress(OSError):
            for row in Rows(source.path):
                head = head_of(row, source.changed_at)
                if head:
                    part.add(row, head, source.changed_at)
                else:
                    part.unreadable.add(row.number)
        return part

    def _is_known(self, source: Source) -> bool:
        part = self._parts.get(source.name)
        return part is not None and part.signature == source.signature and part.is_settled

    def _contact_names(self) -> dict[str, str]:
        source = self._folder.source(CONTACTS)
        if source is None:
            return {}
        if self._names and self._names[0].signature == source.signature and self._names[0].is_settled:
            return self._names[1]
        names: dict[str, str] = {}
        for row in Rows(source.path):
            named = names_in([row.record.get("name")]) if row.record is not None else ()
            if row.record is not None and named and (contact_id := identifier(row.record.get("id"))):
                names[contact_id] = named[0]
        self._names = (source, names)
        return names

    def _ids_in(self, name: str, is_meant: Callable[[Record], bool], what: str = "") -> frozenset[str]:
        source = self._folder.source(name)
        if source is None:
            return frozenset()
        known = self._sets.get(name + what)
        if known and known[0].signature == source.signature and known[0].is_settled:
            return known[1]
        rows = (row.record for row in Rows(source.path) if row.record is not None)
        ids = frozenset(
            found for record in rows if is_meant(record) and (found := identifier(record.get("id")))
        )
        self._sets[name + what] = (source, ids)
        return ids


def _head_of(row: Row, changed_at: datetime) -> Head | None:
    if row.record is None:
        return None
    try:
        return read(row.record, opted_out=(), changed_at=changed_at).head
    except Unreadable:
        return None


def _require_id(row: Row, changed_at: datetime) -> Head | None:
    found = identifier(row.record.get("id")) if row.record is not None else None
    return Head(found, changed_at) if found else None
