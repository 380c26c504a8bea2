"""What a page leaves of its messages' words: sealed texts, the keys they need, and when they must go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from ..model import KeptRecord, KeptText, WrappedKey
from .part import in_chunks, storable
from .policies import policy_version
from .privacy_tables import contact_key, kept_label, kept_text
from .rows import Judging, Record
from .tables import message

Seen = Mapping[str, frozenset[str]]
"""Conversation -> ids of the messages that were scored before."""


def scored_before(connection: Connection, number: int, records: Mapping[str, Record]) -> Seen:
    """Which messages of these conversations are no news: their texts are kept already, or never will be."""
    found: dict[str, set[str]] = defaultdict(set)
    for ids in in_chunks([id_ for id_, record in records.items() if record.kept]):
        query = select(message.c.conversation_id, message.c.score).where(
            message.c.installation_id == number, message.c.conversation_id.in_(ids)
        )
        for row in connection.execute(query):
            found[row.conversation_id].add(storable(str(row.score.get("id"))))
    return {id_: frozenset(ids) for id_, ids in found.items()}


def keep(
    connection: Connection,
    number: int,
    records: Mapping[str, Record],
    judging: Judging,
    before: Seen,
    now: datetime,
) -> None:
    """Store the records' texts and keys, and judge again what was kept of the page's conversations.

    Only news is kept: a text that was dropped, deleted or never kept does not come back with the next
    message of its conversation, whatever the policy says by then. Nothing is kept for a policy that was
    changed since the texts were sealed, or under a key that was destroyed since.
    """
    kept = _kept(connection, number, list(judging.labels))
    if policy_version(connection, number) == judging.version:
        new = _news(records, kept, before, judging.held)
        if new:
            living = _note_keys(connection, number, [each for each in records.values() if each.kept], now)
            _put(connection, number, [row for row in new if row[1].owner in living], kept)
            kept = _kept(connection, number, list(judging.labels))
    _remove_vanished(connection, number, records, kept, judging.held)
    if kept:
        _note_labels(connection, number, {id_: judging.labels[id_] for id_ in kept})
        _judge(connection, number, kept, judging)


_Kept = Mapping[str, Mapping[tuple[str, str], KeptRecord]]
_New = tuple[str, KeptText]


def _kept(connection: Connection, number: int, conversation_ids: Sequence[str]) -> _Kept:
    found: dict[str, dict[tuple[str, str], KeptRecord]] = defaultdict(dict)
    if connection.scalar(select(exists().where(kept_text.c.installation_id == number))):
        columns = [kept_text.c[name] for name in ("conversation_id", "message_id", "field", "mode")]
        for ids in in_chunks(conversation_ids):
            query = select(*columns, kept_text.c.kept_at, kept_text.c.due_at).where(
                kept_text.c.installation_id == number, kept_text.c.conversation_id.in_(ids)
            )
            for row in connection.execute(query):
                record = KeptRecord(row.mode, row.kept_at, row.due_at)
                found[row.conversation_id][row.message_id, row.field] = record
    return found


def _news(records: Mapping[str, Record], kept: _Kept, before: Seen, held: frozenset[str]) -> list[_New]:
    """Texts of messages not seen before, and new words for texts that are still kept in the same form."""
    new = []
    for id_, record in records.items():
        for text in record.kept:
            old = kept.get(id_, {}).get((text.message_id, text.part))
            if old is None:
                is_wanted = text.message_id not in before.get(id_, ())
            else:
                is_wanted = old.mode == text.mode and id_ not in held
            if is_wanted:
                new.append((id_, text))
    return new


def _note_keys(
    connection: Connection, number: int, records: Iterable[Record], now: datetime
) -> frozenset[str]:
    """Store new keys and the number of uses; gives the owners whose keys are the ones in the database."""
    keys: dict[str, WrappedKey] = {}
    for record in records:
        if record.key is not None:
            known = keys.get(record.key.owner)
            if known is None or known.uses < record.key.uses:
                keys[record.key.owner] = record.key
    stored: dict[str, str] = {}
    for owners in in_chunks(list(keys)):
        query = select(contact_key.c.contact_id, contact_key.c.key_id).where(
            contact_key.c.installation_id == number, contact_key.c.contact_id.in_(owners)
        )
        stored.update((row[0], row[1]) for row in connection.execute(query))
    new = [key for owner, key in keys.items() if key.is_new and owner not in stored]
    if new:
        connection.execute(
            insert(contact_key),
            [
                {
                    "installation_id": number,
                    "contact_id": key.owner,
                    "key_id": key.key_id,
                    "wrapped": key.wrapped,
                    "created_at": now,
                    "uses": key.uses,
                }
                for key in new
            ],
        )
    stored.update((key.owner, key.key_id) for key in new)
    living = frozenset(owner for owner, key in keys.items() if stored.get(owner) == key.key_id)
    used = [{"_owner": owner, "_uses": keys[owner].uses} for owner in living if not keys[owner].is_new]
    if used:
        theirs = contact_key.c.installation_id == number, contact_key.c.contact_id == bindparam("_owner")
        connection.execute(update(contact_key).where(*theirs).values(uses=bindparam("_uses")), used)
    return living


def _put(connection: Connection, number: int, new: Sequence[_New], kept: _Kept) -> None:
    rows: list[dict[str, Any]] = []
    for id_, text in new:
        old = kept.get(id_, {}).get((text.message_id, text.part))
        rows.append(
            {
                "installation_id": number,
                "conversation_id": id_,
                "message_id": text.message_id,
                "field": text.part,
                "contact_id": text.owner,
                "mode": text.mode,
                "sealed": text.sealed,
                "kept_at": old.kept_at if old else text.kept_at,
                "due_at": min(old.due_at, text.due_at) if old else text.due_at,
                "policy_version": text.policy_version,
            }
        )
    _delete(connection, number, [(row["conversation_id"], row["message_id"], row["field"]) for row in rows])
    if rows:
        connection.execute(insert(kept_text), rows)


def _remove_vanished(
    connection: Connection, number: int, records: Mapping[str, Record], kept: _Kept, held: frozenset[str]
) -> None:
    """Texts of messages that the platform no longer has."""
    vanished = []
    for id_, record in records.items():
        if id_ in kept and id_ not in held:
            there = {storable(str(each.get("id"))) for each in record.messages}
            vanished += [(id_, *key) for key in kept[id_] if key[0] not in there]
    _delete(connection, number, vanished)


def _note_labels(connection: Connection, number: int, labels: Seen) -> None:
    stored: dict[str, set[str]] = defaultdict(set)
    for ids in in_chunks(list(labels)):
        query = select(kept_label.c.conversation_id, kept_label.c.label).where(
            kept_label.c.installation_id == number, kept_label.c.conversation_id.in_(ids)
        )
        for row in connection.execute(query):
            stored[row.conversation_id].add(row.label)
    changed = [id_ for id_, now in labels.items() if stored.get(id_, set()) != now]
    for ids in in_chunks(changed):
        connection.execute(
            delete(kept_label).where(
                kept_label.c.installation_id == number, kept_label.c.conversation_id.in_(ids)
            )
        )
    rows = [
        {"installation_id": number, "conversation_id": id_, "label": label}
        for id_ in changed
        for label in sorted(labels[id_])
    ]
    if rows:
        connection.execute(insert(kept_label), rows)


def _judge(connection: Connection, number: int, kept: _Kept, judging: Judging) -> None:
    sooner = []
    for id_, texts in kept.items():
        for (message_id, part), record in texts.items():
            labelled = KeptRecord(record.mode, record.kept_at, record.due_at, judging.labels[id_])
            due_at = judging.due_at(labelled)
            if due_at < record.due_at:
                sooner.append(
                    {"_conversation_id": id_, "_message_id": message_id, "_field": part, "due_at": due_at}
                )
    move_due(connection, number, sooner)


def move_due(connection: Connection, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set `due_at` of the texts named by `_conversation_id`, `_message_id` and `_field`."""
    if rows:
        names = ("conversation_id", "message_id", "field")
        ours = [kept_text.c[name] == bindparam(f"_{name}") for name in names]
        change = update(kept_text).where(kept_text.c.installation_id == number, *ours)
        connection.execute(change.values(due_at=bindparam("due_at")), list(rows))


def _delete(connection: Connection, number: int, keys: Sequence[tuple[str, str, str]]) -> None:
    if keys:
        names = ("conversation_id", "message_id", "field")
        ours = [kept_text.c[name] == bindparam(f"_{name}") for name in names]
        connection.execute(
            delete(kept_text).where(kept_text.c.installation_id == number, *ours),
            [dict(zip(("_conversation_id", "_message_id", "_field"), key, strict=True)) for key in keys],
        )
