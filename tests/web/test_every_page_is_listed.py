"""Every route that answers with a page is in the list of pages that are tested (tests/browser/pages.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.pages import ALSO_SHOWN_AS, ELSEWHERE, FOR_PROGRAMS, PAGES

from .browsers import OWN, Server, serve_two_accounts
from .routes import ROLES, ROWS
from .test_access import asked, path_of

LISTED = {page.endpoint for page in PAGES} | {page.posts for page in PAGES if page.posts}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = serve_two_accounts(tmp_path_factory.mktemp("listed"))
    yield made
    made.app.store.close()


def test_every_route_that_answers_with_a_page_is_in_the_list(shared: Server) -> None:
    missing = []
    for row in ROWS:
        for extension in ("sign-in rates", "install rates"):
            shared.web.extensions[extension]._tries.clear()
        role = "agent" if row.lowest == "agent" else ROLES[max(ROLES.index(row.lowest), 1)]
        answer = asked(shared, row, role, path_of(shared, row, OWN))
        answer.close()
        [endpoint] = {
            rule.endpoint
            for rule in shared.web.url_map.iter_rules()
            if rule.rule == row.rule and row.method in (rule.methods or ())
        }
        is_page = answer.mimetype == "text/html" and not 300 <= answer.status_code < 400
        if is_page and endpoint not in LISTED | ELSEWHERE.keys() | ALSO_SHOWN_AS.keys() | FOR_PROGRAMS:
            missing.append(f"{row.method} {row.rule}: {endpoint}")
    assert missing == []


def test_the_list_names_routes_that_are_there(shared: Server) -> None:
    there = set(shared.web.view_functions)
    assert there >= LISTED | ELSEWHERE.keys() | ALSO_SHOWN_AS.keys() | FOR_PROGRAMS
    assert set(ALSO_SHOWN_AS.values()) <= LISTED
