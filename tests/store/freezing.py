"""A process to be stopped and woken: for each line it hears, it writes pages until it has lost its hold."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from connector import holding
from connector.errors import Busy, Superseded
from connector.store import Store, holds

from .samples import put, record

LEASE = timedelta(seconds=0.3)


def now() -> datetime:
    return datetime.now(UTC)


def shorten_leases() -> None:
    holding.RENEW_EVERY_SECONDS = 0.05
    for function in (holds.Holds.hold, holds.Holds.renew_hold):
        assert function.__kwdefaults__ is not None
        function.__kwdefaults__["ttl"] = LEASE


def write_until_superseded(store: Store) -> None:
    count = 0
    with holding.holding(store, "shop", now) as held:
        print("writing", flush=True)  # noqa: T201 - the test listens
        while True:
            put(held, record("1", fingerprint=f"frozen-{count}"))
            count += 1
            time.sleep(0.05)  # as long as scoring a page takes, outside of any transaction


def main(url: str) -> None:
    shorten_leases()
    store = Store.open(url)
    for _ in sys.stdin:
        try:
            write_until_superseded(store)
        except Superseded:
            print("superseded", flush=True)  # noqa: T201
        except Busy:
            print("busy", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
