"""S-14, S-15, S-36: only our own forms change anything, and what every answer carries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Response

from connector.web.access import for_anybody, for_platform
from connector.web.security import allow

from .browsers import PUBLIC, Browser, Server

FOREIGN: list[tuple[str, dict[str, Any], int]] = [
    ("no token", {"data": {"other": "field"}}, 400),
    ("somebody else's token", {"data": {"csrf_token": "x"}}, 400),
    ("no Origin", {"headers": {"Origin": None}}, 403),
    ("another Origin", {"headers": {"Origin": "https://evil.example"}}, 403),
    ("the same host over http", {"headers": {"Origin": "http://empathy.example.test"}}, 403),
    ("another site", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ("a sibling of ours", {"headers": {"Sec-Fetch-Site": "same-site"}}, 403),
    ("Origin null and nothing else", {"headers": {"Origin": "null", "Sec-Fetch-Site": None}}, 403),
    ("JSON", {"data": json.dumps({}), "content_type": "application/json"}, 415),
    ("JSON as plain text", {"data": json.dumps({}), "content_type": "text/plain"}, 415),
    ("far too much", {"data": {"csrf_token": "x" * 100_000}}, 413),
]


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
def test_what_no_form_of_ours_sends_changes_nothing(
    server: Server, sent: dict[str, Any], status: int
) -> None:
    browser = server.browser("owner")
    headers = {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin", **sent.get("headers", {})}
    data = sent.get("data", {"csrf_token": browser.form_token()})
    answer = browser.client.post(
        "/sign-out",
        base_url=PUBLIC,
        data=data,
        content_type=sent.get("content_type"),
        headers={name: value for name, value in headers.items() if value is not None},
    )
    assert answer.status_code == status
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("origin", [PUBLIC, "null"])
def test_our_own_form_is_taken(server: Server, origin: str) -> None:
    """Browsers send `null` from pages that send no referrer."""
    browser = server.browser("owner")
    assert browser.post("/sign-out", headers={"Origin": origin}).status_code == 303


def test_a_browser_that_does_not_name_the_site_must_name_the_origin(server: Server) -> None:
    browser = server.browser("owner")
    data = {"csrf_token": browser.form_token()}
    answer = browser.client.post("/sign-out", base_url=PUBLIC, data=data, headers={"Origin": PUBLIC})
    assert answer.status_code == 303


def test_the_token_of_one_browser_is_worth_nothing_in_another(server: Server) -> None:
    theirs = server.browser("owner").form_token()
    browser = server.browser("owner")
    browser.form_token()
    assert browser.post("/sign-out", data={"csrf_token": theirs}).status_code == 400


def add_routes(server: Server) -> None:
    def framed() -> str:
        allow(frame_ancestors="https://shop.zendesk.com", script_src="'self' https://static.zdassets.com")
        return "inside"

    def fail() -> Response:
        raise RuntimeError("words of a customer, /srv/secret")

    for path, view in (("/framed", framed), ("/fails", fail), ("/called", lambda: "done")):
        server.web.view_functions[path] = for_platform(view) if path == "/called" else for_anybody(view)
        server.web.url_map.add(
            server.web.url_rule_class(path, endpoint=path, methods=["POST" if path == "/called" else "GET"])
        )


def test_a_page_may_name_who_frames_it_and_no_other_page_follows(server: Server) -> None:
    add_routes(server)
    browser = Browser(server)
    policy = browser.get("/framed").headers["Content-Security-Policy"]
    assert "frame-ancestors https://shop.zendesk.com" in policy
    assert "script-src 'self' https://static.zdassets.com" in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in browser.get("/sign-in/x").headers["Content-Security-Policy"]


def test_a_route_for_platforms_needs_no_form(server: Server) -> None:
    add_routes(server)
    answer = Browser(server).client.post("/called", base_url=PUBLIC, json={"a": 1})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/fails", "/sign-in/x", "/healthz", "/metrics"])
def test_every_answer_carries_the_headers_of_https(server: Server, path: str) -> None:
    add_routes(server)
    answer = Browser(server).get(path)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_failure_has_an_id_that_the_log_knows_and_nothing_else(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    add_routes(server)
    page = Browser(server).get("/fails")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "RuntimeError" not in page.text
    [record] = [each for each in caplog.records if each.message == "page failed"]
    assert record.request_id in page.text  # type: ignore[attr-defined]
    assert record.error == "RuntimeError"  # type: ignore[attr-defined]
