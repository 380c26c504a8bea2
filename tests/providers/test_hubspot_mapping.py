"""HubSpot's records, limits, paths and refusals, without a network."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.errors import Misconfigured, Reauthorize
from connector.model import Role
from connector.providers.gate import Rate
from connector.providers.hubspot import RATES, origin, read_limits
from connector.providers.hubspot.cursor import INDEX_LAG, Cursor, mark, read_cursor
from connector.providers.hubspot.mapping import (
    email_message,
    messages_of,
    private_message,
    thread_message,
    ticket_head,
)
from connector.providers.hubspot.paths import TABLE, THREADS, VERSION, dated, may_repeat
from connector.providers.hubspot.refusals import NoSuchPath, Refused, refusal
from connector.providers.hubspot.values import is_same, parse_time, property_text

NOW = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)


def actor_of(owner_id: str) -> str:
    return f"A-{owner_id}0"


def said(**more: Any) -> dict[str, Any]:
    return {"id": "m1", "type": "MESSAGE", "text": "plain", "createdAt": "2026-03-02T09:00:00Z", **more}


@pytest.mark.parametrize(
    ("actor", "direction", "role", "is_automated"),
    [
        ("A-101", "OUTGOING", Role.AGENT, False),
        ("V-55", "INCOMING", Role.CUSTOMER, False),
        ("E-sam@sample.example", "INCOMING", Role.CUSTOMER, False),
        (None, "INCOMING", Role.CUSTOMER, False),
        ("L-71", "OUTGOING", Role.BOT, True),
        ("B-3", "OUTGOING", Role.BOT, True),
        ("I-991", "OUTGOING", Role.BOT, True),
        ("S-hubspot", "OUTGOING", Role.SYSTEM, True),
        (None, "OUTGOING", Role.SYSTEM, True),
        ("A-101", "INCOMING", Role.SYSTEM, True),
        ("X-9", "OUTGOING", Role.SYSTEM, True),
    ],
)
def test_only_a_users_outgoing_message_is_an_agents_reply(
    actor: str | None, direction: str, role: Role, is_automated: bool
) -> None:
    senders = [{"actorId": actor}] if actor else []
    message = thread_message(said(senders=senders, direction=direction))
    assert message is not None
    assert (message.role, message.is_automated, message.is_public) == (role, is_automated, True)


@pytest.mark.parametrize(
    "kind", ["ASSIGNMENT", "THREAD_STATUS_CHANGE", "THREAD_INBOX_CHANGE", "NEW_THING", None]
)
def test_what_is_no_message_is_skipped(kind: str | None) -> None:
    assert thread_message(said(type=kind, createdBy="A-1")) is None


def test_a_message_that_failed_or_was_archived_is_skipped() -> None:
    assert thread_message(said(createdBy="A-1", status={"statusType": "FAILED"})) is None
    assert thread_message(said(createdBy="A-1", archived=True)) is None


def test_a_comment_is_private_and_a_welcome_is_a_bots() -> None:
    comment = thread_message(said(type="COMMENT", createdBy="A-1"))
    welcome = thread_message(said(type="WELCOME_MESSAGE", createdBy="A-1"))
    assert comment is not None
    assert (comment.role, comment.is_public) == (Role.AGENT, False)
    assert welcome is not None
    assert (welcome.role, welcome.is_automated) == (Role.BOT, True)


def test_an_address_never_becomes_an_authors_id() -> None:
    message = thread_message(said(createdBy="E-sam@sample.example", direction="INCOMING"))
    assert message is not None
    assert message.author_id is None


def test_rich_text_is_taken_as_html_and_plain_text_only_without_it() -> None:
    rich = thread_message(said(createdBy="A-1", direction="OUTGOING", richText="<p>rich</p>"))
    plain = thread_message(said(createdBy="A-1", direction="OUTGOING", richText=""))
    assert rich is not None
    assert (rich.body, rich.is_html) == ("<p>rich</p>", True)
    assert plain is not None
    assert (plain.body, plain.is_html) == ("plain", False)


def email(direction: str, text: str = "Hello", id_: str = "7", **more: str) -> dict[str, Any]:
    values = {"hs_email_direction": direction, "hs_email_text": text, "hs_timestamp": "2026-03-02T09:00:20Z"}
    return {"id": id_, "properties": {**values, **more}}


@pytest.mark.parametrize(
    ("direction", "role", "is_public"),
    [
        ("INCOMING_EMAIL", Role.CUSTOMER, True),
        ("EMAIL", Role.AGENT, True),
        ("FORWARDED_EMAIL", Role.AGENT, False),
    ],
)
def test_an_emails_direction_says_who_wrote_it(direction: str, role: Role, is_public: bool) -> None:
    message = email_message(email(direction, hubspot_owner_id="4"), actor_of)
    assert message is not None
    assert (message.id, message.role, message.is_public) == ("email-7", role, is_public)
    assert message.author_id == (None if role is Role.CUSTOMER else "A-40")


@pytest.mark.parametrize("status", ["BOUNCED", "FAILED", "SCHEDULED", "SENDING"])
def test_an_email_that_reached_nobody_is_skipped(status: str) -> None:
    assert email_message(email("EMAIL", hs_email_status=status), actor_of) is None
    assert email_message(email("SIDEWAYS"), actor_of) is None


@pytest.mark.parametrize(
    ("headers", "is_automated"),
    [
        ('{"Auto-Submitted": "auto-replied"}', True),
        ('{"headers": {"precedence": "bulk"}}', True),
        ('{"auto-submitted": "no", "from": {}}', False),
        ("not json", False),
        ('["a list"]', False),
    ],
)
def test_an_emails_headers_tell_an_auto_reply(headers: str, is_automated: bool) -> None:
    message = email_message(email("INCOMING_EMAIL", hs_email_headers=headers), actor_of)
    assert message is not None
    assert message.is_automated is is_automated


@pytest.mark.parametrize(
    ("kind", "name", "id_"),
    [
        ("notes", "hs_note_body", "note-3"),
        ("calls", "hs_call_body", "call-3"),
        ("communications", "hs_communication_body", "communication-3"),
    ],
)
def test_notes_calls_and_communications_are_private(kind: str, name: str, id_: str) -> None:
    message = private_message(kind, {"id": "3", "properties": {name: "words"}}, actor_of)
    assert (message.id, message.role, message.is_public, message.body) == (id_, Role.AGENT, False, "words")


TICKET = {"id": "1", "properties": {"content": "Help!", "createdate": "2026-03-02T08:00:00Z"}}


def test_an_inbox_mail_that_stands_there_twice_counts_once() -> None:
    message = thread_message(said(createdBy="A-1", direction="OUTGOING", text="We are  on it."))
    assert message is not None
    quoting = email("EMAIL", "We are on it.\n\n> Help!")
    later = email("EMAIL", "We are on it.", "8", hs_timestamp="2026-03-02T10:00:00Z")
    theirs = email("INCOMING_EMAIL", "We are on it.", "9")
    other = email("EMAIL", "It is done.", "10")
    found = messages_of(TICKET, [message], {"emails": [quoting, later, theirs, other]}, actor_of)
    assert [each.id for each in found] == ["m1", "email-9", "email-10", "email-8"]


def test_the_description_is_the_customers_word_only_when_nothing_else_was_said() -> None:
    note = {"id": "3", "properties": {"hs_note_body": "internal", "hs_timestamp": "2026-03-02T10:00:00Z"}}
    alone = messages_of(TICKET, [], {"notes": [note]}, actor_of)
    assert [(each.id, each.role) for each in alone] == [("content", Role.CUSTOMER), ("note-3", Role.AGENT)]
    answered = messages_of(TICKET, [], {"emails": [email("EMAIL")]}, actor_of)
    assert [each.id for each in answered] == ["email-7"]


def test_messages_stand_by_time_with_the_undated_last() -> None:
    rows = [said(id="late", createdAt=None), said(id="early")]
    messages = [message for row in rows if (message := thread_message({**row, "createdBy": "A-1"}))]
    assert [each.id for each in messages_of(TICKET, messages, {}, actor_of)] == ["early", "late"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1772442000000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T10:00:00.5+01:00", datetime(2026, 3, 2, 9, 0, 0, 500000, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 30, None),
    ],
)
def test_times_come_in_many_spellings(value: str | None, expected: datetime | None) -> None:
    assert parse_time(value) == expected


def test_a_ticket_says_whether_it_is_closed_and_where_it_came_from() -> None:
    values = {"hs_is_closed": "true", "source_type": "CHAT", "hs_lastmodifieddate": "1772442000000"}
    values["hs_pipeline"] = "0"
    head = ticket_head({"id": 5, "properties": values}, contact_id="9", is_quiet=True)
    assert (head.id, head.is_closed, head.channel, head.contact_id) == ("5", True, "chat", "9")
    assert head.updated_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert head.attributes == {"pipeline": "0", "channel": "chat"}
    assert ticket_head({"id": 5, "properties": {"hs_pipeline": ""}}).attributes == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (71, "71"),
        (-0.25, "-0.25"),
        (1.0, "1"),
        (-0.0, "0"),
        ("x", "x"),
    ],
)
def test_every_value_goes_as_a_string(value: Any, text: str) -> None:
    assert property_text(value) == text


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        ("", None, True),
        ("0.5", "0.50", True),
        ("2026-03-02T09:00:00Z", "1772442000000", True),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000Z", True),
        ("low", "high", False),
        ("71", None, False),
    ],
)
def test_a_value_is_known_again_in_hubspots_spelling(wanted: str, found: str | None, same: bool) -> None:
    assert is_same(wanted, found) is same


def test_every_path_of_the_package_that_we_use_is_dated() -> None:
    assert {dated(old + "/x") for old, _ in TABLE} == {new + "/x" for _, new in TABLE}
    assert dated("/crm/v3/owners/") == f"/crm/owners/{VERSION}"
    assert all(VERSION in path for path in THREADS)
    with pytest.raises(ValueError, match="no row"):
        dated("/crm/v3/pipelines/tickets")


def test_only_what_creates_something_is_not_sent_twice() -> None:
    assert may_repeat("GET", "/x")
    assert may_repeat("POST", "/crm/objects/2026-09/tickets/batch/update")
    assert may_repeat("POST", "/crm/objects/2026-09/tickets/search")
    assert not may_repeat("POST", "/crm/properties/2026-09/tickets")


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (429, {"retry-after": "3"}, {"policyName": "DAILY"}, 3),
        (429, {}, {"policyName": "SECONDLY"}, 1),
        (429, {}, {"policyName": "TEN_SECONDLY_ROLLING"}, 10),
        (429, {}, {"message": "You have reached your secondly limit."}, 1),
        (429, {}, {"policyName": "DAILY"}, 5400),
        (429, {}, ["odd"], 10),
        (423, {}, {}, 2),
        (477, {"retry-after": "600"}, {}, 600),
        (503, {"retry-after": "20"}, {}, 20),
        (503, {}, {}, None),
        (200, {}, {}, None),
        (400, {}, {}, None),
    ],
)
def test_an_answer_says_when_to_come_back(
    status: int, headers: dict[str, str], body: Any, seconds: int | None
) -> None:
    limits = read_limits(status, headers, json.dumps(body).encode(), NOW)
    assert limits.retry_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_half_of_what_the_headers_allow_is_ours() -> None:
    headers = {"x-hubspot-ratelimit-max": "190", "x-hubspot-ratelimit-interval-milliseconds": "10000"}
    assert read_limits(200, headers, b"", NOW).rates == {"account": Rate(19, timedelta(seconds=2))}
    assert read_limits(200, {**headers, "x-hubspot-ratelimit-max": "odd"}, b"", NOW).rates is None
    assert RATES["search"].calls / RATES["search"].per.total_seconds() == 2.5


@pytest.mark.parametrize(
    ("most", "rate"), [("10", Rate(1, timedelta(seconds=2))), ("2", Rate(1, timedelta(seconds=10)))]
)
def test_our_share_is_spread_evenly_and_never_more_than_half(most: str, rate: Rate) -> None:
    headers = {"x-hubspot-ratelimit-max": most, "x-hubspot-ratelimit-interval-milliseconds": "10000"}
    assert read_limits(200, headers, b"", NOW).rates == {"account": rate}


def test_a_missing_scope_is_named() -> None:
    body = {
        "category": "MISSING_SCOPES",
        "message": "secret words",
        "errors": [{"context": {"requiredGranularScopes": ["conversations.read"]}}],
    }
    error = refusal(403, json.dumps(body).encode(), "/x")
    assert isinstance(error, Misconfigured)
    assert "conversations.read" in str(error)
    assert isinstance(refusal(403, b"{}", "/x"), Misconfigured)


def test_a_refusal_repeats_codes_and_no_words() -> None:
    body = {
        "category": "VALIDATION_ERROR",
        "message": "marmalade",
        "errors": [{"code": "INVALID_OPTION", "message": "marmalade"}],
    }
    error = refusal(400, json.dumps(body).encode(), "/x")
    assert isinstance(error, Refused)
    assert error.note == "VALIDATION_ERROR, INVALID_OPTION"
    assert "marmalade" not in str(error) + repr(error)


def test_html_means_no_such_path_and_json_no_such_record() -> None:
    assert isinstance(refusal(404, b"<html></html>", "/x"), NoSuchPath)
    assert isinstance(refusal(404, b'{"category": "OBJECT_NOT_FOUND"}', "/x"), Refused)
    assert isinstance(refusal(401, b"{}", "/x"), Reauthorize)


def test_a_finished_window_trails_by_the_lag_and_survives_as_text() -> None:
    window = Cursor(begin=NOW - timedelta(days=1)).started(NOW).past("70", ["b"])
    assert window.started(NOW + timedelta(hours=1)).end == NOW
    assert read_cursor(window.text()) == window
    finished = window.finished(["a"])
    assert (finished.begin, finished.end, finished.after) == (NOW - INDEX_LAG, None, 0)
    assert read_cursor(finished.text()).seen == {"a", "b"}


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"after": "x"}'])
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="--full"):
        read_cursor(text)


def test_a_change_is_marked_by_its_time() -> None:
    assert mark("thread", "1", "a") == mark("thread", "1", "a") != mark("thread", "1", "b")


def test_the_origin_is_hubspots_unless_an_operator_says_otherwise() -> None:
    assert origin({}) == "https://api.hubapi.com"
    assert origin({"api_origin": "http://127.0.0.1:9/"}) == "http://127.0.0.1:9"
