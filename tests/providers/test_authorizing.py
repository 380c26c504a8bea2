"""Asking an admin for access: the question, the answer, and what is exchanged for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connector.errors import Misconfigured, Reauthorize, RetryLater
from connector.opening import Door, door_to
from connector.providers.base import Asking
from connector.settings import Settings
from tests.fakes import hubspot_oauth, zendesk_tokens
from tests.fakes.clock import Clock
from tests.fakes.consent import Consent
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.wsgi import WsgiAdapter
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_world import ZendeskWorld

BACK = "https://empathy.example.com/install/{}/callback"
VERIFIER = "not-a-real-verifier-but-long-enough-for-the-rule-43"
APP_META = Path("manifests/hubspot/src/app/app-hsmeta.json")


@dataclass
class Desk:
    """A platform's stand-in, the door to it, and our part of an authorization."""

    app: Any
    consent: Consent
    door: Door
    asking: Asking

    def ask(self) -> dict[str, str]:
        """What the admin's browser brings to the platform."""
        url = self.door.authorize_url(self.asking, "a-state")
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def allow(self) -> str:
        return self.consent.allow(self.ask())

    @property
    def seen(self) -> int:
        return len(self.app.arrivals if isinstance(self.app, ZendeskApp) else self.app.requests)


def zendesk() -> Desk:
    account = ZendeskAccount()
    asking = Asking(zendesk_tokens.CLIENT_ID, zendesk_tokens.CLIENT_SECRET, BACK.format("zendesk"), VERIFIER)
    app = ZendeskApp(account)
    return Desk(app, account.tokens.consent, through(app, "zendesk"), asking)


def hubspot() -> Desk:
    account = HubSpotAccount(clock=Clock())
    asking = Asking(hubspot_oauth.CLIENT_ID, hubspot_oauth.CLIENT_SECRET, BACK.format("hubspot"), VERIFIER)
    app = HubSpotApp(account)
    return Desk(app, account.consent, through(app, "hubspot"), asking)


def through(app: Any, provider: str, headers: dict[str, str] | None = None) -> Door:
    door = door_to(provider, {"subdomain": "sample"} if provider == "zendesk" else {}, headers)
    door.session.mount("https://", WsgiAdapter(app))
    return door


@pytest.fixture(params=[zendesk, hubspot], ids=["zendesk", "hubspot"])
def desk(request: pytest.FixtureRequest) -> Desk:
    made: Callable[[], Desk] = request.param
    desk = made()
    desk.consent.redirect_uris.add(desk.asking.redirect_uri)
    return desk


def test_a_code_becomes_a_pair_with_the_client_that_may_renew_it(desk: Desk) -> None:
    granted = desk.door.exchange(desk.allow(), desk.asking)
    token = granted.token
    assert token.access_token
    assert token.refresh_token
    assert token.expires_at is not None
    assert (token.client_id, token.client_secret) == (desk.asking.client_id, desk.asking.client_secret)


def test_what_is_asked_for_is_what_is_used(desk: Desk) -> None:
    from connector.opening import oauth_of

    oauth = oauth_of(desk.door.provider)
    assert oauth is not None
    asked = desk.ask()
    scopes = asked["scope"].split() + asked.get("optional_scope", "").split()
    assert set(scopes) == set(oauth.uses)
    assert asked["redirect_uri"] == desk.asking.redirect_uri
    assert asked["state"] == "a-state"
    assert desk.asking.client_secret not in json.dumps(asked)
    assert VERIFIER not in json.dumps(asked)


def test_the_app_package_requires_exactly_the_scopes_that_are_asked_for() -> None:
    auth = json.loads(APP_META.read_text(encoding="utf-8"))["config"]["auth"]
    asked = hubspot().ask()
    assert set(auth["requiredScopes"]) == set(asked["scope"].split())
    assert set(asked.get("optional_scope", "").split()) <= set(auth["optionalScopes"])
    ends = ("callback", "marketplace")
    assert auth["redirectUrls"] == [f"__BASE_URL__/install/hubspot/{end}" for end in ends]


def test_a_challenge_goes_where_the_platform_documents_one(desk: Desk) -> None:
    """S-09: PKCE S256."""
    asked = desk.ask()
    if desk.door.provider == "zendesk":
        # RFC 7636, appendix B
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        url = desk.door.authorize_url(replace(desk.asking, verifier=verifier), "a-state")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        assert asked["code_challenge_method"] == "S256"
    else:
        assert "code_challenge" not in asked


def test_another_verifier_opens_nothing() -> None:
    desk = zendesk()
    desk.consent.redirect_uris.add(desk.asking.redirect_uri)
    with pytest.raises(Reauthorize):
        desk.door.exchange(desk.allow(), replace(desk.asking, verifier="x" * 43))


def test_a_code_counts_once_and_not_for_long(desk: Desk) -> None:
    code = desk.allow()
    desk.door.exchange(code, desk.asking)
    with pytest.raises(Reauthorize):
        desk.door.exchange(code, desk.asking)
    late = desk.allow()
    desk.consent.clock.tick(121)
    with pytest.raises(Reauthorize):
        desk.door.exchange(late, desk.asking)


def test_a_code_for_another_redirect_address_is_not_accepted(desk: Desk) -> None:
    with pytest.raises(Reauthorize):
        desk.door.exchange(desk.allow(), replace(desk.asking, redirect_uri="https://evil.example/back"))


def test_a_client_the_platform_does_not_know_is_told_as_a_setting_that_is_wrong(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="client"):
        desk.door.exchange(desk.allow(), replace(desk.asking, client_secret="another-secret"))


def test_a_code_is_exchanged_once_even_when_the_answer_is_lost(desk: Desk) -> None:
    code, before = desk.allow(), desk.seen
    if desk.door.provider == "zendesk":
        desk.app.trouble.cut_off = 1
    else:
        desk.app.trouble.cut_off()
    with pytest.raises(RetryLater):
        desk.door.exchange(code, desk.asking)
    assert desk.seen == before + 1


def test_two_accounts_in_hubspots_answers_are_refused() -> None:
    """S-10: the account of the answer and of the introspection must be the same."""
    desk = hubspot()
    desk.consent.redirect_uris.add(desk.asking.redirect_uri)
    assert desk.door.exchange(desk.allow(), desk.asking).account_id == "4242001"
    desk.app.account.told_portal_id = "666"
    with pytest.raises(Reauthorize):
        desk.door.exchange(desk.allow(), desk.asking)


def test_the_page_of_hubspot_is_its_own_host_and_the_code_goes_to_the_api() -> None:
    desk = hubspot()
    assert desk.door.authorize_url(desk.asking, "s").startswith("https://app.hubspot.com/oauth/authorize?")
    assert desk.door.origin == "https://api.hubapi.com"
    theirs = door_to("hubspot", {"api_origin": "http://127.0.0.1:9"})
    assert theirs.authorize_url(desk.asking, "s").startswith("http://127.0.0.1:9/oauth/authorize?")


def test_the_marketplace_headers_are_on_every_call_when_they_are_set() -> None:
    settings = Settings(
        _env_file=None,
        zendesk_marketplace_name="Empathy Connector",
        zendesk_marketplace_organization_id="4711",
        zendesk_marketplace_app_id="990011",
    )
    seen: list[dict[str, str]] = []
    desk = zendesk()
    desk.consent.redirect_uris.add(desk.asking.redirect_uri)
    door = door_to("zendesk", {"subdomain": "sample"}, settings.marketplace_headers("zendesk"))
    door.session.mount(
        "https://", WsgiAdapter(desk.app, on_send=lambda request: seen.append(dict(request.headers)))
    )
    door.exchange(desk.allow(), desk.asking)
    door.session.get("https://sample.zendesk.com/api/v2/users/me", allow_redirects=False, timeout=5)
    assert len(seen) == 2
    for headers in seen:
        assert headers["X-Zendesk-Marketplace-Name"] == "Empathy Connector"
        assert headers["X-Zendesk-Marketplace-Organization-Id"] == "4711"
        assert headers["X-Zendesk-Marketplace-App-Id"] == "990011"
    assert settings.marketplace_headers("hubspot") == {}
    assert Settings(_env_file=None).marketplace_headers("zendesk") == {}


@pytest.mark.parametrize("bad", ["a\nb", "a\r\nX-Evil: 1", "naïve", "   ", "x" * 201])
def test_a_marketplace_header_that_is_no_header_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="zendesk_marketplace_name"):
        Settings(_env_file=None, zendesk_marketplace_name=bad)


def test_a_record_of_another_zendesk_account_is_refused() -> None:
    """S-10: the admin's own record carries the account's address."""
    world = ZendeskWorld()
    assert world.provider().check().id == "sample"
    with pytest.raises(Misconfigured, match="another Zendesk account"):
        world.provider(settings={"subdomain": "acme"}).check()
