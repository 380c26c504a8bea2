"""What webhooks told, kept from the moment it is heard until it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from .hint_tables import heard_delivery, hint, hook
from .part import Part, number_of
from .tables import installation


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at; an empty `id` stands for a whole sync."""

    told: str
    id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of ours in an account; `sealed` is the secret it signs with."""

    purpose: str
    hook_id: str
    address: str
    sealed: bytes = field(repr=False)
    sealed_before: bytes | None = field(default=None, repr=False)


class Hints(Part):
    """The `hint`, `heard_delivery` and `hook` tables."""

    def hear(
        self,
        name: str,
        told: Iterable[tuple[str, str]],
        *,
        digest: bytes,
        now: datetime,
        forget_before: datetime,
    ) -> bool:
        """Keep what a delivery told; False, and nothing kept, for one that was heard before.

        Deliveries heard before `forget_before` are forgotten: they are too old to be replayed.
        """
        pairs = sorted(set(told))
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(delete(heard_delivery).where(heard_delivery.c.heard_at < forget_before))
            if connection.scalar(select(heard_delivery.c.digest).where(heard_delivery.c.digest == digest)):
                return False
            connection.execute(
                insert(heard_delivery).values(digest=digest, installation_id=number, heard_at=now)
            )
            note_hints(connection, number, pairs, now)
        return True

    def hints(self, name: str, limit: int, *, told: Collection[str] = ()) -> list[Hint]:
        """What is still to be looked at, longest waiting first; only of these kinds, if any are named."""
        with self._database.reading() as connection:
            query = select(hint.c.told, hint.c.id, hint.c.received_at).where(
                hint.c.installation_id == number_of(connection, name)
            )
            if told:
                query = query.where(hint.c.told.in_(told))
            rows = connection.execute(query.order_by(hint.c.received_at, hint.c.told, hint.c.id).limit(limit))
            return [Hint(*row) for row in rows]

    def drop_hints(self, name: str, hints: Sequence[Hint]) -> None:
        """Forget what was looked at; what was told again in the meantime stays."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            for each in hints:
                connection.execute(
                    delete(hint).where(
                        hint.c.installation_id == number,
                        hint.c.told == each.told,
                        hint.c.id == each.id,
                        hint.c.received_at == each.received_at,
                    )
                )

    def installations_with_hints(self) -> list[str]:
        """The names of those that something is to be looked at for."""
        with self._database.reading() as connection:
            query = select(installation.c.name).where(
                installation.c.id.in_(select(hint.c.installation_id).distinct())
            )
            return list(connection.scalars(query.order_by(installation.c.name)))

    def hooks(self, name: str) -> list[Hook]:
        """The webhooks we made in an account."""
        with self._database.reading() as connection:
            query = select(
                hook.c.purpose, hook.c.hook_id, hook.c.address, hook.c.sealed, hook.c.sealed_before
            ).where(hook.c.installation_id == number_of(connection, name))
            return [Hook(*row) for row in connection.execute(query.order_by(hook.c.purpose))]

    def save_hooks(self, name: str, hooks: Sequence[Hook], *, now: datetime) -> None:
        """Replace what is known of the webhooks we made."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(delete(hook).where(hook.c.installation_id == number))
            rows = [
                {
                    "installation_id": number,
                    "purpose": each.purpose,
                    "hook_id": each.hook_id,
                    "address": each.address,
                    "sealed": each.sealed,
                    "sealed_before": each.sealed_before,
                    "made_at": now,
                }
                for each in hooks
            ]
            if rows:
                connection.execute(insert(hook), rows)


def note_hints(connection: Connection, number: int, told: Iterable[tuple[str, str]], now: datetime) -> None:
    """Keep what is to be looked at, once each."""
    for kind, id_ in told:
        ours = hint.c.installation_id == number, hint.c.told == kind, hint.c.id == id_
        moved = connection.execute(update(hint).where(*ours).values(received_at=now))
        if not moved.rowcount:
            row = {"installation_id": number, "told": kind, "id": id_, "received_at": now}
            connection.execute(insert(hint).values(row))
