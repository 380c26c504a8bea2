"""The pages inside Zendesk: who gets them, what a token allows, and what every answer carries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from connector.errors import RetryLater
from connector.model import Role
from connector.web.ticket_page import words_of
from connector.web.view_tokens import Pass, issue, read
from tests.fakes.clock import MORNING
from tests.fakes.zendesk_app import claims_of, token_for
from tests.fakes.zendesk_office import CARING, COOL, NAME, PUBLIC, UPSET, ZendeskOffice
from tests.timing import least_seconds


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ZendeskOffice]:
    made = ZendeskOffice(tmp_path)
    yield made
    made.app.store.close()


@pytest.fixture
def ticket(office: ZendeskOffice) -> str:
    made = office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, COOL))
    office.sync()
    return made


def opened(office: ZendeskOffice, path: str = "/zendesk/sidebar", **more: Any) -> TestResponse:
    token = more.pop("token", None) or office.token()
    return office.web.test_client().post(path, base_url=PUBLIC, data={"token": token}, **more)


def start_of(answer: TestResponse) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="start">(.*?)</script>', answer.text)
    assert found
    start: dict[str, Any] = json.loads(found[1])
    return start


def asked(office: ZendeskOffice, path: str, token: str, body: Any) -> TestResponse:
    return office.web.test_client().post(
        path, base_url=PUBLIC, json=body, headers={"Authorization": f"Bearer {token}"}
    )


def shown(office: ZendeskOffice, ticket: str, language: str = "en") -> TestResponse:
    token = start_of(opened(office))["token"]
    return asked(office, "/zendesk/sidebar/ticket", token, {"ticket": ticket, "language": language})


def directive(answer: TestResponse, name: str) -> str:
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    return policy[name]


def test_the_page_may_be_framed_by_this_account_alone(office: ZendeskOffice) -> None:
    """S-15."""
    answer = opened(office)
    assert answer.status_code == 200
    assert directive(answer, "frame-ancestors") == "https://sample.zendesk.com"
    assert directive(answer, "script-src").split() == [
        "'self'",
        "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js",
    ]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.headers.getlist("Set-Cookie"), "third-party cookies cannot be relied on"


@pytest.mark.parametrize("path", ["/zendesk/sidebar", "/zendesk/nav"])
def test_without_zendesks_word_there_is_only_an_explanation(office: ZendeskOffice, path: str) -> None:
    client = office.web.test_client()
    for answer in (
        client.get(path, base_url=PUBLIC),
        client.post(path, base_url=PUBLIC),
        client.post(path, base_url=PUBLIC, data={"token": "not a token"}),
        opened(office, path, token=token_for(claims_of(office.now(), "sample"), key="another app")),
        opened(office, path, token=token_for(claims_of(office.now() - timedelta(hours=1), "sample"))),
    ):
        assert answer.status_code == 401
        assert "Zendesk" in answer.text
        assert "application/json" not in answer.text
        assert directive(answer, "frame-ancestors") == "https://*.zendesk.com"


def test_an_oversized_token_is_not_read(office: ZendeskOffice) -> None:
    assert opened(office, token="x" * 100_000).status_code == 413


def test_an_account_that_is_not_connected_is_told_so(office: ZendeskOffice) -> None:
    answer = opened(office, token=token_for(claims_of(office.now(), "elsewhere")))
    assert "Not connected yet" in answer.text
    assert directive(answer, "frame-ancestors") == "https://elsewhere.zendesk.com"
    nav = opened(office, "/zendesk/nav", token=token_for(claims_of(office.now(), "elsewhere")))
    assert 'href="/install/zendesk?subdomain=elsewhere"' in nav.text
    assert "/sign-in/" not in nav.text


@pytest.mark.parametrize("file", [None, Path("/nowhere/key.pem"), Path("/dev/null")])
def test_a_server_without_the_apps_key_says_so(tmp_path: Path, file: Path | None) -> None:
    office = ZendeskOffice(tmp_path, zendesk_app_key_file=file)
    answer = opened(office, token=token_for(claims_of(office.now(), "sample")))
    assert answer.status_code == 503
    assert "public key" in answer.text
    office.app.store.close()


def test_a_locked_server_says_so_inside_zendesk(office: ZendeskOffice) -> None:
    office.app.settings.master_key_file.unlink()
    office.app.__dict__.pop("master_key", None)
    answer = opened(office)
    assert answer.status_code == 503
    assert "Locked" in answer.text
    assert directive(answer, "frame-ancestors") == "https://*.zendesk.com"


def test_the_view_holds_scores_and_no_words_of_the_ticket(office: ZendeskOffice, ticket: str) -> None:
    answer = shown(office, ticket)
    said = answer.get_json()
    assert answer.status_code == 200
    assert "low" in said["html"]
    assert "may read as dismissive" in said["html"].lower()
    for words in ("guaranteed", "furious", "birthday", "terms"):
        assert words not in answer.text
    (mark,) = said["marks"].values()
    assert set(mark) == {"key", "mac", "passages"}


def test_the_key_of_a_body_is_for_that_message_alone(office: ZendeskOffice) -> None:
    first, second = (office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, CARING)) for _ in range(2))
    office.sync()
    keys = [
        mark["key"] for id_ in (first, second) for mark in shown(office, id_).get_json()["marks"].values()
    ]
    macs = [
        mark["mac"] for id_ in (first, second) for mark in shown(office, id_).get_json()["marks"].values()
    ]
    assert len({*keys, *macs}) == 4, "the same words, and nothing in common"


def test_german_is_spoken_where_it_is_asked_for(office: ZendeskOffice, ticket: str) -> None:
    page = opened(office, headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert 'lang="de"' in page.text
    html = shown(office, ticket, "de-AT").get_json()["html"]
    assert "Der Kunde ist verärgert" in html
    assert "The customer" not in html


def test_a_ticket_nobody_has_read_is_no_error(office: ZendeskOffice, ticket: str) -> None:
    assert ticket
    assert "Not read yet" in shown(office, "999").get_json()["html"]


def test_before_the_first_sync_the_view_says_so(office: ZendeskOffice) -> None:
    assert "Nothing is read yet" in shown(office, "1").get_json()["html"]


def test_an_ended_connection_is_named(office: ZendeskOffice, ticket: str) -> None:
    assert ticket
    ended = replace(office.app.installation(NAME), needs_authorization=True)
    office.app.store.save_installation(ended, sealed_token=None, wrapped_key=b"")
    assert "The connection has ended" in shown(office, "999").get_json()["html"]


@pytest.mark.parametrize("body", [None, [], {}, {"ticket": 1}, {"ticket": "1/../2"}, {"ticket": "١"}, "x"])
def test_only_the_number_of_a_ticket_is_taken(office: ZendeskOffice, body: Any) -> None:
    token = start_of(opened(office))["token"]
    assert asked(office, "/zendesk/sidebar/ticket", token, body).status_code == 400


def test_a_token_is_for_fifteen_minutes_and_for_what_it_was_made_for(
    office: ZendeskOffice, ticket: str
) -> None:
    """S-12."""
    page = start_of(opened(office))["token"]
    about = shown(office, ticket).get_json()["ticket_token"]
    choice = {"choice": "fits"}
    assert asked(office, "/zendesk/sidebar/dispute", page, choice).status_code == 401
    assert asked(office, "/zendesk/sidebar/ticket", about, {"ticket": ticket}).status_code == 401
    assert asked(office, "/zendesk/sidebar/ticket", office.token(), {"ticket": ticket}).status_code == 401
    office.world.tick(15 * 60)
    assert asked(office, "/zendesk/sidebar/ticket", page, {"ticket": ticket}).status_code == 401
    assert asked(office, "/zendesk/sidebar/dispute", about, choice).status_code == 401
    assert office.app.store.disputes(NAME) == []


def test_a_page_that_stays_open_is_renewed_but_not_for_ever(office: ZendeskOffice, ticket: str) -> None:
    token, minutes = start_of(opened(office))["token"], 0
    while True:
        office.world.tick(14 * 60)
        answer = asked(office, "/zendesk/sidebar/ticket", token, {"ticket": ticket})
        if answer.status_code == 401:
            break
        token, minutes = answer.get_json()["token"], minutes + 14
    assert 9 * 60 < minutes <= 10 * 60


def test_a_token_of_another_installation_or_key_is_none() -> None:
    now, keys = MORNING, {"a": b"a" * 32, "b": b"b" * 32}
    granted = Pass("a", "Zendesk user 7", int(now.timestamp()), "12")
    token = issue(granted, keys["a"], now)
    assert read(token, keys.get, now) == granted
    header, body, signature = token.split(".")
    forged = issue(granted, keys["b"], now)
    for other in (
        forged,
        f"{header}.{body}.{signature.swapcase()}",
        f"{header}.{forged.split('.')[1]}x.{signature}",
        f"{body}.{header}.{signature}",
        "..",
        "a.b.c",
        "",
        token + "é",
        "x" * 5000,
    ):
        assert read(other, keys.get, now) is None, other
    assert read(token, {"b": keys["b"]}.get, now) is None


def test_a_dispute_is_raised_once_however_often_it_is_sent(office: ZendeskOffice, ticket: str) -> None:
    token = shown(office, ticket).get_json()["ticket_token"]
    for choice in ("fits", "fits", "misread"):
        answer = asked(office, "/zendesk/sidebar/dispute", token, {"choice": choice})
        assert answer.get_json()["review"]["status"] == "open"
    (raised,) = office.app.store.disputes(NAME)
    assert raised.raised_by == "Zendesk user 7"
    html = shown(office, ticket).get_json()["html"]
    assert "A person will look at it" in html
    assert "data-dispute" not in html


@pytest.mark.parametrize("body", [{"choice": "because"}, {"choice": ["fits"]}, {}, [], None])
def test_a_dispute_gives_one_of_the_reasons(office: ZendeskOffice, ticket: str, body: Any) -> None:
    token = shown(office, ticket).get_json()["ticket_token"]
    assert asked(office, "/zendesk/sidebar/dispute", token, body).status_code == 400
    assert office.app.store.disputes(NAME) == []


def test_what_has_no_score_cannot_be_disputed(office: ZendeskOffice, ticket: str) -> None:
    assert ticket
    token = shown(office, "999").get_json()["ticket_token"]
    assert asked(office, "/zendesk/sidebar/dispute", token, {"choice": "fits"}).status_code == 400


def test_a_corrected_score_is_shown_as_corrected(office: ZendeskOffice, ticket: str) -> None:
    disputing = office.app.disputing(NAME)
    disputing.contest(ticket, by="Kim", reason="It was said on the phone.")
    disputing.decide(ticket, "corrected", empathy=72, by="Lee", reason="It was.")
    html = shown(office, ticket).get_json()["html"]
    assert "set it to 72" in html
    assert ">72<" in html
    assert "Kim" not in html
    assert "Lee" not in html


def test_the_overview_signs_admins_in_and_nobody_else(office: ZendeskOffice, ticket: str) -> None:
    admin, agent = office.world.account.admin.id, office.world.account.agent.id
    page = opened(office, "/zendesk/nav", token=office.token(user=admin)).text
    link = re.search(r'href="(/sign-in/[\w-]+)"', page)
    assert link
    redeemed = office.app.signing_in.redeem(link[1].rpartition("/")[2])
    assert redeemed
    visitor = redeemed[1]
    assert (visitor.role.word, visitor.installation) == ("admin", NAME)
    for user in (agent, office.world.account.tickets[int(ticket)].requester_id, 999):
        page = opened(office, "/zendesk/nav", token=office.token(user=user)).text
        assert "/sign-in/" not in page
        assert "for the administrators" in page


def test_when_zendesk_does_not_say_who_is_an_admin_nobody_is(
    office: ZendeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> bool:
        raise RetryLater("Busy.", not_before_at=office.now())

    monkeypatch.setattr(office.app, "is_zendesk_admin", busy)
    page = opened(office, "/zendesk/nav", token=office.token(user=office.world.account.admin.id)).text
    assert "/sign-in/" not in page
    assert "did not say just now" in page


def test_tokens_reach_no_log(office: ZendeskOffice, ticket: str, caplog: pytest.LogCaptureFixture) -> None:
    """S-13."""
    caplog.set_level("DEBUG")
    token = office.token()
    opened(office, token=token)
    opened(office, token=token + "x")
    shown(office, ticket)
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "zendesk token refused" in logged
    assert token.split(".")[1] not in logged


def test_the_view_takes_less_than_300_milliseconds_of_the_server(office: ZendeskOffice) -> None:
    said = [(Role.CUSTOMER, UPSET), (Role.AGENT, CARING)] * 20
    long = office.ticket(*said)
    office.sync()
    shown(office, long)
    assert least_seconds(lambda: shown(office, long), enough=0.3) < 0.3


def test_both_languages_have_every_word() -> None:
    def shape(value: Any) -> Any:
        return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else "text"

    english, german = words_of("en"), words_of("de")
    assert shape(english) == shape(german)
    assert words_of("fr") == english
