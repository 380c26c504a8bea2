"""What a process of ours does before anything else, so that its memory does not end up on a disk."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""As `malloc.h` of the GNU C library numbers them."""
_LARGE_BYTES = 128 * 1024


def harden(*, is_brief: bool = False) -> None:
    """No core dumps, no look into our memory for other processes of this user, and files for us alone.

    `is_brief` leaves the second out: it needs ctypes, which takes longer to load than `score` may lose.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and not is_brief:
        import ctypes

        # None is this program itself, in which the C library is loaded already.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def share_one_heap() -> None:
    """All threads of this process take memory from one heap, and give large pieces back at once.

    By default the GNU C library keeps a heap for each thread, each as large as the largest page of tickets
    that this thread once read. Other C libraries have nothing of the kind, and are left alone.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)
