"""Looking things up, through indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import stdev
from typing import Any

import pytest
from sqlalchemy import event

from connector.model import ContactPast, Outcome, Parked
from connector.store import Store
from connector.store.rows import Attention, ContactConversation, Feeling, Missed, Misses

from .samples import NOW, connect, put, record, settle

DAY = timedelta(days=1)


def test_a_conversation_comes_back_with_its_numbers_and_its_write(store: Store) -> None:
    written = record("1", is_closed=True)
    put(store, written)
    found = store.conversation("shop", "1")
    assert found is not None
    assert found.scorecard == written.scorecard
    assert found.fields == written.fields
    assert [each["id"] for each in found.messages] == ["m1", "m2"]
    assert (found.contact_id, found.is_closed, found.write_status) == ("c1", True, "owed")
    settle(store, Outcome.LOCKED)
    found = store.conversation("shop", "1")
    assert found is not None
    assert found.write_status == "locked"
    assert store.conversation("shop", "2") is None


def test_a_contacts_past_is_the_thirty_days_before(store: Store) -> None:
    for days, sentiment in ((40, 0.9), (10, -0.8), (20, 0.1)):
        card = {"sentiment": sentiment, "frustration": days / 100}
        put(store, record(str(days), updated_at=NOW - days * DAY, card=card))
    put(store, record("now"), record("stranger", contact_id="c2", updated_at=NOW - DAY))
    past = store.contact_past("shop", "c1", before=NOW + DAY, exclude="now")
    assert past == ContactPast(2, -0.8, 0.1)
    assert store.contact_past("shop", "c1", before=NOW - 30 * DAY, exclude="x") == ContactPast(1, 0.9, 0.4)
    assert store.contact_past("shop", "c1", before=NOW - 50 * DAY, exclude="x") is None
    assert store.contact_past("shop", "c2", before=NOW, exclude="stranger") is None


def test_a_contacts_conversations_carry_the_time_of_the_feeling(store: Store) -> None:
    said_at = NOW - 3 * DAY
    messages = [
        {"id": "m1", "role": "customer", "sent_at": (said_at - DAY).isoformat()},
        {"id": "m2", "role": "customer", "sent_at": said_at.isoformat().replace("+00:00", "Z")},
        {"id": "m3", "role": "agent", "sent_at": NOW.isoformat()},
    ]
    put(store, record("1", messages=messages), record("2", updated_at=NOW - 100 * DAY))
    found = store.contact_conversations("shop", ["c1", "c2"], NOW - 90 * DAY)
    assert found == {"c1": [ContactConversation(said_at, -0.5, 55)], "c2": []}


@pytest.fixture
def busy_store(store: Store) -> Store:
    connect(store, "other")
    low: dict[str, Any] = {"band": "low", "empathy": 10, "needs_attention": True, "sentiment": -0.9}
    put(
        store,
        record("1", card={**low, "reason_text": "Nobody named the loss."}, tags=("refund", "vip")),
        record("2", card={**low, "needs_attention": False}, updated_at=NOW - DAY, tags=("refund",)),
        record("3", tags=("refund",), channel="chat"),
        record("4", card={"status": "not_applicable", "band": "not_applicable", "sentiment": 0.5}),
        record("5", card={"sentiment": 0.2}, updated_at=NOW - 9 * DAY, channel=None, tags=()),
        record("6", card={**low, "sentiment": None}, updated_at=NOW - 40 * DAY),
        parked=[Parked("7", "Unreadable")],
    )
    put(store, record("8", card=low, updated_at=NOW - DAY, channel="chat", tags=()), name="other")
    return store


def test_the_overview_says_what_to_do_how_it_went_and_whether_it_is_in_sync(busy_store: Store) -> None:
    seen = busy_store.overview("shop", since=NOW - 30 * DAY, now=NOW)
    assert [each.conversation_id for each in seen.attention] == ["1"]
    assert seen.attention[0] == Attention("shop", "1", "Nobody named the loss.", NOW)
    assert seen.attention_count == 1
    assert seen.feeling_now.n == 4
    assert seen.feeling_now.mean == pytest.approx((-0.9 - 0.9 - 0.5 + 0.5) / 4)
    assert seen.feeling_before == Feeling(pytest.approx(0.2), 1)
    assert seen.bands == {"low": 2, "fair": 2, "not_applicable": 1}
    assert (seen.misses, seen.misses_before) == (Misses(2, 4), Misses(0, 0))
    assert seen.feeling_now.deviation == pytest.approx(stdev([-0.9, -0.9, -0.5, 0.5]))
    assert seen.missed_by_tag == [Missed("refund", 2, 3), Missed("vip", 1, 1)]
    assert seen.missed_by_channel == [Missed("email", 2, 2)]
    (health,) = seen.health
    assert (health.installation, health.owed, health.parked) == ("shop", 6, 1)


def test_the_overview_of_all_accounts_adds_them_up(busy_store: Store) -> None:
    seen = busy_store.overview(since=NOW - 30 * DAY, now=NOW, limit=2)
    assert [(each.installation, each.conversation_id) for each in seen.attention] == [
        ("shop", "1"),
        ("other", "8"),
    ]
    assert seen.attention_count == 2
    assert seen.missed_by_channel == [Missed("email", 2, 2), Missed("chat", 1, 2)]
    assert [(each.installation, each.owed) for each in seen.health] == [("other", 1), ("shop", 6)]


def test_the_overview_compares_with_the_time_before_and_names_nothing_of_which_too_few_tell(
    busy_store: Store,
) -> None:
    seen = busy_store.overview("shop", since=NOW - 3 * DAY, before=NOW - 50 * DAY, now=NOW, at_least=2)
    assert (seen.misses, seen.misses_before) == (Misses(2, 3), Misses(1, 2))
    assert [each.label for each in seen.missed_by_tag] == ["refund"]


def test_nobody_waits_in_a_conversation_that_is_closed_or_long_past(busy_store: Store) -> None:
    def waiting(since: datetime) -> list[str]:
        return [each.conversation_id for each in busy_store.overview("shop", since=since, now=NOW).attention]

    assert waiting(NOW - 50 * DAY) == ["1", "6"]
    assert waiting(NOW - 30 * DAY) == ["1"]
    put(busy_store, record("1", card={"band": "low", "empathy": 10, "needs_attention": True}, is_closed=True))
    assert waiting(NOW - 50 * DAY) == ["6"]


def test_an_empty_store_has_an_empty_overview(store: Store) -> None:
    seen = store.overview(since=NOW - DAY, now=NOW)
    assert (list(seen.attention), seen.feeling_now, seen.bands) == ([], Feeling(None, 0), {})
    store.remove_installation("shop")
    assert list(store.overview(since=NOW - DAY, now=NOW).health) == []


@contextmanager
def plans(store: Store) -> Iterator[list[str]]:
    """How SQLite answers every SELECT in the block."""
    found: list[str] = []
    engine = store._database.engine

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            explained = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(row[3] for row in explained)

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda s: s.owed("shop", 10, "3"), "ix_outbox_owed"),
        (lambda s: s.how_many_owed("shop"), "ix_outbox_owed"),
        (lambda s: s.owed_contacts("shop", 10, "3"), "ix_contact_owed"),
        (lambda s: s.known("shop", ["1", "2"]), "PRIMARY KEY"),
        (lambda s: s.conversation("shop", "1"), "PRIMARY KEY"),
        (lambda s: s.counts("shop"), "ix_outbox_outcome"),
        (lambda s: s.contact_past("shop", "c1", before=NOW, exclude="1"), "ix_conversation_contact"),
        (lambda s: s.contact_conversations("shop", ["c1"], NOW - DAY), "ix_conversation_contact"),
        (lambda s: s.save_contacts("shop", {"c1": {}}, NOW), "ix_conversation_contact"),
        (lambda s: s.overview("shop", since=NOW - DAY, now=NOW), "ix_conversation_attention"),
        (lambda s: s.overview("shop", since=NOW - DAY, now=NOW), "COVERING INDEX ix_conversation_feeling"),
        (lambda s: s.overview(None, since=NOW - DAY, now=NOW), "COVERING INDEX ix_conversation_band"),
    ],
)
def test_indexes_answer(busy_store: Store, ask: Callable[[Store], object], index: str) -> None:
    with plans(busy_store) as found:
        ask(busy_store)
    assert any(index in step for step in found)
    scans = [step for step in found if step.startswith("SCAN") and "installation" not in step]
    assert scans == []


def test_the_times_of_a_page_are_kept_to_the_microsecond(store: Store) -> None:
    at: datetime = NOW + timedelta(microseconds=1)
    put(store, record(updated_at=at))
    assert store.known("shop", ["1"])["1"].updated_at == at
