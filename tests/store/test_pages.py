"""A page is recorded whole or not at all, and what is gone is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from connector.errors import Misconfigured
from connector.model import Outcome, Parked, Status
from connector.store import Store, tables

from .samples import NOW, connect, owed_ids, put, record, settle


def rows(store: Store, table: str) -> int:
    with store._database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[table])) or 0


def test_a_page_leaves_scores_debts_and_the_cursor(store: Store) -> None:
    put(store, record("1"), record("2"), parked=[Parked("3", "Unreadable")], cursor="after-1")
    assert store.cursor("shop") == "after-1"
    assert owed_ids(store) == ["1", "2"]
    assert [(row.id, row.error, row.attempts) for row in store.parked("shop")] == [("3", "Unreadable", 1)]
    counts = store.counts("shop")
    assert (counts.conversations, counts.scored, counts.owed, counts.parked) == (2, 2, 2, 1)


def test_no_cursor_leaves_the_stored_one_alone(store: Store) -> None:
    assert store.cursor("shop") is None
    put(store, cursor="a")
    put(store, record(), cursor=None)
    assert store.cursor("shop") == "a"
    put(store, cursor="b")
    assert store.cursor("shop") == "b"


def test_a_failing_record_leaves_nothing_of_its_page(store: Store) -> None:
    put(store, cursor="before")
    with pytest.raises(Exception, match="JSON serializable"):
        put(store, record("1"), record("2", card={"empathy": 1, "odd": object()}), cursor="after")
    assert store.cursor("shop") == "before"
    assert store.counts("shop").conversations == 0


def test_scores_are_versions_and_messages_are_replaced(store: Store) -> None:
    put(store, record(fingerprint="f1", tags=("a", "b")))
    put(
        store,
        record(
            fingerprint="f2",
            messages=[{"id": "m3"}],
            card={"empathy": 80, "band": "high"},
            tags=("b", "c"),
            channel="chat",
        ),
    )
    found = store.conversation("shop", "1")
    assert found is not None
    assert (found.version, found.fingerprint, found.scorecard["empathy"]) == (2, "f2", 80)
    assert (list(found.messages), found.tags, found.channel) == ([{"id": "m3"}], {"b", "c"}, "chat")
    assert rows(store, "score") == 2
    assert rows(store, "message") == 1


def test_the_same_conversation_twice_on_a_page_counts_once(store: Store) -> None:
    put(store, record(fingerprint="old"), record(fingerprint="new"))
    assert store.known("shop", ["1"])["1"].fingerprint == "new"
    assert store.counts("shop").conversations == 1


def test_known_answers_for_more_ids_than_fit_one_query(store: Store) -> None:
    put(store, *(record(str(n)) for n in range(1200)))
    known = store.known("shop", (str(n) for n in range(5000)))
    assert len(known) == 1200
    assert known["7"].updated_at == NOW
    assert known["7"].status is Status.SCORED


def test_unchanged_conversations_only_move_their_time_of_change(store: Store) -> None:
    put(store, record("1"), record("2"))
    settle(store, Outcome.WRITTEN)
    later = NOW + timedelta(hours=1)
    put(store, unchanged=[("1", later), ("unknown", later)])
    store.note_seen("shop", [("2", later), ("2", None)])
    known = store.known("shop", ["1", "2", "unknown"])
    assert {id_: each.updated_at for id_, each in known.items()} == {"1": later, "2": later}
    assert owed_ids(store) == []
    found = store.conversation("shop", "1")
    assert found is not None
    assert found.version == 1


def test_parking_again_counts_and_reading_unparks(store: Store) -> None:
    put(store, parked=[Parked("1", "Unreadable"), Parked("2", "Unreadable"), Parked("3", "ValueError")])
    put(store, parked=[Parked("1", "ValueError")], now=NOW + timedelta(hours=1))
    first = store.parked("shop")[0]
    assert (first.error, first.attempts) == ("ValueError", 2)
    assert (first.first_at, first.last_at) == (NOW, NOW + timedelta(hours=1))
    put(store, record("1"), unchanged=[("2", NOW)])
    assert [row.id for row in store.parked("shop")] == ["3"]


def test_what_is_gone_leaves_no_row_behind(store: Store) -> None:
    put(store, record("1"), record("2"), parked=[Parked("9", "Unreadable")])
    put(store, record("1", fingerprint="f2"), gone=["1", "2", "9", "never-seen"])
    left = {name: rows(store, name) for name in tables.metadata.tables if name != "contact"}
    assert {name for name, n in left.items() if n} == {"installation", "installation_key", "token"}


def test_a_removed_installation_takes_everything_along_and_nothing_else(store: Store) -> None:
    connect(store, "other")
    for name in ("shop", "other"):
        put(store, record("1"), name=name, cursor="c", parked=[Parked("2", "Unreadable")])
        store.save_contacts(name, {"c1": {"empathy_contact_score": 1}}, NOW)
        store.hold(name, "elsewhere/1/1", now=NOW)
        store.take_calls(name, "account", calls=10, per=timedelta(minutes=1), now=NOW)
    before = {name: rows(store, name) for name in tables.metadata.tables}
    filled = (
        "installation installation_key token cursor conversation score message outbox parked contact hold"
    )
    assert not [name for name in filled.split() if not before[name]]
    store.remove_installation("shop")
    assert store.installation("shop") is None
    assert {name: rows(store, name) for name in before} == {name: n // 2 for name, n in before.items()}
    assert owed_ids(store, "other") == ["1"]
    with pytest.raises(Misconfigured, match='no installation named "shop"'):
        store.cursor("shop")


def test_the_number_of_a_removed_installation_is_never_used_again(store: Store) -> None:
    store.remove_installation("shop")
    connect(store)
    with store._database.reading() as connection:
        assert connection.scalars(select(tables.installation.c.id)).all() == [2]


def test_odd_characters_from_a_platform_are_stored(store: Store) -> None:
    put(store, record(tags=("\ud800", "a\0b", "naïve 🙂"), channel="\udfff"))
    found = store.conversation("shop", "1")
    assert found is not None
    assert found.tags == {"?", "a?b", "naïve 🙂"}


def test_installations_are_kept_apart(store: Store) -> None:
    connect(store, "other")
    put(store, record("1", fingerprint="ours"))
    put(store, record("1", fingerprint="theirs"), name="other")
    put(store, gone=["1"], name="other")
    assert store.known("shop", ["1"])["1"].fingerprint == "ours"
    assert store.known("other", ["1"]) == {}
