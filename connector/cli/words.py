"""How values read on a terminal."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

COMMAND_LINE = "command line"
"""Who erased, in a proof: the way it was asked for, not a person's name."""


def as_time(instant: datetime | None) -> str | None:
    """RFC 3339 UTC, to the second; None stays None."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 conversation`, `2 conversations`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def whoever() -> str:
    """The login name of whoever runs the command, for records of who changed what."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
