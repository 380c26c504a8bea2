"""The page on which an admin makes, lists and revokes the tokens of programs."""

from __future__ import annotations

import re

import pytest

from .browsers import OTHER, OWN, PUBLIC, Server, later
from .test_pages import words_of

PAGE = f"/admin/{OWN}/tokens"
FORM = {"role": "lead", "label": "nightly export", "days": "30"}


def made(server: Server, **form: str) -> tuple[str, str]:
    """A new token and its id."""
    page = server.browser("admin").post(PAGE, {**FORM, **form}).text
    found = re.search(r"ec_[\w-]{43}", page)
    assert found
    [row] = server.app.store.api_tokens(OWN)
    return found[0], row.id


def called(server: Server, token: str) -> int:
    shows = {"Authorization": f"Bearer {token}"}
    return server.web.test_client().get(f"/api/v1/{OWN}", base_url=PUBLIC, headers=shows).status_code


def test_a_token_is_shown_once_and_works(server: Server) -> None:
    token, _ = made(server)
    page = server.browser("admin").get(PAGE).text
    assert token not in page
    assert "nightly export" in page
    assert "Kim the admin (admin)" in page
    assert called(server, token) == 200
    assert server.browser("admin").post(PAGE, FORM).headers["Cache-Control"] == "no-store"


def test_its_last_use_is_noted_once_an_hour(server: Server) -> None:
    token, id_ = made(server)
    assert "never" in words_of(server.browser("admin").get(PAGE).text)

    def used() -> object:
        return next(each.last_used_at for each in server.app.store.api_tokens(OWN) if each.id == id_)

    called(server, token)
    first = used()
    assert first == server.app.now()
    later(server, minutes=59)
    called(server, token)
    assert used() == first
    later(server, minutes=2)
    called(server, token)
    assert used() == server.app.now()


def test_a_token_is_revoked_at_once(server: Server) -> None:
    token, id_ = made(server)
    for _ in range(2):
        assert server.browser("owner").post(f"{PAGE}/revoke", {"id": id_}).status_code == 303
    assert called(server, token) == 401
    assert "There is none" in server.browser("admin").get(PAGE).text
    entries = [each.entry for each in server.app.erasing.proving.verify(OWN).entries]
    assert [(each["what"], each["token"]) for each in entries] == [
        ("token made", id_),
        ("token revoked", id_),
    ]
    assert token not in str(entries)


def test_a_token_of_another_account_cannot_be_revoked_here(server: Server) -> None:
    theirs = server.app.api_tokens.create(OTHER, role="lead", label="theirs", days=1, by="test")[1]
    assert server.browser("owner").post(f"{PAGE}/revoke", {"id": theirs.id}).status_code == 303
    assert [each.id for each in server.app.store.api_tokens(OTHER)] == [theirs.id]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"role": "owner"}, "role is lead"),
        ({"role": ""}, "is no role; choose one of"),
        ({"label": " "}, "what the token is for"),
        ({"label": "x" * 101}, "what the token is for"),
        ({"days": "0"}, "between 1 and 366 days"),
        ({"days": "367"}, "between 1 and 366 days"),
        ({"days": "-1"}, "between 1 and 366 days"),
        ({"days": "９"}, "between 1 and 366 days"),
        ({"days": "9" * 9_999}, "between 1 and 366 days"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_made(server: Server, form: dict[str, str], said: str) -> None:
    answer = server.browser("admin").post(PAGE, {**FORM, **form})
    assert answer.status_code == 400
    assert said in words_of(answer.text)
    assert "ec_" not in answer.text
    assert server.app.store.api_tokens(OWN) == []
