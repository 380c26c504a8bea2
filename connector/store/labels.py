"""What conversations can be named by: brand, queue and pipeline, and beside these tags and contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from .part import Part, in_chunks, number_of
from .privacy_tables import conversation_label, kept_label
from .tables import conversation, conversation_tag, reply

TAG, AGENT = "tag:", "agent:"


class Labels(Part):
    """Reads the labels of conversations; `record_page` keeps them up to date."""

    def labels_of(self, name: str, conversation_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """What legal holds can name each of these conversations by."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            return labels_of(connection, number, conversation_ids)


def labels_of(connection: Connection, number: int, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """See `Labels.labels_of`."""
    found = {id_: {f"conversation:{id_}"} for id_ in ids}
    for some in in_chunks(list(found)):
        for table, column, kind in (
            (kept_label, kept_label.c.label, ""),
            (conversation_label, conversation_label.c.label, ""),
            (conversation_tag, conversation_tag.c.tag, TAG),
            (conversation, conversation.c.contact_id, "contact:"),
        ):
            of = table.c.installation_id == number, table.c.conversation_id.in_(some)
            for row in connection.execute(select(table.c.conversation_id, column).where(*of)):
                found[row[0]].add(f"{kind}{row[1]}")
    return {id_: frozenset(labels) for id_, labels in found.items()}


def note_labels(connection: Connection, number: int, seen: Mapping[str, frozenset[str]]) -> None:
    """Note in which brand, queue and pipeline these conversations are now, as far as they are stored."""
    for ids in in_chunks(list(seen)):
        of = conversation.c.installation_id == number, conversation.c.conversation_id.in_(ids)
        before: dict[str, set[str]] = {
            id_: set() for id_ in connection.scalars(select(conversation.c.conversation_id).where(*of))
        }
        theirs = (
            conversation_label.c.installation_id == number,
            conversation_label.c.conversation_id.in_(list(before)),
        )
        columns = conversation_label.c.conversation_id, conversation_label.c.label
        for id_, label in connection.execute(select(*columns).where(*theirs)):
            before[id_].add(label)
        moved = [id_ for id_, labels in before.items() if labels != seen[id_]]
        if not moved:
            continue
        stale = conversation_label.c.conversation_id.in_(moved)
        connection.execute(delete(conversation_label).where(theirs[0], stale))
        rows = [
            {"installation_id": number, "conversation_id": id_, "label": label}
            for id_ in moved
            for label in sorted(seen[id_])
        ]
        if rows:
            connection.execute(insert(conversation_label), rows)


def labelled(
    connection: Connection, number: int, labels: Collection[str], *, after: str, limit: int
) -> list[str]:
    """The first conversations beyond `after` that carry one of these labels, or a reply of such an agent."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        kind = next((kind for kind in (TAG, AGENT) if label.startswith(kind)), "")
        kinds[kind].append(label.removeprefix(kind))
    found: set[str] = set()
    for kind, column in (
        (TAG, conversation_tag.c.tag),
        (AGENT, reply.c.author),
        ("", conversation_label.c.label),
    ):
        for some in in_chunks(kinds[kind]):
            table = column.table
            query = (
                select(table.c.conversation_id)
                .where(table.c.installation_id == number, column.in_(some), table.c.conversation_id > after)
                .distinct()
                .order_by(table.c.conversation_id)
                .limit(limit)
            )
            found.update(connection.scalars(query))
    return sorted(found)[:limit]
