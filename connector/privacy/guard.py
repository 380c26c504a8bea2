"""Halts a purge when the clock cannot be trusted: a wrong date must not delete what people rely on."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ..model import ClockReading

MOST_MOVED: Final = timedelta(hours=24)
MOST_AT_ONCE: Final = 0.2


def read_clocks(now: datetime) -> ClockReading:
    """The wall clock, and beside it the seconds since the machine was started."""
    try:
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError, IndexError):
        return ClockReading(now, time.monotonic(), "")
    return ClockReading(now, uptime, boot)


def why_halted(now: ClockReading, last: ClockReading | None, *, due: int, kept: int) -> str | None:
    """Why this purge must wait for a person, in one sentence; None when it need not.

    Where the machine has run since the last purge, its uptime says how much time has passed, and the wall
    clock has to agree to within a day: then what is due now was bound to be due. Where nothing vouches for
    the wall clock, a purge of more than a fifth of all texts is held back instead.
    """
    if last is not None and now.at < last.at - MOST_MOVED:
        return (
            f"The clock says {now.at:%Y-%m-%d %H:%M} UTC, but texts were last purged at "
            f"{last.at:%Y-%m-%d %H:%M} UTC; set the clock, then run `empathy-connector purge`."
        )
    if last is not None and last.boot and last.boot == now.boot:
        passed = timedelta(seconds=now.uptime - last.uptime)
        if abs((now.at - last.at) - passed) > MOST_MOVED:
            return (
                "The clock was moved by more than a day since texts were last purged; if the time is right "
                "now, run `empathy-connector purge --confirm`."
            )
        return None
    if last is not None and due > MOST_AT_ONCE * kept:
        return (
            f"{due:,} of {kept:,} kept texts would be deleted at once, and since this machine was started "
            "nothing vouches for its clock; if the time is right, run `empathy-connector purge --confirm`."
        )
    return None
