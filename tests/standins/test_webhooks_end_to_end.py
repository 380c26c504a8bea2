"""From a webhook to the written field, with the real server, the real worker, and Zendesk's stand-in."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.fakes.words import own_words
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_hooks import Webhook, event
from tests.fakes.zendesk_records import Ticket

from .drive import Cli
from .test_zendesk_standin import set_up, values_by_title

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.slow]

HOST = "empathy.example.test"
MESSAGES = 12
WITHIN_SECONDS = 30


@pytest.fixture
def server(tmp_path: Path, zendesk: ZendeskApp, zendesk_origin: str) -> Iterator[str]:
    """The address of a running `up`; the account is connected and has told us its webhooks."""
    folder = tmp_path / "work"
    folder.mkdir()
    cli = Cli(folder, {"CONNECTOR_BASE_URL": f"https://{HOST}"})
    set_up(cli, zendesk, zendesk_origin)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = cli.start("up", "--port", str(port))
    try:
        yield wait_for(f"http://127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def wait_for(address: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/healthz", timeout=5).ok:
                return address
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def hook(zendesk: ZendeskApp) -> Webhook:
    found: Webhook = next(
        each for each in zendesk.account.webhooks.values() if each.asked["name"].endswith("events")
    )
    return found


def tell(server: str, zendesk: ZendeskApp, ticket: Ticket, *, kind: str = "ticket.comment_added") -> int:
    body, headers = hook(zendesk).delivery(event(kind, ticket.id), zendesk.account.clock.now())
    answer = requests.post(
        f"{server}/webhooks/zendesk/desk", data=body, headers={**headers, "Host": HOST}, timeout=10
    )
    return answer.status_code


def test_a_new_message_is_a_written_field_within_thirty_seconds(server: str, zendesk: ZendeskApp) -> None:
    account = zendesk.account
    took = []
    for number in range(MESSAGES):
        customer = account.add_user(f"Customer {number}", f"c{number}@customers.example")
        ticket = account.add_ticket(customer.id)
        account.add_comment(ticket, customer.id, f"Where is my order? I am upset. {own_words(number)}")
        account.add_comment(ticket, account.agent.id, f"I am sorry about the delay of {own_words(number)}.")
        told_at = time.monotonic()
        assert tell(server, zendesk, ticket) == 200
        while "Empathy band" not in values_by_title(zendesk, ticket):
            assert time.monotonic() - told_at < 2 * WITHIN_SECONDS, "the field was never written"
            time.sleep(0.1)
        took.append(time.monotonic() - told_at)
    took.sort()
    assert took[int(0.95 * len(took))] < WITHIN_SECONDS, took
