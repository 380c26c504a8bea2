"""What a process of ours does before anything else, so that its memory does not end up on a disk."""

from __future__ import annotations

import os
import resource
import sys

_PR_SET_DUMPABLE = 4


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
