"""C-13: the file of what was asked to be erased survives crashes, foreign hands and full disks."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Misconfigured
from connector.privacy.erasure import Because, ErasureLog, Kind, pseudonym_of
from connector.privacy.keys import InstallationKeys
from connector.privacy.proof import next_proof

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> ErasureLog:
    return ErasureLog(tmp_path / "var" / "erasures.log")


def ask(log: ErasureLog, erasure_id: str, *, pseudonym: str = "p1", **changes: Any) -> None:
    content = {
        "id": erasure_id,
        "installation": "shop",
        "connected_at": NOW.isoformat(),
        "pseudonym": pseudonym,
        "because": Because.REQUEST,
        "at": NOW.isoformat(),
        "key_ids": ["k1"],
    }
    log.append(Kind.ERASURE, **{**content, **changes})


def ids(log: ErasureLog, name: str = "shop", connected_at: datetime = NOW) -> list[str]:
    return [each.erasure_id for each in log.read().asked_of(name, connected_at)]


def test_it_is_made_for_this_user_alone_and_only_when_there_is_something_to_say(log: ErasureLog) -> None:
    assert ids(log) == []
    assert not log.path.exists()
    ask(log, "e1")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700
    log.path.chmod(0o644)
    ask(log, "e2")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert ids(log) == ["e1", "e2"]


def test_half_a_line_left_by_a_crash_costs_nothing_but_itself(log: ErasureLog) -> None:
    ask(log, "e1")
    whole = log.path.read_bytes()
    for cut in range(len(whole)):
        log.path.write_bytes(whole + whole[:cut])
        ask(log, "e2")
        assert ids(log)[0] == "e1"
        assert ids(log)[-1] == "e2"
        assert len(log.read().unreadable) == (0 if cut in (0, len(whole) - 1) else 1)


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"v": 2, "kind": "erasure", "at": "2026-11-20T12:00:00+00:00"}',
        b'{"v": 1, "kind": "erasure", "at": "2026-11-20T12:00:00+00:00"}',
        b'{"v": 1, "kind": "unheard", "at": "2026-11-20T12:00:00+00:00"}',
        b'{"v": 1, "kind": "disconnection", "installation": "shop", "connected_at": "x", "at": "yesterday"}',
        b'{"v": 1, "kind": "disconnection", "installation": "shop", "connected_at": "x", "at": "2026-01-01"}',
        b'{"v": 1, "kind": "proof", "at": "2026-11-20T12:00:00+00:00", "proof": {}}',
        b'{"v": 1, "kind": ["erasure"], "at": "2026-11-20T12:00:00+00:00"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_a_foreign_line_is_passed_over_and_told_by_its_number(log: ErasureLog, line: bytes) -> None:
    ask(log, "e1")
    with log.path.open("ab") as file:
        file.write(line + b"\n")
    ask(log, "e2")
    assert ids(log) == ["e1", "e2"]
    assert list(log.read().unreadable) == [2]


def test_another_installation_and_one_connected_again_have_nothing_to_do_with_it(log: ErasureLog) -> None:
    ask(log, "e1")
    log.append(
        Kind.DISCONNECTION, installation="shop", connected_at=NOW.isoformat(), at=NOW.isoformat(), actor="x"
    )
    later = NOW + timedelta(days=1)
    assert ids(log, "other") == []
    assert ids(log, "shop", later) == []
    assert log.read().is_disconnected("shop", NOW)
    assert not log.read().is_disconnected("shop", later)


def test_a_readmission_lifts_what_was_asked_before_it_and_not_what_is_asked_after(log: ErasureLog) -> None:
    ask(log, "e1")
    ask(log, "e2", pseudonym="p2")
    said = {"installation": "shop", "connected_at": NOW.isoformat(), "at": NOW.isoformat()}
    log.append(Kind.READMISSION, pseudonym="p1", **said)
    ask(log, "e3")
    lifted = {each.erasure_id: each.readmitted_at for each in log.read().asked_of("shop", NOW)}
    assert lifted == {"e1": NOW, "e2": None, "e3": None}


def test_proofs_come_back_in_the_order_of_the_file(log: ErasureLog) -> None:
    first = next_proof("shop", None, {"what": "erasure"}, NOW)
    second = next_proof("shop", first, {"what": "erasure"}, NOW)
    for proof in (first, second):
        log.append(Kind.PROOF, at=proof.at, proof=proof.as_json())
    assert log.read().proofs_of("shop") == [first, second]
    assert log.read().proofs_of("other") == []


def test_writers_take_turns_and_no_line_is_lost(log: ErasureLog) -> None:
    def write(writer: int) -> None:
        for number in range(20):
            ask(log, f"{writer}-{number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids(log))) == 100
    assert log.read().unreadable == []


def test_a_log_that_cannot_be_written_is_one_sentence_and_nothing_half_done(
    log: ErasureLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(log, "e1")
    before = log.path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured, match=r"No space left on device.*CONNECTOR_ERASURE_LOG"):
        ask(log, "e2")
    assert log.path.read_bytes() == before


def test_a_log_that_cannot_be_read_stops_rather_than_forgets(tmp_path: Path) -> None:
    (tmp_path / "erasures.log").mkdir()
    log = ErasureLog(tmp_path / "erasures.log")
    with pytest.raises(Misconfigured, match="erasures may not be forgotten"):
        log.read()
    with pytest.raises(Misconfigured, match="cannot be written"):
        ask(log, "e1")


def test_a_contact_is_named_by_a_digest_that_only_their_installations_key_makes(log: ErasureLog) -> None:
    ours, theirs = InstallationKeys("shop", b"a" * 32), InstallationKeys("shop", b"b" * 32)
    rotated = InstallationKeys("shop", ours.successor())
    assert pseudonym_of(ours, "c1") == pseudonym_of(rotated, "c1")
    assert len({pseudonym_of(keys, id_) for keys in (ours, theirs) for id_ in ("c1", "c2")}) == 4
    ask(log, "e1", pseudonym=pseudonym_of(ours, "contact-canary-77"))
    assert "canary" not in json.dumps(log.path.read_text())
