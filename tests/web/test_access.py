"""S-14, S-18, S-19: who may use which route, cell by cell; and that looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from connector.errors import Misconfigured
from connector.web.access import for_anybody, guard
from tests.rows import rows_of

from .browsers import OTHER, OWN, PUBLIC, Server, serve_two_accounts
from .routes import ROLES, ROWS, TOKENS, Row

CELLS = [
    pytest.param(row, role, is_own, id=f"{row.method} {row.rule} {role} {'own' if is_own else 'other'}")
    for row in ROWS
    for role in ROLES
    for is_own in ((True, False) if row.scope else (True,))
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = serve_two_accounts(tmp_path_factory.mktemp("pages"))
    yield made
    made.app.store.close()


def path_of(server: Server, row: Row, installation: str) -> str:
    rules = [each for each in server.web.url_map.iter_rules() if each.rule == row.rule]
    values = {**row.values, **({row.scope: installation} if row.scope else {})}
    with server.web.test_request_context():
        built = rules[0].build(values, append_unknown=False)
        assert built is not None, row
        return str(built[1])


def asked(server: Server, row: Row, role: str, path: str) -> TestResponse:
    if row.by_token and role in TOKENS:
        headers = {"Authorization": f"Bearer {server.token(role)}"}
        return server.web.test_client().open(path, method=row.method, base_url=PUBLIC, headers=headers)
    browser = server.browser(role)
    if row.method in {"GET", "DELETE"}:
        return browser.client.open(path, method=row.method, base_url=PUBLIC)
    return browser.post(path, dict(row.form))


@pytest.mark.parametrize(("row", "role", "is_own"), CELLS)
def test_every_role_gets_what_the_table_says(shared: Server, row: Row, role: str, is_own: bool) -> None:
    shared.web.extensions["sign-in rates"]._tries.clear()
    answer = asked(shared, row, role, path_of(shared, row, OWN if is_own else OTHER))
    assert answer.status_code == row.expected(role, is_own=is_own)
    answer.close()


def test_every_route_has_its_row(shared: Server) -> None:
    there = {
        (method, rule.rule)
        for rule in shared.web.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.method, row.rule) for row in ROWS} == there
    assert len(ROWS) == len(there)


def test_every_row_that_names_an_installation_says_so(shared: Server) -> None:
    for rule in shared.web.url_map.iter_rules():
        if "installation" in rule.arguments:
            assert {row.scope for row in ROWS if row.rule == rule.rule} == {"installation"}, rule.rule


def test_somebody_elses_installation_looks_like_none_at_all(shared: Server) -> None:
    for row in ROWS:
        if row.scope != "installation" or row.method != "GET":
            continue
        role = "admin" if row.by_token else "owner"
        names = (OTHER, "no-such-account")
        pages = [asked(shared, row, role, path_of(shared, row, name)) for name in names]
        assert [each.status_code for each in pages] == [404, 404]
        theirs, nobodys = (re.sub(r'name="csrf_token" value="[^"]+"', "", each.text) for each in pages)
        assert theirs == nobodys


def test_somebody_who_is_bound_to_no_installation_sees_them_all(shared: Server) -> None:
    page = shared.browser("owner", installation=None).get("/").text
    assert OWN in page
    assert OTHER in page


def test_the_first_page_shows_only_ones_own_installation(shared: Server) -> None:
    page = shared.browser("lead").get("/").text
    assert OWN in page
    assert OTHER not in page


def test_looking_at_every_page_changes_nothing(shared: Server) -> None:
    browsers = [shared.browser("owner", installation=None), shared.browser("agent")]
    program, shows = shared.web.test_client(), {"Authorization": f"Bearer {shared.token('admin')}"}
    program.get(f"/api/v1/{OWN}", base_url=PUBLIC, headers=shows)  # its use is noted once an hour
    before = rows_of(shared.app.store)
    for row in ROWS:
        for browser in browsers:
            if row.method == "GET":
                browser.get(path_of(shared, row, OWN)).close()
        if row.by_token and row.method == "GET":
            assert program.get(path_of(shared, row, OWN), base_url=PUBLIC, headers=shows).status_code == 200
    assert rows_of(shared.app.store) == before


def test_a_route_that_does_not_say_who_may_use_it_does_not_start() -> None:
    web = Flask("pages")
    web.add_url_rule("/open", "open", for_anybody(lambda: "fine"))
    guard(web)
    web = Flask("pages")
    web.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(Misconfigured, match="/forgotten"):
        guard(web)


def test_a_route_that_is_added_later_answers_nobody(server: Server) -> None:
    server.web.view_functions["forgotten"] = lambda: "secret"
    server.web.url_map.add(server.web.url_rule_class("/forgotten", endpoint="forgotten"))
    assert server.browser("owner").get("/forgotten").status_code == 403
