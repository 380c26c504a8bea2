"""Writes and checks the proofs of erasure: a line of the erasure log first, then a row of the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .privacy.erasure import ErasureLog, Kind, OpenLog
from .privacy.proof import Proof, faults, missing, next_proof
from .store import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an installation's proofs are whole."""

    entries: tuple[Proof, ...]
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.faults


class Proving:
    """The chains of proofs, in the database and anchored in the erasure log."""

    def __init__(self, store: Store, log: ErasureLog, now: Callable[[], datetime]) -> None:
        self._store = store
        self._log = log
        self._now = now

    def add(self, name: str, entry: Mapping[str, Any]) -> Proof:
        """Prove something; it is on the disk twice when this returns. Raises Misconfigured."""
        with self._log.exclusively() as log:
            self._put_back(log, name)
            return self._add(log, name, entry)

    def put_back(self, name: str) -> int:
        """Give a database that was restored, or crashed, the entries it lacks; how many those were."""
        anchored = self._log.read().proofs_of(name)
        if len(anchored) <= len(self._stored(name)):
            return 0
        with self._log.exclusively() as log:
            return self._put_back(log, name)

    def verify(self, name: str) -> Verdict:
        """Whether every entry is there, unchanged and in its place; nothing is mended."""
        anchored = self._log.read().proofs_of(name)
        try:
            stored = self._stored(name)
        except (ValueError, TypeError, AttributeError):
            return Verdict((), ("An entry in the database was changed: it cannot be read any more.",))
        return Verdict(tuple(stored), tuple(faults(stored, anchored)))

    def _stored(self, name: str) -> list[Proof]:
        return [Proof.from_json(each) for each in self._store.proofs(name)]

    def _put_back(self, log: OpenLog, name: str) -> int:
        lost = missing(self._stored(name), log.lines().proofs_of(name))
        if lost:
            self._store.add_proofs([each.as_json() for each in lost])
            self._add(log, name, {"what": "put back", "entries": len(lost)})
        return len(lost)

    def _add(self, log: OpenLog, name: str, entry: Mapping[str, Any]) -> Proof:
        stored = self._stored(name)
        proof = next_proof(name, stored[-1] if stored else None, entry, self._now())
        log.append(Kind.PROOF, at=proof.at, proof=proof.as_json())
        self._store.add_proofs([proof.as_json()])
        return proof
