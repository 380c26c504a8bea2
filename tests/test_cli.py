"""The command line, over folders of conversations: what it prints, its exit codes, its sentences."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from tests.commands import Run, one_sentence
from tests.on_disk import contents

UPSET = {
    "id": "m1",
    "role": "customer",
    "text": "My parcel is three weeks late and nobody answers me. I am furious!",
}
KIND = {
    "id": "m2",
    "role": "agent",
    "author_id": "agent-1",
    "text": "I am so sorry, Sam. Three weeks without your parcel, and no answer from us, is not acceptable. "
    "I have found it at the depot and will call you today at 4 pm to arrange delivery.",
}
COLD = {
    "id": "m2",
    "role": "agent",
    "author_id": "agent-2",
    "text": "As per our policy we cannot help. Calm down.",
}


@pytest.fixture
def account(tmp_path: Path) -> Path:
    folder = tmp_path / "account"
    folder.mkdir()
    rows = [{"id": "1", "messages": [UPSET, KIND]}, {"id": "2", "messages": [UPSET, COLD]}]
    (folder / "conversations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def connected(run: Run, account: Path) -> Path:
    assert run("connect", "local", "--name", "shop", "--path", str(account)).code == 0
    return account


def test_connect_then_sync_scores_and_writes_back(run: Run, connected: Path) -> None:
    ran = run("sync", "shop", "--json")
    assert ran.code == 0
    assert ran.err == ""
    line = ran.json
    assert line["conversations"] == {"seen": 2, "scored": 2, "unchanged": 0, "skipped": 0, "parked": 0}
    assert line["writes"]["written"] == 2
    assert line["provider"] == "local"
    rows = [json.loads(row) for row in (connected / "scores.jsonl").read_text().splitlines()]
    bands = {row["id"]: row["fields"]["empathy_band"] for row in rows}
    assert bands == {"1": "high", "2": "low"}


def test_a_second_sync_writes_nothing(run: Run, connected: Path) -> None:
    run("sync", "shop")
    before = (connected / "scores.jsonl").read_bytes()
    line = run("sync", "shop", "--json").json
    assert line["writes"]["written"] == 0
    assert (connected / "scores.jsonl").read_bytes() == before


def test_sync_without_names_runs_every_installation(run: Run, connected: Path) -> None:
    run("connect", "local", "--name", "second", "--path", str(connected))
    lines = run("sync", "--json").out.splitlines()
    assert [json.loads(line)["installation"] for line in lines] == ["second", "shop"]


def test_show_explains_a_score_without_any_text(run: Run, connected: Path) -> None:
    run("sync", "shop")
    ran = run("show", "shop", "1", "--json")
    shown = ran.json
    assert shown["installation"] == "shop"
    assert shown["conversation_id"] == "1"
    assert shown["write"]["status"] == "written"
    assert shown["fields"]["empathy_band"] == "high"
    assert shown["evidence"]
    assert "text_used" not in ran.out
    assert "parcel" not in ran.out
    assert "parcel" not in run("show", "shop", "1").out


def test_no_message_text_reaches_any_file(run: Run, connected: Path, tmp_path: Path) -> None:
    run("sync", "shop")
    for file in tmp_path.rglob("*"):
        if file.is_file() and file.name != "conversations.jsonl":
            assert b"parcel" not in contents(file), file


def test_an_unknown_name_and_an_unknown_conversation_are_usage_errors(run: Run, connected: Path) -> None:
    for arguments in (
        ("sync", "nope"),
        ("show", "shop", "nope"),
        ("show", "nope", "1"),
        ("disconnect", "nope"),
    ):
        ran = run(*arguments)
        assert ran.code == 2, arguments
        assert one_sentence(ran.err)


def test_a_folder_that_is_not_there_cannot_be_connected(run: Run, tmp_path: Path) -> None:
    ran = run("connect", "local", "--name", "shop", "--path", str(tmp_path / "nope"))
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert run("installations", "--json").json == []


def test_a_name_belongs_to_one_account(run: Run, connected: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    ran = run("connect", "local", "--name", "shop", "--path", str(other))
    assert ran.code == 2
    assert "belongs to" in ran.err
    assert run("connect", "local", "--name", "shop", "--path", str(connected)).code == 0


def test_a_malformed_line_is_parked_and_the_others_are_scored(run: Run, connected: Path) -> None:
    with (connected / "conversations.jsonl").open("a") as file:
        file.write('{"id": "3", "messages": [\n')
    ran = run("sync", "shop", "--json")
    assert ran.code == 1
    assert ran.json["conversations"] == {"seen": 3, "scored": 2, "unchanged": 0, "skipped": 0, "parked": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_at_connect(run: Run, account: Path) -> None:
    account.chmod(0o500)
    ran = run("connect", "local", "--name", "shop", "--path", str(account))
    account.chmod(0o700)
    assert ran.code == 2
    assert one_sentence(ran.err)


@pytest.mark.sqlite
def test_a_database_from_a_newer_version_is_refused(run: Run, connected: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var/connector.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    ran = run("installations")
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert "newer" in ran.err


def test_a_missing_master_key_is_not_made_anew(run: Run, connected: Path, tmp_path: Path) -> None:
    (tmp_path / "var/keys/master.key").unlink()
    ran = run("sync", "shop")
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert not (tmp_path / "var/keys/master.key").exists()


def test_disconnect_forgets_everything(run: Run, connected: Path) -> None:
    run("sync", "shop")
    assert run("disconnect", "shop").code == 0
    assert run("installations", "--json").json == []
    assert run("show", "shop", "1").code == 2


def test_dry_run_changes_nothing(run: Run, connected: Path) -> None:
    ran = run("sync", "shop", "--dry-run", "--json")
    assert ran.json["conversations"]["scored"] == 2
    assert not (connected / "scores.jsonl").exists()
    assert run("show", "shop", "1").code == 2


def test_check_and_installations_name_the_account(run: Run, connected: Path) -> None:
    assert run("check", "shop", "--json").json["ok"] is True
    [row] = run("installations", "--json").json
    assert (row["name"], row["provider"]) == ("shop", "local")


def test_fields_on_a_local_account_needs_nothing(run: Run, connected: Path) -> None:
    assert run("fields", "shop").code == 0


def test_doctor_says_what_to_do(run: Run, connected: Path) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 1
    assert any("run empathy-connector sync shop" in check["message"] for check in ran.json["checks"])
    run("sync", "shop")
    assert run("doctor").code == 0


def test_doctor_names_the_account_that_is_connected_twice(run: Run, connected: Path) -> None:
    run("connect", "local", "--name", "twin", "--path", str(connected))
    run("sync", "shop")
    run("sync", "twin")
    ran = run("doctor")
    assert ran.code == 1
    assert 'twin: it is the same account as "shop", so each reply is scored and written twice' in ran.out


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("connect", "zendesk", "--name", "z", "--subdomain", "a.evil.example/", "--token-stdin"), "fake"),
        (("connect", "zendesk", "--name", "z", "--subdomain", "shop\n", "--token-stdin"), "fake"),
        (("connect", "zendesk", "--name", "z", "--subdomain", "shop"), ""),
        (("connect", "zendesk", "--name", "z", "--subdomain", "shop", "--token-stdin"), ""),
        (("connect", "zendesk", "--name", "z", "--subdomain", "shop", "--token-stdin"), "{not json"),
        (("connect", "zendesk", "--name", "z", "--subdomain", "shop", "--token-stdin"), '{"token": "fake"}'),
        (("connect", "hubspot", "--name", "h", "--token-stdin"), "two words"),
        (("connect", "hubspot", "--name", "h", "--token-stdin", "--api-origin", "ftp://x"), "fake"),
        (("connect", "hubspot", "--name", "h", "--token-stdin", "--api-origin", "http://a/b"), "fake"),
        (("sync", "--since", "yesterday"), ""),
        (("sync",), ""),
        (("score", "nowhere.jsonl"), ""),
        (("score", "--engine", "ml"), ""),
        (("nonsense",), ""),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_code_2(run: Run, arguments: tuple[str, ...], stdin: str) -> None:
    ran = run(*arguments, stdin=stdin)
    assert ran.code == 2
    assert ran.err.strip()
    assert "Traceback" not in ran.err
    assert "fake" not in ran.err


def test_the_ml_engine_that_was_left_out_says_why_and_where_its_figures_are(run: Run) -> None:
    ran = run("score", "--engine", "ml", stdin=json.dumps(UPSET))
    assert ran.code == 2
    assert ran.out == ""
    assert "left out" in ran.err
    page = next(word for word in ran.err.split() if word.endswith(".md"))
    assert "## A sentence encoder" in (Path(__file__).parent.parent / page).read_text("utf-8")


def test_score_needs_no_database(run: Run, tmp_path: Path) -> None:
    lines = [json.dumps({"id": "1", "messages": [UPSET, KIND]}), "", "{bad", json.dumps(UPSET)]
    ran = run("score", stdin="\n".join(lines))
    assert ran.code == 1
    scores = [json.loads(line) for line in ran.out.splitlines()]
    assert [score["id"] for score in scores] == ["1", "m1"]
    assert json.loads(ran.err)["line"] == 3
    assert not (tmp_path / "var").exists()


def test_a_traceback_is_shown_only_on_request(run: Run) -> None:
    assert "Traceback" not in run("sync", "nope").err
    assert "Traceback" in run("--debug", "sync", "nope").err
