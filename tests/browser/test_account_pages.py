"""The pages of an account in a real browser, signed in as each role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.signing_in import UserRole, Visitor
from tests.fakes.wsgi import serve
from tests.web.browsers import AGENT, OWN, UPSET, Server, conversations, serve_two_accounts

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

ACCOUNT = f"/admin/{OWN}"
PAGES = {
    "accounts": ("owner", "/admin/"),
    "account": ("owner", f"{ACCOUNT}/"),
    "settings": ("owner", f"{ACCOUNT}/settings"),
    "preview": ("owner", f"{ACCOUNT}/settings/retention?mode=redact&keep=14d"),
    "disputes": ("lead", f"{ACCOUNT}/disputes"),
    "people": ("lead", f"{ACCOUNT}/agents"),
    "conversation": ("lead", f"{ACCOUNT}/conversations/2"),
    "waiting": ("lead", f"{ACCOUNT}/conversations/1"),
    "replies": ("agent", f"{ACCOUNT}/mine"),
    "refused": ("agent", f"{ACCOUNT}/settings"),
    "not there": ("lead", "/admin/elsewhere/"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    server = serve_two_accounts(tmp_path_factory.mktemp("accounts"), base_url=None)
    with serve(server.web) as address:
        yield server, address
    server.app.store.close()


def signed_in(server: Server, address: str, page: Any, role: str) -> None:
    agent = AGENT if role == "agent" else None
    visitor = Visitor(UserRole.named(role), OWN, agent, f"Kim the {role}")
    server.web.extensions["sign-in rates"]._tries.clear()
    page.goto(address + server.app.signing_in.link_for(visitor))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def test_a_dispute_is_raised_and_decided_with_the_keyboard_alone(
    browser: Any, served: tuple[Server, str]
) -> None:
    server, address = served
    context = browser.new_context()
    page = context.new_page()
    signed_in(server, address, page, "lead")
    page.goto(f"{address}{ACCOUNT}/conversations/4")
    page.get_by_label("What does the score miss?").focus()
    page.keyboard.type("The customer was called first.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=This score is disputed")
    page.goto(f"{address}{ACCOUNT}/disputes")
    page.get_by_role("button", name="decide about 4").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The customer was called first.")
    page.get_by_label("stays as it is").focus()
    page.keyboard.press("Space")
    page.get_by_label("Why", exact=True).focus()
    page.keyboard.type("It is about the words alone.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=the score stands")
    context.close()


def test_signing_out_leads_to_a_page_that_says_so(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    context = browser.new_context()
    page = context.new_page()
    signed_in(server, address, page, "owner")
    page.get_by_role("button", name="Sign out").click()
    assert page.locator("h1").inner_text() == "You are signed out"
    context.close()


def test_no_page_shows_what_was_said(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    context = browser.new_context()
    page = context.new_page()
    said = {word for each in conversations(OWN) for m in each["messages"] for word in [m["text"]]}
    for role in ("owner", "agent"):
        signed_in(server, address, page, role)
        for their_role, path in PAGES.values():
            if their_role == role:
                page.goto(address + path)
                assert not any(text in page.content() for text in said)
    assert UPSET.format(f"{OWN}-1") in said
    context.close()
