"""`subject`, `proof` and `disconnect` as an admin types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.on_disk import contents

from .commands import Run, one_sentence
from .test_cli import account, connected

__all__ = ["account", "connected"]

EMAIL = "sam.canary-6653@shop.example"


@pytest.fixture
def shop(run: Run, connected: Path) -> Path:
    """Sam's conversation is number 1, Pat's number 2; both are scored, with their texts."""
    path = connected / "conversations.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record, contact_id in zip(records, ("sam", "pat"), strict=True):
        record["contact_id"] = contact_id
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    (connected / "contacts.jsonl").write_text(json.dumps({"id": "sam", "email": EMAIL}) + "\n")
    run("policy", "shop", "--mode", "encrypt")
    assert run("sync", "shop").code == 0
    return connected


def test_a_contact_is_exported_erased_proven_and_let_in_again(run: Run, shop: Path) -> None:
    shown = run("subject", "export", "shop", "--contact", "sam", "--json").json
    assert shown["installation"] == "shop"
    [contact] = shown["contacts"]
    assert [each["conversation_id"] for each in contact["conversations"]] == ["1"]
    assert "furious" in json.dumps(contact)
    ran = run("subject", "erase", "shop", "--contact", "sam", "--json")
    assert ran.code == 0
    [erased] = ran.json["contacts"]
    assert (erased["erased"], erased["counts"]["conversations"], erased["proof"]) == (True, 1, 3)
    assert ran.json["fields_to_clear"] == 1
    assert run("sync", "shop", "--json").json["writes"]["written"] == 1
    [row] = [json.loads(line) for line in (shop / "scores.jsonl").read_text().splitlines()]
    assert row["id"] == "2"
    assert run("show", "shop", "1").code == 2
    [contact] = run("subject", "export", "shop", "--contact", "sam", "--json").json["contacts"]
    assert contact["conversations"] == []
    assert contact["is_left_out"]
    verdict = run("proof", "verify", "shop", "--json")
    assert (verdict.code, verdict.json["ok"]) == (0, True)
    told = [each["entry"]["what"] for each in verdict.json["entries"]]
    assert told == ["policy change", "export", "erasure", "export"]
    assert run("sync", "shop", "--full", "--json").json["conversations"]["skipped"] == 1
    assert "read again" in run("subject", "readmit", "shop", "--contact", "sam").out
    assert run("sync", "shop", "--full", "--json").json["conversations"]["scored"] == 1


def test_an_address_is_looked_up_and_left_nowhere(run: Run, shop: Path) -> None:
    assert run("subject", "export", "shop", "--email", EMAIL.upper()).code == 0
    assert run("subject", "erase", "shop", "--email", "-", stdin=f"{EMAIL}\n").code == 0
    ran = run("subject", "erase", "shop", "--email", "nobody-7781@shop.example")
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert "7781" not in ran.out + ran.err
    for path in (each for each in Path("var").rglob("*") if each.is_file()):
        assert b"canary-6653" not in contents(path).lower(), path
        assert b"nobody-7781" not in contents(path), path


@pytest.mark.parametrize("command", ["export", "erase", "readmit"])
def test_it_takes_one_of_id_and_address(run: Run, shop: Path, command: str) -> None:
    assert run("subject", command, "shop").code == 2
    assert run("subject", command, "shop", "--contact", "sam", "--email", EMAIL).code == 2
    assert run("subject", command, "shop", "--contact", " ").code == 2
    assert run("subject", command, "shop", "--email", "no address").code == 2
    assert one_sentence(run("subject", command, "unknown", "--contact", "sam").err)


def test_a_changed_proof_is_told_and_exits_1(run: Run, shop: Path) -> None:
    run("subject", "erase", "shop", "--contact", "sam")
    log = Path("var/erasures.log")
    log.write_bytes(log.read_bytes() + b"a foreign line\n")
    ran = run("proof", "verify", "shop", "--json")
    assert (ran.code, ran.json["unreadable_log_lines"]) == (0, [4])
    assert "passed over: 4." in ran.err
    [finding] = [each for each in run("doctor", "--json").json["checks"] if each["name"] == "erasure log"]
    assert not finding["ok"]
    log.write_text(log.read_text().replace('"rows": 0', '"rows": 1'))
    ran = run("proof", "verify", "shop")
    assert ran.code == 1
    assert "BROKEN" in ran.out
    assert run("proof", "verify", "unknown").code == 2


def test_disconnecting_keeps_the_proofs(run: Run, shop: Path) -> None:
    run("subject", "erase", "shop", "--contact", "sam")
    assert run("disconnect", "shop").code == 0
    ran = run("proof", "verify", "shop", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [each["entry"]["what"] for each in ran.json["entries"]] == [
        "policy change",
        "erasure",
        "disconnection",
    ]
    assert run("connect", "local", "--name", "shop", "--path", str(shop)).code == 0
    assert run("sync", "shop", "--json").json["conversations"]["scored"] == 2
