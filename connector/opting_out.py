"""The account's own opt-out list: tags, brands, queues, pipelines, channels and agents that are left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .contacts import roll_up_contacts
from .erasing import may_have_written
from .errors import Misconfigured
from .memory import MemoryKeys, author_digest
from .model import Conversation, Installation, Role
from .privacy.erasure import Because
from .privacy.policy import is_held
from .providers.base import Capabilities
from .store import Store
from .store.labels import AGENT
from .store.opt_outs import OptOut

AT_ONCE = 500
"""Conversations forgotten in one transaction."""
LOG_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the list did."""

    labels: Sequence[str]
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class OptingOut:
    """The list of one installation. An agent stands on it as a keyed digest of the id, never by the id."""

    installation: Installation
    store: Store
    keys: MemoryKeys
    can: Capabilities
    now: Callable[[], datetime]

    def entries(self) -> list[OptOut]:
        """The whole list."""
        return self.store.opt_outs(self.installation.name)

    def labels(self, asked: Mapping[str, Sequence[str]]) -> list[str]:
        """What the list calls these; `asked` has ids by kind: `tag`, `brand`, `queue`, `pipeline`,
        `channel` and `agent`.

        Raises Misconfigured for what this platform does not tell of a conversation.
        """
        found = []
        for kind, ids in asked.items():
            if ids and kind not in (*self.can.labels, "agent"):
                told = ", ".join(("agent", *self.can.labels))
                raise Misconfigured(
                    f"{self.installation.provider} does not tell the {kind} of a conversation, so nothing "
                    f"could be left out by it; choose from: {told}."
                )
            for id_ in ids:
                if not id_.strip():
                    raise Misconfigured(f"--{kind} is empty.")
                found.append(self._label(kind, id_.strip()))
        return found

    def add(self, labels: Collection[str], *, by: str) -> Change:
        """Leave these out from now on, and forget at once what was scored of them; their fields are blanked
        by the next sync."""
        name = self.installation.name
        new = self.store.add_opt_outs(name, labels, added_by=by, now=self.now())
        forgotten = self.forget()
        if forgotten:
            self.store.truncate_log(patience=LOG_PATIENCE_SECONDS)
        return Change(new, forgotten)

    def remove(self, labels: Collection[str]) -> Change:
        """Let these be scored again, from their next change on."""
        return Change(self.store.remove_opt_outs(self.installation.name, labels))

    def forget(self) -> int:
        """Forget every stored conversation that is on the list; how many. A legal hold puts that off."""
        name, count = self.installation.name, 0
        after: str | None = ""
        holds, now = self.store.legal_holds(name), self.now()
        contacts: set[str] = set()
        while after is not None:
            done = self.store.forget_opted_out(
                name,
                after,
                is_held=lambda labels: is_held(labels, holds, now),
                clear=may_have_written(self.installation),
                because=Because.OPTED_OUT,
                now=now,
                limit=AT_ONCE,
            )
            after, count = done.after, count + len(done.conversation_ids)
            contacts |= done.contact_ids
        if self.can.contact_fields:
            roll_up_contacts(self.store, name, contacts, now)
        return count

    def _label(self, kind: str, id_: str) -> str:
        if kind == "agent":
            return self._agent(id_)
        return f"{kind}:{id_.lower() if kind == 'channel' else id_}"

    def _agent(self, id_: str) -> str:
        whole = id_ if id_.startswith(self.can.agent_prefix) else f"{self.can.agent_prefix}{id_}"
        return f"{AGENT}{author_digest(self.keys, whole)}"


@dataclass(slots=True)
class Silence:
    """Takes the words of agents who are on the list out of conversations, before anything reads them."""

    keys: MemoryKeys
    _digests: dict[str, str] = field(default_factory=dict)

    def over(self, conversation: Conversation, left_out: Collection[str]) -> Conversation:
        """The same conversation, without the words of those agents."""
        if not any(label.startswith(AGENT) for label in left_out):
            return conversation
        messages = tuple(
            replace(each, body="", is_opted_out=True)
            if each.role is Role.AGENT
            and each.author_id is not None
            and f"{AGENT}{self._digest(each.author_id)}" in left_out
            else each
            for each in conversation.messages
        )
        return replace(conversation, messages=messages)

    def _digest(self, author_id: str) -> str:
        if author_id not in self._digests:
            self._digests[author_id] = author_digest(self.keys, author_id)
        return self._digests[author_id]
