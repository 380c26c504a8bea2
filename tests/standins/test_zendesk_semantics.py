"""The Zendesk stand-in behaves as documented; without this, tests against it would prove little."""

from __future__ import annotations

import random
from typing import Any

import pytest
import requests

from tests.fakes.wsgi import Lossy, WsgiAdapter
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_limits import Window
from tests.fakes.zendesk_records import Ticket, epoch
from tests.fakes.zendesk_tokens import CLIENT_ID, CLIENT_SECRET

ORIGIN = "https://sample.zendesk.com"
OPTIONS = [{"name": "Low", "value": "empathy_low"}, {"name": "High", "value": "empathy_high"}]


class Desk:
    """An account, the app over it, and a client that is signed in as its admin."""

    def __init__(self) -> None:
        self.account = ZendeskAccount()
        self.app = ZendeskApp(self.account)
        self.grant = self.account.tokens.issue(self.account.admin.id)
        self.session = requests.Session()
        self.session.mount(ORIGIN, WsgiAdapter(self.app))
        self.session.headers["Authorization"] = f"Bearer {self.grant.access_token}"
        self.customer = self.account.add_user("Sam Sample", None)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, path if "://" in path else ORIGIN + path, **options)

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params=params).json()

    def ticket(self) -> Ticket:
        ticket = self.account.add_ticket(self.customer.id)
        self.account.add_comment(ticket, self.customer.id, "Where is it?")
        return ticket

    def band(self) -> int:
        made = self.call(
            "POST",
            "/api/v2/ticket_fields.json",
            json={"ticket_field": {"type": "tagger", "title": "Band", "custom_field_options": OPTIONS}},
        )
        return int(made.json()["ticket_field"]["id"])

    def an_hour_ago(self) -> int:
        return epoch(self.account.clock.now()) - 3600

    def finish(self, answer: requests.Response) -> dict[Any, dict[str, Any]]:
        """The rows of a job by id, once it is done."""
        status = answer.json()["job_status"]
        while status["status"] in ("queued", "working"):
            status = self.get(status["url"])["job_status"]
        return {row["id"]: row for row in status["results"] or []}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put_band(desk: Desk, tickets: list[Ticket], field_id: int, value: str | None) -> requests.Response:
    rows = [{"id": one.id, "custom_fields": [{"id": field_id, "value": value}]} for one in tickets]
    return desk.call("PUT", "/api/v2/tickets/update_many.json", json={"tickets": rows})


def test_the_last_minute_is_not_exported_and_a_start_within_it_is_refused(desk: Desk) -> None:
    desk.ticket()
    path = "/api/v2/incremental/tickets/cursor"
    page = desk.get(path, start_time=desk.an_hour_ago())
    assert (page["tickets"], page["end_of_stream"]) == ([], True)
    desk.account.clock.tick(61)
    assert len(desk.get(path, cursor=page["after_cursor"])["tickets"]) == 1
    late = epoch(desk.account.clock.now()) - 59
    assert desk.call("GET", path, params={"start_time": late}).status_code == 400
    assert desk.call("GET", path).status_code == 400


def test_pages_repeat_rows_and_the_finished_cursor_finds_only_what_is_new(desk: Desk) -> None:
    tickets = [desk.ticket() for _ in range(5)]
    desk.account.clock.tick(61)
    desk.account.quirks.page_rows = 2
    page = desk.get("/api/v2/incremental/tickets/cursor", start_time=desk.an_hour_ago())
    seen = [one["id"] for one in page["tickets"]]
    while not page["end_of_stream"]:
        assert page["after_url"].startswith(ORIGIN)
        page = desk.get(page["after_url"])
        seen += [one["id"] for one in page["tickets"]]
    assert sorted(set(seen)) == [one.id for one in tickets]
    assert len(seen) > len(set(seen))
    assert desk.get(page["after_url"])["tickets"] == []
    desk.account.set_priority(tickets[0], "high")
    desk.account.clock.tick(61)
    assert [one["id"] for one in desk.get(page["after_url"])["tickets"]] == [tickets[0].id]


def test_an_empty_page_need_not_be_the_end(desk: Desk) -> None:
    desk.ticket()
    desk.account.clock.tick(61)
    desk.account.quirks.empty_pages = 1
    page = desk.get("/api/v2/incremental/tickets/cursor", start_time=desk.an_hour_ago())
    assert (page["tickets"], page["end_of_stream"]) == ([], False)
    assert len(desk.get(page["after_url"])["tickets"]) == 1


def test_the_export_hides_ai_tickets_by_default_and_shows_deleted_ones(desk: Desk) -> None:
    desk.account.add_ticket(desk.customer.id, support_type="ai_agent")
    desk.account.delete(desk.ticket())
    desk.account.clock.tick(61)
    path, start = "/api/v2/incremental/tickets/cursor", desk.an_hour_ago()
    assert [one["status"] for one in desk.get(path, start_time=start)["tickets"]] == ["deleted"]
    whole = desk.get(path, start_time=start, support_type_scope="all", include="users")
    assert len(whole["tickets"]) == 2
    assert [one["id"] for one in whole["users"]] == [desk.customer.id]
    events = "/api/v2/incremental/ticket_events"
    assert len(desk.get(events, start_time=start)["ticket_events"]) == 1
    assert len(desk.get(events, start_time=start, support_type_scope="all")["ticket_events"]) == 2


def test_events_overlap_in_time_and_hold_texts_only_when_asked(desk: Desk) -> None:
    ticket = desk.ticket()
    for _ in range(3):
        desk.account.clock.tick(10)
        desk.account.add_comment(ticket, desk.account.agent.id, "On its way.")
    desk.account.clock.tick(61)
    desk.account.quirks.page_rows = 2
    path = "/api/v2/incremental/ticket_events"
    bare = desk.get(path, start_time=desk.an_hour_ago())
    assert "body" not in str(bare)
    page = desk.get(path, start_time=desk.an_hour_ago(), include="comment_events")
    ids = [one["id"] for one in page["ticket_events"]]
    while not page["end_of_stream"]:
        page = desk.get(page["next_page"])
        ids += [one["id"] for one in page["ticket_events"]]
    assert len(set(ids)) == 4 < len(ids)
    assert "On its way." in str(page)


def test_more_events_in_one_second_than_a_page_holds_do_not_stop_the_export(desk: Desk) -> None:
    for _ in range(5):
        desk.ticket()
    desk.account.clock.tick(61)
    desk.account.quirks.page_rows = 2
    page = desk.get("/api/v2/incremental/ticket_events", start_time=desk.an_hour_ago())
    ids = {one["id"] for one in page["ticket_events"]}
    for _ in range(4):
        if not page["end_of_stream"]:
            page = desk.get(page["next_page"])
            ids |= {one["id"] for one in page["ticket_events"]}
    assert page["end_of_stream"]
    assert len(ids) == 5


@pytest.mark.parametrize("shape", ["audit", "flat"])
def test_our_write_comes_back_as_an_event_of_ours(desk: Desk, shape: str) -> None:
    ticket, field_id = desk.ticket(), desk.band()
    before = ticket.updated_at
    desk.account.clock.tick(10)
    desk.account.quirks.change_shape = shape
    desk.finish(put_band(desk, [ticket], field_id, "empathy_low"))
    desk.account.clock.tick(61)
    assert ticket.updated_at == ticket.generated_at > before
    event = desk.get("/api/v2/incremental/ticket_events", start_time=desk.an_hour_ago())["ticket_events"][-1]
    assert event["updater_id"] == desk.account.admin.id
    named = [
        one.get("field_name") or next(iter(one.get("custom_ticket_fields", ["tags"])))
        for one in event["child_events"]
    ]
    assert named == [str(field_id), "tags"]


def test_ten_exports_a_minute_and_a_caller_who_does_not_wait_is_noted(desk: Desk) -> None:
    answers = [
        desk.call("GET", "/api/v2/incremental/tickets/cursor", params={"start_time": 0}) for _ in range(11)
    ]
    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert "total=10; remaining=0" in answers[9].headers["Zendesk-RateLimit-incremental-exports"]
    wait = int(answers[-1].headers["Retry-After"])
    desk.get("/api/v2/users/me")
    assert len(desk.account.limits.violations) == 1
    desk.account.clock.tick(wait)
    assert desk.call("GET", "/api/v2/incremental/tickets/cursor", params={"start_time": 0}).ok
    assert len(desk.account.limits.violations) == 1


def test_the_account_limit_is_in_the_headers_of_every_answer(desk: Desk) -> None:
    desk.account.limits.windows["account"] = Window(3, 60)
    answers = [desk.call("GET", "/api/v2/users/me") for _ in range(4)]
    assert [one.headers["X-Rate-Limit-Remaining"] for one in answers] == ["2", "1", "0", "0"]
    assert answers[-1].status_code == 429
    assert answers[0].headers["ratelimit-limit"] == "3"


def test_a_job_tells_rows_apart_and_forgets_itself_after_an_hour(desk: Desk) -> None:
    good, closed, deleted = (desk.ticket() for _ in range(3))
    field_id = desk.band()
    desk.account.close(closed)
    desk.account.delete(deleted)
    answer = put_band(desk, [good, closed, deleted], field_id, "empathy_low")
    assert answer.json()["job_status"]["status"] == "queued"
    rows = desk.finish(answer)
    assert rows[good.id]["success"] is True
    assert "closed prevents" in rows[closed.id]["details"]
    assert rows[deleted.id]["error"] == "RecordNotFound"
    desk.grant.expires_at = None
    desk.account.clock.tick(3601)
    assert desk.call("GET", answer.json()["job_status"]["url"]).status_code == 404


def test_a_hundred_rows_and_thirty_jobs_are_the_most(desk: Desk) -> None:
    ticket, field_id = desk.ticket(), desk.band()
    assert put_band(desk, [ticket] * 101, field_id, "empathy_low").status_code == 400
    answers = [put_band(desk, [ticket], field_id, "empathy_low") for _ in range(31)]
    assert [one.status_code for one in answers] == [200] * 30 + [429]


def test_one_closed_ticket_is_refused_with_its_status_named(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.account.close(ticket)
    answer = desk.call("PUT", f"/api/v2/tickets/{ticket.id}", json={"ticket": {"custom_fields": []}})
    assert answer.status_code == 422
    assert answer.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"


def test_a_drop_down_swaps_its_tag_and_leaves_the_others(desk: Desk) -> None:
    ticket, field_id = desk.ticket(), desk.band()
    ticket.tags.append("vip")
    for value, tags in (("empathy_low", ["empathy_low", "vip"]), ("empathy_high", ["empathy_high", "vip"])):
        desk.finish(put_band(desk, [ticket], field_id, value))
        assert desk.get(f"/api/v2/tickets/{ticket.id}")["ticket"]["tags"] == tags
    rows = desk.finish(put_band(desk, [ticket], field_id, "no_such_option"))
    assert rows[ticket.id]["success"] is False
    desk.finish(put_band(desk, [ticket], field_id, None))
    assert ticket.tags == ["vip"]
    assert desk.account.history[ticket.id, field_id] == ["empathy_low", "empathy_high", None]
    assert desk.account.writes_to[ticket.id] == 4


def test_numbers_come_back_as_strings_and_an_equal_value_is_no_change(desk: Desk) -> None:
    ticket = desk.ticket()
    score = desk.account.add_ticket_field("integer", "Score")
    body = {"ticket": {"custom_fields": [{"id": score.id, "value": 42}]}}
    for _ in range(2):
        shown = desk.call("PUT", f"/api/v2/tickets/{ticket.id}.json", json=body).json()["ticket"]
    assert shown["custom_fields"] == [{"id": score.id, "value": "42"}]
    assert desk.account.history[ticket.id, score.id] == ["42"]


def test_nobody_is_signed_in_with_a_dead_token_and_nothing_else_opens(desk: Desk) -> None:
    desk.account.clock.tick(1801)
    assert desk.get("/api/v2/users/me.json")["user"]["id"] is None
    assert desk.call("GET", "/api/v2/ticket_fields").status_code == 401


def test_a_renewal_kills_both_old_tokens(desk: Desk) -> None:
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": desk.grant.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    fresh = desk.call("POST", "/oauth/tokens", json=asked).json()
    assert fresh["expires_in"] == 1800
    assert desk.call("GET", "/api/v2/ticket_fields").status_code == 401
    assert desk.call("POST", "/oauth/tokens", json=asked).json()["error"] == "invalid_grant"
    desk.session.headers["Authorization"] = f"Bearer {fresh['access_token']}"
    assert desk.get("/api/v2/users/me")["user"]["role"] == "admin"
    assert desk.call("DELETE", "/api/v2/oauth/tokens/current").status_code == 204
    assert desk.call("GET", "/api/v2/ticket_fields").status_code == 401


def test_scopes_and_roles_are_asked_for(desk: Desk) -> None:
    desk.grant.scopes = ("read",)
    refused = desk.call("POST", "/api/v2/user_fields", json={})
    assert (refused.status_code, "write" in refused.text) == (403, True)
    desk.account.admin.role = "agent"
    path = "/api/v2/incremental/ticket_events"
    assert desk.call("GET", path, params={"start_time": 0}).json()["error"]["title"] == "Forbidden"


def test_what_is_deleted_or_unknown_is_not_found(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.account.delete(ticket)
    assert desk.get(f"/api/v2/tickets/{ticket.id}/comments")["error"] == "RecordNotFound"
    assert desk.get("/api/v2/no/such/path")["error"] == "InvalidEndpoint"
    assert [one["id"] for one in desk.get("/api/v2/deleted_tickets")["deleted_tickets"]] == [ticket.id]


def test_messaging_turns_are_in_the_conversation_log_alone(desk: Desk) -> None:
    ticket = desk.account.add_ticket(desk.customer.id, channel="native_messaging", is_messaging=True)
    desk.account.add_turn(ticket, "user", desk.customer.id, "Are you there?")
    desk.account.add_comment(ticket, desk.account.agent.id, "Note.", is_public=False)
    desk.account.clock.tick(61)
    events = desk.get("/api/v2/incremental/ticket_events", start_time=0, include="comment_events")
    assert "Are you there?" not in str(events)
    page = desk.get(f"/api/v2/tickets/{ticket.id}/conversation_log", **{"page[size]": 1})
    assert page["events"][0]["author"]["type"] == "user"
    page = desk.get(page["links"]["next"])
    assert page["events"][0]["metadata"]["public"] is False
    assert page["meta"]["has_more"] is False


def test_a_lost_answer_was_carried_out(desk: Desk) -> None:
    ticket, score = desk.ticket(), desk.account.add_ticket_field("integer", "Score")
    body = {"ticket": {"custom_fields": [{"id": score.id, "value": 7}]}}
    desk.session.mount(ORIGIN, WsgiAdapter(Lossy(desk.app, share=1.0, rng=random.Random(1))))  # noqa: S311
    with pytest.raises(requests.ConnectionError):
        desk.call("PUT", f"/api/v2/tickets/{ticket.id}", json=body)
    assert desk.account.history[ticket.id, score.id] == ["7"]


def test_field_titles_may_repeat_but_keys_and_types_stay(desk: Desk) -> None:
    first, second = desk.band(), desk.band()
    assert first != second
    changed = desk.call("PUT", f"/api/v2/ticket_fields/{first}", json={"ticket_field": {"type": "text"}})
    assert changed.status_code == 422
    asked = {"user_field": {"type": "checkbox", "title": "Opt-out", "key": "empathy_opt_out"}}
    codes = [desk.call("POST", "/api/v2/user_fields", json=asked).status_code for _ in range(2)]
    assert codes == [201, 422]
