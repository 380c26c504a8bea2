"""Protects a sync's conversations under the policy in force, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from .model import Conversation, ConversationScore, Head, KeptText, WrappedKey
from .privacy.keys import ContactKey, InstallationKeys
from .privacy.policy import Mode, Policy, due_at, is_held, labels_of
from .privacy.policy_file import parse_policy
from .privacy.protect import owner_of, retention_of, seal_conversation
from .store import Store
from .store.rows import Judging

Kept = tuple[tuple[KeptText, ...], WrappedKey | None]
"""The sealed texts of one conversation, and the key they are under."""


def policy_in_force(store: Store, name: str) -> Policy:
    """The installation's policy; without one, nothing is kept."""
    stored = store.policy(name)
    return parse_policy(stored.content, version=stored.version) if stored else Policy()


class Keeping:
    """What may be kept of a page: sealed texts and the keys they are under.

    Policy, holds and keys are read anew for each page, so that a change while a sync runs counts at once.
    """

    def __init__(self, store: Store, name: str, keys: InstallationKeys, now: Callable[[], datetime]) -> None:
        self._store = store
        self._name = name
        self._keys = keys
        self._now = now
        self._policy = Policy()
        self._wrapped: dict[str, WrappedKey] = {}
        self._open: dict[str, ContactKey] = {}
        self._labels: dict[str, frozenset[str]] = {}
        self.begin_page()

    def begin_page(self) -> None:
        """Forget the keys of the page before, and read the policy again."""
        self._policy = policy_in_force(self._store, self._name)
        self._wrapped.clear()
        self._open.clear()

    def see(self, head: Head) -> None:
        """Note a conversation whose kept texts, if any, have to follow its tags as they are now."""
        if self._policy.version:
            self._labels[head.id] = labels_of(head)

    def protect(self, conversation: Conversation, card: ConversationScore) -> Kept:
        """Sealed texts and their key; nothing where the policy is to drop. Raises Unreadable."""
        self.see(conversation.head)
        if retention_of(conversation.head, self._policy).mode is Mode.DROP:
            return (), None
        owner = owner_of(conversation.head)
        key = self._key(owner)
        texts = seal_conversation(
            conversation,
            card,
            policy=self._policy,
            key=key,
            owner=owner,
            now=self._now(),
            names=conversation.people,
        )
        known = self._wrapped[owner]
        return texts, WrappedKey(owner, known.key_id, known.wrapped, key.uses, known.is_new)

    def judging(self) -> Judging | None:
        """How the page's kept texts are judged; None while no policy keeps anything."""
        if not self._policy.version:
            return None
        policy, labels = self._policy, dict(self._labels)
        self._labels.clear()
        return Judging(
            version=policy.version,
            due_at=lambda record: due_at(record, policy),
            labels=labels,
            held=self._held(labels.items()),
        )

    def _held(self, labelled: Iterable[tuple[str, frozenset[str]]]) -> frozenset[str]:
        holds, now = self._store.legal_holds(self._name), self._now()
        return (
            frozenset(id_ for id_, labels in labelled if is_held(labels, holds, now))
            if holds
            else frozenset()
        )

    def _key(self, owner: str) -> ContactKey:
        if owner not in self._open:
            wrapped = self._store.contact_key(self._name, owner) or self._keys.new_contact_key(owner)
            self._wrapped[owner] = wrapped
            self._open[owner] = self._keys.open_contact_key(wrapped)
        return self._open[owner]
