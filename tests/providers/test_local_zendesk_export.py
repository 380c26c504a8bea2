"""Zendesk's own JSON export, read as a local account."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connector.model import Role
from connector.providers.local import LocalProvider, rows

from .contract import read
from .folder import put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "desk"
    path.mkdir()
    return path


class TestZendeskExport:
    TICKET: Mapping[str, Any] = {
        "id": 35436,
        "status": "closed",
        "subject": "Printer",
        "requester_id": 1,
        "assignee": {"id": 2, "role": "agent"},
        "updated_at": "2026-03-01T10:30:00Z",
        "tags": ["printer", "vip"],
        "via": {"channel": "email"},
        "comments": [
            {
                "id": 11,
                "author_id": 1,
                "body": "My printer is on fire!",
                "created_at": "2026-03-01T10:00:00Z",
            },
            {"id": 12, "author_id": 2, "html_body": "<p>Oh no.</p>", "body": "Oh no.", "public": True},
            {"id": 13, "author_id": 2, "plain_body": "Call them", "public": False},
            {"id": 14, "author_id": 3, "body": "Also mine", "author": {"id": 3, "role": "end-user"}},
            {"id": 15, "author_id": -1, "body": "We received it", "via": {"channel": "rule"}},
            {"id": 17, "author_id": -1, "body": "Merged"},
            {"id": 16, "author_id": 4, "body": "Second level here"},
        ],
    }

    def test_a_ticket_a_line_is_read_with_its_comments(self, folder: Path) -> None:
        put(folder / "export.json", self.TICKET, {**self.TICKET, "id": 2})
        reading = read(LocalProvider(folder))
        found = reading.one("35436")
        assert reading.ids == {"35436", "2"}
        assert (found.head.contact_id, found.head.channel, found.head.is_closed) == ("1", "email", True)
        assert found.head.tags == {"printer", "vip"}
        customer, agent, note, other, system, merged, second = found.messages
        assert [each.role for each in (customer, agent, other, second)] == [
            Role.CUSTOMER,
            Role.AGENT,
            Role.CUSTOMER,
            Role.AGENT,
        ]
        assert (agent.body, agent.is_html) == ("<p>Oh no.</p>", True)
        assert (note.body, note.is_public) == ("Call them", False)
        assert {(each.role, each.is_automated) for each in (system, merged)} == {(Role.SYSTEM, True)}

    @pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
    @pytest.mark.parametrize("shape", ["array", "tickets"])
    def test_one_document_is_read_too(self, folder: Path, name: str, shape: str) -> None:
        tickets = [self.TICKET, {"id": 7, "requester_id": 1, "description": "Hello", "comments": None}, 5]
        users = [{"id": 4, "role": "end-user"}]
        document = tickets if shape == "array" else {"tickets": tickets, "users": users, "count": 3}
        put(folder / name, document)  # type: ignore[arg-type]
        desk = LocalProvider(folder)
        reading = read(desk)
        assert reading.ids == {"35436", "7"}
        assert [each.id for each in reading.parked] == [f"{name}:3"]
        assert reading.one("35436").messages[-1].role is (Role.AGENT if shape == "array" else Role.CUSTOMER)
        assert reading.one("7").messages[0].body == "Hello"
        alone = desk.conversation("7")
        assert alone is not None
        assert alone.messages == reading.one("7").messages
        assert {each.id for each in desk.history("1", 9)} == {"35436", "7"}
        put(folder / name, document, age=20)  # type: ignore[arg-type]
        assert read(LocalProvider(folder), reading.cursors[-1]).conversations == []

    def test_a_document_over_several_lines_is_read_and_a_broken_one_parked(self, folder: Path) -> None:
        (folder / "good.json").write_text(json.dumps([self.TICKET], indent=2))
        (folder / "bad.json").write_text(json.dumps([self.TICKET], indent=2)[:-2])
        reading = read(LocalProvider(folder))
        assert reading.ids == {"35436"}
        assert [(each.id, each.error) for each in reading.parked] == [
            ("bad.json:1", "Unreadable: the document is not valid JSON")
        ]

    def test_a_document_that_is_too_large_says_what_to_do(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "big.json").write_text(json.dumps([self.TICKET], indent=2))
        monkeypatch.setattr(rows, "LONGEST_ROW", 100)
        first = read(LocalProvider(folder))
        assert [each.id for each in first.parked] == ["big.json:1"]
        assert "put one record on a line" in first.parked[0].error

    @pytest.mark.parametrize(
        "change",
        [{"id": None}, {"comments": {}}, {"comments": [1]}, {"comments": [{"id": 1}, {"id": 1}]}],
    )
    def test_a_ticket_that_cannot_be_read_is_parked(self, folder: Path, change: Mapping[str, Any]) -> None:
        put(folder / "export.json", {**self.TICKET, **change}, {**self.TICKET, "id": 2})
        reading = read(LocalProvider(folder))
        assert reading.ids == {"2"}
        assert [each.id for each in reading.parked] == ["export.json:1"]
