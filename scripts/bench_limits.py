"""What a first reading costs under the platforms' documented limits, on a simulated clock that never waits.

Run: PYTHONPATH=. python scripts/bench_limits.py [--zendesk 20000] [--hubspot 2000]
Counts the requests per 1,000 tickets beside the fewest that the documented pages allow; the time beside the
shortest in which the share for history (two fifths of an account's calls, half of its exports) lets them
through; the same in a storm of refusals; and what a sync costs when nothing has happened. The clock stands
still but for waiting and for bulk updates, so nothing else is in the times.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import written_talk
from large_desk import SEED, LargeDesk, Served

from connector.bootstrap import Connector
from connector.budget import SharedBudget
from connector.errors import OverBudget, RetryLater
from connector.fields import fields_to_create
from connector.jobs.work import SYNC_EVERY, WORKER_PATIENCE
from connector.model import Installation, Role
from connector.opening import Opened
from connector.providers import hubspot, zendesk
from connector.providers.gate import Gate
from connector.providers.http import Http, plain_session
from connector.settings import Settings
from connector.sync import Options
from tests.fakes.clock import Clock
from tests.fakes.hubspot_pool import WsgiPool
from tests.fakes.hubspot_world import TOKEN, FixedTokens, HubSpotWorld
from tests.fakes.wsgi import WsgiAdapter
from tests.fakes.zendesk_world import ORIGIN
from tests.providers.world import Said

NAME = "desk"
MESSAGES = 3
SHARE = 0.5
JOB_SECONDS = 0.2
"""Of a hundred updates on a simulated clock: exports cannot tell of a thousand events in one second."""
FOR_HISTORY = 0.8
"""Of our calls to an account; the rest is left to what happens meanwhile (`budget.ROOM_FOR_LIVE_WORK`)."""
STORM = timedelta(minutes=10)
MOST_RATIO, MOST_RATIO_IN_STORM = 1.10, 1.20
QUIET_REQUESTS = {"zendesk": 6, "hubspot": 8}


class Account(Protocol):
    """An account in this process, with its documented limits."""

    platform: str
    clock: Clock

    def provider(self, gate: Gate | None, field_ids: Any) -> Any: ...
    def requests(self) -> int: ...
    def counts(self) -> Counter[str]: ...
    def refuse(self, seconds: float) -> None: ...
    def written(self) -> int: ...
    def fewest(self) -> dict[str, int]: ...
    def shortest(self) -> timedelta: ...


class Zendesk:
    """Tickets of three comments each: 10 exports, 100 bulk updates and 700 calls a minute."""

    platform = "zendesk"

    def __init__(self, count: int) -> None:
        self.clock = Clock()
        self.desk = LargeDesk(count, self.clock, is_limited=True, job_seconds=JOB_SECONDS)
        self.served = Served(self.desk)
        self.grant = self.desk.account.tokens.issue(self.desk.account.admin.id, expires_in=None)

    def provider(self, gate: Gate | None, field_ids: Any) -> Any:
        session = plain_session()
        session.mount("https://", WsgiAdapter(self.served))
        settings = {"subdomain": self.desk.account.subdomain, "user_id": str(self.desk.account.admin.id)}
        http = Http(ORIGIN, gate=gate or _gate(self), tokens=_token(self.grant.access_token), session=session)
        return zendesk.ZendeskProvider(http, settings=settings, field_ids=field_ids)

    def requests(self) -> int:
        return self.served.app.requests

    def counts(self) -> Counter[str]:
        return Counter(self.served.app.counts)

    def refuse(self, seconds: float) -> None:
        self.served.app.trouble.busy[:] = [(seconds, "seconds")]

    def written(self) -> int:
        return len(self.desk.values)

    def fewest(self) -> dict[str, int]:
        """Pages of a thousand tickets and a thousand events, a hundred tickets an update, ten jobs a look."""
        count = self.desk.count
        updates = ceil(count / 100)
        return {
            "exports": ceil(count / 1000) + ceil(MESSAGES * count / 1000),
            "updates": updates,
            "jobs": ceil(updates / 10),
        }

    def shortest(self) -> timedelta:
        """Exports are what is scarce: five a minute are ours."""
        few = self.fewest()
        minutes = max(few["exports"] / 5, few["updates"] / 50, sum(few.values()) / (350 * FOR_HISTORY))
        return timedelta(minutes=minutes)


class HubSpot:
    """Tickets with an inbox thread of three messages each: 110 calls in ten seconds, 5 searches a second."""

    platform = "hubspot"

    def __init__(self, count: int) -> None:
        self.clock, self.count = Clock(), count
        self.world = HubSpotWorld(burst=110, clock=self.clock)
        chance = random.Random(SEED)  # noqa: S311 - the same every time
        for _ in range(count):
            said = written_talk.talk(chance)
            roles = (Role.CUSTOMER, Role.AGENT, Role.CUSTOMER)
            self.world.add_conversation([Said(role, text) for role, text in zip(roles, said, strict=True)])
            self.world.tick(60)
        self.world.tick(3600)

    def provider(self, gate: Gate | None, field_ids: Any) -> Any:
        session = plain_session()
        session.mount("https://", WsgiAdapter(self.world.app))
        http = Http(hubspot.origin({}), gate=gate or _gate(self), tokens=FixedTokens(TOKEN), session=session)
        return hubspot.HubSpotProvider(http, settings={}, field_ids=field_ids, pool=WsgiPool(self.world.app))

    def requests(self) -> int:
        return len(self.world.requests)

    def counts(self) -> Counter[str]:
        paths = (f"{each.method} {each.path.partition('?')[0]}" for each in self.world.requests)
        return Counter(
            "/".join("{id}" if part.isdigit() else part for part in path.split("/")) for path in paths
        )

    def refuse(self, seconds: float) -> None:
        self.world.app.trouble._next.clear()  # noqa: SLF001 - the stand-in's
        self.world.be_busy(seconds=seconds)

    def written(self) -> int:
        return sum(1 for id_ in self.world.account.objects["tickets"] if self.world.values_of(id_))

    def fewest(self) -> dict[str, int]:
        """A call for each thread's messages; 200 tickets a search, 100 a look at what belongs to them
        (threads, contacts), and 100 an update."""
        return {
            "threads": self.count,
            "searches": ceil(self.count / 200),
            "batches": 2 * ceil(self.count / 100),
            "updates": ceil(self.count / 100),
        }

    def shortest(self) -> timedelta:
        """55 calls in ten seconds are ours, 44 of them for history."""
        few = self.fewest()
        calls = sum(few.values()) - few["searches"]
        return timedelta(seconds=max(10 * calls / (55 * FOR_HISTORY), few["searches"] / 2.5))


def _token(access_token: str) -> Any:
    return FixedTokens(access_token)


def _gate(account: Any, **options: Any) -> Gate:
    module = zendesk if account.platform == "zendesk" else hubspot
    return Gate(
        module.RATES,
        read_limits=module.read_limits,
        now=account.clock.now,
        sleep=account.clock.tick,
        **options,
    )


class OnAClock(Connector):
    """The application as it is; its calls end in this process, and waiting moves the clock."""

    def __init__(self, folder: Path, account: Account) -> None:
        settings = Settings(
            _env_file=None,
            database_url=f"sqlite:///{folder}/connector.db",
            master_key_file=folder / "keys/master.key",
            erasure_log=folder / "erasures.log",
            quota_share=SHARE,
        )
        super().__init__(settings, now=account.clock.now)
        self.account = account
        self.storm_until: datetime | None = None
        self._chance = random.Random(SEED)  # noqa: S311 - the same every time

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        gate = _gate(
            self.account,
            budget=SharedBudget(self.store, installation.name, share=SHARE, is_backfill=is_backfill),
            patience=patience,
            not_before_at=installation.not_before_at,
            on_blocked=lambda until: self.store.set_not_before(installation.name, until),
        )
        if self.storm_until is not None:
            enter = gate.enter

            def through_the_storm(*buckets: str) -> None:
                enter(*buckets)
                if self.storm_until is not None and self.now() < self.storm_until:
                    self.account.refuse(self._chance.choice((1, 5, 10, 30, 60)))

            gate.enter = through_the_storm  # type: ignore[method-assign]
        return Opened(self.account.provider(gate, installation.field_ids), gate)

    def connect_it(self) -> None:
        key = self.vault.new_installation_key(NAME)
        provider = self.account.provider(None, None)
        found = provider.check()
        saved = Installation(
            NAME, self.account.platform, found.id, found.name, {}, connected_at=self.account.clock.now()
        )
        self.store.save_installation(saved, sealed_token=None, wrapped_key=key)
        ids = provider.ensure_fields(fields_to_create(extended=False))
        self.store.set_fields(NAME, ids, is_extended=False, now=self.now())
        self.account.clock.tick(3600)


@dataclass(frozen=True)
class Read:
    """How a first reading went."""

    requests: Counter[str]
    took: timedelta
    runs: int


def read_all(app: OnAClock, *, storm: timedelta | None = None) -> Read:
    """The first reading as the worker does it, up to when it has nothing left to read."""
    account, clock = app.account, app.account.clock
    before, began = account.counts(), clock.now()
    if storm is not None:
        app.storm_until = began + timedelta(minutes=2) + storm
    runs = 0
    while True:
        runs += 1
        run = app.sync(NAME, Options(), patience=WORKER_PATIENCE)
        if run.error is None:
            return Read(account.counts() - before, clock.now() - began, runs)
        if not isinstance(run.error, RetryLater):
            raise run.error
        wait = (run.error.not_before_at - clock.now()).total_seconds()
        if not isinstance(run.error, OverBudget):  # the tick of the minute after finds it
            at = clock.now() + timedelta(seconds=max(wait, 0))
            wait += 60 - at.second - at.microsecond / 1e6
        clock.tick(max(wait, 0))


def quiet_cost(app: OnAClock) -> int:
    """The most requests of a sync while nothing happens there; the first ones still see our own writes."""
    costs = []
    for _ in range(4):
        app.account.clock.tick(SYNC_EVERY.total_seconds())
        run = app.sync(NAME, Options(), patience=WORKER_PATIENCE)
        if run.error is not None:
            raise run.error
        costs.append(run.requests)
    print(f"  quiet syncs: {costs} requests")
    return max(costs[2:])


def measure(make: Callable[[], Account]) -> bool:
    """Print the figures of a platform; whether all bars are met."""
    is_good = True
    for storm in (None, STORM):
        account = make()
        with tempfile.TemporaryDirectory() as folder:
            app = OnAClock(Path(folder), account)
            app.connect_it()
            read = read_all(app, storm=storm)
            is_good &= tell(account, read, storm)
            if storm is None:
                is_good &= quiet_cost(app) <= QUIET_REQUESTS[account.platform]
            app.store.close()
    return is_good


def tell(account: Account, read: Read, storm: timedelta | None) -> bool:
    """Print how a first reading went; whether it was fast enough."""
    few, least = account.fewest(), account.shortest()
    took = read.took
    if storm is None and isinstance(account, Zendesk) and account.desk.all_written_at is not None:
        print(f"  caught up with the echo of its own writes after {took.total_seconds() / 60:.1f} minutes")
    done_at = getattr(getattr(account, "desk", None), "all_written_at", None)
    if done_at is not None:
        took -= account.clock.now() - done_at
    allowed = least + (storm or timedelta(0))
    ratio = took / allowed
    name = account.platform + (" in a storm of 429 for ten minutes" if storm else "")
    total, fewest = sum(read.requests.values()), sum(few.values())
    print(f"{name}: {account.written():,} tickets written back after {took.total_seconds() / 60:.1f} minutes")
    print(f"  shortest {allowed.total_seconds() / 60:.1f} minutes: {ratio:.2f} x, in {read.runs} runs")
    print(f"  {total} requests, fewest {fewest} ({few}): {total / fewest:.2f} x")
    for path, count in read.requests.most_common(12):
        print(f"    {count:6} {path}")
    return ratio <= (MOST_RATIO_IN_STORM if storm else MOST_RATIO)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zendesk", type=int, default=20_000)
    parser.add_argument("--hubspot", type=int, default=2_000)
    given = parser.parse_args()
    good = [measure(lambda: Zendesk(given.zendesk)), measure(lambda: HubSpot(given.hubspot))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
