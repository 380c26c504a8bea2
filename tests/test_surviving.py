"""A conversation of which the process dies is parked after three attempts, and takes no other along."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Busy, RetryLater
from connector.model import ConversationScore, Message
from tests.fakes.desk import Thanks
from tests.fakes.office import NAME, Office

POISON = "p3"


class Deadly(Thanks):
    """Takes the whole process along when it is given the poisoned conversation."""

    def score_conversation(
        self, conversation_id: str, messages: Sequence[Message], **more: Any
    ) -> ConversationScore:
        if conversation_id == POISON:
            os._exit(9)
        return super().score_conversation(conversation_id, messages, **more)


def office_in(folder: Path) -> Office:
    office = Office(folder, field_ids={"empathy_score": "1"})
    office.desk.page_size = 4
    for number in range(10):
        office.desk.change(f"p{number}", "thanks")
    return office


def run_once(folder: Path) -> bool:
    """A sync in a process of its own; False when it died."""
    child = os.fork()
    if child == 0:
        office = office_in(folder)
        office.engine = Deadly()
        office.sync()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_r08_the_conversation_that_kills_is_parked_after_three_attempts_and_the_others_are_done(
    tmp_path: Path,
) -> None:
    deaths = 0
    office_in(tmp_path)  # the database is there before the first of the processes
    while not run_once(tmp_path):
        deaths += 1
        assert deaths <= 5, "the same page is run again and again"
    office = office_in(tmp_path)
    [parked] = office.store.parked(NAME)
    assert (parked.id, parked.error, parked.attempts) == (POISON, "Died", 3)
    assert office.store.counts(NAME).conversations == 9
    assert office.store.counts(NAME).owed == 0
    assert run_once(tmp_path), "it is left alone from now on"
    assert len(office.store.parked(NAME)) == 1


def test_r08_an_admin_has_it_tried_again_and_it_succeeds_once_it_is_harmless(tmp_path: Path) -> None:
    office_in(tmp_path)
    while not run_once(tmp_path):
        pass
    office = office_in(tmp_path)
    assert office.store.try_parked_again(NAME) == 1
    tally = office.sync()
    assert (tally.parked, office.store.parked(NAME)) == (0, [])
    assert office.store.counts(NAME).conversations == 10


def test_r08_an_attempt_that_ends_with_an_error_is_counted_once(tmp_path: Path) -> None:
    office = Office(tmp_path, field_ids={"empathy_score": "1"})
    office.desk.change("c0", "boom")
    counted = []
    for _ in range(5):
        office.sync()
        counted += [row.attempts for row in office.store.parked(NAME)]
    assert counted == [1, 2, 3, 3, 3]


def test_r08_an_attempt_that_an_outage_prevents_is_not_counted(tmp_path: Path) -> None:
    office = Office(tmp_path, field_ids={"empathy_score": "1"})
    office.desk.change("c0", "boom")
    office.sync()

    def down(*_asked: object) -> None:
        raise RetryLater("The desk is down.", not_before_at=office.clock.now())

    office.desk.conversation = down  # type: ignore[method-assign,assignment]
    for _ in range(4):
        with pytest.raises(RetryLater):
            office.sync()
    [parked] = office.store.parked(NAME)
    assert (parked.error, parked.attempts) == ("ZeroDivisionError", 1)


def test_r08_a_database_that_is_lost_while_scoring_is_no_conversations_fault(tmp_path: Path) -> None:
    office = office_in(tmp_path)
    told = "The database was lost."

    class Cut(Thanks):
        def score_conversation(
            self, conversation_id: str, messages: Sequence[Message], **more: Any
        ) -> ConversationScore:
            if conversation_id == POISON:
                raise Busy(told)
            return super().score_conversation(conversation_id, messages, **more)

    office.engine = Cut()
    for _ in range(4):
        with pytest.raises(Busy, match=told):
            office.sync()
    assert office.store.parked(NAME) == []
    office.engine = Thanks()
    assert office.sync().parked == 0
    assert office.store.counts(NAME).conversations == 10


def test_r08_a_run_that_was_killed_from_outside_parks_nobody(tmp_path: Path) -> None:
    office = office_in(tmp_path)
    for _ in range(4):
        office.store.begin_run(NAME, office.clock.now())
    tally = office.sync()
    assert (tally.scored, tally.parked, office.store.parked(NAME)) == (10, 0, [])
    assert office.store.begin_run(NAME, office.clock.now()) == 0
