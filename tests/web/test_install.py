"""Installing in the browser: S-09 and S-10, refusals, installing again, and what is revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from connector.bootstrap import Connector
from connector.errors import Misconfigured
from connector.jobs.work import is_due
from connector.signing_in import UserRole, Visitor
from tests.rows import held_in, rows_of

from .browsers import PUBLIC, Browser
from .installs import NAMES, Install, asked_in, installs, returning, url_in

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
PROVIDERS = ["zendesk", "hubspot"]
HUBSPOT_PAGE = "https://app-eu1.hubspot.com/ecosystem/4242001/install?app=991"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Install]:
    with installs(tmp_path) as made:
        yield made


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_admin_connects_an_account_and_comes_to_its_set_up(place: Install, provider: str) -> None:
    browser = place.browser()
    answer = place.install(browser, provider)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/admin/{NAMES[provider]}/setup"
    installation = place.app.installation(NAMES[provider])
    assert installation.account_id == ("sample" if provider == "zendesk" else "4242001")
    assert installation.waits_for_start
    assert not is_due(installation, place.app.now())
    assert "secret" not in answer.text
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Begin: what is scored" in page.text


@pytest.mark.parametrize("provider", PROVIDERS)
def test_looking_at_the_page_begins_nothing(place: Install, provider: str) -> None:
    """S-14."""
    for _ in range(3):
        assert place.browser().get(place.path(provider)).status_code == 200
    assert flows(place) == 0


def flows(place: Install) -> int:
    return len(rows_of(place.app.store, "install_flow")["install_flow"])


def test_the_state_is_random_kept_as_a_digest_and_in_no_row(place: Install) -> None:
    """S-09: at least 128 bits."""
    states = [place.begin(place.browser(), "zendesk")["state"] for _ in range(5)]
    assert len(set(states)) == 5
    assert all(len(state) >= 43 for state in states)
    stored = held_in(place.app.store)
    stored += b"".join(file.read_bytes() for file in place.server.folder.iterdir() if file.is_file())
    for state in states:
        assert state.encode() not in stored


# S-09 and S-10: whatever is wrong with a callback, the answer is a page, and no token is asked for.

Story = Callable[[Install, str], Callable[[], object]]


def reused(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    assert place.back(browser, provider, told).status_code == 303
    return lambda: place.back(browser, provider, told)


def expired(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    place.wait(minutes=10, seconds=1)
    return lambda: place.back(browser, provider, told)


def in_another_browser(place: Install, provider: str) -> Callable[[], object]:
    told = place.allow(provider, place.begin(place.browser(), provider))
    other = place.browser()
    place.begin(other, provider)
    return lambda: place.back(other, provider, told)


def after_signing_in_again(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    browser.sign_in(Visitor(UserRole.OWNER, None, None, "Kim again"))
    return lambda: place.back(browser, provider, told)


def without_the_cookie(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    browser.client.delete_cookie("__Host-connector-install-ours", domain="empathy.example.test")
    return lambda: place.back(browser, provider, told)


def at_the_other_platform(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    other = next(each for each in PROVIDERS if each != provider)
    told = place.allow(other, place.begin(browser, other))
    return lambda: place.back(browser, provider, told)


def without_a_state(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    return lambda: place.back(browser, provider, {"code": told["code"]})


def with_a_state_of_ones_own(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    return lambda: place.back(browser, provider, {**told, "state": "A" * 43})


def with_a_state_beyond_measure(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    return lambda: place.back(browser, provider, {**told, "state": told["state"] + "\0é\ufffe" * 900})


def refused(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    asked = place.begin(browser, provider)
    denied = {"error": "access_denied", "error_description": "<script>alert(1)</script>"}
    return lambda: place.back(browser, provider, {**denied, "state": asked["state"]})


def without_a_code(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    asked = place.begin(browser, provider)
    return lambda: place.back(browser, provider, {"state": asked["state"]})


def at_the_marketplaces_address(place: Install, provider: str) -> Callable[[], object]:
    browser = place.browser()
    told = place.allow(provider, place.begin(browser, provider))
    query = urlencode({**told, "step": "finalize", "returnUrl": HUBSPOT_PAGE})
    return lambda: browser.get(f"/install/hubspot/marketplace?{query}")


STORIES: list[Story] = [
    reused,
    expired,
    in_another_browser,
    after_signing_in_again,
    without_the_cookie,
    at_the_other_platform,
    without_a_state,
    with_a_state_of_ones_own,
    with_a_state_beyond_measure,
    refused,
    without_a_code,
    at_the_marketplaces_address,
]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("story", STORIES)
def test_a_callback_that_is_not_its_own_flows_gets_a_page_and_no_token_is_asked_for(
    place: Install, story: Story, provider: str
) -> None:
    come_back = story(place, provider)
    before = {each: place.asked_for_tokens(each) for each in PROVIDERS}
    connected = [each.name for each in place.app.store.installations()]
    answer = come_back()
    assert answer.status_code in {200, 400}  # type: ignore[attr-defined]
    page = answer.text  # type: ignore[attr-defined]
    assert "Not connected" in page
    assert "Start again" in page
    assert "<script" not in page
    assert {each: place.asked_for_tokens(each) for each in PROVIDERS} == before
    assert [each.name for each in place.app.store.installations()] == connected


def test_nobody_comes_back_without_being_signed_in(place: Install) -> None:
    told = place.allow("zendesk", place.begin(place.browser(), "zendesk"))
    assert place.back(place.browser("anonymous"), "zendesk", told).status_code == 401
    assert place.asked_for_tokens("zendesk") == 0
    place.install(place.browser(), "zendesk")
    assert place.back(place.browser("lead", "shop"), "zendesk", told).status_code == 403
    assert place.asked_for_tokens("zendesk") == 1


def test_a_code_of_one_account_is_only_ever_exchanged_there(place: Install, tmp_path: Path) -> None:
    """S-10: the code of another account's page comes back with our state."""
    (tmp_path / "b").mkdir()
    with installs(tmp_path / "b") as other:
        stolen = other.allow("zendesk", other.begin(other.browser(), "zendesk"))["code"]
        browser = place.browser()
        state = place.begin(browser, "zendesk")["state"]
        answer = place.back(browser, "zendesk", {"code": stolen, "state": state})
        assert answer.status_code == 400
        assert "Not connected" in answer.text
        assert place.asked_for_tokens("zendesk") == 1
        assert other.asked_for_tokens("zendesk") == 0
        assert place.app.store.installations() == []


def test_another_hubspot_account_than_the_one_to_be_renewed_is_refused(place: Install) -> None:
    """S-10: the account of the token must be the one that the flow began with."""
    browser = place.browser()
    assert place.install(browser, "hubspot").status_code == 303
    before = place.app.store.token("desk")
    place.hubspot.account.portal_id = "666"
    answer = place.install(browser, "hubspot")
    assert answer.status_code == 400
    assert "another account" in answer.text
    assert place.app.store.token("desk") == before
    assert place.app.installation("desk").account_id == "4242001"


def test_installing_again_replaces_the_token_and_keeps_everything_else(place: Install) -> None:
    browser = place.browser()
    place.install(browser, "zendesk")
    place.app.store.let_start("shop")
    first = place.app.store.token("shop")
    place.app.store.set_needs_authorization("shop", True)
    answer = place.install(browser, "zendesk")
    assert answer.status_code == 303
    again = place.app.installation("shop")
    assert not again.needs_authorization
    assert not again.waits_for_start
    assert again.settings["api_origin"] == place.origins["zendesk"]
    assert place.app.store.token("shop") != first
    assert len(place.app.store.installations()) == 1


def test_the_same_account_without_a_name_is_the_one_that_is_there(place: Install) -> None:
    browser = place.browser()
    place.install(browser, "zendesk")
    shown = browser.get("/install/zendesk?subdomain=sample").text
    assert "Connect sample.zendesk.com again" in shown
    place.server.web.extensions["install rates"]._tries.clear()
    asked = asked_in(browser.post("/install/zendesk", {"subdomain": "sample"}))
    assert place.back(browser, "zendesk", place.allow("zendesk", asked)).status_code == 303
    assert [each.name for each in place.app.store.installations()] == ["shop"]


def test_a_revoked_permission_is_told_kindly_with_a_way_to_connect_again(place: Install) -> None:
    browser = place.browser()
    place.install(browser, "hubspot")
    place.app.store.set_needs_authorization("desk", True)
    page = browser.get("/admin/desk/setup").text
    assert "Connect again" in page
    assert "Nothing is lost" in page
    assert "/install/hubspot?name=desk" in page
    assert "Connect again" in browser.get("/").text
    assert place.install(browser, "hubspot").status_code == 303
    assert "Connect again" not in browser.get("/admin/desk/setup").text


@pytest.mark.parametrize("provider", PROVIDERS)
def test_disconnecting_revokes_what_installing_was_given(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    place.install(browser, provider)
    assert "Delete everything" in browser.get(f"/admin/{name}/disconnect").text
    browser.post(f"/admin/{name}/disconnect")
    assert place.app.store.installation(name) is not None, "without the box nothing happens"
    assert browser.post(f"/admin/{name}/disconnect", {"sure": "yes"}).status_code == 303
    assert place.app.store.installation(name) is None
    if provider == "zendesk":
        assert all(grant.is_dead for grant in place.zendesk.account.tokens.grants)
    else:
        assert place.hubspot.account.grants == {}
        assert place.hubspot.account.is_uninstalled


def test_an_admin_of_one_account_connects_only_that_one(place: Install) -> None:
    place.install(place.browser(), "zendesk")
    bound = place.browser("admin", "shop")
    assert bound.get("/install/hubspot").status_code == 404
    assert bound.get("/install/zendesk?subdomain=elsewhere").status_code == 404
    assert bound.post("/install/hubspot").status_code == 404
    assert place.install(bound, "zendesk").status_code == 303


def test_a_server_without_client_or_address_says_what_is_missing(place: Install) -> None:
    for change, word in (
        ({"base_url": None}, "CONNECTOR_BASE_URL"),
        ({"zendesk_client_secret": None}, "CONNECTOR_ZENDESK_CLIENT"),
    ):
        bare = Connector(place.app.settings.model_copy(update=change))
        with pytest.raises(Misconfigured, match=word):
            bare.installing.offer("zendesk", subdomain="sample")
        bare.store.close()


def test_a_busy_or_silent_platform_is_told_as_such_and_nothing_is_stored(place: Install) -> None:
    browser = place.browser()
    told = place.allow("zendesk", place.begin(browser, "zendesk"))
    place.zendesk.trouble.down = 1
    answer = place.back(browser, "zendesk", told)
    assert answer.status_code == 503
    assert "try again soon" in answer.text
    assert place.app.store.installations() == []


def test_beginning_is_limited_for_each_address(place: Install) -> None:
    """S-29."""
    browser = place.browser()
    codes = [browser.post("/install/zendesk", {"subdomain": "sample"}).status_code for _ in range(25)]
    assert codes[:20] == [200] * 20
    assert set(codes[20:]) == {429}


@pytest.mark.parametrize(
    "subdomain",
    ["a.evil.com/", "a@evil", "a#", "a%2f", "..", "a\nb", "xn--acme", "a" * 64, "-a", "ａcme", "a b"],
)
def test_what_is_no_subdomain_is_refused_with_a_sentence(place: Install, subdomain: str) -> None:
    """S-20."""
    answer = place.browser().post("/install/zendesk", {"subdomain": subdomain})
    assert answer.status_code == 400
    assert "not a Zendesk subdomain" in answer.text
    assert flows(place) == 0


def test_a_form_cannot_send_calls_to_an_origin_of_its_own(place: Install) -> None:
    form = {"subdomain": "acme", "api_origin": "http://127.0.0.1:9", "settings": "x"}
    going = place.browser().post("/install/zendesk", form)
    assert url_in(going).startswith("https://acme.zendesk.com/oauth/authorizations/new?")


# HubSpot's marketplace


def through_hubspot(place: Install, browser: Browser) -> tuple[str, dict[str, str]]:
    """The first leg; where HubSpot is returned to, and what it asks with."""
    shown = browser.get(f"/install/hubspot/marketplace?{returning(HUBSPOT_PAGE)}")
    assert shown.status_code == 200
    assert "Go on" in shown.text
    going = browser.post("/install/hubspot/marketplace", {"returnUrl": HUBSPOT_PAGE})
    url = url_in(going)
    state = parse_qs(urlsplit(url).query)["state"][0]
    asked = {
        "client_id": place.consent("hubspot").client_id,
        "redirect_uri": f"{PUBLIC}/install/hubspot/marketplace",
        "scope": " ".join(place.consent("hubspot").required),
    }
    code = place.consent("hubspot").allow(asked)
    return url, {"step": "finalize", "code": code, "state": state, "returnUrl": HUBSPOT_PAGE}


@pytest.fixture
def market(place: Install, monkeypatch: pytest.MonkeyPatch) -> Install:
    """HubSpot's own address leads to the stand-in, as an operator would have it."""
    plain = place.app.door_to
    monkeypatch.setattr(
        place.app,
        "door_to",
        lambda provider, settings: plain(
            provider,
            {"api_origin": place.origins[provider], **settings} if provider == "hubspot" else settings,
        ),
    )
    return place


def test_an_install_from_the_marketplace_ends_at_hubspot(market: Install) -> None:
    browser = market.browser()
    url, told = through_hubspot(market, browser)
    assert url.startswith(HUBSPOT_PAGE + "&state=")
    answer = browser.get(f"/install/hubspot/marketplace?{urlencode(told)}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == HUBSPOT_PAGE
    installed = market.app.installation("hubspot-4242001")
    assert installed.waits_for_start


def test_the_marketplaces_cookie_travels_in_a_frame_and_no_other_does(market: Install) -> None:
    browser = market.browser()
    going = browser.post("/install/hubspot/marketplace", {"returnUrl": HUBSPOT_PAGE})
    [cookie] = [each for each in going.headers.getlist("Set-Cookie") if "install" in each]
    assert cookie.startswith("__Host-connector-install-marketplace=")
    assert {"Secure", "HttpOnly", "SameSite=None", "Max-Age=600"} <= {
        part.strip() for part in cookie.split(";")
    }
    ours = browser.post("/install/zendesk", {"subdomain": "sample"})
    [cookie] = [each for each in ours.headers.getlist("Set-Cookie") if "install" in each]
    assert "SameSite=Lax" in cookie


def test_a_marketplace_answer_in_another_browser_asks_for_no_token(market: Install) -> None:
    _, told = through_hubspot(market, market.browser())
    before = market.asked_for_tokens("hubspot")
    for browser in (market.browser(), market.browser("anonymous")):
        answer = browser.get(f"/install/hubspot/marketplace?{urlencode(told)}")
        assert answer.status_code == 400
        assert "Not connected" in answer.text
    assert market.asked_for_tokens("hubspot") == before


def test_a_marketplace_install_without_partner_sign_in_is_sent_to_the_start(market: Install) -> None:
    """HubSpot sends a code that nobody here asked for: it is not exchanged."""
    code = market.consent("hubspot").allow(
        {"redirect_uri": f"{PUBLIC}/install/hubspot/callback", "scope": "oauth"}
    )
    answer = market.browser().get(
        f"/install/hubspot/callback?{urlencode({'code': code, 'returnUrl': HUBSPOT_PAGE})}"
    )
    assert answer.status_code == 400
    assert 'href="/install/hubspot"' in answer.text
    assert market.asked_for_tokens("hubspot") == 0


def test_somebody_who_is_not_signed_in_is_told_how(market: Install) -> None:
    page = market.browser("anonymous").get(f"/install/hubspot/marketplace?{returning(HUBSPOT_PAGE)}")
    assert page.status_code == 200
    assert "empathy-connector sign-in" in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://app.hubspot.com/",
        "https://app.hubspot.com.evil.example/",
        "https://app.hubspot.com@evil.example/",
        "https://evil.example/app.hubspot.com",
        "https://app.hubspot.com:8443/",
        "//app.hubspot.com/",
        "javascript:alert(1)//app.hubspot.com",
        "https://app.hubspot.com/\r\nX: 1",
        "https://app-.hubspot.com/",
        "https://[app.hubspot.com/",
    ],
)
def test_nobody_is_sent_anywhere_but_to_hubspots_own_pages(market: Install, url: str) -> None:
    browser = market.browser()
    assert browser.post("/install/hubspot/marketplace", {"returnUrl": url}).status_code == 400
    shown = browser.get(f"/install/hubspot/marketplace?{returning(url)}")
    assert shown.status_code == 400
    assert "Go on" not in shown.text


def test_the_marketplace_page_may_stand_in_hubspots_frame_and_no_other_may(market: Install) -> None:
    browser = market.browser()
    page = browser.get(f"/install/hubspot/marketplace?{returning(HUBSPOT_PAGE)}")
    assert (
        "frame-ancestors https://app.hubspot.com https://*.hubspot.com"
        in page.headers["Content-Security-Policy"]
    )
    other = browser.get("/install/hubspot")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
