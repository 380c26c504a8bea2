"""Looking things up: one conversation, and what a contact went through before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, FromClause, Table, and_, bindparam, func, select

from ..model import ContactPast, Status
from .disputes import is_disputed
from .part import NUMBER, Part, in_chunks, number_of
from .rows import ContactConversation, Example, StoredConversation
from .tables import conversation, conversation_tag, message, outbox, score

PAST = timedelta(days=30)


def _theirs_before(rows: FromClause) -> list[ColumnElement[bool]]:
    """The contact's conversations before the one that is asked about."""
    return [
        rows.c.installation_id == NUMBER,
        rows.c.contact_id == bindparam("contact"),
        rows.c.updated_at < bindparam("before", type_=conversation.c.updated_at.type),
        rows.c.conversation_id != bindparam("other_than"),
    ]


def _since(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.updated_at >= bindparam("since", type_=conversation.c.updated_at.type)


_THEIRS = conversation.alias("theirs")
_LATELY = select(func.count()).select_from(_THEIRS).where(*_theirs_before(_THEIRS), _since(_THEIRS))
_LAST_OF_CONTACT = (
    select(conversation.c.sentiment, conversation.c.frustration, _LATELY.scalar_subquery().label("lately"))
    .where(*_theirs_before(conversation))
    .order_by(conversation.c.updated_at.desc())
    .limit(1)
)
_CONTACT_CONVERSATIONS = (
    select(
        conversation.c.contact_id, conversation.c.felt_at, conversation.c.sentiment, conversation.c.empathy
    )
    .where(
        conversation.c.installation_id == bindparam("number"),
        conversation.c.contact_id.in_(bindparam("ids", expanding=True)),
        _since(conversation),
        ~is_disputed(),
    )
    .order_by(conversation.c.updated_at, conversation.c.conversation_id)
)


class Reading(Part):
    """Queries for `show`, the sidebar, and the scoring of a contact's next conversation."""

    def conversation(self, name: str, conversation_id: str) -> StoredConversation | None:
        """One conversation with its latest scorecard; None when it is not known."""
        with self._database.reading() as connection:
            number = number_of(connection, name)

            def of(table: Table) -> tuple[ColumnElement[bool], ...]:
                return table.c.installation_id == number, table.c.conversation_id == conversation_id

            query = (
                select(conversation, score.c.scorecard, outbox)
                .join(score, (score.c.version == conversation.c.version) & and_(*of(score)))
                .join(outbox, and_(*of(outbox)))
                .where(*of(conversation))
            )
            found = connection.execute(query).mappings().first()
            if found is None:
                return None
            messages = connection.scalars(
                select(message.c.score).where(*of(message)).order_by(message.c.position)
            ).all()
            tags = connection.scalars(select(conversation_tag.c.tag).where(*of(conversation_tag))).all()
        is_settled = not found[outbox.c.is_owed] and found[outbox.c.outcome]
        return StoredConversation(
            conversation_id=conversation_id,
            contact_id=found[conversation.c.contact_id],
            updated_at=found[conversation.c.updated_at],
            fingerprint=found[conversation.c.fingerprint],
            status=Status(found[conversation.c.status]),
            scorecard=found[score.c.scorecard],
            messages=tuple(messages),
            fields=found[outbox.c["values"]],
            ruleset=found[conversation.c.ruleset],
            scored_at=found[conversation.c.scored_at],
            version=found[conversation.c.version],
            write_status=found[outbox.c.outcome] if is_settled else "owed",
            write_at=found[outbox.c.outcome_at] if is_settled else None,
            write_note=(found[outbox.c.note] or "") if is_settled else "",
            channel=found[conversation.c.channel],
            tags=frozenset(tags),
            is_closed=found[conversation.c.is_closed],
        )

    def examples(self, name: str, bands: tuple[str, ...]) -> list[Example]:
        """One conversation for each band that has any: the most telling score, then the newest."""
        found = []
        with self._database.reading() as connection:
            number = number_of(connection, name)
            for band in bands:
                telling = conversation.c.empathy.asc() if band == "low" else conversation.c.empathy.desc()
                query = (
                    select(conversation.c.conversation_id, conversation.c.empathy, conversation.c.reason_text)
                    .where(conversation.c.installation_id == number, conversation.c.band == band)
                    .order_by(telling, conversation.c.updated_at.desc())
                    .limit(1)
                )
                row = connection.execute(query).first()
                if row is not None:
                    found.append(Example(row[0], band, row[1], row[2]))
        return found

    def contact_past(
        self, name: str, contact_id: str, *, before: datetime, exclude: str
    ) -> ContactPast | None:
        """How the contact's other conversations before this one went; None when we know of none."""
        with self._database.reading() as connection:
            asked = {
                "name": name,
                "contact": contact_id,
                "before": before,
                "other_than": exclude,
                "since": before - PAST,
            }
            last = connection.execute(_LAST_OF_CONTACT, asked).first()
        return None if last is None else ContactPast(last.lately, last.sentiment, last.frustration)

    def contact_conversations(
        self, name: str, contact_ids: Sequence[str], since: datetime
    ) -> dict[str, list[ContactConversation]]:
        """Each contact's conversations changed since then, oldest first, without those in dispute."""
        found: dict[str, list[ContactConversation]] = {each: [] for each in contact_ids}
        with self._database.reading() as connection:
            number = number_of(connection, name)
            for ids in in_chunks(list(found)):
                asked = {"number": number, "ids": list(ids), "since": since}
                for row in connection.execute(_CONTACT_CONVERSATIONS, asked):
                    found[row[0]].append(ContactConversation(*row[1:]))
        return found
