"""An account installed in the browser, then used by many processes: rotation, a revoked grant, and after."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.sync import Options
from tests.web.browsers import KIND, UPSET
from tests.web.installs import Install, installs

from .drive import Cli

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.slow]
PROCESSES = 8


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Install]:
    """Installed, with its fields, and started."""
    with installs(tmp_path) as made:
        add_tickets(made, 6)
        set_up(made, "zendesk", "shop")
        yield made


def set_up(place: Install, provider: str, name: str) -> None:
    browser = place.browser()
    assert place.install(browser, provider).status_code == 303
    for step, form in (
        ("scope", {}),
        ("retention", {"mode": "drop"}),
        ("guidelines", {"accepted": "yes"}),
        ("fields", {}),
        ("start", {}),
    ):
        assert browser.post(f"/admin/{name}/setup/{step}", form).status_code == 303


def add_tickets(place: Install, count: int, *, minutes_ago: int = 30) -> None:
    account, now = place.zendesk.account, datetime.now(UTC)
    with account.lock:
        for number in range(count):
            at = now - timedelta(minutes=minutes_ago, seconds=number)
            user = account.add_user(f"Customer {number}", f"c{number}@customers.example")
            ticket = account.add_ticket(user.id, subject=f"Order {number}", at=at)
            account.add_comment(ticket, user.id, UPSET.format(number), at=at)
            account.add_comment(ticket, account.agent.id, KIND.format(number), at=at + timedelta(minutes=1))


@pytest.fixture
def cli(place: Install) -> Cli:
    """Other processes over the same database, key and client."""
    settings, folder = place.app.settings, place.server.folder
    clients = {name: settings.client(name) for name in ("zendesk", "hubspot")}
    work = folder / "work"
    work.mkdir()
    return Cli(
        work,
        {
            "CONNECTOR_DATABASE_URL": settings.database_url,
            "CONNECTOR_MASTER_KEY_FILE": str(settings.master_key_file),
            "CONNECTOR_ERASURE_LOG": str(settings.erasure_log),
            **{f"CONNECTOR_{name.upper()}_CLIENT_ID": client[0] or "" for name, client in clients.items()},
            **{
                f"CONNECTOR_{name.upper()}_CLIENT_SECRET": client[1] or "" for name, client in clients.items()
            },
        },
    )


def test_eight_processes_that_all_need_a_new_token_never_have_one_refused(place: Install, cli: Cli) -> None:
    tokens = place.zendesk.account.tokens
    before = tokens.refreshes
    with place.zendesk.account.lock:
        for grant in tokens.grants:
            grant.expires_at = datetime.now(UTC)
    check_at_once(cli, "shop")
    assert tokens.refreshes == before + 1
    assert tokens.refused == 0


def check_at_once(cli: Cli, name: str) -> None:
    started: list[subprocess.Popen[bytes]] = [cli.start("check", name) for _ in range(PROCESSES)]
    codes = {process.wait(timeout=240) for process in started}
    assert codes <= {0, 3}, "the account's share of calls may send one away for later; none is refused"
    assert 0 in codes


@pytest.mark.parametrize("rotates", [True, False])
def test_eight_processes_renew_hubspots_token_once_whether_or_not_that_kills_the_old_pair(
    place: Install, cli: Cli, rotates: bool
) -> None:
    set_up(place, "hubspot", "desk")
    account = place.hubspot.account
    account.rotates = rotates
    before = account.refreshes
    for grant in account.grants.values():
        grant.expires_at = datetime.now(UTC)
    check_at_once(cli, "desk")
    assert account.refreshes == before + 1
    assert account.refused_refreshes == 0
    assert place.app.sync("desk", Options(), patience=timedelta(seconds=60)).error is None
    assert account.refreshes == before + 1


def test_a_revoked_grant_is_asked_about_once_and_nothing_is_lost_by_it(place: Install, cli: Cli) -> None:
    assert cli.finish("sync", "shop").code == 0
    with place.zendesk.account.lock:
        for grant in place.zendesk.account.tokens.grants:
            grant.is_dead = True
    add_tickets(place, 4, minutes_ago=20)  # after those that the sync has passed, however fast it was
    assert cli.run("sync", "shop").code == 4
    assert place.app.installation("shop").needs_authorization
    arrived = place.zendesk.requests
    for _ in range(4):
        assert cli.run("sync", "shop").code == 4
        assert place.app.sync("shop", Options(), patience=timedelta(0)).error is not None
    assert place.zendesk.requests == arrived, "a refused account is left in peace"
    assert place.install(place.browser(), "zendesk").status_code == 303
    assert not place.app.installation("shop").needs_authorization
    assert cli.finish("sync", "shop").code == 0
    place.zendesk.settle()
    account = place.zendesk.account
    field = next(each.id for each in account.custom_fields() if each.title == "Empathy band")
    assert len(account.tickets) == 10
    assert all(ticket.values.get(field) for ticket in account.tickets.values())
