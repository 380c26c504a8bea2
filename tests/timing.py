"""How long a piece of work takes, on a machine that does other things as well."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_seconds(work: Callable[[], object], *, enough: float = 0.0, tries: int = 5) -> float:
    """The least processor time, of this thread alone, of a few tries; one under `enough` ends them.

    What a busy machine adds is only ever more, so that the least try comes nearest to the work itself.
    """
    least = float("inf")
    for _ in range(tries):
        started = time.thread_time()
        work()
        least = min(least, time.thread_time() - started)
        if least < enough:
            break
    return least
