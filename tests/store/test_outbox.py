"""What is owed to the platform stays owed until the platform has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.model import Outcome, Written
from connector.store import Owed, Store

from .samples import NOW, connect, owed_ids, put, record, settle


@pytest.mark.parametrize("outcome", [Outcome.WRITTEN, Outcome.UNCHANGED])
def test_the_same_values_are_not_owed_twice(store: Store, outcome: Outcome) -> None:
    put(store, record(score=40))
    settle(store, outcome)
    fields = {"empathy_score": 40, "empathy_scored_at": "2027-01-01T00:00:00+00:00"}
    put(store, record(fingerprint="f2", fields=fields))
    assert owed_ids(store) == []
    put(store, record(fingerprint="f3", score=41))
    assert owed_ids(store) == ["1"]


def test_a_row_that_got_no_answer_stays_owed(store: Store) -> None:
    put(store, record("1"), record("2"))
    settle(store, Outcome.WRITTEN, rows=store.owed("shop", 1))
    assert owed_ids(store) == ["2"]


def test_a_newer_record_stays_owed_when_the_older_one_is_settled(store: Store) -> None:
    put(store, record(fingerprint="f1", score=10))
    sent = store.owed("shop", 10)
    put(store, record(fingerprint="f2", score=20))
    settle(store, Outcome.WRITTEN, rows=sent)
    owed = store.owed("shop", 10)
    assert [(row.fingerprint, row.values["empathy_score"]) for row in owed] == [("f2", 20)]
    settle(store, Outcome.WRITTEN, rows=owed)
    assert owed_ids(store) == []


def test_newer_values_of_the_same_text_stay_owed_too(store: Store) -> None:
    put(store, record(score=10))
    sent = store.owed("shop", 10)
    put(store, record(score=20))
    settle(store, Outcome.WRITTEN, rows=sent)
    assert [row.values["empathy_score"] for row in store.owed("shop", 10)] == [20]


def test_a_late_answer_does_not_bring_a_settled_row_back(store: Store) -> None:
    put(store, record(fingerprint="f1", score=10))
    stale = store.owed("shop", 10)
    put(store, record(fingerprint="f2", score=20))
    settle(store, Outcome.WRITTEN)
    settle(store, Outcome.REJECTED, rows=stale)
    assert owed_ids(store) == []


def test_values_that_return_to_what_is_written_are_not_owed(store: Store) -> None:
    put(store, record(fingerprint="f1", score=10))
    settle(store, Outcome.WRITTEN)
    put(store, record(fingerprint="f2", score=20))
    put(store, record(fingerprint="f3", score=10))
    assert owed_ids(store) == []


def test_a_locked_conversation_is_not_tried_again_until_its_values_change(store: Store) -> None:
    put(store, record(score=10))
    settle(store, Outcome.LOCKED)
    put(store, record(fingerprint="f2", score=10))
    assert owed_ids(store) == []
    assert store.counts("shop").locked == 1
    put(store, record(fingerprint="f3", score=11))
    assert owed_ids(store) == ["1"]
    assert store.counts("shop").locked == 0


def test_a_rejected_row_keeps_its_note_and_is_tried_with_the_next_record(store: Store) -> None:
    put(store, record(score=10))
    settle(store, Outcome.REJECTED, note="option unknown")
    found = store.conversation("shop", "1")
    assert found is not None
    assert (found.write_status, found.write_note) == ("rejected", "option unknown")
    assert found.write_at == NOW + timedelta(minutes=1)
    assert (owed_ids(store), store.counts("shop").rejected) == ([], 1)
    put(store, record(fingerprint="f2", score=10))
    assert owed_ids(store) == ["1"]
    found = store.conversation("shop", "1")
    assert found is not None
    assert (found.write_status, found.write_at, found.write_note) == ("owed", None, "")


def test_gone_forgets_the_conversation(store: Store) -> None:
    put(store, record("1"), record("2"))
    settle(store, Outcome.GONE, rows=store.owed("shop", 1))
    assert store.conversation("shop", "1") is None
    assert owed_ids(store) == ["2"]


def test_an_answer_for_a_forgotten_conversation_changes_nothing(store: Store) -> None:
    put(store, record())
    sent = store.owed("shop", 10)
    put(store, gone=["1"])
    settle(store, Outcome.WRITTEN, rows=sent)
    assert store.counts("shop").conversations == 0


def test_owed_rows_come_in_order_and_in_parts(store: Store) -> None:
    put(store, *(record(f"{n:03}") for n in range(25)))
    seen: list[str] = []
    after = None
    while batch := store.owed("shop", 10, after):
        seen += [row.conversation_id for row in batch]
        after = seen[-1]
    assert seen == [f"{n:03}" for n in range(25)]
    assert store.how_many_owed("shop") == 25


def test_contacts_are_owed_and_settled_in_the_same_manner(store: Store) -> None:
    connect(store, "other")
    put(store, record("1"), record("2", contact_id="c2"))
    store.save_contacts("shop", {"c1": {"empathy_contact_score": 50}}, NOW)
    store.save_contacts("shop", {"c2": {"empathy_contact_score": 60}}, NOW)
    first, second = store.owed_contacts("shop", 10)
    assert store.owed_contacts("shop", 10, after="c1") == [second]
    assert store.owed_contacts("other", 10) == []
    results = [(first, Written("c1", Outcome.WRITTEN)), (second, Written("c2", Outcome.GONE))]
    store.settle_contacts("shop", results, now=NOW)
    store.save_contacts("shop", {"c1": {"empathy_contact_score": 50}}, NOW)
    assert store.owed_contacts("shop", 10) == []
    store.save_contacts("shop", {"c1": {"empathy_contact_score": 51}}, NOW)
    assert store.owed_contacts("shop", 10) == [replace(first, values={"empathy_contact_score": 51})]


def test_a_contact_without_conversations_gets_no_roll_up(store: Store) -> None:
    store.save_contacts("shop", {"c9": {"empathy_contact_score": 50}}, NOW)
    assert store.owed_contacts("shop", 10) == []


def test_a_stale_answer_leaves_a_newer_roll_up_owed(store: Store) -> None:
    put(store, record())
    store.save_contacts("shop", {"c1": {"empathy_contact_score": 50}}, NOW)
    sent: list[Owed] = store.owed_contacts("shop", 10)
    store.save_contacts("shop", {"c1": {"empathy_contact_score": 70}}, NOW)
    store.settle_contacts("shop", [(sent[0], Written("c1", Outcome.WRITTEN))], now=NOW)
    assert [row.values for row in store.owed_contacts("shop", 10)] == [{"empathy_contact_score": 70}]
