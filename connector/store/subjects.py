"""Everything the tables have about one contact, for the contact to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from .fact_tables import fact
from .part import Part, number_of
from .privacy_tables import contact_key, conversation_label, kept_label
from .settled import settled_of
from .tables import contact, conversation, conversation_tag, message, outbox, reply, score

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AboutConversation:
    """The rows of one conversation, by table; other people's ids and keyed digests of them are left out."""

    conversation: Row
    tags: Sequence[str]
    labels: Sequence[str]
    scores: Sequence[Row]
    messages: Sequence[Mapping[str, Any]]
    replies: Sequence[Row]
    write: Row | None


@dataclass(frozen=True, slots=True)
class AboutContact:
    """All rows of one contact, except texts and disputes, which need keys to be read."""

    conversations: Sequence[AboutConversation]
    roll_up: Row | None
    keys: Sequence[Row]
    facts: Sequence[Row] = ()
    """Answers to surveys and the like, as they were imported or told by the platform."""


class Subjects(Part):
    """Reads all tables that know contacts."""

    def about_contact(self, name: str, contact_id: str) -> AboutContact:
        """What is kept of a contact, oldest conversation first."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            query = (
                select(conversation)
                .where(conversation.c.installation_id == number, conversation.c.contact_id == contact_id)
                .order_by(conversation.c.updated_at, conversation.c.conversation_id)
            )
            rows = [_shown(row) for row in connection.execute(query).mappings()]
            ours = contact.c.installation_id == number, contact.c.contact_id == contact_id
            roll_up = connection.execute(select(contact).where(*ours)).mappings().first()
            owners = [contact_id, *(f"conversation:{row['conversation_id']}" for row in rows)]
            columns = [contact_key.c[each] for each in ("key_id", "created_at", "uses")]
            keys = [
                dict(found)
                for owner in owners
                for found in connection.execute(
                    select(*columns).where(
                        contact_key.c.installation_id == number, contact_key.c.contact_id == owner
                    )
                ).mappings()
            ]
            return AboutContact(
                tuple(_about(connection, number, row) for row in rows),
                _shown(roll_up) if roll_up else None,
                tuple(keys),
                _facts(connection, number, contact_id),
            )


def _facts(connection: Connection, number: int, contact_id: str) -> tuple[Row, ...]:
    theirs = fact.c.installation_id == number, fact.c.contact_id == contact_id
    rows = connection.execute(select(fact).where(*theirs).order_by(fact.c.at, fact.c.fact_id)).mappings()
    given_out = settled_of(connection, number, contact_id)
    return (
        *(_shown(row) for row in rows),
        *(
            {"kind": kind, "fact_id": row.id, "at": row.at, "values": row.values, "is_as_given_out": True}
            for kind, row in given_out
        ),
    )


def _about(connection: Connection, number: int, row: Row) -> AboutConversation:
    def of(table: Table, *order: str) -> list[dict[str, Any]]:
        query = select(table).where(
            table.c.installation_id == number, table.c.conversation_id == row["conversation_id"]
        )
        found = connection.execute(query.order_by(*(table.c[each] for each in order))).mappings()
        return [_shown(each) for each in found]

    return AboutConversation(
        conversation=row,
        tags=[each["tag"] for each in of(conversation_tag, "tag")],
        labels=sorted(
            {row["label"] for each in (kept_label, conversation_label) for row in of(each, "label")}
        ),
        scores=of(score, "version"),
        messages=[each["score"] for each in of(message, "position")],
        replies=[
            {"message_id": each["message_id"], "hashes": len(each["hashes"]), "at": each["recorded_at"]}
            for each in of(reply, "recorded_at", "position")
        ],
        write=next(iter(of(outbox)), None),
    )


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    hidden = {"installation_id", "fingerprint", "digest", "written", "locked"}
    return {str(name): value for name, value in row.items() if name not in hidden}
