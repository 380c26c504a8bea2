"""What the platform told of conversations and contacts: merged with what is here, of nobody left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from .fact_tables import fact, made_report
from .facts import OUTCOME, StoredFact, storable_values
from .part import Part, in_chunks, number_of
from .privacy_tables import erasure, opt_out
from .tables import conversation, cursor

DEAL, STAGE, FEEDBACK = "deal", "stage", "feedback"
"""Kinds of facts that a platform tells; all others are imported. Neither ever replaces the other."""
MACRO, _GROUPS = "macro", "groups"
"""A text for pasting, of which hashes are kept; no figure is made of it."""
CONVERSATION = "conversation"
"""The value that names the conversation a fact belongs to; an outcome has its conversation's own id."""
_PROGRESS, _MISSING = "outcomes_progress", "outcomes_missing"
_REFUSED = "macros_refused"


@dataclass(frozen=True, slots=True)
class ToldPage:
    """Facts by kind, ids of facts that are none any more, and where the telling stands after them."""

    facts: Mapping[str, Sequence[StoredFact]]
    gone: Mapping[str, Sequence[str]]
    cursor: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whose facts are not kept."""

    pseudonym: Callable[[str], str]
    """What an erased contact is called."""
    contacts: frozenset[str] = field(default=frozenset(), repr=False)
    """Those who opted out on the platform."""


class ToldFacts(Part):
    """Facts that platforms tell, and how far they were told."""

    def told_progress(self, name: str) -> str | None:
        """The cursor to go on from; None from the beginning."""
        return self._held(name, _PROGRESS)

    def told_missing(self, name: str) -> dict[str, str]:
        """What the account does not give, and why, as of the last look."""
        return dict(json.loads(self._held(name, _MISSING) or "{}"))

    def fact_counts(self, name: str) -> dict[str, int]:
        """How many facts there are, by kind."""
        with self._database.reading() as connection:
            ours = fact.c.installation_id == number_of(connection, name)
            query = select(fact.c.kind, func.count().label("rows")).where(ours).group_by(fact.c.kind)
            return {row.kind: row.rows for row in connection.execute(query)}

    def tell_again(self, name: str) -> None:
        """Have everything told from the beginning; what is here stays."""
        with self._database.writing() as connection:
            _forget(connection, number_of(connection, name), _PROGRESS)

    def keep_told(self, name: str, page: ToldPage, left_out: LeftOut, *, now: datetime) -> int:
        """Merge a page of facts into those that are here, with its cursor; how many that changed.

        A fact about a conversation is kept only while that conversation is here, and one about a contact
        unless they opted out or were erased, as of this very transaction.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            changed = 0
            for kind, facts in page.facts.items():
                allowed = _allowed(connection, number, kind, facts, left_out)
                changed += _merge(connection, number, kind, allowed, now)
            for kind, ids in page.gone.items():
                for some in in_chunks(ids):
                    ours = fact.c.installation_id == number, fact.c.kind == kind, fact.c.fact_id.in_(some)
                    changed += connection.execute(delete(fact).where(*ours)).rowcount
            if changed:
                connection.execute(delete(made_report).where(made_report.c.installation_id == number))
            _note(connection, number, _PROGRESS, page.cursor, now)
        return changed

    def note_missing(self, name: str, missing: Mapping[str, str], *, now: datetime) -> None:
        """Note what the account does not give; reports made before may have said otherwise."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            value = json.dumps(dict(missing), sort_keys=True)
            ours = cursor.c.installation_id == number, cursor.c.stream == _MISSING
            if connection.scalar(select(cursor.c.value).where(*ours)) != value:
                _note(connection, number, _MISSING, value, now)
                connection.execute(delete(made_report).where(made_report.c.installation_id == number))

    def macro_groups(self, name: str) -> frozenset[int]:
        """The keyed hashes of the words of all texts that the platform keeps for pasting."""
        with self._database.reading() as connection:
            ours = fact.c.installation_id == number_of(connection, name), fact.c.kind == MACRO
            rows = connection.execute(select(fact.c["values"]).where(*ours)).scalars()
            return frozenset(group for values in rows for group in values[_GROUPS])

    def keep_macros(self, name: str, macros: Mapping[str, Sequence[int]], *, now: datetime) -> None:
        """Keep those texts, as hashes by id; all others are forgotten, and that they were refused is, too."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            _forget(connection, number, _REFUSED)
            connection.execute(delete(fact).where(fact.c.installation_id == number, fact.c.kind == MACRO))
            rows = [
                {
                    "installation_id": number,
                    "kind": MACRO,
                    "fact_id": id_,
                    "at": now,
                    "contact_id": None,
                    "values": {_GROUPS: list(groups)},
                    "recorded_at": now,
                }
                for id_, groups in macros.items()
            ]
            if rows:
                connection.execute(insert(fact), rows)

    def macros_refused(self, name: str) -> str:
        """Why the last look at those texts was refused; empty if it was not."""
        return self._held(name, _REFUSED) or ""

    def note_macros_refused(self, name: str, why: str, *, now: datetime) -> None:
        """Note the sentence with which those texts were refused; what is known of them stays."""
        with self._database.writing() as connection:
            _note(connection, number_of(connection, name), _REFUSED, why, now)

    def _held(self, name: str, stream: str) -> str | None:
        with self._database.reading() as connection:
            ours = cursor.c.installation_id == number_of(connection, name), cursor.c.stream == stream
            found: str | None = connection.scalar(select(cursor.c.value).where(*ours))
            return found


def forget_told_of(connection: Connection, number: int, conversation_ids: Sequence[str]) -> None:
    """Delete what was told of conversations."""
    for ids in in_chunks(conversation_ids):
        about = or_(
            and_(fact.c.kind == OUTCOME, fact.c.fact_id.in_(ids)),
            and_(fact.c.kind == FEEDBACK, fact.c["values"][CONVERSATION].as_string().in_(ids)),
        )
        connection.execute(delete(fact).where(fact.c.installation_id == number, about))


def _note(connection: Connection, number: int, stream: str, value: str, now: datetime) -> None:
    _forget(connection, number, stream)
    row = {"installation_id": number, "stream": stream, "value": value, "moved_at": now}
    connection.execute(insert(cursor).values(row))


def _forget(connection: Connection, number: int, stream: str) -> None:
    connection.execute(delete(cursor).where(cursor.c.installation_id == number, cursor.c.stream == stream))


def _allowed(
    connection: Connection, number: int, kind: str, facts: Sequence[StoredFact], left_out: LeftOut
) -> list[StoredFact]:
    """The facts that may be kept, those of conversations with the contact that we know of them."""
    talks = {_conversation_of(kind, each) for each in facts}
    owners: dict[str, str | None] = {}
    for ids in in_chunks(sorted(id_ for id_ in talks if id_ is not None)):
        query = select(conversation.c.conversation_id, conversation.c.contact_id).where(
            conversation.c.installation_id == number, conversation.c.conversation_id.in_(ids)
        )
        owners.update((row.conversation_id, row.contact_id) for row in connection.execute(query))
    query = select(erasure.c.pseudonym).where(
        erasure.c.installation_id == number, erasure.c.readmitted_at.is_(None)
    )
    erased = frozenset(connection.scalars(query))
    labels = frozenset(connection.scalars(select(opt_out.c.label).where(opt_out.c.installation_id == number)))

    def may_be_kept(contact_id: str | None) -> bool:
        return contact_id is None or not (
            contact_id in left_out.contacts
            or f"contact:{contact_id}" in labels
            or (erased and left_out.pseudonym(contact_id) in erased)
        )

    kept = []
    for each in facts:
        talk = _conversation_of(kind, each)
        if talk is not None and talk not in owners:
            continue
        whose = (owners[talk] if talk is not None else None) or each.contact_id
        if may_be_kept(whose):
            kept.append(replace(each, contact_id=whose))
    return kept


def _conversation_of(kind: str, each: StoredFact) -> str | None:
    found: str | None = each.id if kind == OUTCOME else each.values.get(CONVERSATION)
    return found


def _merge(connection: Connection, number: int, kind: str, facts: Sequence[StoredFact], now: datetime) -> int:
    """Values that are told replace their like, None takes one away, and all others stay."""
    told: dict[str, list[StoredFact]] = {}
    for each in facts:
        told.setdefault(each.id, []).append(each)
    ours = fact.c.installation_id == number, fact.c.kind == kind
    before: dict[str, StoredFact] = {}
    for ids in in_chunks(list(told)):
        for row in connection.execute(select(fact).where(*ours, fact.c.fact_id.in_(ids))):
            before[row.fact_id] = StoredFact(row.fact_id, row.at, row.contact_id, row.values)
    changed = []
    for id_, rows in told.items():
        values: dict[str, Any] = dict(before[id_].values) if id_ in before else {}
        for each in rows:
            values |= storable_values(each.values)
        last = rows[-1]
        contact_id = last.contact_id or (before[id_].contact_id if id_ in before else None)
        at = max(row.at for row in rows) if kind == OUTCOME else last.at
        at = max(at, before[id_].at) if id_ in before and kind == OUTCOME else at
        merged = StoredFact(
            id_, at, contact_id, {name: value for name, value in values.items() if value is not None}
        )
        if merged != before.get(id_):
            changed.append(merged)
    for ids in in_chunks([each.id for each in changed]):
        connection.execute(delete(fact).where(*ours, fact.c.fact_id.in_(ids)))
    rows_to_add = [
        {
            "installation_id": number,
            "kind": kind,
            "fact_id": each.id,
            "at": each.at,
            "contact_id": each.contact_id,
            "values": each.values,
            "recorded_at": now,
        }
        for each in changed
    ]
    if rows_to_add:
        connection.execute(insert(fact), rows_to_add)
    return len(changed)
