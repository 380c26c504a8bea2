"""Installing Zendesk and setting it up, in a real browser, from the button to the first scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.bootstrap import Connector
from connector.jobs.work import preview_one
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.web import create_app
from tests.fakes import zendesk_tokens
from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount

from .axe import serious_findings

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

SAID = (
    (
        "My order {} is three weeks late and nobody answers me. I am furious!",
        "Please read our article number twelve, as it says all there is to say about this order.",
    ),
    (
        "I was charged twice for order {}, and I am worried about it.",
        "I am so sorry about the double charge, that is worrying. I have refunded order {} just now.",
    ),
    ("Could you tell me your opening hours, please? It is about order {}.", "We are open from 9 to 5."),
    ("This is the third time that order {} breaks. I cannot accept this any more!", None),
)


class Place:
    """A server of ours at the address it knows, and Zendesk's stand-in."""

    def __init__(self, folder: Path, zendesk_origin: str, zendesk: ZendeskApp) -> None:
        self.zendesk = zendesk
        self.zendesk_origin = zendesk_origin
        self.folder = folder
        self.web: Any = None
        self.app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.web(environ, start_response)

    def open_at(self, address: str) -> None:
        settings = Settings(
            _env_file=None,
            database_url=f"sqlite:///{self.folder}/connector.db",
            queue_url=f"sqlite:///{self.folder}/queue.db",
            master_key_file=self.folder / "keys/master.key",
            erasure_log=self.folder / "erasures.log",
            base_url=address,
            zendesk_client_id=zendesk_tokens.CLIENT_ID,
            zendesk_client_secret=zendesk_tokens.CLIENT_SECRET,
        )
        self.app = Connector(settings)
        self.web = create_app(self.app)
        self.zendesk.account.tokens.consent.redirect_uris = {f"{address}/install/zendesk/callback"}
        self.address = address


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    zendesk = ZendeskApp(ZendeskAccount(clock=Clock(at=None)))
    account, now = zendesk.account, datetime.now(UTC)
    for number in range(24):
        asked, answered = SAID[number % len(SAID)]
        at = now - timedelta(hours=20, minutes=number)
        user = account.add_user(f"Customer {number}", f"c{number}@customers.example")
        ticket = account.add_ticket(user.id, subject=f"Order {number}", at=at)
        account.add_comment(ticket, user.id, asked.format(number), at=at)
        if answered:
            after = at + timedelta(minutes=9)
            account.add_comment(ticket, account.agent.id, answered.format(number), at=after)
    with serve(zendesk) as origin:
        made = Place(tmp_path, origin, zendesk)
        with serve(made) as address:
            made.open_at(address)
            yield made
        made.app.store.close()


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "dark"), (1100, "light")], ids=["narrow and dark", "wide and light"]
)
def test_an_admin_installs_and_sets_up_an_account(  # noqa: PLR0915 - one walk, page by page
    browser: Any, place: Place, tmp_path: Path, width: int, scheme: str
) -> None:
    complaints: list[str] = []
    shots = tmp_path / "shots"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{message.location['url']}: {message.text}")
            if not message.location["url"].startswith(place.zendesk_origin)  # the stand-in has no icon
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def looked_at(name: str) -> None:
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{name} scrolls sideways"
        page.screenshot(path=str(shots / f"{name}.png"), full_page=True)
        assert serious_findings(page.main_frame) == [], name

    def press(word: str) -> None:
        follow(page.get_by_role("button", name=word))

    def follow(control: Any) -> None:
        with page.expect_navigation():
            control.click()

    address = place.app.installing.prepare(
        "shop", "zendesk", {"subdomain": "sample", "api_origin": place.zendesk_origin}
    )
    link = place.app.signing_in.link_for(Visitor(UserRole.OWNER, None, None, "Kim"))
    page.goto(place.address + link)
    press("Sign in")
    page.goto(f"{place.address}/install/zendesk")
    looked_at("0-address")
    page.goto(address)
    looked_at("1-install")
    press("Continue to Zendesk")
    page.wait_for_url(f"{place.zendesk_origin}/**")
    press("Cancel")
    assert page.locator("h1").inner_text() == "Not connected"
    looked_at("2-refused")
    press("Start again")
    press("Continue to Zendesk")
    page.wait_for_url(f"{place.zendesk_origin}/**")
    press("Allow")
    assert page.locator("h1").inner_text() == "Set up"
    assert "code=" not in page.url
    looked_at("3-overview")
    follow(page.locator("main a[role=button]"))
    looked_at("4-scope")
    page.get_by_label("Tags").fill("internal")
    press("Save and go on")
    looked_at("5-retention")
    page.get_by_label("Redacted text").check()
    press("Save and go on")
    looked_at("6-guidelines")
    page.get_by_label("We use it for this").check()
    press("Accept and go on")
    looked_at("7-fields")
    press("Make the fields")
    looked_at("8-before-the-look")
    press("Read and score the latest 50")
    page.get_by_role("link", name="Stop that").click()
    page.wait_for_url("**still=yes")  # whatever the page does by itself meanwhile
    looked_at("8b-waiting")
    follow(page.get_by_role("button", name="Look whether it is done"))
    preview_one(place.app, "shop")
    page.get_by_text("24 conversations that changed").wait_for()  # the page looks by itself
    assert "24 conversations" in page.locator("main").inner_text()
    looked_at("9-look")
    follow(page.locator("main a[role=button]"))
    looked_at("10-start")
    press("Start")
    assert "Everything is set up" in page.locator("main").inner_text()
    looked_at("11-done")
    place.app.store.set_needs_authorization("shop", True)
    page.reload()
    looked_at("12-again")
    press("Connect again")
    assert page.locator("h1").inner_text() == "Connect sample.zendesk.com again"
    page.goto(f"{place.address}/admin/shop/disconnect")
    looked_at("13-disconnect")
    context.close()
    assert complaints == []
    assert {done.by for done in place.app.store.steps("shop").values()} == {"Kim"}
