"""R-01: web and worker processes, schedulers included, are killed at random; nothing is lost or doubled."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from connector.store import Store
from tests.databases import Cluster
from tests.fakes.clock import Clock
from tests.fakes.words import own_words
from tests.fakes.wsgi import Lossy, serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_hooks import event
from tests.fakes.zendesk_limits import Window
from tests.fakes.zendesk_records import Ticket
from tests.redis_server import RedisServer, running_redis
from tests.standins.drive import Cli, seeded
from tests.standins.test_zendesk_standin import (
    assert_fields_stand,
    assert_same_as_undisturbed,
    set_up,
    values_by_title,
)

from .fleet import Fleet, fleet_of
from .oracle import counted_twice

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.sqlite]

HOST = "empathy.example.test"
TICKETS = 40
MOST_REQUESTS, MOST_PATIENCE_SECONDS, MOST_PAUSE_SECONDS = 14, 1.5, 0.15
QUIET_WITHIN_SECONDS = 120
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%'"
KINDS = ("plain", "plain", "angry", "thanks")
TEXTS = {
    "plain": "I am sorry that you had to wait. I will look into it today.",
    "angry": "This is the third time I have to ask. I am furious!",
    "thanks": "Thank you so much, you are a great help!",
}


@dataclass
class Desk:
    """The stand-in's account, and how often something was said on each ticket."""

    app: ZendeskApp
    rng: random.Random
    tickets: list[Ticket] = field(default_factory=list)
    news: Counter[int] = field(default_factory=Counter)

    def fill(self, count: int) -> None:
        account = self.app.account
        for number in range(count):
            customer = account.add_user(f"Customer {number}", f"c{number}@customers.example")
            self.tickets.append(account.add_ticket(customer.id))
            self.say(self.tickets[-1], number)

    def say(self, ticket: Ticket, key: object) -> None:
        kind = self.rng.choice(KINDS)
        by = self.app.account.agent.id if kind == "plain" else ticket.requester_id
        self.app.account.add_comment(ticket, by, f"{TEXTS[kind]} {own_words((kind, key, ticket.id))}")
        self.news[ticket.id] += 1

    def make_trouble(self) -> None:
        """Refusals and outages, which end by themselves."""
        if self.rng.random() < 0.05:
            self.app.be_busy(seconds=1)
        if self.rng.random() < 0.05:
            self.app.trouble.down += 2

    def tell(self, ticket: Ticket, fleet: Fleet) -> None:
        """One webhook, to any of the web processes; nobody tells again what was not heard."""
        hook = next(
            each for each in self.app.account.webhooks.values() if each.asked["name"].endswith("events")
        )
        told = {**event("ticket.comment_added", ticket.id), "id": str(self.rng.random())}
        body, headers = hook.delivery(told, datetime.now(UTC))
        address = f"http://127.0.0.1:{self.rng.choice(fleet.ports)}/webhooks/zendesk/desk"
        with suppress(requests.RequestException):
            requests.post(address, data=body, headers={**headers, "Host": HOST}, timeout=1)


def disturb_at_random(desk: Desk, fleet: Fleet, times: int, disturb: Callable[[], None]) -> None:
    """Each turn makes news, tells of some of it, and does something bad a random while after."""
    for turn in range(times):
        with desk.app.account.lock:
            for ticket in desk.rng.sample(desk.tickets, 3):
                desk.say(ticket, turn)
            desk.make_trouble()
            desk.app.account.clock.tick(61)
        if turn % 2:
            desk.tell(desk.rng.choice(desk.tickets), fleet)
        wait_for_work(desk)
        disturb()


def wait_for_work(desk: Desk) -> None:
    """Until a random number of requests later, and a random moment after that."""
    target = desk.app.requests + desk.rng.randint(0, MOST_REQUESTS)
    deadline = time.monotonic() + MOST_PATIENCE_SECONDS
    while desk.app.requests < target and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(desk.rng.uniform(0, MOST_PAUSE_SECONDS))


def wait_until_quiet(desk: Desk, store: Store) -> None:
    """Nobody is killed any more; what is left is worked off."""
    desk.app.account.clock.tick(61)
    told_at, deadline = desk.app.account.clock.now(), time.monotonic() + QUIET_WITHIN_SECONDS
    while time.monotonic() < deadline:
        desk.app.account.clock.tick(1)
        counts, installation = store.counts("desk"), store.installation("desk")
        through = installation.synced_through_at if installation else None
        is_whole = counts.conversations == len(desk.tickets) and not counts.owed + counts.parked
        if is_whole and through and not store.hints("desk", 1) and is_read(desk, store):
            return
        time.sleep(0.2)
    raise AssertionError(f"not quiet since {told_at}: {store.counts('desk')}")


def is_read(desk: Desk, store: Store) -> bool:
    """Whether every comment is in a scorecard."""
    said = {str(ticket.id): len(ticket.comments) for ticket in desk.tickets}
    known = ((id_, store.conversation("desk", id_)) for id_ in said)
    return all(here is not None and len(here.messages) == said[id_] for id_, here in known)


def ask_the_oracle(desk: Desk, store: Store, cli: Cli) -> None:
    assert list(counted_twice(store)) == []
    for ticket in desk.tickets:
        assert_fields_stand(desk.app, ticket)
        assert values_by_title(desk.app, ticket)
    for (ticket_id, field_id), values in desk.app.account.history.items():
        assert len(values) <= desk.news[ticket_id], (ticket_id, field_id, values)
    if store._database.engine.dialect.name == "sqlite":
        with store._database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert_same_as_undisturbed(cli, desk.app)


def run(
    cli: Cli,
    zendesk: ZendeskApp,
    url: str,
    *,
    webs: int,
    workers: int,
    times: int,
    disturb: Callable[[Fleet], None] = Fleet.kill_one,
) -> None:
    rng = seeded("kills")
    account = zendesk.account
    account.clock.tick(-63.0 * (times + 400))  # every turn moves it on, and never past ours
    for name in ("account", "incremental", "update_tickets", "conversation_log"):
        before = account.limits.windows[name]
        account.limits.windows[name] = Window(100_000, 60, before.header)
    desk = Desk(zendesk, rng)
    desk.fill(3)
    account.clock.tick(300)
    lossy = Lossy(zendesk, share=0, rng=random.Random(rng.random()))  # noqa: S311 - reproducible
    with serve(lossy) as origin:
        set_up(cli, zendesk, origin)
        assert account.webhooks
        assert cli.finish("sync", "desk").code == 0  # from here on its real limits are known
        lossy._share = 0.02
        desk.fill(TICKETS)
        account.clock.tick(61)
        store = Store.open(url)
        with closing(store), fleet_of(cli, store, rng, webs=webs, workers=workers) as fleet:
            began = time.monotonic()
            disturb_at_random(desk, fleet, times, lambda: disturb(fleet))
            took = time.monotonic() - began
            lossy._share = 0
            suspected = [row.error for row in store.parked("desk")]
            assert set(suspected) <= {"Died"}, suspected
            store.try_parked_again(
                "desk"
            )  # as an admin does: three deaths over one ticket look like its fault
            wait_until_quiet(desk, store)
            fleet.end()
            said = f"{times} times; {fleet.kills} kills, {fleet.kills_of_holders} at work, in {took:.0f} s"
            print(f"{said}; {len(suspected)} tickets were taken for the cause")  # noqa: T201
            ask_the_oracle(desk, store, cli)


@pytest.fixture
def zendesk() -> ZendeskApp:
    """An empty account on the real clock."""
    return ZendeskApp(ZendeskAccount(clock=Clock(at=None)))


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        if server is None:
            pytest.skip("Redis is not installed (Debian's package is redis-server)")
        yield server


KILLS = [
    pytest.param(100, id="hundred", marks=pytest.mark.slow),
    pytest.param(500, id="five hundred", marks=pytest.mark.long),
]


@pytest.mark.parametrize("kills", KILLS)
def test_r01_web_and_workers_on_sqlite_are_killed_and_nothing_is_lost_or_counted_twice(
    tmp_path: Path, zendesk: ZendeskApp, kills: int
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    cli = Cli(folder, {"CONNECTOR_BASE_URL": f"https://{HOST}"})
    run(cli, zendesk, f"sqlite:///{folder}/var/connector.db", webs=1, workers=2, times=kills)


@pytest.mark.parametrize("kills", KILLS)
def test_r01_two_webs_and_four_workers_on_postgresql_and_redis_are_killed_and_nothing_is_lost_either(
    tmp_path: Path, zendesk: ZendeskApp, postgres: Cluster, redis: RedisServer, kills: int
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    url = postgres.url_instead_of(tmp_path / "connector.db")
    settings = {"CONNECTOR_DATABASE_URL": url, "CONNECTOR_QUEUE_URL": redis.url}
    cli = Cli(folder, {**settings, "CONNECTOR_BASE_URL": f"https://{HOST}"})
    run(cli, zendesk, url, webs=2, workers=4, times=kills)


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(20, id="twenty", marks=pytest.mark.slow),
        pytest.param(200, id="two hundred", marks=pytest.mark.long),
    ],
)
def test_r27_r28_connections_are_cut_and_redis_is_flushed_or_killed_and_nothing_is_lost(
    tmp_path: Path, zendesk: ZendeskApp, postgres: Cluster, redis: RedisServer, times: int
) -> None:
    """Every connection to PostgreSQL is cut each time; Redis forgets all, or dies and comes back empty."""
    folder = tmp_path / "work"
    folder.mkdir()
    url = postgres.url_instead_of(tmp_path / "connector.db")
    settings = {"CONNECTOR_DATABASE_URL": url, "CONNECTOR_QUEUE_URL": redis.url}
    cli = Cli(folder, {**settings, "CONNECTOR_BASE_URL": f"https://{HOST}"})
    rng = seeded("cuts")

    def cut(_fleet: Fleet) -> None:
        postgres.execute(CUT)
        if (bad := rng.random()) < 0.2:
            with redis.client() as client:
                client.flushall()
        elif bad < 0.3:
            redis.kill()
            redis.start()

    run(cli, zendesk, url, webs=2, workers=4, times=times, disturb=cut)
