"""How often one address may try something. Each process counts for itself: two allow twice as much."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from flask import request
from werkzeug.exceptions import TooManyRequests

from .access import LOOPBACK

MOST_ADDRESSES = 10_000
"""How many addresses are remembered; the one that was silent longest is forgotten first."""
WINDOW_SECONDS = 60.0


class Rates:
    """At most `most` tries of one address in any minute."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def seconds_to_wait(self, address: str) -> float:
        """Count one try; 0 when it is allowed, else how long until the next one is."""
        now = self._clock()
        with self._lock:
            tries = self._tries.setdefault(address, deque())
            self._tries.move_to_end(address)
            while len(self._tries) > MOST_ADDRESSES:
                self._tries.popitem(last=False)
            while tries and now - tries[0] >= WINDOW_SECONDS:
                tries.popleft()
            if len(tries) >= self._most:
                return WINDOW_SECONDS - (now - tries[0])
            tries.append(now)
            return 0.0

    def require(self) -> None:
        """Answer 429 when the caller has tried too often."""
        if wait := self.seconds_to_wait(caller_address()):
            raise TooManyRequests(retry_after=int(wait) + 1)


def caller_address() -> str:
    """Where a request comes from: the peer, or what the proxy on this machine saw as its peer."""
    peer = request.remote_addr or "unknown"
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return (forwarded or peer)[:64] if peer in LOOPBACK else peer
