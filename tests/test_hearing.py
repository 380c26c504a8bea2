"""From a webhook to the written field, with a Zendesk account that is really called."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from connector.bootstrap import Connector
from connector.errors import OverBudget
from connector.fields import fields_to_create
from connector.model import Installation, Token
from connector.opening import COMMAND_PATIENCE
from connector.settings import Settings
from connector.sync import Options
from connector.web import create_app
from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_hooks import Webhook, event
from tests.fakes.zendesk_records import Ticket
from tests.on_disk import contents

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

PUBLIC = "https://empathy.example.test"
UPSET = "My order is three weeks late and nobody answers. I am furious."
KIND = "I am so sorry that your order is three weeks late. I have called the depot and will ring you at 4 pm."


class Desk:
    """One account, our server, and whoever the server asked to look."""

    def __init__(self, app: Connector, web: Flask, fake: ZendeskApp) -> None:
        self.app, self.web, self.fake = app, web, fake
        self.woken: list[str] = []
        web.extensions["queue"] = self

    def look_soon(self, name: str) -> None:
        """What the worker's queue is asked for."""
        self.woken.append(name)

    @property
    def account(self) -> ZendeskAccount:
        return self.fake.account

    def hook(self, purpose: str = "events") -> Webhook:
        return next(each for each in self.account.webhooks.values() if each.asked["name"].endswith(purpose))

    def ticket(self, *, at: datetime | None = None) -> Ticket:
        customer = self.account.add_user("Kim", "kim@customers.example")
        ticket = self.account.add_ticket(customer.id, at=at)
        self.account.add_comment(ticket, customer.id, UPSET, at=at)
        self.account.add_comment(ticket, self.account.agent.id, KIND, at=at)
        return ticket

    def deliver(self, body: dict[str, Any], **changed: Any) -> TestResponse:
        raw, headers = self.hook().delivery(body, self.account.clock.now())
        path = changed.pop("path", "/webhooks/zendesk/desk")
        return self.web.test_client().post(
            path,
            base_url=PUBLIC,
            data=changed.pop("data", raw),
            headers={**headers, **changed.pop("headers", {})},
        )

    def band(self, ticket: Ticket) -> str | None:
        self.fake.settle()
        titles = {each.id: each.title for each in self.account.custom_fields()}
        return {titles[key]: value for key, value in ticket.values.items()}.get("Empathy band")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    fake = ZendeskApp(ZendeskAccount(clock=Clock(at=None)))
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/connector.db",
        queue_url=f"sqlite:///{tmp_path}/queue.db",
        master_key_file=tmp_path / "keys/master.key",
        erasure_log=tmp_path / "erasures.log",
        base_url=PUBLIC,
        hubspot_client_secret="not-a-secret",
    )
    with serve(fake) as origin:
        app = Connector(settings)
        grant = fake.account.tokens.issue(fake.account.admin.id, expires_in=None)
        place = {"subdomain": fake.account.subdomain, "api_origin": origin}
        app.connect("desk", "zendesk", place, Token(grant.access_token))
        opened = app.open(app.installation("desk"), patience=COMMAND_PATIENCE)
        ids = dict(opened.provider.ensure_fields(fields_to_create(extended=False)))
        app.store.set_fields("desk", ids, is_extended=False, now=app.now())
        assert app.ensure_hooks("desk")
        yield Desk(app, create_app(app), fake)
        app.store.close()


def test_both_webhooks_are_made_once_and_their_secrets_are_sealed(desk: Desk, tmp_path: Path) -> None:
    assert desk.app.ensure_hooks("desk")
    assert sorted(each.asked["name"] for each in desk.account.webhooks.values()) == [
        "Empathy Connector: events",
        "Empathy Connector: triggers",
    ]
    assert {each.asked["endpoint"] for each in desk.account.webhooks.values()} == {
        f"{PUBLIC}/webhooks/zendesk/desk"
    }
    files = b"".join(contents(each) for each in tmp_path.rglob("*") if each.is_file())
    assert not [each for each in desk.account.webhooks.values() if each.secret.encode() in files]


def test_a_webhook_that_points_elsewhere_is_corrected(desk: Desk) -> None:
    desk.hook().asked["endpoint"] = "https://old.example.test/"
    desk.app.ensure_hooks("desk")
    assert desk.hook().asked["endpoint"].startswith(PUBLIC)
    assert len(desk.account.webhooks) == 2


def test_a_new_message_becomes_a_written_field_and_only_its_ticket_is_read(desk: Desk) -> None:
    ticket, other = desk.ticket(), desk.ticket()
    answer = desk.deliver(event("ticket.comment_added", ticket.id, words="Zebrafinch"))
    assert answer.status_code == 200
    assert desk.woken == ["desk"]
    assert desk.band(ticket) is None
    assert desk.app.looking.look("desk") is False
    assert desk.band(ticket) == "empathy_high"
    assert desk.band(other) is None
    assert desk.app.store.hints("desk", 10) == []
    assert desk.app.store.cursor("desk") is None  # the sync itself still reads everything


def test_many_hints_for_a_ticket_are_one_read(desk: Desk) -> None:
    ticket = desk.ticket()
    for number in range(5):
        assert (
            desk.deliver({**event("ticket.comment_added", ticket.id), "id": str(number)}).status_code == 200
        )
    before = desk.fake.requests
    desk.app.looking.look("desk")
    once = desk.fake.requests - before
    desk.deliver(event("ticket.status_changed", ticket.id))
    before = desk.fake.requests
    desk.app.looking.look("desk")
    assert desk.fake.requests - before <= once
    assert desk.account.writes_to[ticket.id] == 1


def test_a_replayed_delivery_is_answered_and_tells_nothing(desk: Desk) -> None:
    """S-04"""
    ticket = desk.ticket()
    body, headers = desk.hook().delivery(event("ticket.created", ticket.id), desk.account.clock.now())
    for expected in (["desk"], ["desk"]):
        answer = desk.web.test_client().post(
            "/webhooks/zendesk/desk", base_url=PUBLIC, data=body, headers=headers
        )
        assert answer.status_code == 200
        assert desk.woken == expected
    desk.app.looking.look("desk")
    desk.web.test_client().post("/webhooks/zendesk/desk", base_url=PUBLIC, data=body, headers=headers)
    assert desk.app.store.hints("desk", 10) == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"data": b"{}"}, 401),
        ({"headers": {"X-Zendesk-Webhook-Signature": "é"}}, 401),
        ({"headers": {"X-Zendesk-Webhook-Signature-Timestamp": "1e400"}}, 401),
        ({"path": "/webhooks/zendesk/nobody"}, 401),
        ({"path": "/webhooks/hubspot"}, 401),
        ({"data": b"x" * 1_100_000}, 413),
    ],
)
def test_tampered_deliveries_change_nothing(desk: Desk, changed: dict[str, Any], status: int) -> None:
    answer = desk.deliver(event("ticket.created", desk.ticket().id), **changed)
    assert answer.status_code == status
    assert desk.app.store.hints("desk", 10) == []
    assert desk.woken == []


def test_genuine_nonsense_is_answered_with_400(desk: Desk) -> None:
    hook = desk.hook()
    body, headers = hook.delivery({}, desk.account.clock.now())
    assert (
        desk.web.test_client()
        .post("/webhooks/zendesk/desk", base_url=PUBLIC, data=body, headers=headers)
        .status_code
        == 200
    )
    raw = b"[" * 200
    stamp = headers["X-Zendesk-Webhook-Signature-Timestamp"]
    signature = base64.b64encode(hmac.digest(hook.secret.encode(), stamp.encode() + raw, "sha256")).decode()
    headers["X-Zendesk-Webhook-Signature"] = signature
    assert (
        desk.web.test_client()
        .post("/webhooks/zendesk/desk", base_url=PUBLIC, data=raw, headers=headers)
        .status_code
        == 400
    )


def test_an_erased_user_is_erased_here(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.deliver(event("ticket.created", ticket.id))
    desk.app.looking.look("desk")
    assert desk.app.store.conversation("desk", str(ticket.id)) is not None
    desk.deliver(event("user.deleted", ticket.requester_id))
    assert desk.app.looking.look("desk") is False
    assert desk.app.store.conversation("desk", str(ticket.id)) is None
    assert desk.app.erasing.erased("desk")


def test_hints_stay_while_the_platform_must_not_be_called(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.deliver(event("ticket.created", ticket.id))
    desk.app.store.set_not_before("desk", desk.app.now() + timedelta(minutes=5))
    assert desk.app.looking.look("desk") is True
    assert [each.id for each in desk.app.store.hints("desk", 10)] == [str(ticket.id)]
    assert desk.app.store.installations_with_hints() == ["desk"]


def test_no_words_of_a_delivery_reach_the_database(desk: Desk, tmp_path: Path) -> None:
    desk.deliver(event("ticket.comment_added", desk.ticket().id, words="Zebrafinch"))
    files = b"".join(contents(each) for each in tmp_path.rglob("*") if each.is_file())
    assert b"ebrafinch" not in files


def test_disconnecting_takes_the_webhooks_away(desk: Desk) -> None:
    desk.app.open(desk.app.installation("desk"), patience=COMMAND_PATIENCE).provider.disconnect()
    assert desk.account.webhooks == {}


def connect_hubspot(desk: Desk, name: str = "sales") -> None:
    """An account of HubSpot's as the store knows it: nothing here calls it."""
    sales = Installation(name, "hubspot", "1", "Sales", {}, connected_at=desk.app.now())
    desk.app.store.save_installation(
        sales, sealed_token=None, wrapped_key=desk.app.vault.new_installation_key(name)
    )


def from_hubspot(desk: Desk, path: str, content: object) -> TestResponse:
    """A request signed as HubSpot documents version 3."""
    body = json.dumps(content).encode()
    stamp = str(int(desk.app.now().timestamp() * 1000))
    signed = b"POST" + f"{PUBLIC}{path}".encode() + body + stamp.encode()
    headers = {
        "X-HubSpot-Signature-v3": base64.b64encode(hmac.digest(b"not-a-secret", signed, "sha256")).decode(),
        "X-HubSpot-Request-Timestamp": stamp,
    }
    return desk.web.test_client().post(path, base_url=PUBLIC, data=body, headers=headers)


def test_hubspot_tells_of_each_account_by_itself_and_of_strangers_nothing(desk: Desk) -> None:
    connect_hubspot(desk)
    rows = [
        {"portalId": 1, "objectId": 5, "subscriptionType": "ticket.creation"},
        {"portalId": 1, "objectId": 8, "subscriptionType": "contact.privacyDeletion"},
        {"portalId": 2, "objectId": 6, "subscriptionType": "ticket.creation"},
    ]
    assert from_hubspot(desk, "/webhooks/hubspot", rows).status_code == 200
    told = {(each.told, each.id) for each in desk.app.store.hints("sales", 10)}
    assert told == {("conversation", "5"), ("contact_erased", "8")}
    assert desk.app.store.hints("desk", 10) == []
    assert desk.woken == ["sales"]


def test_an_account_that_is_connected_under_two_names_is_told_of_under_both(desk: Desk) -> None:
    connect_hubspot(desk)
    connect_hubspot(desk, "trial")
    rows = [{"portalId": 1, "objectId": 5, "subscriptionType": "ticket.creation"}]
    assert from_hubspot(desk, "/webhooks/hubspot", rows).status_code == 200
    assert desk.woken == ["sales", "trial"]
    assert [[each.id for each in desk.app.store.hints(name, 10)] for name in desk.woken] == [["5"], ["5"]]


def test_a_workflows_call_is_answered_at_once_and_the_ticket_is_looked_at(desk: Desk) -> None:
    connect_hubspot(desk)
    call = {"origin": {"portalId": 1}, "object": {"objectId": 5, "objectType": "TICKET"}}
    answer = from_hubspot(desk, "/hubspot/actions/score", call)
    assert answer.status_code == 200
    assert answer.json == {"outputFields": {"empathy_band": "not_scored", "hs_execution_state": "SUCCESS"}}
    assert [(each.told, each.id) for each in desk.app.store.hints("sales", 10)] == [("conversation", "5")]
    assert desk.woken == ["sales"]


def test_a_workflows_call_for_an_account_that_is_not_connected_is_refused(desk: Desk) -> None:
    """It is 404, and never a 500; HubSpot signs such calls with version 2."""
    body = json.dumps({"origin": {"portalId": 1}, "object": {"objectId": 5, "objectType": "TICKET"}}).encode()
    uri = f"{PUBLIC}/hubspot/actions/score"
    signature = hashlib.sha256(f"not-a-secretPOST{uri}".encode() + body).hexdigest()
    headers = {"X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": "v2"}
    answer = desk.web.test_client().post(
        "/hubspot/actions/score", base_url=PUBLIC, data=body, headers=headers
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("has_categories", [False, True])
def test_templates_are_made_once_inactive_and_test_our_fields(desk: Desk, has_categories: bool) -> None:
    if has_categories:
        desk.account.trigger_categories.append({"id": "10026", "name": "Notifications"})
    provider = desk.app.open(desk.app.installation("desk"), patience=COMMAND_PATIENCE).provider
    made = provider.ensure_templates()
    assert [each.is_new for each in made] == [True] * 7
    rules = [*desk.account.rules["triggers"], *desk.account.rules["views"]]
    assert not [each for each in rules if each["active"]]
    desk.account.rules["triggers"][0]["active"] = True
    again = provider.ensure_templates()
    assert [each.is_new for each in again] == [False] * 7
    assert again[0].is_active
    assert len(desk.account.rules["triggers"]) == 5
    alert = desk.account.rules["triggers"][0]
    assert {"field": "current_tags", "operator": "not_includes", "value": "empathy_alerted"} in alert[
        "conditions"
    ]["all"]
    assert {"field": "current_tags", "value": "empathy_alerted"} in alert["actions"]


def test_a_ticket_that_is_opted_out_is_not_read_though_a_webhook_names_it(desk: Desk) -> None:
    ticket = desk.ticket()
    ticket.tags.append("empathy_opt_out")
    desk.deliver(event("ticket.comment_added", ticket.id))
    before = desk.fake.requests
    assert not desk.app.looking.look("desk")
    paths = [each.path for each in desk.fake.arrivals[before:]]
    assert f"/api/v2/tickets/{ticket.id}" in paths
    assert not [path for path in paths if path.endswith(("/comments", "/conversation_log"))]
    assert desk.band(ticket) is None
    assert desk.app.store.counts("desk").conversations == 0


def test_c04_without_the_key_zendesk_is_asked_to_come_again_and_nothing_is_lost(
    desk: Desk, tmp_path: Path
) -> None:
    """Its secret is sealed, so nothing can be verified: one delivery comes again, another never does."""
    longer_ago = desk.account.clock.now() - timedelta(minutes=5)  # exports leave out the last minute
    again, never = desk.ticket(), desk.ticket(at=longer_ago)
    told = {
        ticket.id: desk.hook().delivery(event("ticket.comment_added", ticket.id), desk.account.clock.now())
        for ticket in (again, never)
    }
    key, away = tmp_path / "keys/master.key", tmp_path / "keys/away"
    key.rename(away)
    locked = Connector(desk.app.settings)
    web = create_app(locked)

    def deliver(ticket: Ticket) -> TestResponse:
        body, headers = told[ticket.id]
        return web.test_client().post("/webhooks/zendesk/desk", base_url=PUBLIC, data=body, headers=headers)

    for ticket in (again, never):
        answer = deliver(ticket)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert locked.store.hints("desk", 10) == []
    away.rename(key)
    assert deliver(again).status_code == 200
    assert locked.looking.look("desk") is False
    assert (desk.band(again), desk.band(never)) == ("empathy_high", None)
    assert locked.sync("desk", Options(), patience=COMMAND_PATIENCE).error is None
    assert desk.band(never) is not None
    locked.store.close()


def test_r30_an_export_without_calls_left_holds_up_no_webhook_and_closes_nothing(desk: Desk) -> None:
    """The export of changed tickets has a share of its own, a few calls a minute."""
    for _ in range(10):
        error = desk.app.sync("desk", Options(), patience=timedelta(0)).error
        if error is not None:
            break
    assert isinstance(error, OverBudget)
    assert timedelta(0) < error.not_before_at - desk.app.now() <= timedelta(seconds=70)
    assert desk.app.installation("desk").not_before_at is None
    ticket = desk.ticket()
    desk.deliver(event("ticket.comment_added", ticket.id))
    assert desk.app.looking.look("desk") is False
    assert desk.band(ticket) == "empathy_high"
