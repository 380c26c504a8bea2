"""Texts that are kept: when they come, when they go, and that they do not come back (P-01 to P-05)."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.keeping import policy_in_force
from connector.model import ClockReading, KeptText, LegalHold
from connector.privacy.keys import InstallationKeys
from connector.privacy.policy import Mode, Override, Policy, Retention, due, held_labels, labels_of
from connector.privacy.protect import open_message
from connector.retention import Purged
from connector.retention import Retention as Upkeep
from tests.fakes.clock import Clock
from tests.fakes.desk import START
from tests.fakes.office import NAME, Office
from tests.on_disk import contents
from tests.places import place_on

DAY = timedelta(days=1)
KEYS = InstallationKeys(NAME, b"k" * 32)
ENCRYPT = Policy(Retention(Mode.ENCRYPT, 30 * DAY))
DROP = Policy()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, field_ids={"empathy_score": "1"})


@pytest.fixture
def upkeep(office: Office) -> Upkeep:
    return Upkeep(office.store, office.clock.now, clocks=steady(office.clock), pause=lambda: None)


def steady(clock: Clock) -> Callable[[datetime], ClockReading]:
    """A machine that has run ever since, so that its uptime vouches for the clock."""
    return lambda now: ClockReading(now, (now - START).total_seconds(), "boot")


def kept(office: Office, conversation_id: str = "c0") -> list[KeptText]:
    return sorted(office.store.kept_texts(NAME, conversation_id), key=lambda each: each.message_id)


def words(office: Office, conversation_id: str = "c0") -> list[str]:
    found = []
    for text in kept(office, conversation_id):
        wrapped = office.store.contact_key(NAME, text.owner)
        assert wrapped is not None
        found.append(open_message(text, conversation_id, wrapped, KEYS).body)
    return found


def keys_stored(office: Office) -> list[str]:
    return [key.owner for key in office.store.contact_keys(NAME, limit=100)]


def change(upkeep: Upkeep, policy: Policy, holds: Sequence[LegalHold] | None = None) -> int:
    return upkeep.change(NAME, policy, holds, changed_by="dana").texts


def hold(on: str, office: Office, *, days: int = 10) -> LegalHold:
    now = office.clock.now()
    return LegalHold("h1", on, "Dana", "a claim", now, now + days * DAY)


def test_by_default_nothing_is_kept_and_no_key_is_made(office: Office) -> None:
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    assert kept(office) == []
    assert keys_stored(office) == []


def test_what_is_kept_is_sealed_under_the_contacts_own_key(
    office: Office, upkeep: Upkeep, tmp_path: Path
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks canary", "bye canary", contact_id="sam")
    office.desk.change("c1", "thanks canary", contact_id="sam")
    office.desk.change("c2", "thanks canary")
    office.sync()
    assert words(office) == ["thanks canary", "bye canary"]
    assert words(office, "c2") == ["thanks canary"]
    assert keys_stored(office) == ["conversation:c2", "sam"]
    sam = office.store.contact_key(NAME, "sam")
    assert sam is not None
    assert sam.uses == 3
    [first, _] = kept(office)
    assert (first.mode, first.policy_version) == ("encrypt", 1)
    assert first.due_at == first.kept_at + 30 * DAY
    for file in tmp_path.iterdir():
        assert b"canary" not in contents(file)


def test_in_redact_mode_what_identifies_people_is_gone_before_it_is_sealed(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, Policy(Retention(Mode.REDACT, DAY)))
    office.desk.change("c0", "thanks, write to sam@example.org", contact_id="sam")
    office.sync()
    [text] = words(office)
    assert "thanks" in text
    assert "sam@example.org" not in text
    assert kept(office)[0].mode == "redact"


def test_a_dry_run_seals_nothing(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync(dry_run=True)
    assert office.store.kept_count() == 0
    assert keys_stored(office) == []


def test_texts_go_when_they_are_due_and_their_keys_with_the_last_of_them(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    office.clock.tick(15 * 86_400)
    office.desk.change("c1", "thanks", contact_id="sam")
    office.desk.change("c2", "thanks", contact_id="kim")
    office.sync()
    assert upkeep.purge().texts == 0
    office.clock.tick(15 * 86_400)
    assert upkeep.purge().texts == 1
    assert kept(office) == []
    assert keys_stored(office) == ["kim", "sam"]
    kim = office.store.contact_key(NAME, "kim")
    office.clock.tick(15 * 86_400)
    seen: list[Purged] = []
    told = Upkeep(office.store, office.clock.now, clocks=steady(office.clock), on_purged=seen.append)
    run = told.purge()
    assert run.is_log_truncated
    assert run.texts == 2
    assert seen == list(run.installations)
    assert kim is not None
    assert kim.key_id in seen[0].keys
    assert len(seen[0].keys) == 2
    entry = seen[0].as_entry()
    assert entry["counts"] == {"texts": 2, "keys": 2}
    assert entry["destroyed_keys"] == sorted(seen[0].keys)
    assert entry["policy_version"] == 1
    assert entry["verified"] == {"checkpoint_busy": False}
    assert keys_stored(office) == []


def test_p02_a_second_purge_finds_nothing_and_tells_nobody(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    office.clock.tick(40 * 86_400)
    assert upkeep.purge().texts == 1
    seen: list[Purged] = []
    again = Upkeep(office.store, office.clock.now, clocks=steady(office.clock), on_purged=seen.append)
    assert again.purge().texts == 0
    assert seen == []


def test_purged_words_leave_no_trace_in_any_file(office: Office, upkeep: Upkeep, tmp_path: Path) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    [text] = kept(office)
    wrapped = office.store.contact_key(NAME, "sam")
    assert wrapped is not None
    office.clock.tick(31 * 86_400)
    assert upkeep.purge().is_log_truncated
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert text.sealed[44:] not in content
        assert wrapped.wrapped[44:] not in content


@pytest.mark.sqlite
def test_a_reader_in_the_way_is_told_and_the_next_purge_empties_the_log(
    office: Office, upkeep: Upkeep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    reader = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM kept_text").fetchone()
    office.clock.tick(40 * 86_400)
    monkeypatch.setattr("connector.retention.LOG_PATIENCE_SECONDS", 0.1)
    run = upkeep.purge()
    assert (run.texts, run.is_log_truncated) == (1, False)
    reader.execute("COMMIT")
    reader.close()
    run = upkeep.purge()
    assert (run.texts, run.is_log_truncated) == (0, True)
    assert (tmp_path / "desk.db-wal").stat().st_size == 0


def test_p04_dropping_deletes_at_once_and_keeping_again_brings_nothing_back(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    assert change(upkeep, DROP) == 1
    assert office.store.kept_count() == 0
    assert keys_stored(office) == []
    change(upkeep, ENCRYPT)
    office.sync(full=True)
    assert kept(office) == []
    office.desk.change("c0", "thanks", "a new message", contact_id="sam")
    office.sync()
    assert words(office) == ["a new message"]


def test_p04_expired_words_do_not_return_with_the_next_message(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "old words")
    office.sync()
    office.clock.tick(31 * 86_400)
    upkeep.purge()
    office.desk.change("c0", "old words", "new words")
    office.sync()
    assert words(office) == ["new words"]


def test_p04_a_shorter_time_moves_what_was_promised_and_a_longer_one_does_not(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    [first] = kept(office)
    assert change(upkeep, Policy(Retention(Mode.ENCRYPT, 7 * DAY))) == 0
    assert kept(office)[0].due_at == first.kept_at + 7 * DAY
    change(upkeep, Policy(Retention(Mode.ENCRYPT, 90 * DAY)))
    assert kept(office)[0].due_at == first.kept_at + 7 * DAY
    office.desk.change("c0", "thanks", "more")
    office.sync()
    assert [text.due_at - text.kept_at for text in kept(office)] == [7 * DAY, 90 * DAY]


def test_a_policy_that_was_put_in_force_and_cut_short_is_carried_out_by_the_next_purge(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    office.store.add_policy(NAME, DROP.as_json(), changed_by="dana", now=office.clock.now())
    assert upkeep.purge().texts == 1
    stored = office.store.policy(NAME)
    assert stored is not None
    assert stored.applied_at == office.clock.now()
    assert (stored.version, stored.changed_by) == (2, "dana")


def test_a_preview_says_what_a_change_would_delete_and_shorten(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    office.clock.tick(10 * 86_400)
    office.desk.change("c1", "thanks", "twice")
    office.sync()
    for policy, deleted, sooner in (
        (ENCRYPT, 0, 0),
        (DROP, 3, 0),
        (Policy(Retention(Mode.REDACT, 30 * DAY)), 3, 0),
        (Policy(Retention(Mode.ENCRYPT, 10 * DAY)), 1, 2),
        (Policy(Retention(Mode.ENCRYPT, 20 * DAY)), 0, 3),
    ):
        seen = upkeep.preview(NAME, policy, [])
        assert (seen.kept, seen.deleted, seen.sooner) == (3, deleted, sooner)
    held = upkeep.preview(NAME, DROP, [hold("contact:sam", office)])
    assert held.deleted == 2
    assert office.store.kept_count(NAME) == 3


def test_an_edited_message_is_kept_in_its_new_words_and_no_longer_than_before(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    [first] = kept(office)
    office.clock.tick(5 * 86_400)
    office.desk.change("c0", "thanks, edited")
    office.sync()
    [second] = kept(office)
    assert words(office) == ["thanks, edited"]
    assert (second.kept_at, second.due_at) == (first.kept_at, first.due_at)


def test_a_message_that_the_platform_no_longer_has_is_not_kept_either(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", "taken back")
    office.sync()
    office.desk.change("c0", "thanks")
    office.sync()
    assert words(office) == ["thanks"]


def test_redacted_words_do_not_turn_whole_again_when_the_policy_loosens(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, Policy(Retention(Mode.REDACT, 30 * DAY)))
    office.desk.change("c0", "thanks sam@example.org")
    office.sync()
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks sam@example.org", "more")
    office.sync()
    assert [text.mode for text in kept(office)] == ["redact", "encrypt"]
    assert "sam@example.org" not in words(office)[0]


def test_a_stricter_rule_for_a_tag_counts_for_new_and_old_conversations(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", tags=frozenset({"legal"}))
    office.desk.change("c1", "thanks", attributes={"brand": "7"})
    office.desk.change("c2", "thanks")
    office.sync()
    rules = (Override("tag:legal", Retention()), Override("brand:7", Retention(Mode.ENCRYPT, DAY)))
    assert change(upkeep, replace(ENCRYPT, overrides=rules)) == 1
    assert kept(office) == []
    assert kept(office, "c1")[0].due_at == kept(office, "c1")[0].kept_at + DAY
    office.desk.change("c3", "thanks", tags=frozenset({"legal", "vip"}))
    office.sync()
    assert kept(office, "c3") == []


def test_a_tag_that_comes_later_counts_from_the_next_sync_on_even_without_a_new_message(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, replace(ENCRYPT, overrides=(Override("tag:legal", Retention()),)))
    office.desk.change("c0", "thanks")
    office.desk.change("c1", "thanks")
    office.sync()
    office.desk.change("c0", "thanks", tags=frozenset({"legal"}))
    office.desk.change("c1", "thanks", tags=frozenset({"legal"}), is_quiet=True)
    assert office.sync().unchanged == 2
    assert upkeep.purge().texts == 2


def test_a_legal_hold_stops_deletion_until_it_ends(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    for number, who in enumerate(("sam", "kim", "lee")):
        office.desk.change(f"c{number}", "thanks", contact_id=who)
    office.sync()
    held = hold("contact:sam", office, days=100)
    assert change(upkeep, DROP, [held]) == 2
    assert office.store.legal_holds(NAME) == [held]
    assert words(office) == ["thanks"]
    assert keys_stored(office) == ["sam"]
    office.desk.change("c0", "thanks, edited", contact_id="sam")
    office.sync()
    assert words(office) == ["thanks"]
    office.clock.tick(101 * 86_400)
    assert upkeep.purge().texts == 1


def test_a_hold_on_everything_stops_every_deletion(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT, [hold("everything", office, days=50)])
    office.desk.change("c0", "thanks")
    office.sync()
    office.clock.tick(40 * 86_400)
    assert upkeep.purge().texts == 0
    assert office.store.due_count(NAME, office.clock.now(), {"everything"}) == 0
    office.clock.tick(11 * 86_400)
    assert upkeep.purge().texts == 1


def test_forgotten_conversations_take_their_texts_along(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    office.desk.change("c0", "thanks", tags=frozenset({"empathy_opt_out"}))
    office.sync()
    assert office.store.kept_count() == 0
    assert len(upkeep.purge().installations[0].keys) == 1
    assert keys_stored(office) == []


def test_texts_sealed_under_a_policy_that_was_changed_meanwhile_are_not_kept(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    sync = office.make_sync()
    sync.keeping.begin_page()
    page = next(iter(office.desk.pages(None, sync.wanted)))
    change(upkeep, DROP)
    sync.keeping.begin_page = lambda: None  # type: ignore[method-assign]
    sync.take(page)
    assert office.store.conversation(NAME, "c0") is not None
    assert office.store.kept_count() == 0
    assert keys_stored(office) == []


def test_texts_sealed_under_a_key_that_was_destroyed_meanwhile_are_not_kept(
    office: Office, upkeep: Upkeep
) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    office.desk.change("c1", "thanks", contact_id="sam")
    sync = office.make_sync()
    [page] = list(office.desk.pages("1", sync.wanted))
    sync.keeping.begin_page()
    card = sync.score(page.conversations[0])
    sync.keeping.protect(page.conversations[0], card)  # has the key in hand
    office.store.record_page(NAME, records=[], gone=["c0"], cursor=None, now=office.clock.now())
    upkeep.purge()
    sync.keeping.begin_page = lambda: None  # type: ignore[method-assign]
    sync.take(page)
    assert office.store.kept_count() == 0
    assert keys_stored(office) == []


def test_a_damaged_contact_key_parks_the_conversation(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    key = office.store.contact_key(NAME, "sam")
    assert key is not None
    damaged = key.wrapped[:-1] + bytes([key.wrapped[-1] ^ 1])
    office.store.rewrap_contact_keys(NAME, [replace(key, wrapped=damaged)])
    office.desk.change("c1", "thanks", contact_id="sam")
    assert office.sync().parked == 1
    assert [row.error for row in office.store.parked(NAME)] == ["Unreadable"]


def test_p05_a_moved_clock_halts_the_purge_until_somebody_confirms(office: Office, upkeep: Upkeep) -> None:
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    stuck = Upkeep(
        office.store,
        office.clock.now,
        clocks=lambda now: ClockReading(now, (office.clock.now() - START - 40 * DAY).total_seconds(), "boot"),
        pause=lambda: None,
    )
    office.clock.tick(40 * 86_400)
    run = stuck.purge()
    assert run.texts == 0
    assert run.halted_because is not None
    assert office.store.halted_because() == run.halted_because
    assert office.store.kept_count() == 1
    assert stuck.purge(confirmed=True).texts == 1
    assert office.store.halted_because() is None


def test_what_halts_is_logged_and_nothing_is_raised_before_serving(
    office: Office, upkeep: Upkeep, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    change(upkeep, ENCRYPT)
    office.desk.change("c0", "thanks")
    office.sync()
    office.clock.tick(40 * 86_400)
    Upkeep(office.store, office.clock.now, clocks=lambda now: ClockReading(now, 0, "")).purge_overdue()
    assert "halted" in caplog.text
    assert office.store.kept_count() == 1
    upkeep.purge_overdue()
    assert "purged" in caplog.text
    assert office.store.kept_count() == 0


def test_p01_what_the_database_deletes_is_what_the_pure_rule_calls_due(
    office: Office, upkeep: Upkeep
) -> None:
    chance = random.Random(4)  # noqa: S311 - a mixture that can be repeated
    policies = [ENCRYPT, Policy(Retention(Mode.ENCRYPT, 9 * DAY)), Policy(Retention(Mode.REDACT, 20 * DAY))]
    rules = (
        Override("tag:a", Retention(Mode.ENCRYPT, 3 * DAY)),
        Override("tag:b", Retention(Mode.REDACT, 5 * DAY)),
        Override("brand:1", Retention()),
    )
    change(upkeep, replace(ENCRYPT, overrides=rules[:1]))
    for number in range(60):
        head: dict[str, Any] = {"contact_id": f"p{number % 5}"} if chance.random() < 0.7 else {}
        head["tags"] = frozenset(chance.sample(["a", "b", "c"], chance.randrange(3)))
        head["attributes"] = {"brand": str(chance.randrange(4))}
        office.desk.change(f"c{number}", "thanks", "and bye", **head)
        if number % 10 == 9:
            office.sync()
            office.clock.tick(86_400 * chance.randrange(3))
    policy = replace(policies[1], overrides=rules[: chance.randrange(2, 4)])
    holds = [replace(hold("contact:p1", office), id="h1"), replace(hold("tag:c", office), id="h2")]
    now = office.clock.now()
    rows = [row for some in office.store.kept_rows(NAME) for row in some]
    expected = {
        (row.conversation_id, row.message_id) for row in rows if not due(row.record, policy, holds, now)
    }
    assert 0 < len(expected) < len(rows)
    heads = {each.id: each.head for each in office.desk.changes}
    assert all(row.record.labels == labels_of(heads[row.conversation_id]) for row in rows)
    change(upkeep, policy, holds)
    left = {(row.conversation_id, row.message_id) for some in office.store.kept_rows(NAME) for row in some}
    assert left == expected
    assert upkeep.purge().texts == 0
    assert policy_in_force(office.store, NAME) == replace(policy, version=2)
    assert held_labels(office.store.legal_holds(NAME), now) == {"contact:p1", "tag:c"}


def test_p07_l08_a_score_outlives_the_words_it_rests_on_with_its_reasons(tmp_path: Path) -> None:
    place = place_on("local", tmp_path, keeps="encrypt")
    one = place.talk("sam")
    place.sync()
    before, fields = place.app.store.conversation("shop", one), dict(place.world.values_of(one))
    assert place.app.store.kept_count() == 2
    place.world.tick(31 * 86_400)
    place.app.retention.purge(confirmed=True)
    assert place.app.store.kept_count() == 0
    after = place.app.store.conversation("shop", one)
    assert before is not None
    assert after is not None
    assert after.scorecard == before.scorecard
    assert after.scorecard["evidence"]
    assert after.scorecard["ruleset"]
    assert after.messages == before.messages
    assert place.world.values_of(one) == fields
