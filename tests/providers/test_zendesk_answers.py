"""Answers that Zendesk's pages leave open: each shape they may have comes to the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from connector.fields import fields_to_create
from connector.model import Outcome, Role, Write
from connector.providers.zendesk.writes import Row, _by_row
from tests.fakes.zendesk_world import ZendeskWorld

from .contract import VALUES, read
from .world import Said

FIELDS = fields_to_create(extended=False)
Edit = Callable[[dict[str, Any]], Any]
ASKED, TOLD = Said(Role.CUSTOMER, "Where is it?"), Said(Role.AGENT, "I am sorry; it is on its way.")


def edited(world: ZendeskWorld, pattern: str, edit: Edit, *, status: str | None = None) -> None:
    """Answer what matches `pattern` as the fake would, after `edit` of the JSON object."""
    plain = world.app

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not re.search(pattern, environ["PATH_INFO"]):
            return plain(environ, start_response)
        said: list[Any] = []
        body = b"".join(plain(environ, lambda *what: said.extend(what)))
        new = edit(json.loads(body))
        body = new if isinstance(new, bytes) else json.dumps(new).encode()
        headers = [(name, value) for name, value in said[1] if name.lower() != "content-length"]
        start_response(status or said[0], headers)
        return [body]

    world.app = app  # type: ignore[assignment]


def without(*names: str) -> Edit:
    return lambda answer: {name: value for name, value in answer.items() if name not in names}


@pytest.fixture
def world() -> ZendeskWorld:
    return ZendeskWorld()


def talked(world: ZendeskWorld, count: int) -> list[str]:
    ids = []
    for _ in range(count):
        ids.append(world.add_conversation([ASKED, TOLD]))
        world.tick(60)
    world.tick(120)
    return ids


def asked(world: ZendeskWorld, pattern: str) -> int:
    return sum(1 for seen in world.requests if re.search(pattern, seen.path))


@pytest.mark.parametrize("missing", [("end_of_stream",), ("end_of_stream", "count")])
def test_a_short_page_of_events_that_does_not_say_it_is_the_last_is_followed_by_others(
    missing: tuple[str, ...],
) -> None:
    world = ZendeskWorld(page_rows=7)
    ids = talked(world, 30)
    edited(world, "ticket_events", without(*missing))
    reading = read(world.provider())
    assert [len(reading.one(ticket_id).messages) for ticket_id in ids] == [2] * 30
    assert asked(world, "/comments") == 0


@pytest.mark.parametrize("page_rows", [4, 1000])
def test_a_stream_that_ends_without_a_cursor_is_read_on_from_where_it_ended(page_rows: int) -> None:
    world = ZendeskWorld(page_rows=page_rows)
    world.account.quirks.duplicates = 0
    talked(world, 10)

    def edit(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | ({"after_cursor": None, "after_url": None} if answer["end_of_stream"] else {})

    edited(world, "tickets/cursor", edit)
    first = read(world.provider())
    assert len(first.ids) == 10
    (late,) = talked(world, 1)
    world.requests.clear()
    again = read(world.provider(), first.cursors[-1])
    assert again.ids == {late}
    assert len(world.requests) <= 5


def test_a_page_that_is_no_json_says_that_there_is_no_conversation_log(world: ZendeskWorld) -> None:
    contact = int(world.add_contact())
    for _ in range(3):
        chat = world.account.add_ticket(
            contact, channel="native_messaging", is_messaging=True, at=world.now()
        )
        world.account.add_comment(chat, contact, "the whole chat in one comment", at=world.now())
    world.tick(120)
    edited(world, "conversation_log", lambda _: b"<html>Not found</html>", status="404 Not Found")
    reading = read(world.provider())
    assert [len(conversation.messages) for conversation in reading.conversations] == [1, 1, 1]
    assert asked(world, "conversation_log") == 1


def test_a_chat_without_a_log_of_its_own_is_read_from_its_comments(world: ZendeskWorld) -> None:
    contact = int(world.add_contact())
    chat = world.account.add_ticket(contact, channel="native_messaging", is_messaging=True, at=world.now())
    world.account.add_comment(chat, contact, "the whole chat in one comment", at=world.now())
    world.tick(120)
    edited(world, "conversation_log", lambda _: {"error": "RecordNotFound"}, status="404 Not Found")
    reading = read(world.provider())
    assert len(reading.one(str(chat.id)).messages) == 1


def test_a_user_whose_role_is_not_told_is_not_refused(world: ZendeskWorld) -> None:
    edited(world, "users/me", lambda answer: {"user": without("role")(answer["user"])})
    assert world.provider().check().user_id == str(world.account.admin.id)


def test_an_expired_token_that_is_answered_with_nobody_is_renewed(world: ZendeskWorld) -> None:
    class Pair:
        token = "long expired"

        def current(self) -> str:
            return self.token

        def renew(self, stale: str) -> str:
            assert stale == "long expired"
            self.token = world.grant.access_token
            return self.token

    nobody = {"user": {"id": None, "name": "Anonymous user"}}
    plain = world.app

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "expired" not in environ["HTTP_AUTHORIZATION"]:
            return plain(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(nobody).encode()]

    world.app = app  # type: ignore[assignment]
    assert world.provider(tokens=Pair()).check().user_id == str(world.account.admin.id)


def test_every_path_is_the_documented_one(world: ZendeskWorld) -> None:
    ids = talked(world, 2)
    provider = world.provider(field_ids=None)
    provider.ensure_fields(FIELDS)
    provider.write([Write(ticket_id, VALUES) for ticket_id in ids])
    assert [seen.path for seen in world.requests if ".json" in seen.path] == []
    assert asked(world, "job_statuses") > 0


def test_an_adopted_drop_down_whose_options_have_no_ids_is_completed(world: ZendeskWorld) -> None:
    held = world.account.add_ticket_field("tagger", "Empathy band")
    held.options.append({"name": "Their own", "value": "their_own"})
    world.provider(field_ids=None).ensure_fields(FIELDS)
    assert {"their_own", "empathy_low"} < {option["value"] for option in held.options}


def test_rows_of_a_job_that_are_not_named_are_told_by_their_place_or_looked_at(world: ZendeskWorld) -> None:
    ids = talked(world, 2)
    provider = world.provider(field_ids=None)
    provider.ensure_fields(FIELDS)

    def nameless(answer: dict[str, Any]) -> dict[str, Any]:
        job = dict(answer["job_status"])
        job["results"] = [without("id")(row) for row in job["results"] or []]
        return {"job_status": job}

    edited(world, "job_statuses/", nameless)
    written = provider.write([Write(ticket_id, VALUES) for ticket_id in ids])
    assert [row.outcome for row in written] == [Outcome.WRITTEN] * 2
    refused, done = {"success": False, "error": "RecordNotFound"}, {"success": True}
    rows = [Row("1", ()), Row("2", ())]
    assert _by_row([done, refused], rows) == {"2": refused}
    assert _by_row([refused], rows) == {}
