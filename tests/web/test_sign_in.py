"""S-16, S-17, S-29: links that work once, sessions that end, and no more tries than are needed."""

from __future__ import annotations

import pytest

from connector.bootstrap import utc_now
from connector.errors import Misconfigured
from connector.signing_in import UserRole, Visitor
from connector.web.rates import MOST_ADDRESSES, Rates
from tests.rows import held_in
from tests.standins.drive import hunt_bytes

from .browsers import AGENT, OWN, PUBLIC, Browser, Server, later

OWNER = Visitor(UserRole.OWNER, name="Kim")


def token_for(server: Server, visitor: Visitor = OWNER) -> str:
    return server.app.signing_in.link_for(visitor).rpartition("/")[2]


def redeem(browser: Browser, token: str) -> int:
    return browser.post("/sign-in", {"token": token}).status_code


def test_a_link_signs_in_once(server: Server) -> None:
    token = token_for(server)
    first, second = Browser(server), Browser(server)
    assert redeem(first, token) == 303
    assert first.get("/").status_code == 200
    assert redeem(second, token) == 403
    assert second.get("/").status_code == 401


def test_looking_at_a_link_does_not_use_it_up(server: Server) -> None:
    token = token_for(server)
    assert Browser(server).get(f"/sign-in/{token}").status_code == 200
    assert redeem(Browser(server), token) == 303


def test_a_link_lives_ten_minutes(server: Server) -> None:
    token, late = token_for(server), token_for(server)
    later(server, minutes=9, seconds=59)
    assert redeem(Browser(server), token) == 303
    later(server, seconds=1)
    assert redeem(Browser(server), late) == 403


def test_the_page_of_an_unknown_link_is_the_page_of_any_link(server: Server) -> None:
    known = token_for(server)
    unknown = "x" * len(known)
    browser = Browser(server)
    pages = [browser.get(f"/sign-in/{each}").text.replace(each, "") for each in (known, unknown)]
    forms = [page.split('name="csrf_token"')[0] for page in pages]
    assert forms[0] == forms[1]


def test_neither_links_nor_sessions_are_kept_in_the_clear(server: Server) -> None:
    token = token_for(server)
    browser = Browser(server)
    redeem(browser, token)
    unused = token_for(server)
    session = browser.client.get_cookie("__Host-connector-session", domain="empathy.example.test")
    assert session is not None
    held = held_in(server.app.store)
    for secret in (token, unused, session.value):
        assert not hunt_bytes(held, [secret])


def test_the_cookies_are_for_this_host_alone_and_no_script(server: Server) -> None:
    browser = Browser(server)
    answer = browser.post("/sign-in", {"token": token_for(server)})
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if "connector-session" in each]
    assert cookie.startswith("__Host-connector-session=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    form = browser.get("/sign-in/nothing").headers.get("Set-Cookie", "")
    assert not form or form.startswith("__Host-connector-form=")


def test_signing_in_again_begins_a_new_session_and_ends_the_former(server: Server) -> None:
    browser = Browser(server)

    def cookie() -> str:
        found = browser.client.get_cookie("__Host-connector-session", domain="empathy.example.test")
        assert found is not None
        return found.value

    redeem(browser, token_for(server))
    former = cookie()
    redeem(browser, token_for(server))
    assert cookie() != former
    assert not server.app.signing_in.visitor(former).role


def test_a_session_ends_when_it_lies_idle_for_half_an_hour(server: Server) -> None:
    browser = server.browser("lead")
    for _ in range(3):
        later(server, minutes=29)
        assert browser.get("/").status_code == 200
    later(server, minutes=30)
    assert browser.get("/").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(server: Server) -> None:
    browser = server.browser("lead")
    for _ in range(35):
        later(server, minutes=20)
        assert browser.get("/").status_code == 200
    later(server, minutes=20)
    assert browser.get("/").status_code == 401


def test_signing_out_ends_the_session_on_the_server(server: Server) -> None:
    browser = server.browser("lead")
    cookie = browser.client.get_cookie("__Host-connector-session", domain="empathy.example.test")
    assert cookie is not None
    assert browser.post("/sign-out").status_code == 303
    browser.client.set_cookie("__Host-connector-session", cookie.value, domain="empathy.example.test")
    assert browser.get("/").status_code == 401


def test_a_disconnected_account_signs_its_people_out(server: Server) -> None:
    browser = server.browser("lead")
    server.app.store.remove_installation(OWN)
    assert browser.get("/").status_code == 401


def test_the_eleventh_try_in_a_minute_is_refused(server: Server) -> None:
    browser = Browser(server)
    assert [redeem(browser, "nothing") for _ in range(11)] == [403] * 10 + [429]
    elsewhere = {"headers": {"X-Forwarded-For": "198.51.100.7"}}
    assert browser.post("/sign-in", {"token": "nothing"}, **elsewhere).status_code == 403


def test_a_minute_later_one_may_try_again_and_old_addresses_are_forgotten() -> None:
    now = [0.0]
    rates = Rates(2, clock=lambda: now[0])
    assert [bool(rates.seconds_to_wait("a")) for _ in range(3)] == [False, False, True]
    now[0] = 60.0
    assert rates.seconds_to_wait("a") == 0
    for number in range(2 * MOST_ADDRESSES):
        rates.seconds_to_wait(str(number))
    assert len(rates._tries) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("visitor", "wrong"),
    [
        (Visitor(), "for a role"),
        (Visitor(UserRole.LEAD), "name it: --installation"),
        (Visitor(UserRole.AGENT, OWN), "agent's id"),
        (Visitor(UserRole.LEAD, OWN, AGENT), "agent's id"),
        (Visitor(UserRole.OWNER, "unknown"), "no installation named"),
    ],
)
def test_a_link_that_would_let_in_too_much_is_not_made(server: Server, visitor: Visitor, wrong: str) -> None:
    with pytest.raises(Misconfigured, match=wrong):
        server.app.signing_in.link_for(visitor)


def test_the_command_prints_a_link_that_works(server: Server, run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings = server.app.settings
    monkeypatch.setenv("CONNECTOR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CONNECTOR_MASTER_KEY_FILE", str(settings.master_key_file))
    monkeypatch.setenv("CONNECTOR_BASE_URL", PUBLIC)
    ran = run("sign-in", "--role", "lead", "--installation", OWN)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"{PUBLIC}/sign-in/")
    assert "10 minutes" in ran.err
    server.app.now = utc_now  # the command's clock is the machine's
    assert redeem(Browser(server), ran.out.strip().rpartition("/")[2]) == 303
    assert run("sign-in", "--role", "lead").code == 2
