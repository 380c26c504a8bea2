"""Erases what is kept of a contact or an installation, so that nothing can bring it back, and proves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from .disconnecting import LOG_PATIENCE_SECONDS, Disconnecting
from .errors import Unreadable
from .model import Installation, KeptText, WrappedKey
from .privacy.erasure import Asked, Because, ErasureLog, Kind, pseudonym_of
from .privacy.keys import InstallationKeys
from .privacy.policy import is_held
from .privacy.protect import open_message
from .proving import Proving
from .store import Store
from .store.erasures import Erasure, Theirs
from .store.threads import THREAD

MOST_TRIED = 20
"""How many of the destroyed texts are tried with the keys that are left."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How the erasure of one contact ended; `held_by` names the legal holds that put it off."""

    contact_id: str
    pseudonym: str
    counts: Mapping[str, int]
    verified: Mapping[str, Any]
    position: int | None = None
    """Of its entry among the proofs."""
    held_by: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return not self.held_by


class Erasing:
    """Erases in an order that a crash cannot undo: the log, the keys, the rows, the proof."""

    def __init__(
        self,
        store: Store,
        log: ErasureLog,
        keys: Callable[[str], InstallationKeys],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self.log = log
        self._keys = keys
        self._now = now
        self.proving = Proving(store, log, now)
        self.disconnecting = Disconnecting(store, log, self.proving, keys, now)

    def erase(self, installation: Installation, contact_id: str, *, because: Because, actor: str) -> Erased:
        """Erase a contact, or put it off while a legal hold covers any of it. Raises Misconfigured.

        A thread, as `store.threads` names it, is erased with the conversations it was part of, whose other
        messages are then read and scored anew; their contact's key stays, for other texts need it.
        """
        name = installation.name
        pseudonym = pseudonym_of(self._keys(name), contact_id)
        theirs = self._store.theirs(name, contact_id)
        asked = Asked(uuid4().hex, pseudonym, because, self._now(), tuple(theirs.key_ids))
        # On the disk before anything is deleted: from here on a crash or a restore is made up for.
        self.log.append(
            Kind.ERASURE,
            id=asked.erasure_id,
            installation=name,
            connected_at=installation.connected_at.isoformat(),
            pseudonym=pseudonym,
            because=because,
            at=asked.asked_at.isoformat(),
            key_ids=list(theirs.key_ids),
            actor=actor,
        )
        self._store.note_asked(name, _row(asked))
        return self._erase(installation, contact_id, asked, theirs, actor=actor)

    def catch_up(self, installation: Installation) -> int:
        """Erase again what the log knows and this database has not done: after a crash, a restore, or the
        end of a legal hold. Gives how many erasures that were. Raises Misconfigured."""
        name = installation.name
        lines = self.log.read()
        if lines.is_disconnected(name, installation.connected_at):
            self.disconnecting.remove(installation, actor="erasure log")
            return 1
        self.proving.put_back(name)
        done = {each.erasure_id: each for each in self._store.erasures(name) if each.done_at}
        due = []
        for asked in lines.asked_of(name, installation.connected_at):
            if asked.erasure_id not in done:
                self._store.note_asked(name, _row(asked))
                due.append(asked)
            elif asked.readmitted_at and done[asked.erasure_id].readmitted_at is None:
                self._store.readmit(name, asked.pseudonym, asked.readmitted_at)
        if due:
            self._catch_up(installation, due)
        return len(due)

    def readmit(self, installation: Installation, contact_id: str, *, actor: str) -> bool:
        """Let an erased contact's conversations be scored again; False when nobody had them erased."""
        name = installation.name
        pseudonym = pseudonym_of(self._keys(name), contact_id)
        if pseudonym not in self.erased(name):
            return False
        now = self._now()
        self.log.append(
            Kind.READMISSION,
            installation=name,
            connected_at=installation.connected_at.isoformat(),
            pseudonym=pseudonym,
            at=now.isoformat(),
            actor=actor,
        )
        self._store.readmit(name, pseudonym, now)
        self.proving.add(name, {"what": "readmission", "pseudonym": pseudonym, "actor": actor})
        return True

    def erased(self, name: str) -> frozenset[str]:
        """The pseudonyms of contacts that are not to be taken in."""
        return frozenset(each.pseudonym for each in self._store.erasures(name) if not each.readmitted_at)

    def _erase(
        self, installation: Installation, contact_id: str, asked: Asked, theirs: Theirs, *, actor: str
    ) -> Erased:
        name = installation.name
        held = self._held_by(name, theirs)
        if held:
            return Erased(contact_id, asked.pseudonym, {}, {}, held_by=held)
        samples = [each for each in self._samples(name, theirs) if _loses_its_key(each, contact_id)]
        destroyed = set(asked.key_ids) | set(self._store.destroy_keys(name, contact_id))
        counts = self._store.erase_contact(
            name, contact_id, clear=may_have_written(installation), because=asked.because, now=self._now()
        )
        verified = {
            **self._store.left_of(name, contact_id, sorted(destroyed)),
            **self._tried(name, samples),
            "checkpoint_busy": not self._store.truncate_log(patience=LOG_PATIENCE_SECONDS),
        }
        position = self._proven(name, asked, actor, counts, destroyed, verified)
        self._store.note_done(name, asked.erasure_id, self._now())
        return Erased(contact_id, asked.pseudonym, counts, verified, position)

    def _catch_up(self, installation: Installation, due: Sequence[Asked]) -> None:
        name = installation.name
        keys = self._keys(name)
        threads = (f"{THREAD}{each}" for each in self._store.threads(name))
        by_pseudonym = {pseudonym_of(keys, id_): id_ for id_ in (*self._store.contact_ids(name), *threads)}
        proven = {proof.entry.get("id") for proof in self.log.read().proofs_of(name)}
        for asked in due:
            contact_id = by_pseudonym.get(asked.pseudonym)
            if contact_id is not None:
                theirs = self._store.theirs(name, contact_id)
                self._erase(installation, contact_id, asked, theirs, actor="erasure log")
            else:
                if asked.erasure_id not in proven:
                    busy = not self._store.truncate_log(patience=LOG_PATIENCE_SECONDS)
                    left = {"rows": 0, "key_rows": 0, "checkpoint_busy": busy}
                    self._proven(name, asked, "erasure log", {}, set(asked.key_ids), left)
                self._store.note_done(name, asked.erasure_id, self._now())

    def _proven(
        self,
        name: str,
        asked: Asked,
        actor: str,
        counts: Mapping[str, int],
        destroyed: set[str],
        verified: Mapping[str, Any],
    ) -> int:
        policy = self._store.policy(name)
        entry = {
            "what": "erasure",
            "id": asked.erasure_id,
            "pseudonym": asked.pseudonym,
            "because": asked.because,
            "actor": actor,
            "policy_version": policy.version if policy else 0,
            "counts": dict(counts),
            "destroyed_keys": sorted(destroyed),
            "verified": dict(verified),
        }
        return self.proving.add(name, entry).position

    def _held_by(self, name: str, theirs: Theirs) -> tuple[str, ...]:
        now = self._now()
        return tuple(
            hold.id for hold in self._store.legal_holds(name) if is_held(theirs.labels, (hold,), now)
        )

    def _samples(self, name: str, theirs: Theirs) -> list[tuple[str, KeptText]]:
        found: list[tuple[str, KeptText]] = []
        for id_ in theirs.conversation_ids:
            found += [(id_, text) for text in self._store.kept_texts(name, id_)]
            if len(found) >= MOST_TRIED:
                break
        return found[:MOST_TRIED]

    def _tried(self, name: str, samples: Sequence[tuple[str, KeptText]]) -> dict[str, Any]:
        """Try to open destroyed texts with what is left: their owner's key, and every key of that name."""
        keys, opened = self._keys(name), 0
        for conversation_id, text in samples:
            key = self._store.contact_key(name, text.owner)
            opened += key is not None and _opens(conversation_id, text, key, keys)
        return {"texts_tried": len(samples), "texts_opened": opened}


def _opens(conversation_id: str, text: KeptText, key: WrappedKey, keys: InstallationKeys) -> bool:
    try:
        open_message(text, conversation_id, key, keys)
    except Unreadable:
        return False
    return True


def _loses_its_key(sample: tuple[str, KeptText], contact_id: str) -> bool:
    return not contact_id.startswith(THREAD) or sample[1].owner == f"conversation:{sample[0]}"


def may_have_written(installation: Installation) -> bool:
    """Whether any of our fields can hold a value on the platform."""
    return installation.field_ids is not None or installation.provider == "local"


def _row(asked: Asked) -> Erasure:
    return Erasure(
        asked.erasure_id, asked.pseudonym, asked.because, asked.asked_at, None, asked.readmitted_at
    )
