"""Disputes about scores: somebody contests one, and a named person decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from .contacts import roll_up_contacts
from .errors import Misconfigured, Unreadable
from .model import Installation, Sealed, WrappedKey
from .privacy.disputes import (
    DECISION,
    REASON,
    checked_score,
    checked_words,
    open_words,
    owner_of_dispute,
    seal_words,
)
from .privacy.keys import InstallationKeys
from .store import Store
from .store.disputes import CORRECTED, OPEN, UPHELD, Dispute
from .store.rows import StoredConversation


@dataclass(frozen=True, slots=True)
class Words:
    """What was said about one dispute; None where it was erased with its contact."""

    reason: str | None
    decision: str | None


class Disputing:
    """The disputes of one installation."""

    def __init__(
        self,
        installation: Installation,
        store: Store,
        keys: InstallationKeys,
        *,
        band: Callable[[int], str],
        now: Callable[[], datetime],
    ) -> None:
        self._installation = installation
        self._name = installation.name
        self._store = store
        self._keys = keys
        self._band = band
        self._now = now

    def contest(self, conversation_id: str, *, by: str | None, reason: str | None) -> Dispute:
        """Mark a score as disputed: until somebody decides, it counts in no figure about many conversations.

        Raises Misconfigured for an unknown conversation, or a person or reason that is missing.
        """
        by, words = _named(by), checked_words(reason)
        stored = self._conversation(conversation_id)
        dispute_id = str(1 + len(self._store.disputes(self._name, conversation_id)))
        owner = owner_of_dispute(stored.contact_id, conversation_id)
        sealed, key = self._seal(owner, conversation_id, dispute_id, REASON, words)
        raised = Dispute(
            conversation_id=conversation_id,
            id=dispute_id,
            owner=owner,
            raised_by=by,
            raised_at=self._now(),
            reason=sealed,
            status=OPEN,
            score_version=stored.version,
        )
        self._store.raise_dispute(self._name, raised, key)
        self._roll_up(stored)
        return raised

    def decide(
        self, conversation_id: str, decision: str, *, empathy: int | None, by: str | None, reason: str | None
    ) -> Dispute:
        """Uphold the score, or put a person's own in its place; either counts from then on.

        Raises Misconfigured when no dispute is open, or a person, reason or score is missing.
        """
        by, words, empathy = _named(by), checked_words(reason), checked_score(decision, empathy)
        stored = self._conversation(conversation_id)
        disputes = self._store.disputes(self._name, conversation_id)
        waiting = next((each for each in disputes if each.status == OPEN), None)
        if waiting is None:
            raise Misconfigured(
                f"No dispute about conversation {conversation_id} is open; "
                f"empathy-connector dispute {self._name} --list shows those that are."
            )
        sealed, key = self._seal(waiting.owner, conversation_id, waiting.id, DECISION, words)
        decided = replace(
            waiting,
            status=CORRECTED if decision == CORRECTED else UPHELD,
            score_version=stored.version,
            decided_by=by,
            decided_at=self._now(),
            decision=sealed,
            empathy=empathy,
            band=None if empathy is None else self._band(empathy),
        )
        self._store.decide_dispute(self._name, decided, key, stored.fields)
        self._roll_up(stored)
        return decided

    def words(self, dispute: Dispute) -> Words:
        """What was said; for the person who decides. Raises Unreadable for damaged bytes."""
        wrapped = self._store.contact_key(self._name, dispute.owner)
        if wrapped is None:
            return Words(None, None)

        def said(part: str, sealed: Sealed | None) -> str | None:
            if sealed is None:
                return None
            return open_words(
                sealed, dispute.conversation_id, dispute.id, part, wrapped=wrapped, keys=self._keys
            )

        return Words(said(REASON, dispute.reason), said(DECISION, dispute.decision))

    def _seal(
        self, owner: str, conversation_id: str, dispute_id: str, part: str, words: str
    ) -> tuple[Sealed, WrappedKey]:
        wrapped = self._store.contact_key(self._name, owner) or self._keys.new_contact_key(owner)
        try:
            key = self._keys.open_contact_key(wrapped)
        except Unreadable:
            raise Misconfigured(
                "The key of this contact cannot be opened, so nothing can be said about the score; "
                "empathy-connector doctor says more."
            ) from None
        sealed = seal_words(key, conversation_id, dispute_id, part, words)
        return sealed, replace(wrapped, uses=key.uses)

    def _conversation(self, conversation_id: str) -> StoredConversation:
        stored = self._store.conversation(self._name, conversation_id)
        if stored is None:
            raise Misconfigured(
                f'"{self._name}" has no scored conversation {conversation_id}; '
                "the id is the one the platform shows."
            )
        return stored

    def _roll_up(self, stored: StoredConversation) -> None:
        has_contact_fields = self._installation.is_extended and self._installation.provider != "local"
        if has_contact_fields and stored.contact_id is not None:
            roll_up_contacts(self._store, self._name, [stored.contact_id], self._now())


def _named(by: str | None) -> str:
    if not by or not by.strip():
        raise Misconfigured("Say who you are: --by NAME.")
    return by.strip()
