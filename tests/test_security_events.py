"""S-31: what concerns security is in the chain of proofs and in the log: who, where and when."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.log import JsonLines
from connector.scoring.rubric import rubric_text

from .commands import Run

NAME = "shop"


@pytest.fixture
def account(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "account"
    folder.mkdir()
    said = [{"id": "1", "role": "customer", "text": "My parcel is late, I am furious!"}]
    (folder / "c.jsonl").write_text(json.dumps({"id": "1", "contact_id": "sam", "messages": said}) + "\n")
    ours = rubric_text().replace('version = "1"', 'version = "2"').replace("fair = 40", "fair = 45")
    (tmp_path / "ours.toml").write_text(ours)
    assert run("connect", "local", "--name", NAME, "--path", str(folder)).code == 0
    assert run("sync", NAME).code == 0
    return tmp_path


PEOPLE = ("people", NAME, "--enable", "--role", "owner", "--by", "Kim", "--purpose", "coaching")
PEOPLE += ("--notice-confirmed", "--no-works-council", "There is none.", "--dpia", "DPIA-7")
EVENTS = {
    "export": ("subject", "export", NAME, "--contact", "sam"),
    "erasure": ("subject", "erase", NAME, "--contact", "sam"),
    "policy change": ("policy", NAME, "--mode", "encrypt", "--keep", "3d"),
    "rubric change": ("rubric", "set", "ours.toml", "--into", NAME),
    "token made": ("api-token", NAME, "--role", "lead"),
    "opt-out change": ("opt-out", NAME, "--brand", "7"),
    "key rotation": ("rotate-key", "--installation", NAME),
    "master key rotation": ("rotate-key", "--new-key-file", "new.key"),
    "figures about people allowed": PEOPLE,
    "disconnection": ("disconnect", NAME),
}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("event", EVENTS)
def test_s31_each_event_is_told_with_actor_account_and_time(
    run: Run, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    handler = logging.Handler(logging.INFO)
    handler.emit = lambda record: lines.append(JsonLines().format(record))  # type: ignore[method-assign]
    log = logging.getLogger("connector.proving")
    monkeypatch.setattr(log, "level", logging.INFO)
    log.addHandler(handler)
    before = datetime.now(UTC)
    try:
        assert run(*EVENTS[event]).code == 0
    finally:
        log.removeHandler(handler)
    [told] = [json.loads(line) for line in lines if json.loads(line)["step"] == event]
    assert (told["event"], told["installation"], told["actor"]) == ("security event", NAME, "command line")
    assert datetime.fromisoformat(told["at"]) >= before.replace(microsecond=0)
    if event == "master key rotation":
        monkeypatch.setenv("CONNECTOR_MASTER_KEY_FILE", "new.key")
    shown = run("proof", "verify", NAME, "--json").json
    assert shown["ok"]
    [entry] = [each for each in shown["entries"] if each["entry"]["what"] == event]
    assert entry["entry"]["actor"] == "command line"
    assert datetime.fromisoformat(entry["at"]).tzinfo is not None
    assert "sam" not in json.dumps(shown) + "".join(lines)


@pytest.mark.usefixtures("account")
def test_s31_what_changed_nothing_is_no_event(run: Run) -> None:
    for command in (("policy", NAME), ("opt-out", NAME), ("people", NAME), ("subject", "export", "nope")):
        run(*command)
    assert run("proof", "verify", NAME, "--json").json["entries"] == []
