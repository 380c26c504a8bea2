"""Step 8 of a sync: what is owed to the platform is written, and every row learns what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .contacts import Contacts
from .errors import ConnectorError, Superseded
from .model import Installation, Write, Written
from .providers.base import Provider
from .store import Owed, Store
from .tally import Tally

WRITE_AT_ONCE = 1000
"""Owed rows are written together: fewer jobs to wait for."""


@dataclass(slots=True)
class WritingBack:
    """Writes what is owed to one account; made of ready objects."""

    installation: Installation
    provider: Provider
    store: Store
    contacts: Contacts
    tally: Tally
    now: Callable[[], datetime]

    @property
    def is_possible(self) -> bool:
        """Whether the account has the fields that scores are written to."""
        return self.installation.field_ids is not None or not self.provider.capabilities.needs_fields

    def write(self, *, at_least: int) -> None:
        """Write what is owed once `at_least` rows are; a crash leaves them owed."""
        name = self.installation.name
        self.tally.writes.owed = self.store.how_many_owed(name)
        if not self.is_possible or self.tally.writes.owed < at_least:
            return
        after: str | None = None
        while batch := self.store.owed(name, WRITE_AT_ONCE, after):
            after = batch[-1].conversation_id
            self._write(batch)
        self.write_contacts()
        self.tally.writes.owed = self.store.how_many_owed(name)

    def write_contacts(self) -> None:
        """Write what is owed to contacts."""
        if self.is_possible:
            self.contacts.write_back(self.tally.contact_writes)

    def settle(self, batch: Sequence[Owed], written: Sequence[Written]) -> None:
        """Note what became of each row; rows without an outcome stay owed."""
        rows = {row.conversation_id: row for row in batch}
        self.store.settle(
            self.installation.name,
            [(rows[each.id], each) for each in written if each.id in rows],
            now=self.now(),
        )
        for each in written:
            self.tally.writes.count(each.outcome)

    def _write(self, batch: Sequence[Owed]) -> None:
        self.store.require_held()
        try:
            self.settle(batch, self.provider.write([Write(row.conversation_id, row.values) for row in batch]))
        except ConnectorError:
            self._own_up(batch)
            raise

    def _own_up(self, batch: Sequence[Owed]) -> None:
        # What was sent after standing still cannot be taken back, only written over by the new holder.
        try:
            self.store.require_held()
        except Superseded:
            self.store.owe_again(self.installation.name, [row.conversation_id for row in batch])
