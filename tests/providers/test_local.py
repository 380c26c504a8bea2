"""The local account: the contract, and what only a folder does."""

import json
import os
import stat
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Misconfigured, RetryLater, Unreadable
from connector.model import Outcome, Role, Write
from connector.providers.local import LocalProvider, pages, provider, rows
from connector.providers.local.index import Index, Part
from tests.fakes.clock import Clock
from tests.fakes.local_world import LocalWorld

from .contract import CANARY, ProviderContract, everything, read


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


def conversation(conversation_id: str, text: str = "Where is it?", **more: Any) -> dict[str, Any]:
    messages = [{"id": f"{conversation_id}-1", "role": "customer", "text": text}]
    return {"id": conversation_id, "messages": messages, **more}


def put(path: Path, *records: Mapping[str, Any] | bytes, age: float = 60) -> None:
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in records]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    os.utime(path, (time.time() - age, time.time() - age))


def scores(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]


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

    def test_the_cursor_holds_no_words(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1", CANARY))
        cursor = read(LocalProvider(folder)).cursors[-1]
        state = json.loads(cursor)["files"]["a.jsonl"]
        assert CANARY not in cursor
        assert all(isinstance(each, int) for each in state)
        assert state[2] < 2**32


class TestWriting:
    def test_rows_of_others_keep_their_place_and_their_keys(self, folder: Path) -> None:
        put(folder / "a.jsonl", *(conversation(n) for n in "123"))
        put(
            folder / "scores.jsonl",
            {"id": "elsewhere", "fields": {"empathy_score": 1}},
            {"id": "2", "note": "mine", "fields": {"theirs": True, "empathy_score": 2}},
            b"not json",
        )
        outcomes = LocalProvider(folder).write([Write(n, {"empathy_score": 50 + int(n)}) for n in "123"])
        assert {each.outcome for each in outcomes} == {Outcome.WRITTEN}
        lines = (folder / "scores.jsonl").read_text().splitlines()
        assert lines.pop(2) == "not json"
        assert [json.loads(line) for line in lines] == [
            {"id": "elsewhere", "fields": {"empathy_score": 1}},
            {"id": "2", "note": "mine", "fields": {"theirs": True, "empathy_score": 52}},
            {"id": "1", "fields": {"empathy_score": 51}},
            {"id": "3", "fields": {"empathy_score": 53}},
        ]

    def test_the_same_values_leave_the_file_alone(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"))
        desk = LocalProvider(folder)
        blank = {"empathy_score": None, "empathy_scored_at": "2026-03-01T00:00:00Z"}
        desk.write([Write("1", blank)])
        before = (folder / "scores.jsonl").stat()
        (again,) = desk.write(
            [Write("1", {"empathy_score": None, "empathy_scored_at": "2026-03-02T00:00:00Z"})]
        )
        after = (folder / "scores.jsonl").stat()
        assert again.outcome is Outcome.UNCHANGED
        assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)

    def test_a_conversation_that_left_the_account_leaves_the_scores(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"), conversation("2"))
        desk = LocalProvider(folder)
        desk.write([Write("1", {"empathy_score": 1}), Write("2", {"empathy_score": 2})])
        put(folder / "a.jsonl", conversation("1"), age=30)
        (gone,) = desk.write([Write("2", {"empathy_score": 3})])
        assert gone.outcome is Outcome.GONE
        assert [row["id"] for row in scores(folder)] == ["1"]

    def test_whoever_may_read_the_folder_may_read_the_scores(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"))
        for mode, expected in ((0o750, 0o640), (0o700, 0o600)):
            folder.chmod(mode)
            LocalProvider(folder).write([Write("1", {"empathy_score": mode})])
            assert stat.S_IMODE((folder / "scores.jsonl").stat().st_mode) == expected

    def test_a_failed_write_leaves_the_old_scores_and_no_litter(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(folder / "a.jsonl", conversation("1"))
        desk = LocalProvider(folder)
        desk.write([Write("1", {"empathy_score": 1})])

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(RetryLater, match="No space left"):
            desk.write([Write("1", {"empathy_score": 2})])
        assert scores(folder) == [{"id": "1", "fields": {"empathy_score": 1}}]
        assert sorted(path.name for path in folder.iterdir()) == ["a.jsonl", "scores.jsonl"]

    def test_leftovers_of_a_crash_are_cleared_away(self, folder: Path) -> None:
        put(folder / "a.jsonl", conversation("1"))
        put(folder / ".scores-old.tmp", b"{}", age=3600)
        put(folder / ".scores-new.tmp", b"{}", age=1)
        LocalProvider(folder).write([Write("1", {"empathy_score": 1})])
        assert sorted(path.name for path in folder.glob(".scores-*")) == [".scores-new.tmp"]

    def test_many_small_batches_take_no_more_than_a_pass_each(self, folder: Path) -> None:
        put(folder / "a.jsonl", *(conversation(str(n), "x" * 700) for n in range(812)))
        desk = LocalProvider(folder)
        began = time.perf_counter()
        for first in range(0, 812, 100):
            desk.write([Write(str(n), {"empathy_score": n}) for n in range(first, min(first + 100, 812))])
        assert time.perf_counter() - began < 2
        assert [row["fields"]["empathy_score"] for row in scores(folder)] == list(range(812))


class TestTheFolder:
    def test_a_missing_folder_is_named_with_the_remedy(self, tmp_path: Path) -> None:
        missing = LocalProvider(tmp_path / "nowhere")
        for action in (missing.check, lambda: read(missing), lambda: missing.write([])):
            with pytest.raises(Misconfigured, match=r"nowhere does not exist; name a folder"):
                action()

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Misconfigured, match="is not a folder"):
            LocalProvider(tmp_path / "file").check()

    def test_an_unwritable_folder_is_found_before_anything_is_done(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)
        with pytest.raises(Misconfigured, match=r"cannot be written to; allow this user"):
            LocalProvider(folder).check()
        assert read(LocalProvider(folder)).cursors

    def test_scores_that_are_no_file_are_found_too(self, folder: Path) -> None:
        (folder / "scores.jsonl").mkdir()
        with pytest.raises(Misconfigured, match="is not a file"):
            LocalProvider(folder).check()

    def test_permission_lost_in_the_middle_is_a_setting_to_mend(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(folder / "a.jsonl", conversation("1"))

        def refused(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(provider, "write_scores", refused)
        with pytest.raises(Misconfigured, match="cannot be written to"):
            LocalProvider(folder).write([Write("1", {})])


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
        customer, agent, note, other, system, second = found.messages
        assert [each.role for each in (customer, agent, other, second)] == [
            Role.CUSTOMER,
            Role.AGENT,
            Role.CUSTOMER,
            Role.AGENT,
        ]
        assert (agent.body, agent.is_html) == ("<p>Oh no.</p>", True)
        assert (note.body, note.is_public) == ("Call them", False)
        assert (system.role, system.is_automated) == (Role.SYSTEM, True)

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


def test_the_index_keeps_forty_bytes_for_a_conversation() -> None:
    part = Part((0, 0, 0), True)
    columns = (part.ids, part.numbers, part.starts, part.contacts, part.changed_at)
    assert sum(column.itemsize for column in columns) == 40
    assert Index([("a", part)]).place_of("1") is None
