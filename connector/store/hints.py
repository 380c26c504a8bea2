"""What webhooks told, kept from the moment it is heard until it is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from .database import Database
from .hint_tables import heard_delivery, hint, hook
from .part import Part, number_of
from .tables import installation
from .together import Together

FORGET_EVERY = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at; an empty `id` stands for a whole sync."""

    told: str
    id: str
    received_at: datetime


PATIENCE_SECONDS = 3
"""How long a delivery waits for the database; HubSpot hangs up after five seconds, Zendesk after ten."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of ours in an account; `sealed` is the secret it signs with."""

    purpose: str
    hook_id: str
    address: str
    sealed: bytes = field(repr=False)
    sealed_before: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Delivery:
    name: str
    told: tuple[tuple[str, str], ...]
    digest: bytes
    now: datetime
    forget_before: datetime


# Made once: a flood of webhooks would spend most of its time on building them.
_HEARD = select(heard_delivery.c.heard_at).where(heard_delivery.c.digest == bindparam("digest"))
_NOTE_HEARD = insert(heard_delivery)
_MOVE_HINT = (
    update(hint)
    .where(
        hint.c.installation_id == bindparam("_installation_id"),
        hint.c.told == bindparam("_told"),
        hint.c.id == bindparam("_id"),
    )
    .values(received_at=bindparam("_received_at"))
)
_NOTE_HINT = insert(hint)
_HOOKS = (
    select(hook.c.purpose, hook.c.hook_id, hook.c.address, hook.c.sealed, hook.c.sealed_before)
    .where(hook.c.installation_id == bindparam("number"))
    .order_by(hook.c.purpose)
)


class Hints(Part):
    """The `hint`, `heard_delivery` and `hook` tables."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._forgot_at = NEVER
        self._together = Together(self._hear_all)

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
        return self._together.ask(_Delivery(name, tuple(sorted(set(told))), digest, now, forget_before))

    def _hear_all(self, deliveries: Sequence[_Delivery]) -> list[bool]:
        heard = {}
        with self._database.writing(patience_seconds=PATIENCE_SECONDS) as connection:
            for each in sorted(deliveries, key=lambda each: each.name):  # rows are locked in one order
                heard[id(each)] = self._hear(connection, each)
        return [heard[id(each)] for each in deliveries]

    def _hear(self, connection: Connection, delivery: _Delivery) -> bool:
        number, now = number_of(connection, delivery.name), delivery.now
        if abs(now - self._forgot_at) >= FORGET_EVERY:
            old = heard_delivery.c.heard_at < delivery.forget_before
            connection.execute(delete(heard_delivery).where(old))
            self._forgot_at = now
        if connection.scalar(_HEARD, {"digest": delivery.digest}):
            return False
        row = {"digest": delivery.digest, "installation_id": number, "heard_at": now}
        connection.execute(_NOTE_HEARD, row)
        note_hints(connection, number, delivery.told, now)
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
            return [Hook(*row) for row in connection.execute(_HOOKS, {"number": number_of(connection, name)})]

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
        row = {"installation_id": number, "told": kind, "id": id_, "received_at": now}
        moved = connection.execute(_MOVE_HINT, {f"_{name}": value for name, value in row.items()})
        if not moved.rowcount:
            connection.execute(_NOTE_HINT, row)
