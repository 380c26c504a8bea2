"""The account's own list of what is left out of scoring, and the conversations it forgets."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select

from .clearings import CONTACT, owe_clearing
from .forgetting import forget_known
from .labels import labelled, labels_of
from .part import Part, in_chunks, number_of
from .previews import forget_preview
from .privacy_tables import opt_out
from .tables import contact, conversation


@dataclass(frozen=True, slots=True)
class OptOut:
    """One entry; an agent's label holds a keyed digest of the id."""

    label: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a look at some conversations forgot, and where to go on; `after` is None at the end."""

    conversation_ids: tuple[str, ...]
    contact_ids: frozenset[str]
    """Contacts of whom other conversations are left; their roll-ups are to be computed anew."""
    after: str | None


class OptOuts(Part):
    """The `opt_out` table."""

    def opt_outs(self, name: str) -> list[OptOut]:
        """The whole list, by label."""
        with self._database.reading() as connection:
            query = (
                select(opt_out.c.label, opt_out.c.added_at, opt_out.c.added_by)
                .where(opt_out.c.installation_id == number_of(connection, name))
                .order_by(opt_out.c.label)
            )
            return [OptOut(*row) for row in connection.execute(query)]

    def opt_out_labels(self, name: str) -> frozenset[str]:
        """What is left out."""
        with self._database.reading() as connection:
            return opted_out(connection, number_of(connection, name))

    def add_opt_outs(self, name: str, labels: Collection[str], *, added_by: str, now: datetime) -> list[str]:
        """Put labels on the list; gives those that were not there."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            new = sorted(set(labels) - opted_out(connection, number))
            rows = [
                {"installation_id": number, "label": label, "added_at": now, "added_by": added_by}
                for label in new
            ]
            if rows:
                forget_preview(connection, number)
                connection.execute(insert(opt_out), rows)
            return new

    def remove_opt_outs(self, name: str, labels: Collection[str]) -> list[str]:
        """Take labels off the list; gives those that were there."""
        with self._database.writing() as connection:
            ours = opt_out.c.installation_id == number_of(connection, name), opt_out.c.label.in_(labels)
            return sorted(connection.scalars(delete(opt_out).where(*ours).returning(opt_out.c.label)))

    def forget_opted_out(
        self,
        name: str,
        after: str,
        *,
        is_held: Callable[[Collection[str]], bool],
        clear: bool,
        because: str,
        now: datetime,
        limit: int,
    ) -> Forgotten:
        """Forget at most `limit` conversations that are on the list, unless their labels are held."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            ids = labelled(connection, number, opted_out(connection, number), after=after, limit=limit)
            labels = labels_of(connection, number, ids)
            free = [id_ for id_ in ids if not is_held(labels[id_])]
            contacts: set[str] = set()
            for some in in_chunks(free):
                query = select(conversation.c.contact_id).where(
                    conversation.c.installation_id == number, conversation.c.conversation_id.in_(some)
                )
                contacts.update(id_ for id_ in connection.scalars(query) if id_ is not None)
            known = forget_known(connection, number, free, clear=clear, because=because, now=now)
            without = _without_conversations(connection, number, contacts)
            if without and clear:
                owe_clearing(connection, number, CONTACT, without, because=because, now=now)
            for some in in_chunks(without):
                ours = contact.c.installation_id == number, contact.c.contact_id.in_(some)
                connection.execute(delete(contact).where(*ours))
        return Forgotten(
            tuple(known), frozenset(contacts.difference(without)), ids[-1] if len(ids) == limit else None
        )


def _without_conversations(connection: Connection, number: int, contact_ids: Collection[str]) -> list[str]:
    """Those of whom a roll-up is stored, and nothing that it could be computed from any more."""
    found: set[str] = set()
    for some in in_chunks(sorted(contact_ids)):
        # a column of the index, for with all of them SQLite walks through the whole account
        theirs = exists(conversation.c.contact_id).where(
            conversation.c.installation_id == number, conversation.c.contact_id == contact.c.contact_id
        )
        query = select(contact.c.contact_id).where(
            contact.c.installation_id == number, contact.c.contact_id.in_(some), ~theirs
        )
        found.update(connection.scalars(query))
    return sorted(found)


def opted_out(connection: Connection, number: int) -> frozenset[str]:
    """The list as of this very transaction."""
    return frozenset(connection.scalars(select(opt_out.c.label).where(opt_out.c.installation_id == number)))
