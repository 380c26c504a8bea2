"""The HubSpot stand-in itself: it refuses what HubSpot refuses, and notices who misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.fakes.clock import Clock
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.hubspot_records import ALL_SCOPES
from tests.fakes.wsgi import WsgiAdapter

ORIGIN = "https://api.hubapi.com"
TICKETS = "/crm/objects/2026-09/tickets"
THREADS = "/conversations/conversations/2026-09/threads"


@pytest.fixture
def app() -> HubSpotApp:
    app = HubSpotApp(HubSpotAccount(clock=Clock()))
    app.account.grant("a-token")
    app.account.groups["tickets"]["ours"] = {"name": "ours", "label": "Ours"}
    return app


class Caller:
    """Calls the stand-in as a requests user would."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, ORIGIN + path, **options)


@pytest.fixture
def call(app: HubSpotApp) -> Iterator[Caller]:
    with requests.Session() as session:
        session.mount(ORIGIN, WsgiAdapter(app))
        session.headers["Authorization"] = "Bearer a-token"
        yield Caller(session)


def add_band(call: Caller) -> None:
    options = [{"label": "Low", "value": "low", "displayOrder": 0, "hidden": False}]
    body = {"name": "our_band", "label": "Band", "groupName": "ours", "type": "enumeration"}
    made = call(
        "POST", "/crm/properties/2026-09/tickets", json=body | {"fieldType": "select", "options": options}
    )
    assert made.status_code == 201, made.text


def found(call: Caller, **body: Any) -> requests.Response:
    return call("POST", f"{TICKETS}/search", json=body)


class TestPaths:
    @pytest.mark.parametrize("path", ["/crm/v3/objects/tickets", "/crm/v4/x", "/oauth/v1/token"])
    def test_an_undated_path_is_an_html_page_and_is_remembered(
        self, app: HubSpotApp, call: Caller, path: str
    ) -> None:
        answer = call("GET", path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert app.undated == [f"GET {path}"]

    def test_a_trailing_slash_or_an_unknown_path_is_nobodys(self, app: HubSpotApp, call: Caller) -> None:
        assert call("GET", "/crm/owners/2026-09/").status_code == 404
        assert call("GET", "/conversations/2026-09/conversations/threads").status_code == 404
        assert len(app.unknown) == 2

    def test_a_missing_scope_is_named_and_a_dead_token_refused(self, app: HubSpotApp, call: Caller) -> None:
        app.account.grant("a-token", ALL_SCOPES - {"sales-email-read"})
        answer = call("GET", "/crm/objects/2026-09/emails")
        assert answer.status_code == 403
        assert answer.json()["category"] == "MISSING_SCOPES"
        assert "sales-email-read" in answer.text
        app.account.grants.clear()
        assert call("GET", TICKETS).status_code == 401


class TestSearch:
    def test_paging_past_the_wall_is_refused(self, app: HubSpotApp, call: Caller) -> None:
        for _ in range(5):
            app.account.add("tickets", {})
        app.knobs.result_wall = 4
        page = found(call, limit=2, after="2").json()
        assert page["total"] == 5
        assert page["paging"]["next"]["after"] == "4"
        assert found(call, limit=2, after="4").status_code == 400

    def test_ids_are_compared_as_numbers(self, app: HubSpotApp, call: Caller) -> None:
        for record_id in ("9", "10", "101"):
            app.account.add("tickets", {}, record_id=record_id)
        rule = {"propertyName": "hs_object_id", "operator": "GT", "value": "9"}
        sort = {"propertyName": "hs_object_id", "direction": "ASCENDING"}
        rows = found(call, filterGroups=[{"filters": [rule]}], sorts=[sort]).json()["results"]
        assert [row["id"] for row in rows] == ["10", "101"]

    def test_a_lagging_index_shows_the_former_values(self, app: HubSpotApp, call: Caller) -> None:
        ticket_id = app.account.add("tickets", {"subject": "before"})
        app.account.index_lag = timedelta(seconds=30)
        assert found(call).json()["total"] == 0
        app.account.clock.tick(31)
        app.account.change("tickets", ticket_id, {"subject": "after"})
        assert found(call, properties=["subject"]).json()["results"][0]["properties"]["subject"] == "before"

    def test_the_sixth_search_of_a_second_is_refused_without_saying_until_when(
        self, app: HubSpotApp, call: Caller
    ) -> None:
        answers = [found(call) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1].json()["policyName"] == "SECONDLY"
        assert "Retry-After" not in answers[-1].headers
        assert "X-HubSpot-RateLimit-Max" not in answers[-1].headers
        app.account.clock.tick(1)
        assert found(call).status_code == 200


class TestWrites:
    def test_a_bad_row_is_an_error_of_its_own_or_of_the_whole_batch(
        self, app: HubSpotApp, call: Caller
    ) -> None:
        add_band(call)
        good, bad = app.account.add("tickets", {}), app.account.add("tickets", {})
        inputs = [
            {"id": good, "properties": {"our_band": "low"}},
            {"id": bad, "properties": {"our_band": "nonsense"}},
            {"id": "404", "properties": {"our_band": "low"}},
        ]
        app.knobs.bad_row_fails_batch = True
        assert call("POST", f"{TICKETS}/batch/update", json={"inputs": inputs}).status_code == 400
        assert app.account.writes == []
        app.knobs.bad_row_fails_batch = False
        answer = call("POST", f"{TICKETS}/batch/update", json={"inputs": inputs})
        assert answer.status_code == 207
        assert [row["id"] for row in answer.json()["results"]] == [good]
        assert [error["context"]["ids"] for error in answer.json()["errors"]] == [[bad], ["404"]]
        assert app.account.effective_changes(good, "our_band") == 1

    def test_a_write_bumps_the_time_of_change(self, app: HubSpotApp, call: Caller) -> None:
        add_band(call)
        ticket_id = app.account.add("tickets", {})
        app.account.clock.tick(60)
        call("PATCH", f"{TICKETS}/{ticket_id}", json={"properties": {"our_band": "low"}})
        assert app.account.objects["tickets"][ticket_id].values["hs_lastmodifieddate"].endswith("09:01:00Z")

    def test_a_property_that_is_there_is_a_conflict(self, call: Caller) -> None:
        add_band(call)
        with pytest.raises(AssertionError, match="OBJECT_ALREADY_EXISTS"):
            add_band(call)


class TestThreads:
    def test_the_sort_by_message_time_needs_a_beginning(self, app: HubSpotApp, call: Caller) -> None:
        app.account.add_thread(ticket_id="7")
        assert call("GET", f"{THREADS}?sort=latestMessageTimestamp").status_code == 400
        assert call("GET", f"{THREADS}?limit=501").status_code == 400
        plain = call("GET", THREADS).json()["results"][0]
        assert "threadAssociations" not in plain
        linked = call("GET", f"{THREADS}?association=TICKET").json()["results"][0]
        assert linked["threadAssociations"] == {"associatedTicketId": "7"}


class TestTrouble:
    def test_who_calls_inside_a_retry_after_window_is_remembered(self, app: HubSpotApp, call: Caller) -> None:
        app.trouble.be_busy(seconds=3)
        assert call("GET", TICKETS).headers["Retry-After"] == "3"
        app.account.clock.tick(2)
        assert call("GET", TICKETS).status_code == 429
        assert len(app.trouble.violations) == 1
        app.account.clock.tick(1)
        assert call("GET", TICKETS).status_code == 200
        assert len(app.trouble.violations) == 1

    def test_a_lost_answer_was_carried_out(self, app: HubSpotApp, call: Caller) -> None:
        add_band(call)
        ticket_id = app.account.add("tickets", {})
        app.trouble.cut_off()
        with pytest.raises(requests.ConnectionError):
            call("PATCH", f"{TICKETS}/{ticket_id}", json={"properties": {"our_band": "low"}})
        assert app.account.effective_changes(ticket_id, "our_band") == 1
