"""Rows as they are settled, and every group that a figure could be about them in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..store.facts import ShortConversation, StoredFact
from ..store.settled import CONVERSATION, SettledRow
from ..store.told import DEAL, FEEDBACK, STAGE

SUBSCRIPTION, DEPARTURE = "subscription", "departure"
SURVEY, EMPLOYEES = "customer-survey", "employee-survey"
_TOLD = (
    "satisfaction",
    "is_two_point",
    "first_reply_minutes",
    "resolution_minutes",
    "reopens",
    "stage",
    "handler",
)


def row_of_conversation(talk: ShortConversation) -> SettledRow:
    """A conversation with what became of it."""
    values = {
        "empathy": talk.empathy,
        "sentiment": talk.sentiment,
        "intensity": talk.intensity,
        "band": talk.band,
        "needs_attention": talk.needs_attention,
        "channel": talk.channel,
        "handler": talk.handler,
        "customer_messages": talk.customer_messages,
        "attentive": talk.attentive,
        "is_canned": talk.is_canned,
        "told": {name: talk.told[name] for name in _TOLD if talk.told.get(name) is not None},
        "tags": sorted(talk.tags),
    }
    return SettledRow(talk.id, talk.at, talk.contact_id, values)


def row_of(kind: str, each: StoredFact) -> Iterator[tuple[str, SettledRow]]:
    """A fact as one row, or a subscription that ended as two: when it began, and when it ended."""
    if kind == SUBSCRIPTION:
        values = {name: value for name, value in each.values.items() if name != "ended_at"}
        yield SUBSCRIPTION, SettledRow(each.id, each.at, each.contact_id, values)
        if ended_at := each.values.get("ended_at"):
            yield DEPARTURE, SettledRow(each.id, datetime.fromisoformat(ended_at), each.contact_id, {})
    elif not (kind == EMPLOYEES and "score" in each.values):
        yield kind, SettledRow(each.id, each.at, each.contact_id, each.values)


def place_of(kind: str, row: SettledRow) -> str:
    """Every group the row lies in that a report tells of, or counts apart."""
    values = row.values or {}
    if kind == CONVERSATION:
        return json.dumps(_of_conversation(values))
    if kind in (SURVEY, FEEDBACK, EMPLOYEES):
        answered = sorted(name for name, value in values.items() if value is not None)
        words = [values.get(name) for name in ("survey", "team", "handler")]
        return json.dumps([*words, _third(values.get("recommend"), 6, 8), answered])
    if kind == STAGE:
        return str(values.get("stage"))
    if kind == DEAL:
        return json.dumps([bool(values.get("is_won")), (values.get("amount") or 1) > 0])
    return ""


def _of_conversation(values: Mapping[str, Any]) -> list[Any]:
    told, sentiment = values["told"], values["sentiment"]
    satisfaction = told.get("satisfaction")
    return [
        values["band"],
        values["channel"],
        told.get("handler") or values["handler"],
        told.get("stage"),
        told.get("form"),
        values["tags"],
        None if sentiment is None else (sentiment <= -0.6, sentiment <= -0.2),
        (values["intensity"] or 0) >= 4,
        values["intensity"] is None,
        values["is_canned"],
        values["needs_attention"],
        values["customer_messages"] >= 3,
        bool(told.get("reopens")),
        None if satisfaction is None else satisfaction >= 50,
    ]


def _third(value: float | None, lower: float, upper: float) -> int | None:
    """Which of three ranges a value lies in; None for none."""
    return None if value is None else (value > lower) + (value > upper)
