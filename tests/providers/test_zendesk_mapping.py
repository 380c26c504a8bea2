"""Zendesk's records as our nouns, case by case, and what its answers say about limits and tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from connector.errors import Misconfigured, Reauthorize, RetryLater
from connector.model import Role, Token
from connector.providers.gate import Rate, utc_now
from connector.providers.zendesk import RATES, origin, read_limits, refresh_token
from connector.providers.zendesk.changes import Ours, is_comment, is_harmless, is_ours, rewrites
from connector.providers.zendesk.mapping import People, comment, head, is_messaging, turn
from connector.providers.zendesk.place import LONGEST_LIST, Place

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROLES = {"1": "end-user", "2": "agent", "3": "admin", "4": "end-user", "5": None}
PEOPLE = People(requester_id="1", assignee_id="4", role_of=ROLES.get)


@pytest.mark.parametrize(
    ("author", "extra", "role", "is_automated"),
    [
        (1, {}, Role.CUSTOMER, False),
        (2, {}, Role.AGENT, False),
        (3, {"public": False}, Role.AGENT, False),
        (4, {}, Role.AGENT, False),  # the assignee has left the team since
        (5, {}, Role.CUSTOMER, False),
        (5, {"public": False}, Role.AGENT, False),
        (-1, {}, Role.SYSTEM, True),
        (None, {}, Role.SYSTEM, True),
        (2, {"via": {"channel": "rule"}}, Role.SYSTEM, True),
        (2, {"via": "Rule"}, Role.SYSTEM, True),
        (2, {"via": {"channel": "email"}}, Role.AGENT, False),
        (2, {"type": "VoiceComment"}, Role.AGENT, True),
    ],
)
def test_who_wrote_a_comment(
    author: int | None, extra: dict[str, Any], role: Role, *, is_automated: bool
) -> None:
    message = comment({"id": 9, "author_id": author, "body": "x", "public": True, **extra}, PEOPLE)
    assert (message.role, message.is_automated) == (role, is_automated)
    assert message.is_public is (extra.get("public") is not False)


def test_an_agent_who_asks_for_themselves_is_the_customer() -> None:
    people = People(requester_id="2", assignee_id="3", role_of=ROLES.get)
    assert comment({"id": 9, "author_id": 2, "body": "x"}, people).role is Role.CUSTOMER


@pytest.mark.parametrize(
    ("record", "body", "is_html"),
    [
        ({"body": "plain", "html_body": "<p>rich</p>"}, "<p>rich</p>", True),
        ({"body": "plain", "html_body": ""}, "plain", False),
        ({"body": "plain"}, "plain", False),
        ({"body": None}, "", False),
        ({"plain_body": "only in one of the lists"}, "", False),
    ],
)
def test_which_body_is_read(record: dict[str, Any], body: str, *, is_html: bool) -> None:
    message = comment({"id": 9, "author_id": 1, **record}, PEOPLE)
    assert (message.body, message.is_html) == (body, is_html)


@pytest.mark.parametrize(
    ("author", "role"),
    [
        ({"type": "user"}, Role.CUSTOMER),
        ({"type": "agent", "zen:support:user_id": "2"}, Role.AGENT),
        ({"type": "agent", "zen:support:user_id": 1}, Role.CUSTOMER),
        ({"type": "bot"}, Role.BOT),
        ({"type": "system"}, Role.SYSTEM),
        (None, Role.SYSTEM),
    ],
)
def test_who_wrote_a_turn(author: dict[str, Any] | None, role: Role) -> None:
    record = {
        "id": "01A",
        "type": "Messaging::ConversationMessage",
        "author": author,
        "content": {"text": "x"},
    }
    message = turn(record, PEOPLE)
    assert message is not None
    assert (message.role, message.body) == (role, "x")


@pytest.mark.parametrize(
    ("content", "body", "is_html"),
    [
        ({"type": "text", "text": "hello"}, "hello", False),
        ({"type": "html", "html_body": "<b>hello</b>", "body": "hello"}, "<b>hello</b>", True),
        ({"type": "image", "mediaUrl": "https://example.com/a.png"}, "", False),
        ("hello", "hello", False),
        (None, "", False),
    ],
)
def test_what_a_turn_says(content: Any, body: str, *, is_html: bool) -> None:
    message = turn({"id": "01A", "author": {"type": "user"}, "content": content}, PEOPLE)
    assert message is not None
    assert (message.body, message.is_html) == (body, is_html)


def test_an_event_of_a_log_that_is_no_message_is_left_out() -> None:
    assert turn({"id": "01A", "type": "Messaging::TypingStarted"}, PEOPLE) is None


def test_a_note_in_a_log_is_private() -> None:
    note = turn(
        {"id": "1", "type": "Comment", "author": {"type": "agent"}, "metadata": {"public": False}}, PEOPLE
    )
    assert note is not None
    assert not note.is_public


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ({"via": {"channel": "native_messaging"}}, True),
        ({"from_messaging_channel": True, "via": {"channel": "whatsapp"}}, True),
        ({"from_messaging_channel": False, "via": {"channel": "email"}}, False),
        ({}, False),
    ],
)
def test_which_tickets_are_chats(ticket: dict[str, Any], *, expected: bool) -> None:
    assert is_messaging(ticket) is expected


def test_a_head_says_what_the_ticket_says() -> None:
    ticket = {
        "id": 7,
        "status": "closed",
        "requester_id": 1,
        "tags": ["empathy_opt_out"],
        "via": {"channel": "Web"},
        "brand_id": 360_001,
    }
    found = head(ticket | {"updated_at": "2026-03-02T10:30:00+01:00"}, is_opted_out=False)
    assert (found.id, found.contact_id, found.channel, found.updated_at) == ("7", "1", "web", NOW)
    assert found.is_closed
    assert found.is_opted_out
    assert found.attributes == {"brand": "360001", "channel": "web"}
    assert head({"id": 7, "brand_id": None}, is_opted_out=False).attributes == {}
    assert head({"id": 7, "status": "deleted"}, is_opted_out=False).is_deleted


OURS = Ours("77", frozenset({"11", "12"}), frozenset({"empathy_low", "empathy_high"}))


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        ([{"event_type": "Change", "field_name": "11", "value": "71", "previous_value": None}], True),
        ([{"event_type": "Change", "field_name": "custom_fields_12"}], True),
        ([{"event_type": "Change", "field": 11}], True),
        ([{"event_type": "Change", "field": {"id": 11}, "value": 71}], True),
        ([{"event_type": "Change", "field_id": 12, "field_title": "Empathy band"}], True),
        ([{"event_type": "Change", "field_name": "custom_field_12"}], True),
        ([{"event_type": "FieldChange", "field_name": "11"}], True),
        ([{"id": 5, "field_name": "11", "value": "71"}], True),
        ([{"event_type": "Change", "field_id": 99}], False),
        ([{"event_type": "Change", "custom_ticket_fields": {"11": "71", "12": "x"}}], True),
        ([{"event_type": "Change", "custom_fields": [{"id": 11, "value": "71"}]}], True),
        ([{"event_type": "Change", "11": "71", "previous_value": None}], True),
        ([{"event_type": "Change", "field_name": "11"}, {"event_type": "Notification"}], True),
        (
            [{"event_type": "Change", "added_tags": ["empathy_low"], "removed_tags": [], "tags": ["vip"]}],
            True,
        ),
        ([{"event_type": "Change", "tags": ["vip", "empathy_low"], "previous_value": ["vip"]}], True),
        (
            [
                {
                    "event_type": "Change",
                    "field_name": "tags",
                    "value": "vip empathy_low",
                    "previous_value": "vip",
                }
            ],
            True,
        ),
        ([{"event_type": "Change", "field_name": "tags", "value": ["vip"], "previous_value": []}], False),
        ([{"event_type": "Change", "added_tags": ["vip"], "removed_tags": ["empathy_low"]}], False),
        ([{"event_type": "Change", "field_name": "priority"}], False),
        ([{"event_type": "Change", "status": "open", "previous_value": "new"}], False),
        ([{"event_type": "Change", "custom_ticket_fields": {"11": "71", "99": "x"}}], False),
        ([{"event_type": "Change", "field_name": "11"}, {"event_type": "Change", "priority": "high"}], False),
        ([{"event_type": "Change", "field_name": "11"}, {"event_type": "Comment", "body": "x"}], False),
        ([{"event_type": "Change"}], False),
        ([], False),
    ],
)
def test_which_events_are_our_own_writes(children: list[dict[str, Any]], *, expected: bool) -> None:
    assert is_ours({"updater_id": 77, "child_events": children}, OURS) is expected
    assert not is_ours({"updater_id": 78, "child_events": children}, OURS)
    assert not is_ours({"updater_id": 77, "child_events": children}, Ours(None, OURS.field_ids, OURS.tags))


@pytest.mark.parametrize(
    ("name", "harmless", "says", "rewritten"),
    [
        ("Change", True, False, False),
        ("Notification", True, False, False),
        ("Comment", False, True, False),
        ("VoiceComment", False, True, False),
        ("CommentRedactionEvent", False, False, True),
        ("CommentPrivacyChange", False, False, True),
        ("StatusChange", True, False, False),
        ("Create", False, False, False),
        ("SomethingNew", False, False, False),
    ],
)
def test_which_events_touch_messages(name: str, *, harmless: bool, says: bool, rewritten: bool) -> None:
    child = {"event_type": name}
    assert (is_harmless(child), is_comment(child), rewrites(child)) == (harmless, says, rewritten)


def test_a_place_survives_its_text() -> None:
    place = Place(
        after="abc==", mark=7, done=("1", "2"), events=9, edge=("5",), noisy=(("8", 5),), doubt=1, seen=7
    )
    assert Place.read(place.text()) == place
    assert Place.read(None) == Place()
    for broken in ("nonsense", "[]", '{"mark":"x"}', '{"done":5}', "{"):
        assert Place.read(broken) is None


def test_a_refused_cursor_never_moves_forward() -> None:
    place = Place(after="abc", seen=10_000, events=20_000, mark=10_000, done=("1",)).behind()
    assert (place.after, place.start, place.events, place.done) == (None, 9_700, 9_700, ())
    assert Place(after="abc").behind().start == 1


def test_a_cursor_of_before_keeps_its_loud_tickets() -> None:
    place = Place.read('{"after": "abc==", "noisy": ["12", "360000000051"]}')
    assert place is not None
    assert place.noisy == (("12", 1), ("360000000051", 1))


def test_too_many_loud_tickets_make_a_place_doubtful_and_not_long() -> None:
    place = Place().knowing(5, (), {str(number): number for number in range(LONGEST_LIST + 1)})
    assert (len(place.noisy), place.doubt) == (LONGEST_LIST, 2)


@pytest.mark.parametrize(
    "subdomain",
    [
        "",
        "a.evil.com/",
        "a@evil",
        "a#",
        "a%2f",
        "..",
        "acme\n",
        "-acme",
        "acme-",
        "ACME",
        "ä",
        "a" * 64,
        "a b",
        "a:1",
    ],
)
def test_what_is_no_subdomain_is_refused(subdomain: str) -> None:
    with pytest.raises(Misconfigured, match="subdomain"):
        origin({"subdomain": subdomain})


def test_an_operators_origin_wins() -> None:
    assert origin({"subdomain": "acme"}) == "https://acme.zendesk.com"
    assert origin({"subdomain": "acme", "api_origin": "http://127.0.0.1:8080/"}) == "http://127.0.0.1:8080"


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "headers", "wait", "rates"),
    [
        (200, {}, None, None),
        (200, {"x-rate-limit": "700"}, None, {"account": Rate(350, MINUTE)}),
        (200, {"ratelimit-limit": "10", "ratelimit-remaining": "9"}, None, {"account": Rate(5, MINUTE)}),
        (200, {"x-rate-limit": "1"}, None, {"account": Rate(1, MINUTE)}),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": "17"}, 17, None),
        (200, {"ratelimit-remaining": "1", "ratelimit-reset": "17"}, None, None),
        (
            200,
            {"zendesk-ratelimit-incremental-exports": "total=30;remaining=9;resets=53"},
            None,
            {"incremental": Rate(15, MINUTE)},
        ),
        (
            200,
            {"zendesk-ratelimit-update-tickets": "total=300;remaining=9"},
            None,
            {"update": Rate(150, MINUTE)},
        ),
        (200, {"zendesk-ratelimit-inflight-jobs": "total=30;remaining=9;resets=0"}, None, None),
        (429, {"retry-after": "31"}, 31, None),
        (503, {"retry-after": "12"}, 12, None),
        (500, {"retry-after": "12"}, None, None),
        (429, {"retry-after": "-5"}, 1, None),
    ],
)
def test_what_headers_say_about_limits(
    status: int, headers: dict[str, str], wait: int | None, rates: dict[str, Rate] | None
) -> None:
    limits = read_limits(status, headers, b"", NOW)
    assert limits.retry_at == (NOW + timedelta(seconds=wait) if wait is not None else None)
    assert limits.rates == rates


def test_half_of_every_documented_limit_is_ours_before_the_first_answer() -> None:
    assert RATES["incremental"] == Rate(5, MINUTE)
    assert RATES["update"] == Rate(50, MINUTE)


OLD = Token("old-access", "old-refresh", client_id="client", client_secret="fake-secret")
TOKENS = "https://acme.zendesk.com/oauth/tokens"


def renew(token: Token = OLD) -> Token:
    return refresh_token(token, origin="https://acme.zendesk.com", session=requests.Session())


@responses.activate
def test_a_renewal_brings_both_tokens_and_keeps_the_client() -> None:
    answer = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 1800}
    sent = responses.post(TOKENS, json=answer)
    token = renew()
    assert (token.access_token, token.refresh_token) == ("new-access", "new-refresh")
    assert (token.client_id, token.client_secret) == ("client", "fake-secret")
    assert token.expires_at is not None
    assert timedelta(minutes=29) < token.expires_at - utc_now() <= timedelta(minutes=30)
    assert json.loads(sent.calls[0].request.body)["grant_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Reauthorize), (401, Reauthorize), (404, Misconfigured), (429, RetryLater), (500, RetryLater)],
)
@responses.activate
def test_a_renewal_that_fails_says_what_to_do_and_is_not_repeated(
    status: int, error: type[Exception]
) -> None:
    sent = responses.post(
        TOKENS, status=status, json={"error": "invalid_grant"}, headers={"Retry-After": "40"}
    )
    with pytest.raises(error) as raised:
        renew()
    assert sent.call_count == 1
    assert "old-refresh" not in str(raised.value)
    if isinstance(raised.value, RetryLater):
        assert raised.value.not_before_at > utc_now() + timedelta(seconds=35)


@pytest.mark.parametrize(
    "body", [requests.ConnectionError("lost"), requests.ReadTimeout("slow"), "no JSON", "[]"]
)
@responses.activate
def test_a_renewal_without_a_usable_answer_waits(body: Any) -> None:
    sent = responses.post(TOKENS, body=body)
    with pytest.raises(RetryLater):
        renew()
    assert sent.call_count == 1


def test_a_bare_token_cannot_be_renewed() -> None:
    with pytest.raises(Reauthorize, match="without a refresh token"):
        renew(Token("bare"))
