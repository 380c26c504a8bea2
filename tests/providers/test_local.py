"""The local account: the contract, and what only a folder does."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Unreadable
from connector.providers.local import LocalProvider, pages, rows
from connector.providers.local.index import Index, Part
from tests.fakes.clock import Clock
from tests.fakes.local_world import LocalWorld

from .contract import CANARY, ProviderContract, everything, read
from .folder import conversation, put


class TestLocalContract(ProviderContract):
    """A folder with one file for each conversation."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> LocalWorld:
        return LocalWorld(tmp_path / "account")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "desk"
    path.mkdir()
    return path


class TestReading:
    def test_what_cannot_be_read_is_parked_by_its_line_and_the_others_go_on(self, folder: Path) -> None:
        bad: list[Any] = [
            f'{{"id": "cut", "text": "{CANARY}'.encode(),
            b'{"id": "x", "messages": "\xff\xfe"}',
            {"messages": []},
            {"id": "", "messages": []},
            {"id": ["a"], "messages": []},
            {"id": "\ud800", "messages": []},
            {"id": "a", "role": "agent", "text": "a lone message"},
            {"id": "b", "messages": [{"id": "1", "role": "wizard", "text": CANARY}]},
            {"id": "c", "messages": [{"role": "agent", "text": CANARY}]},
            {"id": "d", "messages": [{"id": "1", "role": "agent", "text": 7}]},
            {"id": "e", "messages": [{"id": "1", "role": "agent"}, {"id": "1", "role": "agent"}]},
            b"[1, 2]",
            b"[" * 100_000,
        ]
        put(folder / "a.jsonl", conversation("first"), *bad, b"", conversation("last"))
        reading = read(LocalProvider(folder))
        assert reading.ids == {"first", "last"}
        assert [each.id for each in reading.parked] == [f"a.jsonl:{n}" for n in range(2, 2 + len(bad))]
        assert CANARY not in str(reading.parked)
        assert all(each.error.startswith("Unreadable: ") for each in reading.parked)

    def test_a_parked_line_stays_unreadable_until_it_is_mended(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("one"), b"{", conversation("one"))
        desk = LocalProvider(folder)
        parked = [each.id for each in read(desk).parked]
        assert parked == ["a.jsonl:2", "a.jsonl:3"]
        for each in parked:
            with pytest.raises(Unreadable, match=each):
                desk.conversation(each)
        put(folder / "a.jsonl", conversation("one"), conversation("two"), conversation("three"), age=30)
        assert [desk.conversation(each) for each in parked] == [None, None]

    def test_an_id_belongs_to_its_first_line_in_the_account(self, folder: Path) -> None:
        put(folder / "b.jsonl", conversation("same", "second"), conversation("other"), age=90)
        put(folder / "a.jsonl", conversation("same", "first"))
        desk = LocalProvider(folder)
        reading = read(desk)
        assert [each.id for each in reading.parked] == ["b.jsonl:1"]
        assert reading.one("same").messages[0].body == "first"
        found = desk.conversation("same")
        assert found is not None
        assert found.messages[0].body == "first"

    def test_odd_values_survive(self, folder: Path) -> None:
        odd = (
            b'{"id": 12, "x": NaN, "y": ' + b"9" * 5000 + b', "tags": ["vip", 3, null], "messages": ['
            b'{"id": 1, "role": "agent", "text": "half \\ud83d, whole \\ud83d\\ude00", "sent_at": "soon"},'
            b'{"id": 2, "role": "customer", "html": "<b>x</b>", "sent_at": "2026-03-01T10:00:00"},'
            b'{"id": 3, "role": "bot", "text": null, "sent_at": 17}]}'
        )
        put(folder / "a.jsonl", odd)
        (found,) = read(LocalProvider(folder)).conversations
        assert found.id == "12"
        assert found.head.tags == {"vip"}
        assert [message.body for message in found.messages] == ["half \ufffd, whole 😀", "<b>x</b>", ""]
        assert [message.is_html for message in found.messages] == [False, True, False]
        assert found.messages[1].sent_at == datetime(2026, 3, 1, 10, tzinfo=UTC)

    def test_messages_without_a_time_keep_their_place(self, folder: Path) -> None:
        times = ["2026-03-01T12:00:00Z", None, "2026-03-01T11:00:00Z"]
        said = [{"id": n, "role": "agent", "text": "", "sent_at": at} for n, at in enumerate(times)]
        put(folder / "a.jsonl", {"id": "x", "messages": said})
        assert [each.id for each in read(LocalProvider(folder)).one("x").messages] == ["2", "0", "1"]

    def test_a_byte_order_mark_and_other_files_are_no_matter(self, folder: Path) -> None:
        put(folder / "a.jsonl", b"\xef\xbb\xbf" + json.dumps(conversation("one")).encode())
        for name in ("scores.jsonl", "notes.txt", ".hidden.jsonl"):
            put(folder / name, conversation("not this"))
        (folder / "folder.jsonl").mkdir()
        assert read(LocalProvider(folder)).ids == {"one"}

    def test_a_line_that_is_too_long_is_parked_and_skipped(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rows, "LONGEST_ROW", 1000)
        put(folder / "a.jsonl", conversation("long", "x" * 5000), conversation("short"))
        reading = read(LocalProvider(folder))
        assert reading.ids == {"short"}
        assert [each.id for each in reading.parked] == ["a.jsonl:1"]

    def test_a_page_ends_before_its_texts_fill_the_memory(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "PAGE_CHARACTERS", 1000)
        put(folder / "a.jsonl", *(conversation(str(n), "x" * 600) for n in range(6)))
        found = list(LocalProvider(folder).pages(None, everything))
        assert [len(page.conversations) for page in found] == [2, 2, 2, 0]
        assert {page.total for page in found} == {6}

    def test_contacts_who_opted_out_show_and_bad_lines_about_them_are_parked(self, folder: Path) -> None:
        put(folder / "contacts.jsonl", {"id": 5, "opted_out": True}, {"id": "6", "opted_out": False}, b"?")
        put(folder / "a.jsonl", *(conversation(n, contact_id=n) for n in ("5", "6", "7")))
        put(folder / "b.jsonl", conversation("8", tags=["empathy_opt_out"]))
        reading = read(LocalProvider(folder))
        assert {each.id for each in reading.conversations if each.head.is_opted_out} == {"5", "8"}
        assert [each.id for each in reading.parked] == ["contacts.jsonl:3"]


class TestProgress:
    def test_an_unchanged_folder_is_not_read_again(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(folder / "a.jsonl", *(conversation(str(n)) for n in range(9)), b"{")
        put(folder / "deleted.jsonl", {"id": "8"})
        first = read(LocalProvider(folder))
        monkeypatch.setattr(Path, "open", None)
        again = read(LocalProvider(folder), first.cursors[-1])
        assert (again.conversations, again.parked, again.gone) == ([], [], [])
        assert again.cursors == first.cursors[-1:]

    def test_only_what_was_added_at_the_end_is_read(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"), conversation("2"))
        cursor = read(LocalProvider(folder)).cursors[-1]
        put(folder / "a.jsonl", conversation("1"), conversation("2"), conversation("3"), age=30)
        again = read(LocalProvider(folder), cursor)
        assert again.ids == {"3"}
        put(folder / "a.jsonl", conversation("1"), conversation("2", "Changed?"), conversation("3"), age=20)
        assert read(LocalProvider(folder), again.cursors[-1]).ids == {"1", "2", "3"}

    def test_a_change_of_the_same_size_in_the_same_instant_is_seen(self, folder: Path) -> None:
        at = Clock()
        put(folder / "a.jsonl", conversation("1", "aaaa"))
        os.utime(folder / "a.jsonl", (at.now().timestamp(),) * 2)
        desk = LocalProvider(folder, now=at.now)
        cursor = read(desk).cursors[-1]
        put(folder / "a.jsonl", conversation("1", "bbbb"))
        os.utime(folder / "a.jsonl", (at.now().timestamp(),) * 2)
        assert read(desk, cursor).one("1").messages[0].body == "bbbb"

    def test_another_id_in_the_same_instant_is_found(self, folder: Path) -> None:
        at = Clock()
        desk = LocalProvider(folder, now=at.now)
        for conversation_id in "12":
            put(folder / "a.jsonl", conversation(conversation_id))
            os.utime(folder / "a.jsonl", (at.now().timestamp(),) * 2)
            assert desk.conversation(conversation_id) is not None
        assert desk.conversation("1") is None

    def test_a_limit_on_age_ends_with_its_run(self, folder: Path) -> None:
        old = {"updated_at": "2020-01-01T00:00:00Z"}
        put(folder / "a.jsonl", conversation("1", **old))
        desk = LocalProvider(folder)
        first = read(desk, desk.cursor_at(datetime(2026, 1, 1, tzinfo=UTC)))
        assert first.ids == set()
        put(folder / "b.jsonl", conversation("2", **old))
        assert read(desk, first.cursors[-1]).ids == {"2"}

    def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(self, folder: Path) -> None:
        whole = json.dumps(conversation("2")).encode()
        path = folder / "a.jsonl"
        path.write_bytes(json.dumps(conversation("1")).encode() + b"\n" + whole[:20])
        first = read(LocalProvider(folder))
        assert first.ids == {"1"}
        assert [each.id for each in first.parked] == ["a.jsonl:2"]
        path.write_bytes(json.dumps(conversation("1")).encode() + b"\n" + whole)
        second = read(LocalProvider(folder), first.cursors[-1])
        assert (second.ids, second.parked) == ({"2"}, [])
        with path.open("ab") as file:
            file.write(b"\n" + json.dumps(conversation("3")).encode() + b"\n")
        assert read(LocalProvider(folder), second.cursors[-1]).ids == {"3"}

    def test_a_cursor_that_cannot_be_read_begins_again(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"))
        for cursor in ("not json", "[]", '{"files": 3}', '{"files": {"a.jsonl": [1]}}', "null"):
            assert read(LocalProvider(folder), cursor).ids == {"1"}

    def test_deleted_conversations_are_gone_and_stay_away(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"), conversation("2"))
        put(folder / "deleted.jsonl", {"id": "2"}, {"id": "7"})
        desk = LocalProvider(folder)
        reading = read(desk)
        assert (reading.ids, reading.gone) == ({"1"}, ["2", "7"])
        assert desk.conversation("2") is None
        assert set(desk.deleted(datetime.now(UTC) - timedelta(hours=1))) == {"2", "7"}
        assert list(desk.deleted(datetime.now(UTC) + timedelta(hours=1))) == []

    def test_history_leaves_out_what_is_deleted_or_opted_out(self, folder: Path) -> None:
        mine = [conversation(n, contact_id="me", channel="chat") for n in "123"]
        put(folder / "a.jsonl", *mine, conversation("4", contact_id="me", tags=["empathy_opt_out"]))
        put(folder / "deleted.jsonl", {"id": "2"})
        past = LocalProvider(folder).history("me", 9)
        assert {each.id for each in past} == {"1", "3"}
        assert {(each.kind, each.is_inbound) for each in past} == {("chat", True)}

    def test_the_cursor_holds_no_words(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1", CANARY))
        cursor = read(LocalProvider(folder)).cursors[-1]
        state = json.loads(cursor)["files"]["a.jsonl"]
        assert CANARY not in cursor
        assert all(isinstance(each, int) for each in state)
        assert state[2] < 2**32


def test_the_index_keeps_forty_bytes_for_a_conversation() -> None:
    part = Part((0, 0, 0), True)
    columns = (part.ids, part.numbers, part.starts, part.contacts, part.changed_at)
    assert sum(column.itemsize for column in columns) == 40
    assert Index([("a", part)]).place_of("1") is None


def test_brand_pipeline_and_the_contacts_properties_can_be_named_by_retention_rules(folder: Path) -> None:
    row = {
        "id": "1",
        "messages": [],
        "brand": 7,
        "pipeline": "p",
        "contact": {"country": "DE", "age": None, "list": [1]},
    }
    (folder / "a.jsonl").write_text(json.dumps(row) + '\n{"id": "2", "messages": [], "contact": 5}\n')
    first, second = (LocalProvider(folder).conversation(id_) for id_ in ("1", "2"))
    assert first is not None
    assert first.head.attributes == {"brand": "7", "pipeline": "p", "contact.country": "DE"}
    assert second is not None
    assert second.head.attributes == {}
