"""Steps 6 and 7 of a sync: a page's outcome and its cursor, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from ..model import Parked, Status
from .clearings import cancel_clearing
from .disputes import keep_corrections
from .forgetting import Leaving, forget, leave_out, still_allowed
from .keeping import keep, scored_before
from .outgoing import owe
from .part import NUMBER, Part, in_chunks, number_of, storable
from .replies import remember
from .rows import Judging, Known, ParkedRow, Record
from .tables import conversation, conversation_tag, cursor, message, outbox, parked, score
from .threads import note_threads

CONVERSATIONS = "conversations"
"""The stream whose cursor `record_page` moves."""

LISTENING = ("interpretation", "exploration")
"""The dimensions that say how attentive a reply is, 0 to 2 each."""

ERASED = "Erased"
"""The error of a conversation that lost a thread while it was read: it is read again without it."""
DIED = "Died"
"""The error of an attempt that has begun and not ended: it is counted already."""

Seen = Sequence[tuple[str, datetime | None]]

_KNOWN = select(
    conversation.c.conversation_id,
    conversation.c.fingerprint,
    conversation.c.updated_at,
    conversation.c.ruleset,
    conversation.c.status,
).where(
    conversation.c.installation_id == NUMBER,
    conversation.c.conversation_id.in_(bindparam("ids", expanding=True)),
)


class Pages(Part):
    """The conversation tables, the parked ones, and the cursor."""

    def record_page(  # noqa: PLR0913 - a page is all of these, and they go to the disk together
        self,
        name: str,
        *,
        records: Sequence[Record],
        gone: Sequence[str] = (),
        parked: Sequence[Parked] = (),
        cursor: str | None,
        now: datetime,
        unchanged: Seen = (),
        judging: Judging | None = None,
        leaving: Leaving | None = None,
    ) -> None:
        """Store what a page brought and move the cursor (unless None), all or nothing.

        A record becomes the next version of its conversation and is owed to the platform where its values
        differ from what is there; what is gone is forgotten, even when the page has a record of it too.
        Texts are kept only under `judging`; `leaving` says what must not be kept at all.
        """
        latest = {record.conversation_id: record for record in records}
        with self._database.writing() as connection:
            number = number_of(connection, name)
            if leaving is not None:
                latest, torn = still_allowed(connection, number, latest, leaving)
                parked = [*parked, *(Parked(id_, ERASED) for id_ in torn)]
            _park(connection, number, parked, now)
            before = scored_before(connection, number, latest)
            _record(connection, number, latest)
            note_threads(connection, number, latest)
            keep_corrections(connection, number, latest)
            if judging is not None:
                keep(connection, number, latest, judging, before, now)
            remember(connection, number, latest, now)
            _note_seen(connection, number, unchanged)
            _unpark(connection, number, [*latest, *(seen for seen, _ in unchanged)])
            cancel_clearing(connection, number, list(latest))
            forget(connection, number, gone)
            if leaving is not None:
                leave_out(connection, number, leaving, now)
            if cursor is not None:
                _move_cursor(connection, number, cursor, now)

    def note_seen(self, name: str, seen: Seen) -> None:
        """Note that these conversations are unchanged but for their time of change."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            _note_seen(connection, number, seen)
            _unpark(connection, number, [conversation_id for conversation_id, _ in seen])

    def cursor(self, name: str) -> str | None:
        """Where the next sync goes on; None before the first page."""
        with self._database.reading() as connection:
            found: str | None = connection.scalar(
                select(cursor.c.value).where(
                    cursor.c.installation_id == number_of(connection, name), cursor.c.stream == CONVERSATIONS
                )
            )
            return found

    def known(self, name: str, conversation_ids: Iterable[str]) -> dict[str, Known]:
        """What is stored of these conversations; the unknown ones are left out."""
        found = {}
        with self._database.reading() as connection:
            for ids in in_chunks(list(conversation_ids)):
                for row in connection.execute(_KNOWN, {"name": name, "ids": list(ids)}):
                    found[row.conversation_id] = Known(
                        row.fingerprint, row.updated_at, row.ruleset, Status(row.status)
                    )
        return found

    def parked(self, name: str) -> list[ParkedRow]:
        """What could not be read or scored, longest parked first."""
        with self._database.reading() as connection:
            query = (
                select(parked)
                .where(parked.c.installation_id == number_of(connection, name))
                .order_by(parked.c.first_at, parked.c.conversation_id)
            )
            return [
                ParkedRow(row.conversation_id, row.error, row.attempts, row.first_at, row.last_at)
                for row in connection.execute(query)
            ]


def _record(connection: Connection, number: int, records: Mapping[str, Record]) -> None:
    if not records:
        return
    versions: dict[str, int] = {}
    for ids in in_chunks(list(records)):
        query = select(conversation.c.conversation_id, conversation.c.version).where(
            conversation.c.installation_id == number, conversation.c.conversation_id.in_(ids)
        )
        versions.update((row.conversation_id, row.version) for row in connection.execute(query))
    new, changed, scores, messages, tags = [], [], [], [], []
    for conversation_id, record in records.items():
        key = {"installation_id": number, "conversation_id": conversation_id}
        version = versions.get(conversation_id, 0) + 1
        row = {**key, **_columns(record), "version": version}
        if version > 1:
            changed.append({f"_{name}" if name in key else name: value for name, value in row.items()})
        else:
            new.append(row)
        scores.append(
            {
                **key,
                "version": version,
                "fingerprint": record.fingerprint,
                "ruleset": record.ruleset,
                "scored_at": record.scored_at,
                "scorecard": dict(record.scorecard),
            }
        )
        messages += [
            {
                **key,
                "position": position,
                "language": each.get("language"),
                "is_scored": each.get("status") != Status.NOT_SCORED,
                "score": dict(each),
            }
            for position, each in enumerate(record.messages)
        ]
        tags += [{**key, "tag": tag} for tag in sorted({storable(tag) for tag in record.tags})]
    if changed:
        _delete(connection, message, number, list(versions))
        _delete(connection, conversation_tag, number, list(versions))
        ours = (
            conversation.c.installation_id == bindparam("_installation_id"),
            conversation.c.conversation_id == bindparam("_conversation_id"),
        )
        names = [name for name in changed[0] if not name.startswith("_")]
        connection.execute(
            update(conversation).where(*ours).values({name: bindparam(name) for name in names}), changed
        )
    for table, rows in ((conversation, new), (score, scores), (message, messages), (conversation_tag, tags)):
        if rows:
            connection.execute(insert(table), rows)
    owe(connection, outbox, number, {id_: (each.fingerprint, each.fields) for id_, each in records.items()})


def _columns(record: Record) -> dict[str, Any]:
    card = record.scorecard
    updated_at = record.updated_at or record.scored_at
    return {
        "contact_id": record.contact_id,
        "updated_at": updated_at,
        "felt_at": _last_customer_message(record.messages) or updated_at,
        "fingerprint": record.fingerprint,
        "ruleset": record.ruleset,
        "scored_at": record.scored_at,
        "status": str(record.status),
        "band": str(card.get("band") or record.status),
        "empathy": card.get("empathy"),
        "sentiment": card.get("sentiment"),
        "frustration": card.get("frustration"),
        "intensity": card.get("intensity"),
        "needs_attention": bool(card.get("needs_attention")),
        "reason_text": card.get("reason_text") or "",
        "channel": None if record.channel is None else storable(record.channel),
        "is_closed": record.is_closed,
        **_handling(record),
    }


def _handling(record: Record) -> dict[str, Any]:
    """Who answered, how often the customer wrote, how much listening and pasting the replies show."""
    roles = [each.get("role") for each in record.messages]
    answered_by = {role for role in roles if role in ("agent", "bot")}
    dimensions = record.scorecard.get("dimensions")
    levels = [dimensions[name] for name in LISTENING] if dimensions else []
    return {
        "handler": "human" if "bot" not in answered_by else "assisted" if "agent" in answered_by else "bot",
        "customer_messages": roles.count("customer"),
        "attentive": sum(levels) / (2 * len(levels)) if levels else None,
        "is_canned": bool(record.scorecard.get("canned")),
    }


def _last_customer_message(messages: Sequence[Mapping[str, Any]]) -> datetime | None:
    times = []
    for each in messages:
        sent_at = each.get("sent_at") if each.get("role") == "customer" else None
        if sent_at:
            times.append(datetime.fromisoformat(sent_at))
    return max((time for time in times if time.tzinfo), default=None)


def _note_seen(connection: Connection, number: int, seen: Seen) -> None:
    rows = [{"_id": conversation_id, "_at": at} for conversation_id, at in seen if at is not None]
    if rows:
        ours = conversation.c.installation_id == number, conversation.c.conversation_id == bindparam("_id")
        connection.execute(update(conversation).where(*ours).values(updated_at=bindparam("_at")), rows)


def _park(connection: Connection, number: int, rows: Sequence[Parked], now: datetime) -> None:
    latest = {row.id: row.error for row in rows}
    known: dict[str, Any] = {}
    for ids in in_chunks(list(latest)):
        query = select(parked).where(parked.c.installation_id == number, parked.c.conversation_id.in_(ids))
        known.update((row.conversation_id, row) for row in connection.execute(query))
    _unpark(connection, number, list(known))
    parked_again = [
        {
            "installation_id": number,
            "conversation_id": id_,
            "error": error,
            "attempts": known[id_].attempts + (known[id_].error != DIED) if id_ in known else 1,
            "first_at": known[id_].first_at if id_ in known else now,
            "last_at": now,
        }
        for id_, error in latest.items()
    ]
    if parked_again:
        connection.execute(insert(parked), parked_again)


def _unpark(connection: Connection, number: int, conversation_ids: Sequence[str]) -> None:
    _delete(connection, parked, number, conversation_ids)


def _delete(connection: Connection, table: Table, number: int, conversation_ids: Sequence[str]) -> None:
    for ids in in_chunks(conversation_ids):
        connection.execute(
            delete(table).where(table.c.installation_id == number, table.c.conversation_id.in_(ids))
        )


def _move_cursor(connection: Connection, number: int, value: str, now: datetime) -> None:
    ours = cursor.c.installation_id == number, cursor.c.stream == CONVERSATIONS
    moved = connection.execute(update(cursor).where(*ours).values(value=value, moved_at=now))
    if moved.rowcount == 0:
        connection.execute(
            insert(cursor).values(installation_id=number, stream=CONVERSATIONS, value=value, moved_at=now)
        )
