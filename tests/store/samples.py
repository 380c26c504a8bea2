"""Records and rows for the store's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.model import Installation, Outcome, Sealed, Status, Written
from connector.store import Owed, Record, Reply, Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHOP = Installation("shop", "zendesk", "1", "Shop", {"subdomain": "shop"}, NOW)


def connect(store: Store, name: str = "shop") -> None:
    store.save_installation(replace(SHOP, name=name), sealed_token=Sealed(b"sealed"), wrapped_key=b"wrapped")


def record(conversation_id: str = "1", /, **changes: Any) -> Record:
    """A scored conversation; `card` entries go into the scorecard, `score` into the desired fields."""
    card = {
        "id": conversation_id,
        "status": "scored",
        "band": "fair",
        "empathy": 55,
        "sentiment": -0.5,
        "frustration": 0.4,
        "intensity": 3,
        "needs_attention": False,
        "reason_text": "The reply names the delay.",
        **changes.pop("card", {}),
    }
    fields = {"empathy_score": changes.pop("score", 55), "empathy_scored_at": NOW.isoformat()}
    usual: dict[str, Any] = {
        "contact_id": "c1",
        "updated_at": NOW,
        "fingerprint": "f1",
        "status": Status(card["status"]),
        "scorecard": card,
        "messages": [{"id": "m1", "role": "customer"}, {"id": "m2", "role": "agent"}],
        "fields": fields,
        "ruleset": "r1",
        "scored_at": NOW,
        "channel": "email",
        "tags": ("delivery",),
        "replies": (Reply("m2", "author-digest", (1, 2, 3)),),
    }
    return Record(conversation_id=conversation_id, **{**usual, **changes})


def put(store: Store, *records: Record, name: str = "shop", **more: Any) -> None:
    store.record_page(name, records=records, **{"gone": (), "parked": (), "cursor": None, "now": NOW, **more})


def settle(
    store: Store, outcome: Outcome, *, name: str = "shop", rows: list[Owed] | None = None, note: str = ""
) -> None:
    rows = store.owed(name, 1000) if rows is None else rows
    results = [(row, Written(row.conversation_id, outcome, note)) for row in rows]
    store.settle(name, results, now=NOW + timedelta(minutes=1))


def owed_ids(store: Store, name: str = "shop") -> list[str]:
    return [row.conversation_id for row in store.owed(name, 1000)]
