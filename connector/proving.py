"""Writes and checks the proofs of erasure and other events that concern security.

A line of the erasure log comes first, then a row of the database, then a line of the program's own log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .privacy.erasure import ErasureLog, Kind, OpenLog
from .privacy.proof import Proof, faults, missing, next_proof
from .store import Store

log = logging.getLogger(__name__)


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
        with self._log.exclusively() as lines:
            self._put_back(lines, name)
            return self._add(lines, name, entry)

    def note(self, name: str, what: str, *, actor: str, **facts: Any) -> None:
        """Add an event that is no erasure to the chain: an export, another key, another policy."""
        self.add(name, {"what": what, "actor": actor, **facts})

    def put_back(self, name: str) -> int:
        """Give a database that was restored, or crashed, the entries it lacks; how many those were."""
        anchored = self._log.read().proofs_of(name)
        if len(anchored) <= len(self._stored(name)):
            return 0
        with self._log.exclusively() as lines:
            return self._put_back(lines, name)

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

    def _put_back(self, lines: OpenLog, name: str) -> int:
        lost = missing(self._stored(name), lines.lines().proofs_of(name))
        if lost:
            self._store.add_proofs([each.as_json() for each in lost])
            self._add(lines, name, {"what": "put back", "entries": len(lost)})
        return len(lost)

    def _add(self, lines: OpenLog, name: str, entry: Mapping[str, Any]) -> Proof:
        stored = self._stored(name)
        proof = next_proof(name, stored[-1] if stored else None, entry, self._now())
        lines.append(Kind.PROOF, at=proof.at, proof=proof.as_json())
        self._store.add_proofs([proof.as_json()])
        told = {"installation": name, "step": entry["what"], "actor": entry.get("actor", "schedule")}
        log.info("security event", extra=told)
        return proof
