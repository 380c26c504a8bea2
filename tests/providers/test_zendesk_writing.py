"""Writing to a Zendesk account: jobs and how they end, fields and how they are made."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from connector.errors import Misconfigured, Reauthorize, RetryLater, Unreadable
from connector.fields import all_fields, fields_to_create
from connector.model import Outcome, Role, Write
from connector.providers.zendesk import sdk
from connector.providers.zendesk.jobs import verdict
from connector.providers.zendesk.values import encoded, is_same, option_tags
from tests.fakes.zendesk_world import ORIGIN, ZendeskWorld

from .contract import VALUES, read
from .world import Said

FIELDS = fields_to_create(extended=False)
EVERY_FIELD = fields_to_create(extended=True)


@pytest.fixture
def world() -> ZendeskWorld:
    world = ZendeskWorld()
    world.provider(field_ids=None).ensure_fields(EVERY_FIELD)
    world.requests.clear()
    return world


def add(world: ZendeskWorld, count: int, *, is_closed: bool = False) -> list[str]:
    said = [Said(Role.CUSTOMER, "Where is it?")]
    return [world.add_conversation(said, is_closed=is_closed) for _ in range(count)]


def write(world: ZendeskWorld, ids: list[str], **options: Any) -> dict[str, Outcome]:
    batch = [Write(ticket_id, VALUES) for ticket_id in ids]
    return {row.id: row.outcome for row in world.provider(**options).write(batch)}


def sent(world: ZendeskWorld, method: str, pattern: str) -> int:
    return sum(1 for seen in world.requests if seen.method == method and re.search(pattern, seen.path))


@pytest.mark.parametrize("details", ["text", "object"])
def test_a_job_that_completed_is_read_row_by_row(world: ZendeskWorld, details: str) -> None:
    world.account.quirks.row_details = details
    open_ids, closed, gone = add(world, 3), add(world, 1, is_closed=True), add(world, 1)
    world.delete(gone[0])
    outcomes = write(world, [*open_ids, *closed, *gone, "999"])
    assert [outcomes[ticket_id] for ticket_id in open_ids] == [Outcome.WRITTEN] * 3
    assert outcomes[closed[0]] is Outcome.LOCKED
    assert outcomes[gone[0]] is outcomes["999"] is Outcome.GONE
    assert sent(world, "PUT", "update_many") == 1


@pytest.mark.parametrize("fate", ["failed", "killed"])
def test_a_job_that_failed_is_settled_by_looking_at_the_tickets(world: ZendeskWorld, fate: str) -> None:
    ids = add(world, 2)
    world.account.quirks.job_fates = [fate]
    assert write(world, ids) == {}
    assert sent(world, "GET", "tickets/show_many") == 2, "one look before, for chats, and one after"
    assert write(world, ids) == dict.fromkeys(ids, Outcome.WRITTEN)


def test_a_job_that_failed_after_its_rows_were_written_counts_as_written(world: ZendeskWorld) -> None:
    ids = add(world, 2)
    write(world, ids)
    world.account.quirks.job_fates = ["failed"]
    assert write(world, ids) == dict.fromkeys(ids, Outcome.WRITTEN)


def test_a_job_that_outlasts_our_patience_is_settled_by_looking(world: ZendeskWorld) -> None:
    ids = add(world, 2)
    world.account.quirks.polls_to_finish = 1000
    assert write(world, ids) == dict.fromkeys(ids, Outcome.WRITTEN)


def test_many_rows_go_in_hundreds_and_their_jobs_are_followed_together(world: ZendeskWorld) -> None:
    ids = add(world, 250)
    assert write(world, ids) == dict.fromkeys(ids, Outcome.WRITTEN)
    assert world.app.jobs.most_rows == 100
    assert sent(world, "PUT", "update_many") == 3
    assert sent(world, "GET", "job_statuses/show_many") <= 3


def test_what_is_known_is_answered_when_the_account_grows_busy(world: ZendeskWorld) -> None:
    ids = add(world, 1_100)
    provider = world.provider()
    sends: list[str] = []
    original = world._see

    def busy_at_the_last_batch(request: Any) -> None:
        original(request)
        sends.append(request.method)
        if sends.count("PUT") == 11 and request.method == "PUT":
            world.be_busy(seconds=600)

    world._see = busy_at_the_last_batch  # type: ignore[method-assign]
    adapter = provider._http.session.get_adapter(ORIGIN)
    adapter._on_send = busy_at_the_last_batch
    outcomes = provider.write([Write(ticket_id, VALUES) for ticket_id in ids])
    assert {row.id for row in outcomes} == set(ids[:1000])
    with pytest.raises(RetryLater):
        provider.write([Write(ticket_id, VALUES) for ticket_id in ids[1000:]])


def test_only_our_fields_are_sent(world: ZendeskWorld) -> None:
    ids = add(world, 1)
    bodies: list[Any] = []
    provider = world.provider()
    adapter = provider._http.session.get_adapter(ORIGIN)
    adapter._on_send = lambda request: bodies.append(request.body)
    provider.write([Write(ids[0], {**VALUES, "empathy_score": None})])
    row = json.loads(next(filter(None, bodies)))["tickets"][0]
    assert row.keys() == {"id", "custom_fields"}
    assert {str(field["id"]) for field in row["custom_fields"]} <= set((world.field_ids() or {}).values())
    assert [field["value"] for field in row["custom_fields"]].count(None) == 1


def test_a_chat_that_moved_since_it_was_read_stays_owed_until_it_is_read_again(world: ZendeskWorld) -> None:
    said = [Said(Role.CUSTOMER, "Hello"), Said(Role.BOT, "A moment please")]
    ids = [world.add_conversation(said) for _ in range(2)]
    world.tick(120)
    provider = world.provider()
    cursor = read(provider).cursors[-1]
    world.tick(5)
    world.add_message(ids[0], Said(Role.CUSTOMER, "This is no help at all"))
    world.tick(5)
    batch = [Write(ticket_id, VALUES) for ticket_id in ids]
    assert [row.id for row in provider.write(batch)] == [ids[1]]
    assert write(world, ids[:1]) == {}, "nor does a new process that has not read it"
    world.tick(120)
    provider = world.provider()
    again = read(provider, cursor, lambda head: not head.is_quiet)
    assert len(again.one(ids[0]).messages) == 3
    assert [row.outcome for row in provider.write(batch[:1])] == [Outcome.WRITTEN]


def test_contacts_are_written_by_a_job_as_well(world: ZendeskWorld) -> None:
    contact = world.add_contact()
    rows = [
        Write(contact, {"empathy_contact_score": 64, "empathy_contact_sentiment": -0.5}),
        Write("999", VALUES),
    ]
    outcomes = world.provider().write_contacts(rows)
    assert [(row.id, row.outcome) for row in outcomes] == [
        (contact, Outcome.WRITTEN),
        ("999", Outcome.UNCHANGED),
    ]
    assert world.contact_values_of(contact)["empathy_contact_score"] == 64


def test_an_adopted_drop_down_gets_our_options_and_keeps_its_own() -> None:
    world = ZendeskWorld()
    held = world.account.add_ticket_field("tagger", "Empathy band")
    held.options.append({"id": 1, "name": "Their own", "value": "their_own"})
    ids = world.provider(field_ids=None).ensure_fields(FIELDS)
    assert ids["empathy_band"] == str(held.id)
    values = [option["value"] for option in held.options]
    assert values == ["their_own"] + [
        f"empathy_{v}" for v in ("low", "fair", "high", "not_applicable", "not_scored")
    ]


def test_a_field_of_our_name_but_another_type_is_named_and_nothing_is_made() -> None:
    world = ZendeskWorld()
    world.account.add_user_field("text", "Empathy opt-out", "empathy_opt_out")
    with pytest.raises(Misconfigured, match='"empathy_opt_out" of type text'):
        world.provider(field_ids=None).ensure_fields(FIELDS)
    assert sent(world, "POST", "") == 0


def test_a_field_whose_answer_was_lost_is_found_and_not_made_twice() -> None:
    world = ZendeskWorld()
    provider = world.provider(field_ids=None, patience=timedelta(seconds=120))
    adapter = provider._http.session.get_adapter(ORIGIN)
    posts: list[str] = []

    def lose_the_third(request: Any) -> None:
        if request.method == "POST":
            posts.append(request.path_url)
            if len(posts) == 3:
                world.cut_off()

    adapter._on_send = lose_the_third
    ids = provider.ensure_fields(FIELDS)
    assert set(ids) == {field.name for field in FIELDS}
    titles = [field.title for field in world.account.custom_fields()]
    assert len(titles) == len(set(titles)) == 7


def test_zenpy_is_kept_to_the_origin_its_gate_and_its_token(world: ZendeskWorld) -> None:
    provider = world.provider()
    http = provider._http
    before = http.gate.requests
    list(sdk.client(http, subdomain="sample").user_fields())
    assert http.gate.requests == before + 1
    assert world.requests[-1].headers["Authorization"].startswith("Bearer ")
    assert world.requests[-1].headers["User-Agent"].startswith("empathy-connector/")
    world.kill_token()
    with pytest.raises((Reauthorize, Misconfigured)):
        list(sdk.client(http, subdomain="sample").user_fields())


def test_no_environment_variable_sends_zenpy_to_another_host(
    world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", "elsewhere.example")
    with pytest.raises(Unreadable, match="another host"):
        list(sdk.client(world.provider()._http, subdomain="sample").user_fields())
    assert not world.requests


CLOSED = "Status: closed prevents ticket update"


@pytest.mark.parametrize(
    ("result", "status", "outcome"),
    [
        ({"success": True, "status": "Updated"}, None, Outcome.WRITTEN),
        ({"success": False, "error": "RecordInvalid", "details": CLOSED}, None, Outcome.LOCKED),
        ({"error": "RecordInvalid", "details": {"status": [{"description": CLOSED}]}}, 422, Outcome.LOCKED),
        ({"success": False, "error": "RecordNotFound"}, None, Outcome.GONE),
        ({"error": {"title": "RecordNotFound", "message": "Not found"}}, 404, Outcome.GONE),
        ({}, 404, Outcome.GONE),
        ({"success": False, "error": "UpdateConflict"}, None, None),
        ({"success": False, "error": "DatabaseConflict"}, None, None),
        ({"success": False, "error": "TooManyRequests"}, None, None),
        ({"success": False, "error": "RecordInvalid", "details": "Weight"}, None, Outcome.REJECTED),
        ({"errors": [{"code": "PermissionDenied"}]}, 422, Outcome.REJECTED),
    ],
)  # fmt: skip
def test_each_way_a_row_can_end_has_its_outcome(
    result: dict[str, Any], status: int | None, outcome: Outcome | None
) -> None:
    row = verdict("1", result, status=status)
    assert (row.outcome if row else None) is outcome


def test_a_refusal_is_noted_by_its_code_and_never_by_its_words() -> None:
    row = verdict("1", {"success": False, "error": "Sam's mail is sam@customer.example", "details": "secret"})
    assert row is not None
    assert (row.outcome, row.note) == (Outcome.REJECTED, "refused")


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        (71, "71", True), (71, 71, True), (71, "70", False), (-0.25, "-0.25", True), (0, None, False),
        (0, "0", True),
        (None, None, True), (None, "", True), (False, None, True), (True, False, False), (True, "true", True),
        ("empathy_low", "empathy_low", True), ("empathy_low", None, False), (None, 0, False),
        (71, "many", False),
    ],
)  # fmt: skip
def test_values_are_compared_as_zendesk_gives_them_back(wanted: Any, found: Any, same: bool) -> None:
    assert is_same(wanted, found) is same


def test_values_are_sent_as_zendesk_takes_them() -> None:
    fields = {field.name: field for field in all_fields()}
    assert encoded(fields["empathy_band"], "low") == "empathy_low"
    assert encoded(fields["empathy_sentiment_band"], "low") == "empathy_sentiment_low"
    assert encoded(fields["empathy_reason"], "x" * 400) == "x" * 255
    assert encoded(fields["empathy_score"], None) is None
    assert encoded(fields["empathy_needs_attention"], 1) is True
    assert len(option_tags()) == 11
