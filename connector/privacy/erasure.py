"""What was asked to be erased: an append-only file that outlives the database, and a restore of it.

The file holds one JSON object a line: erasures and readmissions by a keyed digest of the contact's id,
disconnected installations, and every proof of erasure. It holds no name, no address and no text.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from ..errors import Misconfigured
from .proof import Proof

_VERSION: Final = 1


class Kind(StrEnum):
    """What a line of the log says."""

    ERASURE = "erasure"
    READMISSION = "readmission"
    DISCONNECTION = "disconnection"
    PROOF = "proof"


class Because(StrEnum):
    """Who or what asked for it."""

    REQUEST = "request"
    """An admin, for a person who asked."""
    DELETED_THERE = "deleted_there"
    """The platform no longer has the contact."""
    OPTED_OUT = "opted_out"
    DISCONNECTED = "disconnected"


class Digests(Protocol):
    """Keyed digests under an installation's key."""

    def fingerprint(self, parts: Iterable[bytes | str]) -> str: ...


def pseudonym_of(keys: Digests, contact_id: str) -> str:
    """What a contact is called once nothing else of them is kept; means nothing without the key."""
    return keys.fingerprint(("erased contact", contact_id))


@dataclass(frozen=True, slots=True)
class Asked:
    """One erasure that was asked for, as the log tells it."""

    erasure_id: str
    pseudonym: str
    because: str
    asked_at: datetime
    key_ids: tuple[str, ...] = ()
    readmitted_at: datetime | None = None
    """From when on the contact's conversations may be scored again."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The log as it was read."""

    known: Sequence[Mapping[str, Any]]
    unreadable: Sequence[int]
    """Numbers of lines that are none of ours."""

    def asked_of(self, installation: str, connected_at: datetime) -> list[Asked]:
        """Every erasure asked of this installation, oldest first."""
        found: list[Asked] = []
        for line in self._of(installation, connected_at):
            at = datetime.fromisoformat(line["at"])
            if line["kind"] == Kind.ERASURE:
                keys = tuple(line.get("key_ids", ()))
                found.append(Asked(line["id"], line["pseudonym"], line["because"], at, keys))
            elif line["kind"] == Kind.READMISSION:
                found = [
                    replace(each, readmitted_at=each.readmitted_at or at)
                    if each.pseudonym == line["pseudonym"]
                    else each
                    for each in found
                ]
        return found

    def is_disconnected(self, installation: str, connected_at: datetime) -> bool:
        """Whether this very installation was disconnected; one connected again later is another."""
        return any(line["kind"] == Kind.DISCONNECTION for line in self._of(installation, connected_at))

    def unproven_disconnections(self) -> list[tuple[str, str]]:
        """(installation, connected at) of those that a crash may have left half done."""
        open_: dict[tuple[str, str], None] = {}
        for line in self.known:
            if line["kind"] == Kind.DISCONNECTION:
                open_[line["installation"], line["connected_at"]] = None
            elif line["kind"] == Kind.PROOF and "connected_at" in line["proof"]["entry"]:
                open_.pop((line["proof"]["installation"], line["proof"]["entry"]["connected_at"]), None)
        return list(open_)

    def proven(self) -> list[str]:
        """The installations that have proofs."""
        return sorted({line["proof"]["installation"] for line in self.known if line["kind"] == Kind.PROOF})

    def proofs_of(self, installation: str) -> list[Proof]:
        """Every proof of an installation's name, in the order of the file."""
        return [
            Proof.from_json(line["proof"])
            for line in self.known
            if line["kind"] == Kind.PROOF and line["proof"]["installation"] == installation
        ]

    def _of(self, installation: str, connected_at: datetime) -> Iterator[Mapping[str, Any]]:
        at = connected_at.isoformat()
        for line in self.known:
            if line.get("installation") == installation and line.get("connected_at") == at:
                yield line


class OpenLog:
    """The log while no other process can add to it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def lines(self) -> Lines:
        """Everything that is in it now."""
        return _parsed(self._path.read_bytes())

    def append(self, kind: Kind, **content: Any) -> None:
        """Add a line and see it to the disk, whole or not at all. Raises Misconfigured."""
        line = json.dumps({"v": _VERSION, "kind": kind, **content}, sort_keys=True).encode() + b"\n"
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # a crash or a foreign hand left half a line; ours begins anew
        try:
            left = line
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, size)
            raise _unwritable(self._path, error) from None


class ErasureLog:
    """The file that CONNECTOR_ERASURE_LOG names; mode 600, added to and never rewritten."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Lines:
        """What is in it; nothing when there is no file yet. Raises Misconfigured when it cannot be read."""
        try:
            return _parsed(self.path.read_bytes())
        except FileNotFoundError:
            return Lines((), ())
        except OSError as error:
            raise Misconfigured(
                f"The erasure log {self.path} cannot be read ({error.strerror}), and erasures may not be "
                "forgotten; make it readable for this user."
            ) from None

    @contextmanager
    def exclusively(self) -> Iterator[OpenLog]:
        """The log, made if it is missing, with every other writer waiting. Raises Misconfigured."""
        try:
            descriptor = self._open()
        except OSError as error:
            raise _unwritable(self.path, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield OpenLog(self.path, descriptor)
        finally:
            os.close(descriptor)

    def append(self, kind: Kind, **content: Any) -> None:
        """Add one line. Raises Misconfigured."""
        with self.exclusively() as log:
            log.append(kind, **content)

    def _open(self) -> int:
        is_new = not self.path.exists()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        if is_new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return descriptor


_NEEDED: Final[Mapping[str, Mapping[str, type]]] = {
    Kind.ERASURE: {"id": str, "installation": str, "connected_at": str, "pseudonym": str, "because": str},
    Kind.READMISSION: {"installation": str, "connected_at": str, "pseudonym": str},
    Kind.DISCONNECTION: {"installation": str, "connected_at": str},
    Kind.PROOF: {"proof": dict},
}


def _parsed(content: bytes) -> Lines:
    known, unreadable = [], []
    for number, raw in enumerate(content.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            line = json.loads(raw)
            _require_ours(line)
        except (ValueError, KeyError, TypeError, RecursionError):
            unreadable.append(number)
        else:
            known.append(line)
    return Lines(known, unreadable)


def _require_ours(line: Any) -> None:
    needed = {"v": int, "at": str, **_NEEDED[line["kind"]]}
    if line["v"] != _VERSION or not all(isinstance(line[name], type_) for name, type_ in needed.items()):
        raise ValueError(line["kind"])
    if datetime.fromisoformat(line["at"]).tzinfo is None:
        raise ValueError(line["at"])
    if line["kind"] == Kind.PROOF:
        Proof.from_json(line["proof"])


def _unwritable(path: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"The erasure log {path} cannot be written ({error.strerror}); make room for it and its folder "
        "writable, or set CONNECTOR_ERASURE_LOG to another place."
    )
