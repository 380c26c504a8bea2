"""What a contact went through before, and how the last months went for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import RetryLater, Unreadable, Unsupported
from .model import ContactPast, Conversation, Installation, Write
from .providers.base import Provider
from .scoring.rollup import WINDOW, contact_rollup
from .store import Record, Store
from .tally import WriteTally

HISTORIES_PER_RUN = 20
HISTORY_LENGTH = 20
LATELY = timedelta(days=30)
WRITE_AT_ONCE = 500


@dataclass(slots=True)
class Contacts:
    """The contacts of one installation, during one run."""

    installation: Installation
    provider: Provider
    store: Store
    now: Callable[[], datetime]
    may_ask_platform: bool = False
    """A first or full run reads the whole history anyway; only later runs ask the platform for it."""
    _histories: int = 0

    def past(self, conversation: Conversation) -> ContactPast | None:
        """What is known of this contact: our own rows first, then the platform's history, within a budget."""
        contact_id = conversation.head.contact_id
        if contact_id is None:
            return None
        before = conversation.head.updated_at or self.now()
        name = self.installation.name
        past = self.store.contact_past(name, contact_id, before=before, exclude=conversation.id)
        if past is not None or not self.may_ask_platform or not self.provider.capabilities.history:
            return past
        return self._asked(contact_id, conversation.id, before)

    def roll_up(self, records: Sequence[Record]) -> None:
        """Compute the 90-day values of the contacts of these records."""
        if not self.provider.capabilities.contact_fields:
            return
        name, now = self.installation.name, self.now()
        roll_up_contacts(self.store, name, {each.contact_id for each in records if each.contact_id}, now)

    def write_back(self, tally: WriteTally) -> None:
        """Write the values that contacts are owed, where the extended fields exist."""
        if not (self.provider.capabilities.contact_fields and self.installation.is_extended):
            return
        name, after = self.installation.name, None
        while batch := self.store.owed_contacts(name, WRITE_AT_ONCE, after):
            after = batch[-1].conversation_id
            rows = {row.conversation_id: row for row in batch}
            written = self.provider.write_contacts([Write(id_, row.values) for id_, row in rows.items()])
            results = [(rows[each.id], each) for each in written if each.id in rows]
            self.store.settle_contacts(name, results, now=self.now())
            for each in written:
                tally.count(each.outcome)

    def _asked(self, contact_id: str, conversation_id: str, before: datetime) -> ContactPast | None:
        if self._histories >= HISTORIES_PER_RUN:
            return None
        self._histories += 1
        try:
            earlier = self.provider.history(contact_id, HISTORY_LENGTH)
        except (RetryLater, Unsupported, Unreadable):
            self._histories = HISTORIES_PER_RUN  # a nicety; the conversation itself must not wait for it
            return None
        recent = [
            each for each in earlier if each.id != conversation_id and before - LATELY <= each.at < before
        ]
        return ContactPast(conversations_30d=len(recent))


def roll_up_contacts(store: Store, name: str, contact_ids: Collection[str], now: datetime) -> None:
    """Compute the 90-day values of contacts, owed to the platform where they changed."""
    if not contact_ids:
        return
    theirs = store.contact_conversations(name, sorted(contact_ids), now - WINDOW)
    values = {
        contact_id: contact_rollup([(row.at, row.sentiment, row.empathy) for row in rows], now)
        for contact_id, rows in theirs.items()
    }
    store.save_contacts(name, values, now)
