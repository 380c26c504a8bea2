"""R-12: real processes whose clock is wrong, by Debian's faketime: nothing is lost, and nothing purged."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from connector.store import Store
from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_hooks import event
from tests.fakes.zendesk_records import Ticket
from tests.standins.drive import Cli
from tests.standins.test_zendesk_standin import (
    assert_fields_stand,
    assert_same_as_undisturbed,
    set_up,
)

from .fleet import free_port

pytestmark = [pytest.mark.slow, pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.sqlite]

LIBRARY = [str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
HOST = "empathy.example.test"
SKEWS = ("+10m", "-10m", "+26h", "-26h", "+0")
RIGHT = "+0"
EXPORT_LAG_SECONDS = 61


@pytest.fixture
def zendesk() -> Iterator[tuple[ZendeskApp, str]]:
    """An account on the right clock, and its address."""
    if not LIBRARY:
        pytest.skip("faketime is not installed (Debian's package is faketime)")
    app = ZendeskApp(ZendeskAccount(clock=Clock(at=None)))
    with serve(app) as origin:
        yield app, origin


def cli_at(folder: Path, skew: str) -> Cli:
    """The command line, whose processes take all their clocks to be off by so much."""
    off = {"LD_PRELOAD": LIBRARY[0], "FAKETIME": skew}
    address = {"CONNECTOR_BASE_URL": f"https://{HOST}"}
    return Cli(folder, address if skew == RIGHT else {**address, **off})


def news(app: ZendeskApp, number: int) -> Ticket:
    """A ticket with a reply, said a while ago."""
    account = app.account
    with account.lock:
        customer = account.add_user(f"Customer {number}", f"c{number}@customers.example")
        ticket = account.add_ticket(customer.id)
        account.add_comment(ticket, customer.id, f"Parcel {number} is three weeks late, I am furious!")
        account.add_comment(ticket, account.agent.id, f"I am sorry about parcel {number}. I will call today.")
        account.clock.tick(EXPORT_LAG_SECONDS)
    return ticket


def worked(cli: Cli, seconds: float = 4) -> None:
    """A worker that runs for a while: it purges, then syncs what is due."""
    worker = cli.start("worker")
    time.sleep(seconds)
    worker.terminate()
    try:
        worker.wait(timeout=30)
    except subprocess.TimeoutExpired:
        worker.kill()
        raise


def test_r12_processes_that_are_off_by_minutes_or_a_day_lose_nothing_and_purge_nothing(
    tmp_path: Path, zendesk: tuple[ZendeskApp, str]
) -> None:
    app, origin = zendesk
    app.account.clock.tick(-float(EXPORT_LAG_SECONDS * (len(SKEWS) + 2)))
    folder = tmp_path / "work"
    folder.mkdir()
    cli = cli_at(folder, RIGHT)
    set_up(cli, app, origin)
    assert cli.run("policy", "desk", "--mode", "redact", "--keep", "1d").code == 0
    tickets = [news(app, 0)]
    assert cli.finish("sync", "desk").code == 0
    with closing(Store.open(f"sqlite:///{folder}/var/connector.db")) as store:
        kept = store.kept_count()
        assert kept
        for number, skew in enumerate(SKEWS, start=1):
            tickets.append(news(app, number))
            wrong = cli_at(folder, skew)
            worked(wrong)
            run = wrong.finish("sync", "desk")
            assert run.code == 0, (skew, run.err)
            for ticket in tickets:
                assert_fields_stand(app, ticket)
            assert store.kept_count() >= kept, (skew, "what is kept for a day was purged by a wrong clock")
            kept = store.kept_count()
    assert_same_as_undisturbed(cli, app)


def test_r12_a_webhook_is_refused_only_outside_the_window_and_the_next_sync_finds_what_it_told(
    tmp_path: Path, zendesk: tuple[ZendeskApp, str]
) -> None:
    app, origin = zendesk
    app.account.clock.tick(-float(EXPORT_LAG_SECONDS * 5))
    folder = tmp_path / "work"
    folder.mkdir()
    cli = cli_at(folder, RIGHT)
    set_up(cli, app, origin)
    tickets = []
    for number, (skew, answer) in enumerate((("+2m", 200), ("+10m", 401), ("-26h", 401))):
        tickets.append(news(app, number))
        assert told(app, cli_at(folder, skew), tickets[-1]) == answer, skew
    assert cli.finish("sync", "desk").code == 0
    for ticket in tickets:
        assert_fields_stand(app, ticket)


def told(app: ZendeskApp, cli: Cli, ticket: Ticket) -> int:
    """What a server of its own answers to a webhook about the ticket."""
    hook = next(each for each in app.account.webhooks.values() if each.asked["name"].endswith("events"))
    port = free_port()
    server = cli.start("serve", "--port", str(port))
    try:
        wait_for(port)
        news_of = {**event("ticket.comment_added", ticket.id), "id": str(ticket.id)}
        body, headers = hook.delivery(news_of, datetime.now(UTC))
        address = f"http://127.0.0.1:{port}/webhooks/zendesk/desk"
        return requests.post(address, data=body, headers={**headers, "Host": HOST}, timeout=10).status_code
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": HOST}, timeout=2)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server does not answer")
