"""C-10 to C-14: what an erasure leaves on the disk, after crashes and restores too, and its proof."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import signal
import sqlite3
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

import connector.privacy.erasure as erasure_module
from connector.bootstrap import Connector
from connector.errors import ConnectorError, Misconfigured, Unreadable
from connector.model import LegalHold
from connector.privacy.erasure import Because
from connector.privacy.keys import InstallationKeys
from connector.privacy.protect import open_message
from connector.store.facts import StoredFact
from connector.store.tables import metadata
from tests.on_disk import contents

from .places import NAME, Place, place_on, settings_in

CANARY = "marmalade-zeppelin-4711"
OTHER = "quartz-hammock-9902"
EMAIL = "sam.canary-6653@shop.example"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two contacts with two conversations each, their texts kept."""
    return filled(tmp_path)


def filled(folder: Path) -> Place:
    place = place_on("local", folder, keeps="encrypt")
    sam, pat = place.world.add_contact(email=EMAIL), place.world.add_contact()
    assert (sam, pat) == ("contact-1", "contact-2")
    for contact_id, word in ((sam, CANARY), (pat, OTHER), (sam, CANARY), (pat, OTHER)):
        place.talk(contact_id, word)
    place.sync()
    return place


def erase(place: Place, contact_id: str = "contact-1") -> Any:
    return place.app.erasing.erase(place.installation, contact_id, because=Because.REQUEST, actor="test")


def files(place: Place) -> Iterator[Path]:
    """Everything of ours on the disk; the account's own folder is the customer's."""
    for part in ("var", "log"):
        yield from (path for path in (place.folder / part).rglob("*") if path.is_file())


def forms(word: str) -> Iterator[bytes]:
    """A word in every form it might lie in a file."""
    plain = word.encode()
    yield from (plain, word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode())
    yield from (urllib.parse.quote(word, safe="").encode(), "".join(f"%{b:02X}" for b in plain).encode())
    yield json.dumps(word)[1:-1].encode()
    yield "".join(f"\\u{ord(letter):04x}" for letter in word).encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[(0, 2, 3)[shift] : -4]  # what does not depend on its neighbours


def inflated(content: bytes) -> Iterator[bytes]:
    """The contents of whatever was compressed in a file."""
    for magic, bits in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x78\x01", 15), (b"\x78\xda", 15)):
        at = content.find(magic)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj(bits).decompress(content[at:])
            at = content.find(magic, at + 1)


def hits(place: Place, word: str) -> list[str]:
    found = []
    for path in files(place):
        content = contents(path)
        for layer in (content, *inflated(content)):
            found += [f"{path.name}: {form!r}" for form in forms(word) if form in layer]
    return found


def sealed_texts(place: Place, contact_id: str) -> list[Any]:
    ids = place.known(contact_id)
    return [(id_, text) for id_ in ids for text in place.app.store.kept_texts(NAME, id_)]


def opened(place: Place, texts: list[Any]) -> int:
    """How many of the texts any key that is left opens."""
    count, keys = 0, place.app.keys(NAME)
    for id_, text in texts:
        for wrapped in place.app.store.contact_keys(NAME, limit=1000):
            try:
                open_message(text, id_, wrapped, keys)
            except Unreadable:
                continue
            count += 1
    return count


def rows(place: Place) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(place.folder / "var" / "connector.db")) as database:
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for name in metadata.tables
        }


def test_the_search_finds_a_canary_in_every_form(place: Place) -> None:
    """A search that finds nothing proves nothing unless it can find something."""
    target = place.folder / "var" / "planted"
    for form in forms(CANARY):
        target.write_bytes(b"xx" + form + b"yy")
        assert hits(place, CANARY)
    for packed in (gzip.compress(CANARY.encode()), zlib.compress(CANARY.encode())):
        target.write_bytes(b"xx" + packed + b"yy")
        assert hits(place, CANARY)
    target.write_bytes(base64.b64encode(b"x" + CANARY.encode() + b"yz"))
    assert hits(place, CANARY)
    target.unlink()
    assert hits(place, CANARY) == []


def test_after_an_erasure_no_key_opens_anything_of_the_contact(place: Place) -> None:
    """C-10: with the master key, a byte copy of every file, and the ciphertexts as they were."""
    texts, others = sealed_texts(place, "contact-1"), sealed_texts(place, "contact-2")
    assert (len(texts), opened(place, texts), opened(place, others)) == (4, 4, 4)
    wrapped = place.app.store.contact_key(NAME, "contact-1")
    assert wrapped is not None
    erased = erase(place)
    assert erased.is_done
    assert erased.verified == {
        "rows": 0,
        "key_rows": 0,
        "texts_tried": 4,
        "texts_opened": 0,
        "checkpoint_busy": False,
    }
    assert opened(place, texts) == 0
    assert opened(place, others) == 4
    for path in files(place):
        content = contents(path)
        assert wrapped.wrapped not in content, path
        assert not any(text.sealed in content for _, text in texts), path
    for word in (CANARY, OTHER, EMAIL, "contact-1"):
        found = hits(place, word)
        assert [each for each in found if "planted" not in each] == [], word


def test_another_contacts_data_is_untouched(place: Place) -> None:
    def of_pat() -> Any:
        shown = place.app.subjects(NAME).export("contact-2")
        return json.loads(json.dumps(shown))

    before = of_pat()
    erase(place)
    assert of_pat() == before
    assert len(before["conversations"]) == 2


@pytest.mark.sqlite
def test_the_databases_own_log_is_emptied_and_freed_pages_are_overwritten(place: Place) -> None:
    """C-11: secure_delete on every connection, and a checkpoint that was not kept waiting."""
    with place.app.store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    wal = place.folder / "var" / "connector.db-wal"
    before = wal.stat().st_size
    assert erase(place).verified["checkpoint_busy"] is False
    assert wal.stat().st_size < before / 2  # what is in it now is the proof, written afterwards
    assert hits(place, "contact-1") == []


@pytest.mark.sqlite
def test_a_reader_who_stands_in_the_way_is_told_and_not_hidden(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.erasing.LOG_PATIENCE_SECONDS", 0.2)
    with closing(sqlite3.connect(place.folder / "var" / "connector.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM kept_text").fetchone()
        assert erase(place).verified["checkpoint_busy"] is True
    assert place.app.store.truncate_log(patience=5)


@pytest.mark.sqlite
def test_every_table_that_knows_a_contact_or_conversation_is_emptied_of_them(place: Place) -> None:
    """A table added later is caught by this test before it can keep an erased contact."""
    erase(place)
    conversations = ["1", "3"]
    kept_on_purpose = {"clearing"}
    with closing(sqlite3.connect(place.folder / "var" / "connector.db")) as database:
        for name, table in metadata.tables.items():
            for column, gone in (("contact_id", ["contact-1"]), ("conversation_id", conversations)):
                if column in table.c and name not in kept_on_purpose:
                    query = f'SELECT "{column}" FROM "{name}"'  # noqa: S608
                    assert not {row[0] for row in database.execute(query)}.intersection(gone), name


def test_answers_to_surveys_are_shown_to_their_contact_and_erased_with_them(place: Place) -> None:
    now = place.world.now()
    answers = [StoredFact(f"s{each}", now, f"contact-{each}", {"answer": each}) for each in (1, 2)]
    place.app.store.save_facts(NAME, "survey", answers, now=now)
    place.app.store.save_facts(NAME, "survey", [StoredFact("s3", now, "only-here", {})], now=now)
    assert "only-here" in place.app.store.contact_ids(NAME)
    [shown] = place.app.subjects(NAME).export("contact-1")["imported"]
    assert shown["values"] == {"answer": 1}
    erased = erase(place)
    assert (erased.counts["imported rows"], erased.verified["rows"]) == (1, 0)
    assert place.app.subjects(NAME).export("contact-1")["imported"] == []
    assert len(place.app.subjects(NAME).export("contact-2")["imported"]) == 1


@pytest.mark.sqlite
def test_a_restored_backup_is_erased_again_before_anything_is_served(place: Place) -> None:
    """C-13: backup, erase, restore, start: gone again, and the proofs are whole."""
    backup = place.folder / "backup"
    place.app.store.close()
    shutil.copytree(place.folder / "var", backup)
    place = place.again()
    erase(place)
    place.app.store.close()
    shutil.rmtree(place.folder / "var")
    shutil.copytree(backup, place.folder / "var")
    place = place.again()
    assert len(place.known("contact-1")) == 2
    assert not place.app.erasing.proving.verify(NAME).is_whole
    place.app.catch_up()
    assert place.known("contact-1") == []
    assert len(place.known("contact-2")) == 2
    assert hits(place, "contact-1") == []
    verdict = place.app.erasing.proving.verify(NAME)
    assert verdict.is_whole, verdict.faults
    assert [proof.entry["what"] for proof in verdict.entries] == ["erasure", "put back", "erasure"]
    place.app.catch_up()
    assert len(place.app.erasing.proving.verify(NAME).entries) == 3
    place.sync()
    assert place.is_blank("1")


@pytest.mark.sqlite
def test_a_sync_after_a_restore_erases_first(place: Place) -> None:
    backup = place.folder / "backup.db"
    place.app.store.truncate_log(patience=5)
    shutil.copy(place.folder / "var" / "connector.db", backup)
    erase(place)
    place.app.store.close()
    shutil.copy(backup, place.folder / "var" / "connector.db")
    place = place.again()
    place.sync()
    assert place.known("contact-1") == []


@pytest.mark.sqlite
def test_a_disconnected_account_that_a_restore_brings_back_is_removed_again(place: Place) -> None:
    backup = place.folder / "backup.db"
    place.app.store.truncate_log(patience=5)
    shutil.copy(place.folder / "var" / "connector.db", backup)
    place.app.erasing.disconnecting.disconnect(place.installation, actor="test")
    place.app.store.close()
    shutil.copy(backup, place.folder / "var" / "connector.db")
    place = place.again()
    place.app.catch_up()
    assert place.app.store.installations() == []
    assert hits(place, "contact-2") == []


@pytest.mark.sqlite
def test_disconnecting_leaves_nothing_but_the_proof(place: Place) -> None:
    erase(place)
    texts = sealed_texts(place, "contact-2")
    secret = place.app.store.wrapped_key(NAME)
    place.app.erasing.disconnecting.disconnect(place.installation, actor="test")
    left = {name: count for name, count in rows(place).items() if count}
    assert left.keys() <= {"proof", "clock_mark", "master_mark"}
    for path in files(place):
        content = contents(path)
        assert secret not in content
        assert not any(text.sealed in content for _, text in texts)
    verdict = place.app.erasing.proving.verify(NAME)
    assert verdict.is_whole
    last = verdict.entries[-1].entry
    assert (last["what"], last["counts"]["conversations"]) == ("disconnection", 2)
    assert len(last["destroyed_keys"]) == 1


def test_disconnecting_works_without_the_master_key(place: Place) -> None:
    (place.folder / "var" / "keys" / "master.key").unlink()
    place = place.again()
    with pytest.raises(Misconfigured):
        place.app.keys(NAME)
    place.app.erasing.disconnecting.disconnect(place.installation, actor="test")
    assert place.app.store.installations() == []


def test_a_legal_hold_puts_an_erasure_off_and_it_follows_when_the_hold_ends(place: Place) -> None:
    now = place.world.now()
    hold = LegalHold("h1", "conversation:1", "counsel", "dispute", now, now + timedelta(days=2))
    place.app.store.add_policy(
        NAME, {"mode": "encrypt", "keep": "30d"}, changed_by="test", now=now, holds=[hold]
    )
    erased = erase(place)
    assert erased.held_by == ("h1",)
    assert len(place.known("contact-1")) == 2
    with pytest.raises(Misconfigured, match="legal hold"):
        place.app.erasing.disconnecting.disconnect(place.installation, actor="test")
    place.talk("contact-1")
    assert place.sync().tally.skipped == 1
    place.sync(after=3 * 24 * 3600)
    assert place.known("contact-1") == []
    assert place.app.erasing.proving.verify(NAME).is_whole


def test_an_erasure_of_somebody_unknown_is_proven_and_keeps_them_out(place: Place) -> None:
    erased = erase(place, "contact-9")
    assert set(erased.counts.values()) == {0}
    place.talk("contact-9")
    assert place.sync().tally.skipped == 1


def test_the_proof_names_nobody(place: Place) -> None:
    erase(place)
    [proof] = place.app.erasing.proving.verify(NAME).entries
    told = json.dumps(proof.as_json())
    for word in ("contact-1", EMAIL, CANARY, "Sam"):
        assert word not in told
    assert proof.entry["counts"]["texts"] == 4
    assert proof.entry["policy_version"] == 1
    assert len(proof.entry["destroyed_keys"]) == 1


@pytest.mark.sqlite
def test_every_edit_of_the_stored_proof_is_detected(place: Place) -> None:
    for contact_id in ("contact-1", "contact-2", "contact-9"):
        erase(place, contact_id)
    place.app.store.close()
    path = place.folder / "var" / "connector.db"
    whole = path.read_bytes()

    def is_whole_after(*statements: str) -> bool:
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as database, database:
            for statement in statements:
                database.execute(statement)
        fresh = place.again()
        verdict = fresh.app.erasing.proving.verify(NAME).is_whole
        fresh.app.store.close()
        return verdict

    assert is_whole_after()
    for statement in (
        "DELETE FROM proof",
        "DELETE FROM proof WHERE position = 1",
        "DELETE FROM proof WHERE position = 3",
        "UPDATE proof SET at = '2026-01-01 00:00:00.000000' WHERE position = 2",
        "UPDATE proof SET at = 'never' WHERE position = 2",
        "UPDATE proof SET entry = replace(entry, '\"rows\":0', '\"rows\":1') WHERE position = 2",
        "UPDATE proof SET entry = 'not json' WHERE position = 2",
        "UPDATE proof SET entry = '[]' WHERE position = 2",
        "UPDATE proof SET previous = hash WHERE position = 2",
        "UPDATE proof SET hash = previous WHERE position = 3",
        "UPDATE proof SET installation = 'other' WHERE position = 3",
        "UPDATE proof SET position = 9 WHERE position = 3",
    ):
        assert not is_whole_after(statement), statement
    assert not is_whole_after(
        "UPDATE proof SET position = 7 WHERE position = 1",
        "UPDATE proof SET position = 1 WHERE position = 2",
        "UPDATE proof SET position = 2 WHERE position = 7",
    )
    log = place.app.settings.erasure_log
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    assert not is_whole_after()
    assert not is_whole_after("DELETE FROM proof WHERE position = 3 AND 0")
    log.unlink()
    assert not is_whole_after()


@pytest.mark.sqlite
def test_an_export_is_complete_against_the_tables_and_holds_nobody_else(place: Place) -> None:
    """L-10."""
    shown = place.app.subjects(NAME).export("contact-1")
    told = json.dumps(shown)
    assert told.count(CANARY) == 4
    for word in (OTHER, "contact-2", "agent-1"):
        assert word not in told
    with closing(sqlite3.connect(place.folder / "var" / "connector.db")) as database:

        def count(table: str, condition: str) -> int:
            return int(database.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0])  # noqa: S608

        theirs = (
            "conversation_id IN (SELECT conversation_id FROM conversation WHERE contact_id = 'contact-1')"
        )
        oracle = {
            "scores": count("score", theirs),
            "messages": count("message", theirs),
            "remembered_replies": count("reply", theirs),
            "texts": count("kept_text", theirs),
            "labels": count("kept_label", theirs),
            "tags": count("conversation_tag", theirs),
            "disputes": count("dispute", theirs),
        }
        assert len(shown["conversations"]) == count("conversation", "contact_id = 'contact-1'") == 2
        columns = {row[1] for row in database.execute("PRAGMA table_info(conversation)")}
    found = {name: sum(len(each[name]) for each in shown["conversations"]) for name in oracle}
    assert found == oracle
    assert oracle["texts"] == 4
    assert columns - {"installation_id", "fingerprint"} <= shown["conversations"][0].keys()
    assert all(each["fields"]["empathy_band"] for each in shown["conversations"])
    assert all(text["due_at"] and text["text"] for each in shown["conversations"] for text in each["texts"])
    again = place.app.subjects(NAME).circumstances()
    assert again["retention"]["texts"]["mode"] == "encrypt"


# Killed at every step


def killing(action: Callable[[], None], before: int) -> None:
    """Run `action`, and kill this process at the write, commit or sync of that number."""
    steps = 0

    def step(*_: Any) -> None:
        nonlocal steps
        if steps == before:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    def at_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            step()

    event.listen(Engine, "before_cursor_execute", at_statement)
    event.listen(Engine, "commit", step)
    sync = os.fsync
    erasure_module.os.fsync = lambda descriptor: (step(), sync(descriptor))[1]  # type: ignore[assignment]
    action()


def killed(folder: Path, before: int, action: Callable[[Connector], None]) -> bool:
    """Do it in another process that is killed on the way; whether it was, or had ended before."""
    child = os.fork()
    if child == 0:
        try:
            app = Connector(settings_in(folder))
            app.store.installations()
            killing(lambda: action(app), before)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the parent sees the code
            os._exit(9)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def erase_one(app: Connector) -> None:
    app.erasing.erase(app.installation(NAME), "contact-1", because=Because.REQUEST, actor="test")


def disconnect(app: Connector) -> None:
    app.erasing.disconnecting.disconnect(app.installation(NAME), actor="test")


def every_step(tmp_path: Path, action: Callable[[Connector], None]) -> Iterator[tuple[int, Place]]:
    """The account after each place where the action can be killed, with a backup from before."""
    origin = filled(tmp_path / "origin")
    origin.app.store.close()
    for before in range(200):
        folder = tmp_path / f"killed-{before}"
        shutil.copytree(origin.folder / "var", folder / "var")
        shutil.copytree(origin.folder / "account", folder / "account")
        if not killed(folder, before, action):
            assert before > 10
            return
        yield before, Place(origin.world, type(origin.app)(settings_in(folder), origin.world), folder)
        shutil.rmtree(folder)


@pytest.mark.slow
def test_an_erasure_killed_at_any_step_is_completed_by_the_next_start(tmp_path: Path) -> None:
    for before, place in every_step(tmp_path, erase_one):
        asked = place.app.erasing.log.read().asked_of(NAME, place.installation.connected_at)
        place.app.catch_up()
        if asked:
            assert place.known("contact-1") == [], before
            assert hits(place, "contact-1") == [], before
        else:
            assert len(place.known("contact-1")) == 2, before
        assert len(place.known("contact-2")) == 2
        assert place.app.store.erasures(NAME) == [] or place.app.store.erasures(NAME)[0].done_at
        verdict = place.app.erasing.proving.verify(NAME)
        assert verdict.is_whole, (before, verdict.faults)
        assert len([each for each in verdict.entries if each.entry["what"] == "erasure"]) == len(asked)
        place.app.store.close()


@pytest.mark.slow
def test_a_disconnection_killed_at_any_step_is_completed_by_the_next_start(tmp_path: Path) -> None:
    for before, place in every_step(tmp_path, disconnect):
        connected = place.app.store.installations()
        is_asked = not connected or place.app.erasing.log.read().is_disconnected(
            NAME, connected[0].connected_at
        )
        place.app.catch_up()
        assert len(place.app.store.installations()) == (0 if is_asked else 1), before
        verdict = place.app.erasing.proving.verify(NAME)
        assert verdict.is_whole
        told = [each.entry["what"] for each in verdict.entries]
        assert told.count("disconnection") == int(is_asked), before
        if is_asked:
            assert hits(place, "contact-2") == [], before
        place.app.store.close()


def test_a_wrong_installation_key_cannot_name_the_contact(place: Place) -> None:
    erase(place)
    other = InstallationKeys(NAME, b"x" * 32)
    pseudonyms = place.app.erasing.erased(NAME)
    assert erasure_module.pseudonym_of(other, "contact-1") not in pseudonyms
    assert issubclass(Misconfigured, ConnectorError)
