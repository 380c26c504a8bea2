"""What this process has read of which ticket; a chat that moved since is not written to (BEHAVIOR 23)."""

from __future__ import annotations

from datetime import datetime

from .mapping import Record, epoch, is_messaging

_UNGUARDED = -1
_LAG_SECONDS = 61
_MOST_REMEMBERED = 50_000


class Readings:
    """Per ticket the `updated_at` it was read at; only chats need guarding, their turns leave no events."""

    def __init__(self, began_at: datetime) -> None:
        self._horizon = int(began_at.timestamp()) - _LAG_SECONDS
        """What changed by then has been exported to this process, if it asked."""
        self._read: dict[str, int] = {}

    def note(self, ticket: Record) -> None:
        """This ticket has been read."""
        self._set(str(ticket["id"]), epoch(ticket.get("updated_at")) if is_messaging(ticket) else _UNGUARDED)

    def is_guarded(self, ticket_id: str) -> bool:
        """Whether it takes a look to know that the ticket may be written."""
        return self._read.get(ticket_id) != _UNGUARDED

    def has_moved(self, ticket: Record) -> bool:
        """Whether a chat, as it stands now, may hold a turn that nobody has read."""
        read_at = self._read.get(str(ticket["id"]), self._horizon)
        return is_messaging(ticket) and epoch(ticket.get("updated_at")) > read_at

    def release(self, ticket_id: str) -> None:
        """Our own write moves it now."""
        self._set(ticket_id, _UNGUARDED)

    def _set(self, ticket_id: str, second: int) -> None:
        if len(self._read) >= _MOST_REMEMBERED:
            self._read.clear()
        self._read[ticket_id] = second
