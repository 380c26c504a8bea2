"""How far each file of the folder has been read: the cursor of a local account."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from .folder import Source
from .records import instant
from .rows import Mark, prefix_checksum

_UNFINISHED = -1


@dataclass(frozen=True, slots=True)
class FileState:
    """How far one file has been read, and how it looked when its end was reached.

    The checksum has 32 bits: enough to see that a file was changed, too short to tell one text by.
    """

    position: int
    line: int
    checksum: int
    size: int = _UNFINISHED
    mtime_ns: int = 0


@dataclass(slots=True)
class Progress:
    """All states together; `text()` is the cursor."""

    files: dict[str, FileState] = field(default_factory=dict)
    since: datetime | None = None
    """Conversations that say they changed before this are left out, until the run has ended."""

    @classmethod
    def from_text(cls, text: str | None) -> Progress:
        """The progress a cursor stands for; a cursor that cannot be read begins again, and misses nothing."""
        try:
            value = json.loads(text or "{}")
            files = {str(name): FileState(*map(int, state)) for name, state in value.get("files", {}).items()}
            return cls(files, instant(value.get("since")))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls()

    def text(self) -> str:
        files = {
            name: [state.position, state.line, state.checksum, state.size, state.mtime_ns]
            for name, state in sorted(self.files.items())
        }
        since = self.since.isoformat() if self.since else None
        return json.dumps({"files": files, "since": since}, separators=(",", ":"))

    def is_read(self, source: Source) -> bool:
        """Whether the file looks as it did when it was read to its end."""
        state = self.files.get(source.name)
        return state is not None and (state.size, state.mtime_ns) == (source.size, source.mtime_ns)

    def mark_of(self, source: Source) -> Mark:
        """Where to go on: behind what was read when only something was added, else at the beginning."""
        state = self.files.get(source.name)
        if state is None or source.size < state.position:
            return Mark()
        if prefix_checksum(source.path, state.position) != state.checksum:
            return Mark()
        return Mark(state.position, state.line, state.checksum)

    def read_to(self, source: Source, mark: Mark) -> None:
        self.files[source.name] = FileState(mark.position, mark.line, mark.checksum)

    def finish(self, source: Source, mark: Mark) -> None:
        # BEHAVIOR 3: a file changed just now may change again without a new time; its bytes tell next time.
        mtime_ns = source.mtime_ns if source.is_settled else 0
        self.files[source.name] = FileState(mark.position, mark.line, mark.checksum, source.size, mtime_ns)

    def forget_all_but(self, sources: Iterable[Source]) -> None:
        names = {source.name for source in sources}
        self.files = {name: state for name, state in self.files.items() if name in names}
