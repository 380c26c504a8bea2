"""The eight steps, watched over a desk in memory and a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import RetryLater
from connector.memory import StoredMemory, author_digest
from tests.fakes.desk import START, Desk
from tests.fakes.office import NAME, Keys, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, field_ids={"empathy_score": "1"})


def test_changed_conversations_are_scored_and_written_once(office: Office) -> None:
    for number in range(5):
        office.desk.change(f"c{number}", "thanks " * number)
    tally = office.sync()
    assert (tally.seen, tally.scored, tally.writes.written, tally.writes.owed) == (5, 5, 5, 0)
    assert [row["empathy_score"] for row in office.desk.writes] == [0, 10, 20, 30, 40]
    again = office.sync(full=True)
    assert (again.seen, again.unchanged, again.writes.written) == (5, 5, 0)
    assert len(office.desk.writes) == 5


def test_a_second_run_starts_where_the_first_ended(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.change("c1", "thanks")
    assert office.sync().seen == 1


def test_a_new_message_brings_a_new_score_and_one_more_write(office: Office) -> None:
    office.desk.change("c0", "hello")
    office.sync()
    office.desk.change("c0", "hello", "thanks")
    tally = office.sync()
    assert (tally.scored, tally.writes.written) == (1, 1)
    assert [row["empathy_score"] for row in office.desk.writes] == [0, 10]


def test_new_words_with_the_same_score_write_nothing(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.change("c0", "thanks", "and goodbye")
    tally = office.sync()
    assert (tally.scored, tally.writes.written, tally.writes.owed) == (1, 0, 0)


def test_r05_the_echo_of_our_own_write_is_quiet_and_is_not_even_gathered(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.change("c0", "thanks", is_quiet=True)
    tally = office.sync()
    assert (tally.unchanged, tally.writes.written) == (1, 0)
    assert office.desk.gathered == ["c0"]


def test_a_quiet_conversation_we_never_scored_is_gathered(office: Office) -> None:
    office.desk.change("c0", "thanks", is_quiet=True)
    assert office.sync().scored == 1


def test_an_unmoved_stamp_is_enough_where_every_message_moves_it(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.changes.append(office.desk.changes[0])
    office.desk.capabilities = replace(Desk.capabilities, stamps_messages=True)  # type: ignore[misc]
    assert office.sync().unchanged == 1
    assert office.desk.gathered == ["c0"]


@pytest.mark.parametrize("head", [{"tags": frozenset({"empathy_opt_out"})}, {"is_opted_out": True}])
def test_an_opted_out_conversation_is_neither_gathered_nor_kept(office: Office, head: dict[str, Any]) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.change("c0", "thanks", "more thanks", **head)
    tally = office.sync()
    assert (tally.skipped, tally.scored) == (1, 0)
    assert office.desk.gathered == ["c0"]
    assert office.store.conversation(NAME, "c0") is None


def test_a_deleted_conversation_is_forgotten(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.gone.add("c0")
    office.desk.change("c0", "thanks")
    assert office.sync().skipped == 1
    assert office.store.conversation(NAME, "c0") is None


def test_one_that_cannot_be_scored_is_parked_and_the_others_go_on(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.change("c1", "boom, a customer's words")
    office.desk.change("c2", "thanks")
    tally = office.sync()
    assert (tally.scored, tally.parked, tally.seen) == (2, 1, 3)
    [row] = office.store.parked(NAME)
    assert (row.id, row.error) == ("c1", "ZeroDivisionError")


def test_a_parked_one_is_tried_again_until_it_succeeds(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.unreadable.add("c0")
    assert office.sync().parked == 1
    assert office.sync().parked == 1
    office.desk.unreadable.clear()
    assert office.sync().scored == 1
    assert office.store.parked(NAME) == []


def test_a_parked_one_is_left_alone_after_three_attempts_and_stays_visible(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.unreadable.add("c0")
    for _ in range(5):
        assert office.sync().parked == 1
    assert office.store.parked(NAME)[0].attempts == 3


def test_before_fields_exist_scores_are_recorded_and_owed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.desk.change("c0", "thanks")
    tally = office.sync()
    assert (tally.scored, tally.writes.written, tally.writes.owed) == (1, 0, 1)
    office.store.set_fields(NAME, {"empathy_score": "1"}, is_extended=False, now=START)
    tally = office.sync()
    assert (tally.writes.written, tally.writes.owed) == (1, 0)


def test_r03_a_row_without_an_outcome_stays_owed_for_the_next_run(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.silent_rows.add("c0")
    assert office.sync().writes.owed == 1
    office.desk.silent_rows.clear()
    tally = office.sync()
    assert (tally.writes.written, tally.writes.owed) == (1, 0)


def test_r18_a_closed_conversation_is_locked_and_not_tried_again(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.locked.add("c0")
    tally = office.sync()
    assert (tally.writes.locked, tally.writes.owed) == (1, 0)
    assert office.sync().writes.locked == 0
    stored = office.store.conversation(NAME, "c0")
    assert stored is not None
    assert stored.write_status == "locked"


def test_a_busy_platform_ends_the_run_and_keeps_what_was_done(office: Office) -> None:
    for number in range(6):
        office.desk.change(f"c{number}", "thanks")
    office.desk.busy_after_pages = 2
    with pytest.raises(RetryLater):
        office.sync()
    office.desk.busy_after_pages = None
    tally = office.sync()
    assert tally.seen == 2
    assert len(office.desk.writes) == 6


def test_when_the_customer_last_spoke_is_kept_with_the_score(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    stored = office.store.conversation(NAME, "c0")
    assert stored is not None
    assert [(each["role"], each["sent_at"]) for each in stored.messages] == [("agent", START.isoformat())]


def test_a_dry_run_changes_nothing_anywhere(office: Office) -> None:
    office.desk.change("c0", "thanks")
    tally = office.sync(dry_run=True)
    assert (tally.scored, tally.writes.written) == (1, 0)
    assert office.store.conversation(NAME, "c0") is None
    assert office.store.cursor(NAME) is None
    assert office.sync().scored == 1


def test_since_reads_from_there_and_leaves_the_cursor(office: Office) -> None:
    for number in range(4):
        office.desk.change(f"c{number}", "thanks")
    assert office.sync(since=START + timedelta(hours=2)).seen == 2
    assert office.store.cursor(NAME) is None
    assert office.sync().seen == 4


def test_r02_synced_through_means_written_back(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.desk.silent_rows.add("c0")
    office.sync()
    assert office.store.installation(NAME).synced_through_at is None  # type: ignore[union-attr]
    office.desk.silent_rows.clear()
    office.sync()
    assert office.store.installation(NAME).synced_through_at == office.clock.now()  # type: ignore[union-attr]


def test_what_we_know_of_a_contact_comes_from_our_own_rows_first(office: Office) -> None:
    office.desk.change("c0", "thanks", contact_id="sam")
    office.desk.change("c1", "thanks", contact_id="sam")
    office.sync()
    assert office.engine.pasts["c0"] is None
    assert office.desk.history_requests == 0
    office.desk.change("c2", "thanks", contact_id="sam")
    office.desk.change("c3", "thanks", contact_id="kim")
    office.sync()
    assert office.engine.pasts["c2"].conversations_30d == 2  # type: ignore[union-attr]
    assert office.engine.pasts["c3"].conversations_30d == 1  # type: ignore[union-attr]
    assert office.desk.history_requests == 1


def test_replies_are_remembered_across_runs_and_forgotten_with_their_conversation(office: Office) -> None:
    groups = frozenset(range(9))
    office.desk.change("c0", "thanks")
    office.engine.asks = groups
    office.sync()
    again = StoredMemory(office.store, NAME, Keys())
    assert again.of("another").copies("agent-1", "another message", groups) == 1.0
    assert again.of("another").copies("agent-2", "another message", groups) == 0.0
    office.desk.gone.add("c0")
    office.desk.change("c0", "thanks")
    office.sync()
    assert (
        StoredMemory(office.store, NAME, Keys()).of("another").copies("agent-1", "another message", groups)
        == 0.0
    )


def test_what_the_team_wrote_is_remembered_across_runs(office: Office) -> None:
    keys, groups = Keys(), frozenset(range(9))
    office.engine.asks = groups
    for at in range(3):
        office.desk.change(f"c{at}", "thanks")
    office.sync()
    memory = StoredMemory(office.store, NAME, keys).of("another")
    assert memory.copies("another agent", "another message", groups) == 1.0
    assert [each.author for each in office.store.replies_of_all(NAME, 2, 9)] == [
        author_digest(keys, "agent-1")
    ] * 2


def test_contact_roll_ups_are_written_only_with_the_extended_fields(office: Office) -> None:
    office.desk.change("c0", "thanks", contact_id="sam")
    office.sync()
    assert office.desk.contact_writes == []
    office.store.set_fields(NAME, {"empathy_score": "1"}, is_extended=True, now=START)
    office.desk.change("c0", "thanks", "thanks", contact_id="sam")
    assert office.sync().contact_writes.written == 1
    assert office.desk.contact_writes[0].values["empathy_contact_score"] == 20


def test_the_fingerprint_leaves_out_the_time_of_change_and_takes_in_the_rules(office: Office) -> None:
    office.desk.change("c0", "thanks")
    office.sync()
    office.desk.change("c0", "thanks")
    assert office.sync().unchanged == 1
    office.engine.ruleset = "thanks-2"
    office.desk.change("c0", "thanks")
    assert office.sync().scored == 1
