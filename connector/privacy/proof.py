"""Proofs of erasure: a chain of entries, each bound to the one before it; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

BEGINNING: Final = "0" * 64
"""What the first entry of a chain follows."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry: what was erased, and how that was checked; nothing in it names a person."""

    installation: str
    position: int
    """1 for the first entry of an installation's name."""
    at: str
    """RFC 3339 UTC."""
    entry: Mapping[str, Any]
    previous: str
    """The hash of the entry before."""
    hash: str

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Proof:
        """An entry as `as_json` gives it. Raises KeyError, TypeError or ValueError for anything else."""
        proof = cls(**{name: content[name] for name in cls.__dataclass_fields__})
        texts = (proof.installation, proof.at, proof.previous, proof.hash)
        if not all(isinstance(each, str) for each in texts) or type(proof.position) is not int:
            raise TypeError(proof.position)
        if not isinstance(proof.entry, Mapping):
            raise TypeError(type(proof.entry))
        return proof

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def own_hash(self) -> str:
        """What `hash` has to be."""
        content = {name: value for name, value in self.as_json().items() if name != "hash"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def next_proof(installation: str, head: Proof | None, entry: Mapping[str, Any], at: datetime) -> Proof:
    """The entry that follows `head`, or begins the chain."""
    position, previous = (head.position + 1, head.hash) if head else (1, BEGINNING)
    draft = Proof(installation, position, at.isoformat(), dict(entry), previous, hash="")
    return Proof(installation, position, draft.at, draft.entry, previous, draft.own_hash())


def faults(stored: Sequence[Proof], anchored: Sequence[Proof]) -> list[str]:
    """What is wrong with an installation's chain, in sentences; nothing when it is whole.

    `stored` are the entries of the database in the order they were added, `anchored` those of the erasure
    log: an entry that was changed, taken out, put in or moved in either of them shows.
    """
    found = []
    before = BEGINNING
    for number, proof in enumerate(stored, 1):
        if proof.position != number:
            found.append(f"Entry {number} is missing or not in its place: number {proof.position} is there.")
            return found
        if proof.hash != proof.own_hash():
            found.append(f"Entry {number} was changed: it does not have its own hash.")
        if proof.previous != before:
            found.append(f"Entry {number} does not follow the one before it.")
        before = proof.hash
    for number, (ours, theirs) in enumerate(zip(stored, anchored, strict=False), 1):
        if ours != theirs:
            found.append(f"Entry {number} is not the one that the erasure log has.")
    if len(stored) < len(anchored):
        found.append(f"Of {len(anchored)} entries in the erasure log, the database has {len(stored)}.")
    if len(stored) > len(anchored):
        found.append(f"Of {len(stored)} entries in the database, the erasure log has {len(anchored)}.")
    return found


def missing(stored: Sequence[Proof], anchored: Sequence[Proof]) -> list[Proof]:
    """The entries at the end that the database lacks, after a restore or a crash: only when both agree
    on all before, so that a chain that was tampered with is never made to look whole."""
    if list(stored) != list(anchored[: len(stored)]):
        return []
    return list(anchored[len(stored) :])
