"""What one run over one installation did, counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .model import ConversationScore, Outcome


@dataclass(slots=True)
class WriteTally:
    """Outcomes of write-backs; `owed` is what is left after the run."""

    written: int = 0
    unchanged: int = 0
    gone: int = 0
    locked: int = 0
    rejected: int = 0
    owed: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one outcome."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)


@dataclass(slots=True)
class Tally:
    """Conversations seen = scored + unchanged + skipped + parked; messages are those of scored ones."""

    scored: int = 0
    unchanged: int = 0
    skipped: int = 0
    parked: int = 0
    messages: int = 0
    writes: WriteTally = field(default_factory=WriteTally)
    contact_writes: WriteTally = field(default_factory=WriteTally)

    @property
    def seen(self) -> int:
        return self.scored + self.unchanged + self.skipped + self.parked

    def count_scored(self, card: ConversationScore) -> None:
        """Count one scored conversation and its messages."""
        self.scored += 1
        self.messages += len(card.messages)

    def as_json(self) -> dict[str, Any]:
        """The counts in the form of `sync --json`."""
        counts = ("seen", "scored", "unchanged", "skipped", "parked")
        return {
            "conversations": {name: getattr(self, name) for name in counts},
            "messages": self.messages,
            "writes": asdict(self.writes),
            "contact_writes": asdict(self.contact_writes),
        }
