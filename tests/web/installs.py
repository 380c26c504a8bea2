"""A public server with OAuth clients, two platforms on loopback, and a browser that goes to and fro."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from werkzeug.test import TestResponse

from connector.bootstrap import Connector
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.web import create_app
from tests.fakes import hubspot_oauth, zendesk_tokens
from tests.fakes.clock import Clock
from tests.fakes.consent import Consent
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount

from .browsers import PUBLIC, Browser, Server

NAMES = {"zendesk": "shop", "hubspot": "desk"}


@dataclass
class Install:
    """What a test of installing needs."""

    server: Server
    zendesk: ZendeskApp
    hubspot: HubSpotApp
    origins: dict[str, str]
    later_by: list[timedelta] = field(default_factory=lambda: [timedelta(0)])

    @property
    def app(self) -> Connector:
        return self.server.app

    def consent(self, provider: str) -> Consent:
        return self.zendesk.account.tokens.consent if provider == "zendesk" else self.hubspot.account.consent

    def asked_for_tokens(self, provider: str) -> int:
        """Requests to the token endpoint."""
        if provider == "zendesk":
            return self.zendesk.counts["POST /oauth/tokens"]
        return self.hubspot.count("/oauth/2026-09/token")

    def browser(self, role: str = "owner", installation: str | None = None) -> Browser:
        browser = Browser(self.server)
        if role != "anonymous":
            browser.sign_in(Visitor(UserRole.named(role), installation, None, f"Kim the {role}"))
        return browser

    def path(self, provider: str, name: str | None = None) -> str:
        asked = {"subdomain": "sample"} if provider == "zendesk" else {}
        return f"/install/{provider}?" + urlencode({**asked, "name": name or NAMES[provider]})

    def begin(self, browser: Browser, provider: str, name: str | None = None) -> dict[str, str]:
        """Press the button; what the platform is asked."""
        shown = browser.get(self.path(provider, name))
        assert shown.status_code == 200, shown.text
        form = {"subdomain": "sample", "name": name or NAMES[provider]}
        self.server.web.extensions["install rates"]._tries.clear()
        going = browser.post(f"/install/{provider}", form)
        assert going.status_code == 200, going.text
        return asked_in(going)

    def allow(self, provider: str, asked: dict[str, str]) -> dict[str, str]:
        """What the platform sends back with, after a click on Allow."""
        return {"code": self.consent(provider).allow(asked), "state": asked["state"]}

    def back(self, browser: Browser, provider: str, told: dict[str, str]) -> TestResponse:
        self.server.web.extensions["install rates"]._tries.clear()
        return browser.get(f"/install/{provider}/callback?{urlencode(told)}")

    def install(self, browser: Browser, provider: str, name: str | None = None) -> TestResponse:
        """All of it."""
        return self.back(browser, provider, self.allow(provider, self.begin(browser, provider, name)))

    def wait(self, **by: float) -> None:
        self.later_by[0] += timedelta(**by)


def asked_in(going: TestResponse) -> dict[str, str]:
    """What the page that goes on by itself carries to the platform."""
    url = url_in(going)
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def url_in(going: TestResponse) -> str:
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', going.text)
    assert found, going.text
    return html.unescape(found[1])


@contextmanager
def installs(folder: Path, *, prepared: bool = True) -> Iterator[Install]:
    """Both platforms' stand-ins, and a server that may ask them."""
    zendesk = ZendeskApp(ZendeskAccount(clock=Clock(at=None)))
    hubspot = HubSpotApp(HubSpotAccount())
    for provider, consent in (
        ("zendesk", zendesk.account.tokens.consent),
        ("hubspot", hubspot.account.consent),
    ):
        consent.redirect_uris = {f"{PUBLIC}/install/{provider}/{end}" for end in ("callback", "marketplace")}
    later_by = [timedelta(0)]
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        queue_url=f"sqlite:///{folder}/queue.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
        base_url=PUBLIC,
        zendesk_client_id=zendesk_tokens.CLIENT_ID,
        zendesk_client_secret=zendesk_tokens.CLIENT_SECRET,
        hubspot_client_id=hubspot_oauth.CLIENT_ID,
        hubspot_client_secret=hubspot_oauth.CLIENT_SECRET,
    )
    app = Connector(settings, now=lambda: datetime.now(UTC) + later_by[0])
    with serve(zendesk) as zendesk_origin, serve(hubspot) as hubspot_origin:
        origins = {"zendesk": zendesk_origin, "hubspot": hubspot_origin}
        place = Install(Server(app, create_app(app), folder), zendesk, hubspot, origins, later_by)
        if prepared:
            app.installing.prepare("shop", "zendesk", {"subdomain": "sample", "api_origin": zendesk_origin})
            app.installing.prepare("desk", "hubspot", {"api_origin": hubspot_origin})
        yield place
    app.store.close()


def returning(url: str) -> str:
    """HubSpot's marketplace opens our page with this query."""
    return f"step=authorize&returnUrl={quote(url, safe='')}"
