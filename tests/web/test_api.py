"""The API: what a token may see, in pages, as documented; and nothing about single people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.errors import Misconfigured
from connector.jobs.work import sync_one
from connector.store.audits import ScoredReply
from connector.web.openapi import document
from tests.rows import held_in
from tests.standins.drive import hunt, hunt_bytes

from .browsers import AGENT, OTHER, OWN, PUBLIC, Server, conversations, later

HOME = f"/api/v1/{OWN}"


def ask(server: Server, path: str, *, role: str = "admin", method: str = "GET") -> TestResponse:
    client: FlaskClient = server.web.test_client()
    headers = {"Authorization": f"Bearer {server.token(role)}"}
    return client.open(path, method=method, base_url=PUBLIC, headers=headers)


def test_the_description_names_every_route_and_no_other(server: Server) -> None:
    described = {
        (method.upper(), path)
        for path, calls in document()["paths"].items()
        for method in calls.keys() & {"get", "post", "delete"}
    }
    there = {
        (method, rule.rule.removeprefix("/api/v1").replace("<name:", "{").replace(">", "}"))
        for rule in server.web.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == there


def test_conversations_come_in_pages_each_once_newest_first(server: Server) -> None:
    found: list[str] = []
    cursor = ""
    for _ in range(10):
        page: Any = ask(server, f"{HOME}/conversations?limit=2{cursor}").get_json()
        assert len(page["conversations"]) <= 2
        found += [each["conversation_id"] for each in page["conversations"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ["5", "4", "3", "2", "1"]


def test_a_conversation_comes_with_its_evidence_and_no_text(server: Server) -> None:
    answer = ask(server, f"{HOME}/conversations/2", role="lead")
    found: Any = answer.get_json()
    assert found["messages"][1]["evidence"]
    assert found["empathy"] == found["fields"]["empathy_score"]
    texts = [each["text"] for row in conversations(OWN) for each in row["messages"]]
    assert not any(text in answer.text for text in texts)
    assert AGENT not in answer.text


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=-1", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("cursor=x", "cursor"),
        ("cursor=%ff", "cursor"),
        ("cursor=MjAyNi0wMS0wMSBh", "cursor"),
    ],
)
def test_a_wrong_parameter_is_named(server: Server, query: str, wrong: str) -> None:
    answer = ask(server, f"{HOME}/conversations?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    problem: Any = answer.get_json()
    assert problem["status"] == 400
    assert wrong in problem["detail"]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YTpi", "Bearer ", "Bearer " + "x" * 500])
def test_without_a_good_token_there_is_nothing(server: Server, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = server.web.test_client().get(HOME, base_url=PUBLIC, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.mimetype == "application/problem+json"


def test_too_many_wrong_tokens_are_slowed_down_and_a_good_one_is_not(server: Server) -> None:
    client, wrong = server.web.test_client(), {"Authorization": "Bearer wrong"}
    codes = [client.get(HOME, base_url=PUBLIC, headers=wrong).status_code for _ in range(31)]
    assert codes == [401] * 30 + [429]
    assert "Retry-After" in client.get(HOME, base_url=PUBLIC, headers=wrong).headers
    assert ask(server, HOME).status_code == 200


def test_a_token_ends_when_it_is_revoked_when_it_expires_and_with_its_account(server: Server) -> None:
    tokens = server.app.api_tokens
    revoked, about = tokens.create(OWN, role="lead", label="a", days=1, by="test")
    expired, _ = tokens.create(OWN, role="lead", label="b", days=1, by="test")
    gone, _ = tokens.create(OTHER, role="lead", label="c", days=1, by="test")
    assert all(tokens.visitor(each).role for each in (revoked, expired, gone))
    assert tokens.revoke(OWN, about.id)
    assert not tokens.revoke(OWN, about.id)
    assert not tokens.visitor(revoked).role
    server.app.store.remove_installation(OTHER)
    assert not tokens.visitor(gone).role
    later(server, days=1)
    assert not tokens.visitor(expired).role


def test_a_token_is_not_kept(server: Server) -> None:
    token = server.token("lead")
    assert not hunt_bytes(held_in(server.app.store), [token])
    assert hunt(server.folder, [token]) == []


@pytest.mark.parametrize(
    "wrong", [{"role": "owner"}, {"role": "agent"}, {"days": 0}, {"days": 367}, {"label": " "}]
)
def test_a_token_that_may_too_much_is_not_made(server: Server, wrong: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        server.app.api_tokens.create(OWN, **{"role": "lead", "label": "a", "days": 1, "by": "test", **wrong})


def test_a_new_score_is_asked_for_by_id_and_made_by_the_worker(server: Server) -> None:
    file = server.folder / OWN / "c.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[1]["messages"].append({"id": "2-9", "role": "customer", "text": "Thank you, that is wonderful!"})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    queue = server.web.extensions["queue"]
    before, synced = queue.count(), server.app.installation(OWN).last_sync_at
    assert ask(server, f"{HOME}/conversations/2/rescore", method="POST").status_code == 202
    assert queue.count() == before + 1
    assert sync_one(server.app, OWN, "2") is None
    stored = server.app.store.conversation(OWN, "2")
    assert stored is not None
    assert len(stored.messages) == 3
    assert server.app.installation(OWN).last_sync_at == synced


def test_an_erased_contact_is_gone_and_stays_away(server: Server) -> None:
    answer: Any = ask(server, f"{HOME}/contacts/contact-2", method="DELETE").get_json()
    assert answer["erased"]
    assert server.app.store.conversation(OWN, "2") is None
    assert server.app.store.conversation(OTHER, "2") is not None
    sync_one(server.app, OWN, "2")
    assert server.app.store.conversation(OWN, "2") is None


def replies_of_a_team(people: int, each: int, *, month: int = 1) -> list[ScoredReply]:
    at = datetime(2026, month, 5, tzinfo=UTC)
    return [
        ScoredReply(f"agent-{person}", at + timedelta(hours=turn), "email", 50 + person)
        for person in range(people)
        for turn in range(each)
    ]


def test_figures_about_the_team_are_given_only_where_enough_people_are_in_them(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [*replies_of_a_team(7, 20), *replies_of_a_team(8, 20, month=2)]
    monkeypatch.setattr(type(server.app.store), "scored_replies", lambda *_: iter(held))
    server.app.grouped(OWN).settle()
    shown: Any = ask(server, f"{HOME}/figures", role="lead").get_json()
    assert shown["months"] == ["2026-01", "2026-02"]
    assert {row["month"] for row in shown["figures"]} == {"2026-02"}
    assert shown["figures"][0]["empathy_mean"] == 53.5
    assert shown["withheld"] > 0


def test_what_was_given_out_stays_as_it_was(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the difference of two answers would show who joined or left in between."""
    held = replies_of_a_team(9, 20)
    monkeypatch.setattr(type(server.app.store), "scored_replies", lambda *_: iter(held))
    server.app.grouped(OWN).settle()
    before = server.app.grouped(OWN).shown()
    del held[:20]
    server.app.grouped(OWN).settle()
    assert server.app.grouped(OWN).shown() == before


def test_the_command_makes_lists_and_revokes(server: Server, run, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings = server.app.settings
    monkeypatch.setenv("CONNECTOR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CONNECTOR_MASTER_KEY_FILE", str(settings.master_key_file))
    made = run("api-token", OWN, "--role", "lead", "--label", "nightly export", "--json").json
    assert server.app.store.api_tokens(OWN)[0].label == "nightly export"
    listed = run("api-token", OWN, "--json").json
    assert [each["id"] for each in listed] == [made["id"]]
    assert made["token"] not in run("api-token", OWN).out
    assert run("api-token", OWN, "--revoke", made["id"]).code == 0
    assert run("api-token", OWN, "--revoke", made["id"]).code == 2
    assert run("api-token", OWN).out == "There is no token.\n"
