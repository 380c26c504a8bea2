"""Settling: what reports of finished months are made of, so that no two reports differ by few people (L-05).

A month settles a few days after its end. From then on reports are made of its rows as they were given out;
what changes later is followed only in groups of five customers who could be in no group smaller (`admitted`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from typing import Any

from ..privacy.settled import Live, Settled, Version, admitted
from ..store import Store
from ..store.facts import ShortConversation, StoredFact
from ..store.settled import CONVERSATION, PastVersion, SettledPart, SettledRow
from ..store.told import DEAL, FEEDBACK, STAGE
from .months import CUSTOMERS, Months, month_of, newest_settled, shifted
from .settled_rows import (
    DEPARTURE,
    EMPLOYEES,
    SUBSCRIPTION,
    SURVEY,
    place_of,
    row_of,
    row_of_conversation,
)

SETTLING = (SURVEY, FEEDBACK, EMPLOYEES, SUBSCRIPTION, DEAL, STAGE, "referral")
"""The kinds of facts about single people. The others are public texts, our own posts, and sums of teams."""

Rows = dict[str, SettledRow]


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles the months of one installation."""

    store: Store
    name: str
    now: Callable[[], datetime]

    def settle(self) -> int:
        """Give out the months that ended, and follow the changes that may be followed; how many months of
        a kind changed."""
        through = newest_settled(self.now())
        # Where customers were told of, a month without a departure says that nobody left in it.
        is_told = bool(self.store.settled_months(self.name, SUBSCRIPTION))
        told = (self.store.settled_through(self.name) or "") if is_told else ""
        changed = 0
        for kind, month, rows in chain(self._conversations(through), self._facts(through)):
            changed += self._settled(kind, month, rows, is_told=kind == DEPARTURE and month <= told)
        self.store.note_settled_through(self.name, through, now=self.now())
        return changed

    def _conversations(self, through: str) -> Iterator[tuple[str, str, Rows]]:
        first = self.store.first_felt_at(self.name)
        held = set(self.store.settled_months(self.name, CONVERSATION))
        begin = min((*held, *([month_of(first)] if first else [])), default=shifted(through, 1))
        for month in Months(begin, through).each() if begin <= through else ():
            one = Months(month, month)
            found = self.store.short_conversations(self.name, one.start_at, one.end_at)
            yield CONVERSATION, month, {each.id: row_of_conversation(each) for each in found}

    def _facts(self, through: str) -> Iterator[tuple[str, str, Rows]]:
        for kind in SETTLING:
            by_month: Mapping[tuple[str, str], Rows] = defaultdict(dict)
            for each in self.store.facts(self.name, kind):
                for of_kind, row in row_of(kind, each):
                    by_month[of_kind, month_of(row.at)][row.id] = row
            for of_kind in (kind, DEPARTURE) if kind == SUBSCRIPTION else (kind,):
                months = {month for known, month in by_month if known == of_kind}
                for month in sorted(months.union(self.store.settled_months(self.name, of_kind))):
                    if month <= through:
                        yield of_kind, month, by_month.get((of_kind, month), {})

    def _settled(self, kind: str, month: str, live: Rows, *, is_told: bool) -> bool:
        before = self.store.settled_part(self.name, kind, month)
        if before is None and is_told:
            before = SettledPart(0, 0, [])
        batch = int(self.now().timestamp())
        if before is None or _is_too_small_to_be_told(kind, before):
            if before is None and not live:
                return False
            part = SettledPart(batch, before.version if before else 0, list(live.values()))
            if before is not None and list(before.rows) == list(part.rows):
                return False
        else:
            rows = followed(kind, before, live, batch=max(batch, _latest(before) + 1))
            if rows is None:
                return False
            part = replace(before, rows=rows)
        return self.store.keep_settled_part(self.name, kind, month, part, now=self.now())


def followed(kind: str, before: SettledPart, live: Rows, *, batch: int) -> list[SettledRow] | None:
    """The rows of a month once those changes are followed that may be; None when there are none."""
    given = {row.id: row for row in before.rows}
    changed = {
        id_ for id_ in given.keys() | live.keys() if _content(given.get(id_)) != _content(live.get(id_))
    }
    if not changed:
        return None
    watched = changed | {id_ for id_, row in given.items() if row.path}
    settled = {
        id_: Settled(given[id_].contact_id or id_, _path(kind, given[id_], before.first))
        for id_ in watched
        if id_ in given
    }
    now = {
        id_: Live(row.contact_id or id_, _mark(row), place_of(kind, row))
        for id_, row in live.items()
        if id_ in watched
    }
    follow = admitted(settled, now, least=CUSTOMERS.people)
    if not follow:
        return None
    rows = [row for row in before.rows if row.id not in follow]
    for id_ in sorted(follow):
        path = settled[id_].path if id_ in settled else (Version(before.first, None),)
        new = Version(batch, now[id_].mark, now[id_].place) if id_ in now else Version(batch, None)
        current = live.get(id_) or replace(given[id_], values=None)
        past: tuple[PastVersion, ...] = tuple((v.batch, v.mark, v.place) for v in (*path, new))
        rows.append(replace(current, path=past))
    return sorted(rows, key=lambda row: (row.at, row.id))


def _is_too_small_to_be_told(kind: str, part: SettledPart) -> bool:
    """Answers of employees are told of only by month, and only from five people on."""
    return kind == EMPLOYEES and len(part.rows) < CUSTOMERS.people and not any(row.path for row in part.rows)


def _content(row: SettledRow | None) -> Any:
    return None if row is None or row.values is None else (row.at, row.contact_id, row.values)


def _mark(row: SettledRow) -> str:
    content = [row.at.isoformat(), row.contact_id, row.values]
    return blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()


def _path(kind: str, row: SettledRow, first: int) -> tuple[Version, ...]:
    if row.path:
        return tuple(Version(*each) for each in row.path)
    return (Version(first, _mark(row), place_of(kind, row)),)


def _latest(part: SettledPart) -> int:
    return max((each[0] for row in part.rows for each in row.path), default=part.first)


class Given:
    """Rows as they were given out, in the shape in which the store gives live ones."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._through = store.settled_through(name) or ""

    def facts(
        self, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[StoredFact]:
        """The rows of a kind, oldest first."""
        if kind not in SETTLING:
            return self._store.facts(self._name, kind, start, end)
        left = {row.id: row.at for row in self._rows(DEPARTURE, None, None)} if kind == SUBSCRIPTION else {}
        found = [
            StoredFact(row.id, row.at, row.contact_id, _with_end(row.values or {}, left.get(row.id)))
            for row in self._rows(kind, start, end)
        ]
        if kind == EMPLOYEES:
            live = self._store.facts(self._name, kind, start, end)
            found += [each for each in live if "score" in each.values]
        return sorted(found, key=lambda each: (each.at, each.id))

    def short_conversations(self, start: datetime, end: datetime) -> Iterator[ShortConversation]:
        """The conversations that ended in that time, oldest first."""
        for row in self._rows(CONVERSATION, start, end):
            values = dict(row.values or {})
            tags = frozenset(values.pop("tags"))
            yield ShortConversation(id=row.id, at=row.at, contact_id=row.contact_id, tags=tags, **values)

    def _rows(self, kind: str, start: datetime | None, end: datetime | None) -> Iterable[SettledRow]:
        for month in self._store.settled_months(self._name, kind):
            one = Months(month, month)
            if month > self._through or (start and one.end_at <= start) or (end and one.start_at >= end):
                continue
            part = self._store.settled_part(self._name, kind, month)
            for row in part.rows if part else ():
                if row.values is not None and (not start or start <= row.at) and (not end or row.at < end):
                    yield row


def _with_end(values: Mapping[str, Any], left_at: datetime | None) -> Mapping[str, Any]:
    return {**values, "ended_at": left_at.isoformat()} if left_at else values
