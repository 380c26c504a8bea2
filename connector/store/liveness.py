"""Whether the process that holds something still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def holder_here() -> str:
    """This process by name: host, process id, and start time, since ids are used again."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid()) or 0}"


def is_dead_here(holder: str) -> bool:
    """Whether `holder` was a process of this machine that is no more; False for what cannot be known."""
    host, pid, started = [*holder.split("/"), "", "", ""][:3]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    if not Path("/proc/self/stat").exists():
        return _is_gone(int(pid))
    return _started(int(pid)) != started


def _started(pid: int) -> str | None:
    """The start time in clock ticks since boot; None for a process that is gone or waits to be reaped."""
    try:
        # The second field is the program's name in brackets, and may hold spaces and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
