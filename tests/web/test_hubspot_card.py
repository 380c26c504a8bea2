"""What HubSpot's cards get, and that only HubSpot's signed word for an account opens it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.test import TestResponse

from connector.model import Installation, Role
from tests.fakes.zendesk_office import CARING, COOL, NAME, PUBLIC, UPSET, ZendeskOffice

SECRET = "fake-client-secret-of-a-hubspot-app"
PORTAL, OTHER_PORTAL = "4711", "4712"


class Portal:
    """Two HubSpot accounts whose tickets came the shortest way, and HubSpot's proxy before the cards."""

    def __init__(self, folder: Path) -> None:
        self.office = ZendeskOffice(
            folder, hubspot_client_id="fake-id", hubspot_client_secret=SecretStr(SECRET)
        )
        self.ticket = self.office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, COOL), (Role.AGENT, CARING))
        self.office.sync()
        # how the scores came here is not what is tested: the account is made HubSpot's
        ours = replace(self.office.app.installation(NAME), provider="hubspot", account_id=PORTAL)
        self._save(ours)
        self._save(replace(ours, name="elsewhere", account_id=OTHER_PORTAL))

    def _save(self, installation: Installation) -> None:
        app = self.office.app
        key = app.vault.new_installation_key(installation.name)
        app.store.save_installation(installation, sealed_token=None, wrapped_key=key)

    def fetch(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Any = None,
        portal: str = PORTAL,
        secret: str = SECRET,
        at: datetime | None = None,
        headers: dict[str, str] | None = None,
        host: str = PUBLIC,
    ) -> TestResponse:
        """As `hubspot.fetch` arrives: HubSpot adds whose it is to the address, and signs all of it."""
        joint = "&" if "?" in path else "?"
        path = f"{path}{joint}userId=7&portalId={portal}&userEmail=kim%40shop.example&appId=1"
        content = b"" if body is None else json.dumps(body).encode()
        timestamp = str(int((at or self.office.now()).timestamp() * 1000))
        source = f"{method}{PUBLIC}{path.replace('%40', '@')}".encode() + content + timestamp.encode()
        signature = base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()
        signed = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": timestamp}
        return self.office.web.test_client().open(
            path,
            method=method,
            base_url=host,
            data=content,
            headers={**signed, "Content-Type": "application/json", **(headers or {})},
        )


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    made = Portal(tmp_path)
    yield made
    made.office.app.store.close()


def test_the_card_gets_the_view_of_its_ticket_without_any_text(portal: Portal) -> None:
    answer = portal.fetch(f"/hubspot/card?ticket={portal.ticket}")
    view = answer.get_json()
    assert answer.status_code == 200
    assert (view["state"], view["band"]) == ("scored", "fair")
    assert view["help_next"]
    assert [each["band"] for each in view["replies"]] == ["high", "low"]
    assert all(set(rule) == {"rule", "points"} for each in view["replies"] for passage in each["passages"]
               for rule in passage["rules"])  # fmt: skip
    for words in ("depot", "furious", "terms", "birthday"):
        assert words not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_reason_is_german_for_a_german_user(portal: Portal) -> None:
    view = portal.fetch(f"/hubspot/card?ticket={portal.ticket}&language=de").get_json()
    assert view["reason_language"] == "de"
    assert "Antworten" in view["reason_text"]


def test_a_ticket_that_was_not_read_is_no_error(portal: Portal) -> None:
    assert portal.fetch("/hubspot/card?ticket=999").get_json()["state"] == "unread"


def test_another_accounts_ticket_is_one_that_was_not_read(portal: Portal) -> None:
    """S-19."""
    theirs = portal.fetch(f"/hubspot/card?ticket={portal.ticket}", portal=OTHER_PORTAL).get_json()
    nobodys = portal.fetch("/hubspot/card?ticket=999", portal=OTHER_PORTAL).get_json()
    assert theirs == {**nobodys, "conversation_id": portal.ticket}


def test_an_account_that_is_not_connected_is_not_found(portal: Portal) -> None:
    assert portal.fetch(f"/hubspot/card?ticket={portal.ticket}", portal="1").status_code == 404


def test_whatever_hubspot_did_not_sign_is_refused(portal: Portal) -> None:
    path = f"/hubspot/card?ticket={portal.ticket}"
    now = portal.office.now()
    for answer in (
        portal.fetch(path, secret="another"),
        portal.fetch(path, at=now - timedelta(seconds=301)),
        portal.fetch(path, at=now + timedelta(seconds=301)),
        portal.fetch(path, headers={"X-HubSpot-Signature-v3": ""}),
        portal.fetch(path, headers={"X-HubSpot-Request-Timestamp": "now"}),
        portal.office.web.test_client().get(f"{path}&portalId={PORTAL}&userId=7", base_url=PUBLIC),
    ):
        assert answer.status_code == 401
        assert "scored" not in answer.text


def test_the_signed_address_is_the_configured_one_and_no_header_changes_it(portal: Portal) -> None:
    """S-05."""
    path = f"/hubspot/card?ticket={portal.ticket}"
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    assert portal.fetch(path, headers=forwarded).status_code == 200
    assert portal.fetch(path, host="http://127.0.0.1:8000").status_code == 200, "as a proxy passes it on"


def test_a_dispute_that_hubspot_sends_twice_is_raised_once(portal: Portal) -> None:
    body = {"ticket": portal.ticket, "choice": "elsewhere"}
    for _ in range(2):
        answer = portal.fetch("/hubspot/card/dispute", method="POST", body=body)
        assert answer.get_json()["review"]["status"] == "open"
    (raised,) = portal.office.app.store.disputes(NAME)
    assert raised.raised_by == "HubSpot user 7"
    view = portal.fetch(f"/hubspot/card?ticket={portal.ticket}").get_json()
    assert view["review"]["status"] == "open"
    assert view["may_dispute"] is False


@pytest.mark.parametrize("body", [None, [], {}, {"ticket": 1}, {"ticket": "999", "choice": "fits"}])
def test_a_dispute_needs_a_ticket_with_a_score_and_a_reason(portal: Portal, body: Any) -> None:
    assert portal.fetch("/hubspot/card/dispute", method="POST", body=body).status_code == 400


def test_an_oversized_request_is_not_read(portal: Portal) -> None:
    body = {"ticket": portal.ticket, "choice": "x" * 1_100_000}
    assert portal.fetch("/hubspot/card/dispute", method="POST", body=body).status_code == 413


def test_who_asks_reaches_no_log(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    """S-13."""
    caplog.set_level("DEBUG")
    portal.fetch(f"/hubspot/card?ticket={portal.ticket}")
    portal.fetch(f"/hubspot/card?ticket={portal.ticket}", secret="another")
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "kim" not in logged
