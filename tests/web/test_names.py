"""Any name or id of a platform stands in one part of an address."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from flask import url_for
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from werkzeug.routing import Map

from connector.opening import COMMAND_PATIENCE
from connector.sync import Options
from connector.web.names import NameConverter

from .browsers import OWN, Server, conversations

names = NameConverter(Map())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_name_comes_back_as_it_was(name: str) -> None:
    address = names.to_url(name)
    assert "/" not in address
    assert "." not in unquote(address)
    assert names.to_python(unquote(address)) == name


@pytest.mark.parametrize("id_", ["a/b", "..", "~", "~s", "c.jsonl:3", "<b>", "%2f", "ü", "a?b#c"])
def test_a_page_is_found_by_an_id_that_is_hard_to_write(server: Server, id_: str) -> None:
    said = {**conversations(OWN)[1], "id": id_, "contact_id": "hard-to-write"}
    file = server.folder / OWN / "c.jsonl"
    file.write_text(file.read_text() + json.dumps(said) + "\n")
    assert server.app.sync(OWN, Options(), patience=COMMAND_PATIENCE).error is None
    with server.web.test_request_context():
        address = url_for("conversations.conversation_page", installation=OWN, conversation=id_)
    page = server.browser("lead").get(address)
    assert page.status_code == 200
    assert str(escape(id_)) in page.text
