"""Connected accounts: what is kept when one is connected again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from connector.errors import Misconfigured
from connector.model import Sealed
from connector.store import Store

from .samples import NOW, SHOP, connect, owed_ids, put, record


def test_an_installation_comes_back_as_it_was_saved(store: Store) -> None:
    saved = replace(
        SHOP,
        name="whole",
        field_ids={"empathy_score": "12"},
        is_extended=True,
        not_before_at=NOW,
        needs_authorization=True,
        last_sync_at=NOW,
        synced_through_at=NOW - timedelta(microseconds=1),
    )
    store.save_installation(saved, sealed_token=None, wrapped_key=b"w")
    assert store.installation("whole") == saved
    assert store.token("whole") is None
    assert [each.name for each in store.installations()] == ["shop", "whole"]
    assert store.installation("nobody") is None


def test_connecting_again_replaces_token_and_settings_and_keeps_the_rest(store: Store) -> None:
    put(store, record(), cursor="c")
    changed = replace(SHOP, settings={"subdomain": "shop", "api_origin": "https://proxy.invalid"})
    store.save_installation(changed, sealed_token=Sealed(b"new"), wrapped_key=b"another")
    assert store.installation("shop") == changed
    assert (store.token("shop"), store.wrapped_key("shop")) == (b"new", b"wrapped")
    assert (store.cursor("shop"), owed_ids(store)) == ("c", ["1"])
    store.save_installation(changed, sealed_token=None, wrapped_key=b"another")
    assert store.token("shop") == b"new"


def test_instants_are_utc_whatever_zone_they_came_in(store: Store) -> None:
    store.set_not_before("shop", datetime(2026, 11, 1, 1, tzinfo=timezone(timedelta(hours=3))))
    found = store.installation("shop")
    assert found is not None
    assert found.not_before_at == datetime(2026, 10, 31, 22, tzinfo=UTC)
    assert found.not_before_at.tzinfo is UTC
    store.set_not_before("shop", None)
    assert store.installation("shop") == SHOP
    with pytest.raises(Exception, match="without a time zone"):
        store.set_not_before("shop", datetime(2026, 11, 1))  # noqa: DTZ001 - that is the point


def test_fields_and_syncs_are_noted(store: Store) -> None:
    store.set_fields("shop", {"empathy_score": "7"}, is_extended=True, now=NOW)
    store.note_sync("shop", finished_at=NOW, synced_through_at=None)
    found = store.installation("shop")
    assert found is not None
    assert (found.field_ids, found.is_extended) == ({"empathy_score": "7"}, True)
    assert (found.last_sync_at, found.synced_through_at) == (NOW, None)


def test_only_a_complete_sync_proves_the_authorization(store: Store) -> None:
    store.set_needs_authorization("shop", True, at=NOW)
    assert store.refused_at("shop") == NOW
    store.note_sync("shop", finished_at=NOW, synced_through_at=None)
    assert store.refused_at("shop") == NOW
    store.note_sync("shop", finished_at=NOW, synced_through_at=NOW)
    found = store.installation("shop")
    assert found is not None
    assert not found.needs_authorization
    assert store.refused_at("shop") is None


def test_connecting_again_forgets_a_refusal(store: Store) -> None:
    store.set_needs_authorization("shop", True)
    connect(store)
    assert store.refused_at("shop") is None
    assert store.installation("shop") == SHOP


def test_every_question_about_an_unknown_installation_is_answered_with_its_name(store: Store) -> None:
    for ask in (
        lambda: store.wrapped_key("nobody"),
        lambda: store.token("nobody"),
        lambda: store.owed("nobody", 1),
        lambda: store.counts("nobody"),
        lambda: store.set_not_before("nobody", None),
        lambda: store.remove_installation("nobody"),
        lambda: put(store, name="nobody"),
    ):
        with pytest.raises(Misconfigured, match='no installation named "nobody"'):
            ask()
