"""The memory of earlier replies."""

from __future__ import annotations

from datetime import timedelta

from connector.store import Reply, Store
from tests.store.samples import NOW, connect, record


def put(store: Store, conversation_id: str, *replies: Reply, hours: int = 0) -> None:
    row = record(conversation_id, replies=replies)
    store.record_page("shop", records=[row], cursor=None, now=NOW + timedelta(hours=hours))


def test_an_authors_replies_come_back_oldest_first(store: Store) -> None:
    put(store, "1", Reply("a", "mara", (1,)), Reply("b", "mara", (2,)), Reply("c", "tom", (9,)))
    put(store, "2", Reply("d", "mara", (3,)), hours=1)
    assert [each.message_id for each in store.replies("shop", "mara", 10)] == ["a", "b", "d"]
    assert [each.message_id for each in store.replies("shop", "mara", 2)] == ["b", "d"]
    assert store.replies("shop", "tom", 10) == [Reply("c", "tom", (9,))]


def test_a_reply_keeps_its_place_when_its_conversation_comes_again(store: Store) -> None:
    put(store, "1", Reply("a", "mara", (1,)))
    put(store, "2", Reply("b", "mara", (2,)), hours=1)
    put(store, "1", Reply("a", "mara", (1,)), Reply("c", "mara", (3,)), hours=2)
    assert [each.message_id for each in store.replies("shop", "mara", 10)] == ["a", "b", "c"]


def test_another_installation_remembers_nothing_of_it(store: Store) -> None:
    connect(store, "other")
    put(store, "1", Reply("a", "mara", (1,)))
    assert store.replies("other", "mara", 10) == []
