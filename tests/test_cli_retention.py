"""`policy`, `purge` and `rotate-key` as an admin types them, and every command without the master key."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from connector.bootstrap import Connector
from connector.jobs.worker import wait_until_unlocked
from connector.settings import Settings
from connector.web import create_app
from tests.on_disk import contents

from .commands import Run, one_sentence
from .test_cli import account, connected

__all__ = ["account", "connected"]

DATABASE = Path("var/connector.db")
KEY = Path("var/keys/master.key")


def texts(condition: str = "1") -> int:
    with sqlite3.connect(DATABASE) as database:
        [count] = database.execute(f"SELECT count(*) FROM kept_text WHERE {condition}").fetchone()  # noqa: S608
    database.close()
    return int(count)


def expire(condition: str = "1") -> None:
    with sqlite3.connect(DATABASE) as database:
        database.execute(f"UPDATE kept_text SET due_at = '2026-01-01 00:00:00.000000' WHERE {condition}")  # noqa: S608
    database.close()


@pytest.mark.sqlite
def test_a_fresh_installation_drops_and_says_so(run: Run, connected: Path) -> None:
    shown = run("policy", "shop", "--json").json
    assert shown["mode"] == "drop"
    assert shown["keep"] is None
    assert shown["version"] == 0
    assert "nothing is kept" in run("policy", "shop").out
    run("sync", "shop")
    assert texts() == 0


@pytest.mark.sqlite
def test_a_policy_is_chosen_looked_at_first_and_carried_out(run: Run, connected: Path) -> None:
    ran = run("policy", "shop", "--mode", "encrypt", "--keep", "30d", "--json")
    assert ran.code == 0
    assert ran.json["version"] == 1
    assert ran.json["changed"] is True
    run("sync", "shop")
    assert texts("mode = 'encrypt'") == 4
    looked = run("policy", "shop", "--mode", "redact", "--dry-run", "--json").json
    assert (looked["kept"], looked["would_delete"], looked["would_change"]) == (4, 4, True)
    assert "would delete 4 of 4 texts" in run("policy", "shop", "--mode", "drop", "--dry-run").out
    assert texts() == 4
    shorter = run("policy", "shop", "--keep", "12h", "--json").json
    assert (shorter["mode"], shorter["keep"], shorter["would_shorten"], shorter["deleted"]) == (
        "encrypt",
        "12h",
        4,
        0,
    )
    same = run("policy", "shop", "--keep", "12h", "--json").json
    assert (same["changed"], same["version"]) == (False, 2)
    dropped = run("policy", "shop", "--mode", "drop")
    assert dropped.code == 0
    assert "deletes 4 of 4 texts now" in dropped.out
    assert "version 3; 4 texts deleted" in dropped.out
    assert texts() == 0


def test_no_words_are_on_the_disk_in_any_mode(run: Run, connected: Path, tmp_path: Path) -> None:
    for mode in ("encrypt", "redact"):
        run("policy", "shop", "--mode", mode)
        run("sync", "shop", "--full")
        for file in (tmp_path / "var").rglob("*"):
            assert not file.is_file() or b"three weeks late" not in contents(file), (mode, file)


@pytest.mark.sqlite
def test_a_policy_file_sets_overrides_and_holds(run: Run, connected: Path, tmp_path: Path) -> None:
    hold = {"id": "h1", "on": "everything", "owner": "Dana", "reason": "claim", "ends_at": "2999-01-01"}
    content = {
        "mode": "encrypt",
        "keep": "9d",
        "overrides": [{"on": "tag:a", "mode": "drop"}],
        "holds": [hold],
    }
    (tmp_path / "p.json").write_text(json.dumps(content))
    ran = run("policy", "shop", "--file", "p.json")
    assert ran.code == 0
    assert "tag:a: drop" in ran.out
    assert "held until 2999-01-01T00:00:00Z: everything (Dana: claim)" in ran.out
    run("sync", "shop")
    assert texts() == 4
    assert run("policy", "shop", "--mode", "drop", "--json").json["deleted"] == 0
    assert texts() == 4
    (tmp_path / "p.json").write_text('{"mode": "drop", "holds": []}')
    assert run("policy", "shop", "--file", "p.json", "--json").json["deleted"] == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mode", "drop", "--keep", "3d"], "drop keeps nothing"),
        (["--keep", "3d"], "drop keeps nothing"),
        (["--mode", "encrypt", "--keep", "soon"], "--keep must be"),
        (["--file", "missing.json"], "cannot be read"),
        (["--file", "bad.json"], "not JSON"),
        (["--file", "bad.json", "--mode", "drop"], "leave out --mode and --keep"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_one_sentence(
    run: Run, connected: Path, tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "bad.json").write_text("{")
    ran = run("policy", "shop", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert one_sentence(ran.err)


@pytest.mark.sqlite
def test_purge_deletes_what_is_due_and_nothing_else(run: Run, connected: Path) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    expire("conversation_id = '1'")
    ran = run("purge", "--json")
    assert ran.code == 0
    shown = ran.json
    assert (shown["deleted"], shown["keys_destroyed"], shown["log_truncated"]) == (2, 1, True)
    assert texts() == 2
    proof = json.loads(run("proof", "verify", "shop", "--json").out)
    assert "purge" in json.dumps(proof)
    assert run("purge").out.startswith("Deleted 0 texts")


@pytest.mark.sqlite
def test_p05_a_purge_after_a_moved_clock_exits_1_until_confirmed(run: Run, connected: Path) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    expire()
    with sqlite3.connect(DATABASE) as database:
        database.execute("UPDATE clock_mark SET at = '2025-01-01 00:00:00.000000'")
    database.close()
    ran = run("purge")
    assert ran.code == 1
    assert "Nothing was deleted." in ran.err
    assert "--confirm" in ran.err
    doctor = run("doctor", "--json")
    assert doctor.code == 1
    assert any(check["name"] == "purge" and not check["ok"] for check in doctor.json["checks"])
    assert texts() == 4
    assert run("purge", "--confirm").code == 0
    assert texts() == 0


def test_the_master_key_is_exchanged_and_the_old_file_is_useless(
    run: Run, connected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    ran = run("rotate-key", "--new-key-file", "keys/new.key", "--installation", "shop", "--json")
    assert ran.code == 0
    assert [row["under_old_key"] for row in ran.json["rotated"]] == [0, 0]
    assert Path("keys/new.key").stat().st_mode & 0o777 == 0o600
    refused = run("sync", "shop")
    assert refused.code == 2
    assert one_sentence(refused.err)
    monkeypatch.setenv("CONNECTOR_MASTER_KEY_FILE", "keys/new.key")
    assert run("sync", "shop").code == 0
    assert run("doctor").code == 0
    again = run("rotate-key", "--new-key-file", "keys/new.key")
    assert again.code == 0
    assert "0 rows under the old key" in again.out
    assert run("rotate-key").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "shop"],
        ["check", "shop"],
        ["fields", "shop"],
        ["show", "shop", "1"],
        ["policy", "shop"],
        ["policy", "shop", "--mode", "encrypt"],
        ["rotate-key", "--new-key-file", "new.key"],
    ],
)
def test_c04_without_the_master_key_commands_exit_2_and_make_no_other_key(
    run: Run, connected: Path, arguments: list[str]
) -> None:
    run("sync", "shop")
    KEY.unlink()
    ran = run(*arguments)
    assert ran.code == 2
    assert "master key" in ran.err
    assert one_sentence(ran.err)
    assert not KEY.exists()
    assert not Path("new.key").exists()


@pytest.mark.sqlite
def test_c04_retention_goes_on_without_the_key_and_an_account_can_be_disconnected(
    run: Run, connected: Path
) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    expire("conversation_id = '1'")
    KEY.unlink()
    assert run("purge", "--json").json["deleted"] == 2
    assert run("disconnect", "shop").code == 0


def test_c04_the_server_starts_locked_and_opens_when_the_key_is_back(run: Run, connected: Path) -> None:
    run("sync", "shop")
    key = KEY.read_bytes()
    KEY.unlink()
    web = create_app(Connector(Settings(_env_file=None)))
    client = web.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/")
    assert answer.status_code == 503
    assert b"Locked" in answer.data
    assert b"shop" not in answer.data
    assert answer.headers["Content-Security-Policy"]
    KEY.write_bytes(key)
    KEY.chmod(0o600)
    assert client.get("/").status_code == 200


@pytest.mark.sqlite
def test_c04_the_worker_waits_for_the_key_and_purges_meanwhile(run: Run, connected: Path) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    expire()
    key = KEY.read_bytes()
    KEY.unlink()
    waited = []

    def pause() -> None:
        waited.append(texts())
        if len(waited) == 2:
            with os.fdopen(os.open(KEY, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(key)

    wait_until_unlocked(Connector(Settings(_env_file=None)), pause)
    assert waited == [4, 0]


@pytest.mark.sqlite
def test_p03_what_fell_due_while_nothing_ran_is_gone_before_the_first_answer(
    run: Run, connected: Path
) -> None:
    run("policy", "shop", "--mode", "encrypt")
    run("sync", "shop")
    expire()
    create_app(Connector(Settings(_env_file=None)))
    assert texts() == 0
