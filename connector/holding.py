"""One sync at a time for each installation: a hold that is renewed while its process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from .errors import ConnectorError
from .store import Store
from .store.liveness import holder_here

RENEW_EVERY_SECONDS = 15.0


@contextmanager
def holding(store: Store, name: str, now: Callable[[], datetime]) -> Iterator[Store]:
    """Hold the installation for the body. Raises Busy naming the holder when somebody else has it.

    The store it gives refuses to write (Superseded) once somebody else has taken the installation over,
    because this process stood still for longer than a hold lasts.
    """
    holder = f"{holder_here()}/{uuid4().hex}"
    store.hold(name, holder, now=now())
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_EVERY_SECONDS):
            with suppress(ConnectorError):  # a late renewal is not worth the run; the next one follows
                store.renew_hold(name, holder, now())

    renewal = threading.Thread(target=renew, name=f"hold-{name}", daemon=True)
    renewal.start()
    try:
        yield store.held_by(name, holder)
    finally:
        done.set()
        renewal.join(RENEW_EVERY_SECONDS)
        store.release_hold(name, holder)
