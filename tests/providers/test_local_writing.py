"""Scores of a local account: what is written, kept, left alone, and refused."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Misconfigured, RetryLater
from connector.model import Outcome, Write
from connector.providers.local import LocalProvider, provider
from tests.timing import least_seconds

from .contract import read
from .folder import conversation, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "desk"
    path.mkdir()
    return path


def scores(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]


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
        put(folder / "deleted.jsonl", {"id": "1"})
        assert [each.outcome for each in desk.write([Write("1", {"empathy_score": 1})])] == [Outcome.GONE]
        assert [row["id"] for row in scores(folder)] == ["2"]
        (folder / "deleted.jsonl").unlink()
        desk.write([Write("1", {"empathy_score": 1})])
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

        def write_all() -> None:
            for first in range(0, 812, 100):
                desk.write([Write(str(n), {"empathy_score": n}) for n in range(first, min(first + 100, 812))])

        assert least_seconds(write_all, enough=2) < 2
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
