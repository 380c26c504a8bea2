"""What reports are made of: conversations in short, and rows that were imported or told by a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, select

from .disputes import is_disputed
from .fact_tables import fact, made_report, report_choice
from .part import AT_ONCE, Part, in_chunks, number_of, storable
from .privacy_tables import access, dispute, policy, proof
from .tables import conversation, conversation_tag

OUTCOME = "outcome"
"""The kind of row that a platform tells of a conversation; its id is the conversation's."""
KEPT_FOR = timedelta(days=7)
"""A report over a period that nobody asks for any more is not kept."""


@dataclass(frozen=True, slots=True)
class StoredFact:
    """One row as it is kept."""

    id: str
    at: datetime
    contact_id: str | None = field(repr=False)
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShortConversation:
    """What a report needs of a conversation."""

    id: str
    at: datetime
    contact_id: str | None = field(repr=False)
    empathy: int | None
    sentiment: float | None
    intensity: int | None
    band: str
    needs_attention: bool
    channel: str | None
    handler: str
    customer_messages: int
    attentive: float | None
    is_canned: bool
    told: Mapping[str, Any]
    """What the platform told of its outcome."""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was made before, as JSON."""

    content: Mapping[str, Any]
    made_at: datetime


class Facts(Part):
    """The `fact` table, and the reports made of it."""

    def save_facts(self, name: str, kind: str, facts: Sequence[StoredFact], *, now: datetime) -> int:
        """Take rows in, all or none; the same id again replaces the row. How many were not there before."""
        latest = {each.id: each for each in facts}
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ours = fact.c.installation_id == number, fact.c.kind == kind
            known = 0
            for ids in in_chunks(list(latest)):
                gone = connection.execute(delete(fact).where(*ours, fact.c.fact_id.in_(ids)))
                known += gone.rowcount
            rows = [
                {
                    "installation_id": number,
                    "kind": kind,
                    "fact_id": each.id,
                    "at": each.at,
                    "contact_id": each.contact_id,
                    "values": storable_values(each.values),
                    "recorded_at": now,
                }
                for each in latest.values()
            ]
            if rows:
                connection.execute(insert(fact), rows)
            _forget_reports(connection, number)
        return len(latest) - known

    def facts(
        self, name: str, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[StoredFact]:
        """The rows of a kind, oldest first; from `start` on, before `end`."""
        with self._database.reading() as connection:
            query = select(fact).where(
                fact.c.installation_id == number_of(connection, name), fact.c.kind == kind
            )
            if start is not None:
                query = query.where(fact.c.at >= start)
            if end is not None:
                query = query.where(fact.c.at < end)
            rows = connection.execute(query.order_by(fact.c.at, fact.c.fact_id))
            return [StoredFact(row.fact_id, row.at, row.contact_id, row.values) for row in rows]

    def short_conversations(self, name: str, start: datetime, end: datetime) -> Iterator[ShortConversation]:
        """Undisputed conversations whose customer wrote last in that time (`end` exclusive), oldest first."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            within = and_(
                conversation.c.installation_id == number,
                conversation.c.felt_at >= start,
                conversation.c.felt_at < end,
                ~is_disputed(),
            )
            tags: dict[str, set[str]] = {}
            same = and_(
                conversation_tag.c.installation_id == conversation.c.installation_id,
                conversation_tag.c.conversation_id == conversation.c.conversation_id,
            )
            tagged = (
                select(conversation_tag.c.conversation_id, conversation_tag.c.tag)
                .join(conversation, same)
                .where(within)
            )
            for conversation_id, tag in connection.execute(tagged):
                tags.setdefault(conversation_id, set()).add(tag)
            outcome = and_(
                fact.c.installation_id == conversation.c.installation_id,
                fact.c.kind == OUTCOME,
                fact.c.fact_id == conversation.c.conversation_id,
            )
            query = (
                select(
                    conversation.c.conversation_id,
                    conversation.c.felt_at,
                    conversation.c.contact_id,
                    conversation.c.empathy,
                    conversation.c.sentiment,
                    conversation.c.intensity,
                    conversation.c.band,
                    conversation.c.needs_attention,
                    conversation.c.channel,
                    conversation.c.handler,
                    conversation.c.customer_messages,
                    conversation.c.attentive,
                    conversation.c.is_canned,
                    fact.c["values"],
                )
                .outerjoin(fact, outcome)
                .where(within)
                .order_by(conversation.c.felt_at, conversation.c.conversation_id)
            )
            for *row, told in connection.execution_options(yield_per=AT_ONCE).execute(query):
                values = [*row, told or {}, frozenset(tags.get(row[0], ()))]
                yield ShortConversation(*values)

    def holds_more_than(self, name: str, count: int) -> bool:
        """Whether there are more conversations, or more rows of what else reports are made of, than that."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            return any(
                connection.scalar(select(1).where(table.c.installation_id == number).offset(count).limit(1))
                for table in (conversation, fact)
            )

    def oversight(self, name: str, start: datetime, end: datetime) -> dict[str, int]:
        """What watched over the measuring in that time, counted."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            counts = {
                "Reads of scores that were logged": (access, access.c.installation == name, access.c.at),
                "Proofs of erasure and purging": (proof, proof.c.installation == name, proof.c.at),
                "Scores that were disputed": (
                    dispute,
                    dispute.c.installation_id == number,
                    dispute.c.raised_at,
                ),
                "Changes of the retention policy": (
                    policy,
                    policy.c.installation_id == number,
                    policy.c.changed_at,
                ),
            }
            return {
                what: connection.scalar(
                    select(func.count()).select_from(table).where(ours, at >= start, at < end)
                )
                or 0
                for what, (table, ours, at) in counts.items()
            }

    def report_choices(self, name: str) -> Mapping[str, Any]:
        """What the admin has told of what no data holds."""
        with self._database.reading() as connection:
            ours = report_choice.c.installation_id == number_of(connection, name)
            found: Mapping[str, Any] | None = connection.scalar(select(report_choice.c.content).where(ours))
            return found or {}

    def save_report_choices(self, name: str, content: Mapping[str, Any], *, now: datetime) -> None:
        """Replace what the admin has told; reports made before no longer hold."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(delete(report_choice).where(report_choice.c.installation_id == number))
            row = {"installation_id": number, "content": dict(content), "changed_at": now}
            connection.execute(insert(report_choice).values(row))
            _forget_reports(connection, number)

    def made_report(self, name: str, report: str, first: str, last: str) -> MadeReport | None:
        """A report over these months that was made before."""
        with self._database.reading() as connection:
            query = select(made_report.c.content, made_report.c.made_at).where(
                made_report.c.installation_id == number_of(connection, name),
                made_report.c.report == report,
                made_report.c.first == first,
                made_report.c.last == last,
            )
            found = connection.execute(query).first()
            return MadeReport(*found) if found else None

    def forget_reports(self, name: str) -> None:
        """Forget the reports that were made: what they are made of has changed."""
        with self._database.writing() as connection:
            _forget_reports(connection, number_of(connection, name))

    def keep_report(
        self, name: str, report: str, first: str, last: str, content: Mapping[str, Any], *, now: datetime
    ) -> None:
        """Keep a report, so that its page need not make it again."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            key = {"installation_id": number, "report": report, "first": first, "last": last}
            connection.execute(delete(made_report).filter_by(**key))
            old = made_report.c.installation_id == number, made_report.c.made_at < now - KEPT_FOR
            connection.execute(delete(made_report).where(*old))
            connection.execute(insert(made_report).values(**key, content=dict(content), made_at=now))


def _forget_reports(connection: Any, number: int) -> None:
    connection.execute(delete(made_report).where(made_report.c.installation_id == number))


def storable_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a database can keep them."""
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
