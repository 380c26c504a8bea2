"""The folder of a local account: which files it has, and whether they can be used."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...errors import Misconfigured
from .index import Signature
from .rows import Row, Rows
from .scores import FILE_NAME as SCORES

CONTACTS = "contacts.jsonl"
DELETED = "deleted.jsonl"
MACROS = "macros.jsonl"
_NOT_CONVERSATIONS = frozenset({SCORES, CONTACTS, DELETED, MACROS})
_SUFFIXES = frozenset({".jsonl", ".json"})
_CLOCK_GRAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it stood when the folder was looked at."""

    path: Path
    signature: Signature
    is_settled: bool
    """Its last change is old enough that another one would show in its time."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def label(self) -> str:
        """The name, printable whatever bytes it has."""
        return self.name.encode("utf-8", "backslashreplace").decode()

    @property
    def size(self) -> int:
        return self.signature[0]

    @property
    def mtime_ns(self) -> int:
        return self.signature[1]

    @property
    def changed_at(self) -> datetime:
        return datetime.fromtimestamp(self.mtime_ns / 1e9, UTC)


class Folder:
    """Looks at the files; holds nothing."""

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now

    def require(self, *, writable: bool = False) -> None:
        """Raise Misconfigured, with the remedy, unless the folder can be used."""
        if not self.path.is_dir():
            what = "is not a folder" if self.path.exists() else "does not exist"
            raise Misconfigured(
                f"The folder {self.path} {what}; name a folder that holds .jsonl files with conversations."
            )
        if not os.access(self.path, os.R_OK | os.X_OK):
            raise Misconfigured(f"The folder {self.path} cannot be read; allow this user to read it.")
        if not writable:
            return
        if not os.access(self.path, os.W_OK):
            raise Misconfigured(
                f"The folder {self.path} cannot be written to; allow this user to write {SCORES} in it."
            )
        scores = self.path / SCORES
        if scores.exists() and not scores.is_file():
            raise Misconfigured(f"{scores} is not a file; move it away, the scores go there.")

    def conversation_files(self) -> list[Source]:
        """The files with conversations, in the order of their names."""
        found = (
            self.source(path.name)
            for path in sorted(self.path.iterdir())
            if path.suffix in _SUFFIXES and not path.name.startswith(".")
        )
        return [source for source in found if source and source.name not in _NOT_CONVERSATIONS]

    def source(self, name: str) -> Source | None:
        """The file of that name as it stands; None when there is none."""
        path = self.path / name
        try:
            status = path.stat()
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        settled_before = (self._now() - _CLOCK_GRAIN).timestamp() * 1e9
        return Source(
            path, (status.st_size, status.st_mtime_ns, status.st_ino), status.st_mtime_ns < settled_before
        )

    def rows_of(self, name: str) -> Iterator[Row]:
        """Every row of a file that may be missing."""
        if self.source(name):
            yield from Rows(self.path / name)
