"""What became of conversations and contacts, as far as the folder's files say; the keys are in the README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...outcomes import (
    ConversationFacts,
    DealFacts,
    Fact,
    FactPage,
    Feedback,
    StageReached,
    Told,
    five_point,
    handler_of,
    minutes_between,
)
from .folder import CONTACTS, Folder, Source
from .records import identifier, instant
from .rows import Record, Rows

TELLS = tuple(Told)
PAGE_FACTS = 500
LONGEST_NAME = 80
POINTS = {"good": 100.0, "bad": 0.0}


def fact_pages(folder: Folder, since: str | None) -> Iterator[FactPage]:
    """The facts of every file that is not as it was; the cursor holds sizes and times, no text."""
    seen = _seen(since)
    contacts = folder.source(CONTACTS)
    sources = [*([contacts] if contacts else []), *folder.conversation_files()]
    for source in sources:
        if seen.get(source.label) == list(source.signature):
            continue
        waiting: list[Fact] = []
        for record in _records(source):
            waiting += contact_facts(record) if source is contacts else conversation_facts(record, source)
            if len(waiting) >= PAGE_FACTS:
                yield FactPage(tuple(waiting), json.dumps(seen))
                waiting = []
        if source.is_settled:
            seen = {**seen, source.label: list(source.signature)}
        yield FactPage(tuple(waiting), json.dumps(seen))
    there = {source.label for source in sources}
    yield FactPage((), json.dumps({name: what for name, what in seen.items() if name in there}))


def _seen(since: str | None) -> dict[str, Any]:
    try:
        held = json.loads(since or "{}")
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def _records(source: Source) -> Iterator[Record]:
    try:
        for row in Rows(source.path):
            if row.record is not None:
                yield row.record
    except OSError:
        return  # the sync parks it, and says so


def conversation_facts(record: Record, source: Source) -> Iterator[Fact]:
    """What a conversation's line says under `outcome`."""
    id_, said = identifier(record.get("id")), record.get("outcome")
    if id_ is None or not isinstance(said, dict):
        return
    created_at, solved_at = instant(said.get("created_at")), instant(said.get("solved_at"))
    at = solved_at or instant(record.get("updated_at")) or created_at or source.changed_at
    satisfaction, is_two_point = rating_in(said)
    reopens = number_in(said.get("reopens"))
    first_reply, resolution = (
        number_in(said.get("first_reply_minutes")),
        number_in(said.get("resolution_minutes")),
    )
    resolution = minutes_between(created_at, solved_at) if resolution is None else resolution
    form, handler = name_in(said.get("form")), handler_of(said.get("handler"))
    has = {
        Told.SATISFACTION: satisfaction is not None,
        Told.TIMES: any(each is not None for each in (first_reply, resolution, created_at, solved_at)),
        Told.REOPENS: reopens is not None,
        Told.FORM: form is not None,
        Told.HANDLER: handler is not None,
    }
    told = frozenset(group for group, is_told in has.items() if is_told)
    if told:
        yield ConversationFacts(
            id_,
            at,
            told,
            satisfaction,
            is_two_point,
            created_at,
            solved_at,
            first_reply,
            resolution,
            None if reopens is None else int(reopens),
            form,
            handler,
        )
    if isinstance(said.get("comment"), str) and said["comment"].strip():
        contact_id = identifier(record.get("contact_id"))
        yield Feedback(f"rating:{id_}", at, "rating", contact_id, id_, satisfaction, None, said["comment"])


def contact_facts(record: Record) -> Iterator[Fact]:
    """What a line of `contacts.jsonl` says of stages, deals and feedback."""
    contact_id = identifier(record.get("id"))
    if contact_id is None:
        return
    stages = record.get("stages")
    for stage, time in (stages if isinstance(stages, dict) else {}).items():
        name, at = name_in(stage), instant(time)
        if name and at:
            yield StageReached(contact_id, name, at)
    for deal in _objects(record.get("deals")):
        id_, at = identifier(deal.get("id")), instant(deal.get("at"))
        if id_ and at:
            won = deal.get("won")
            is_won = won if isinstance(won, bool) else None
            yield DealFacts(
                id_, at, contact_id, name_in(deal.get("stage")), is_won, number_in(deal.get("amount"))
            )
    for answer in _objects(record.get("feedback")):
        yield from _feedback(answer, contact_id)


def _feedback(answer: Mapping[str, Any], contact_id: str) -> Iterator[Fact]:
    id_, at = identifier(answer.get("id")), instant(answer.get("at"))
    if id_ is None or at is None:
        return
    satisfaction, is_two_point = rating_in(answer)
    recommend, comment = number_in(answer.get("recommend")), answer.get("comment")
    conversation_id = identifier(answer.get("conversation_id"))
    yield Feedback(
        f"feedback:{id_}",
        at,
        name_in(answer.get("survey")) or "survey",
        contact_id,
        conversation_id,
        satisfaction,
        int(recommend) if recommend is not None and recommend <= 10 else None,
        comment if isinstance(comment, str) and comment.strip() else None,
    )
    if conversation_id is not None and satisfaction is not None:
        told = frozenset({Told.SATISFACTION})
        yield ConversationFacts(conversation_id, at, told, satisfaction, is_two_point)


def rating_in(said: Mapping[str, Any]) -> tuple[float | None, bool]:
    """`rating`, as 0..100, and whether it was good or bad: `good`, `bad`, or 1 to 5."""
    rating = said.get("rating")
    if isinstance(rating, str):
        return POINTS.get(rating.lower()), rating.lower() in POINTS
    return five_point(rating), False


def number_in(value: object) -> float | None:
    """A number that is none below zero."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e15 else None


def name_in(value: object) -> str | None:
    """A short name."""
    text = identifier(value)
    return text[:LONGEST_NAME] if text else None


def _objects(values: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in (values if isinstance(values, list) else ()) if isinstance(each, dict))
