"""One sync at a time for each installation, and one token renewal."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from ..errors import Busy, Superseded
from ..model import Sealed
from .installations import save_token
from .liveness import holder_here, is_dead_here
from .part import Part, number_of, utc_now
from .tables import hold, installation, token, token_lock

HOLD_TIME = timedelta(seconds=60)
LEASE_TIME = timedelta(seconds=120)
"""Longer than a renewal's requests can take with all their timeouts and retries."""
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class LockedToken:
    """The current token of an installation whose renewal is ours alone for the moment."""

    sealed: Sealed | None
    save: Callable[[Sealed], None]
    """Puts the new token on the disk before it returns."""


class Holds(Part):
    """The `hold`, `token` and `token_lock` tables."""

    def hold(self, name: str, holder: str, *, now: datetime, ttl: timedelta = HOLD_TIME) -> None:
        """Take the installation for one sync. Raises Busy naming who has it.

        `holder` begins `host/process-id/start-time`. The hold of a dead process of this machine is taken
        over at once, any other after `ttl` without renewal.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            row = connection.execute(select(hold).where(hold.c.installation_id == number)).first()
            if row is not None and row.expires_at > now and not is_dead_here(row.holder):
                raise Busy(f'"{name}" is being synced by {row.holder}; wait for it to end and try again.')
            _replace(connection, hold, installation_id=number, holder=holder, expires_at=now + ttl)

    def is_held(self, name: str, now: datetime) -> bool:
        """Whether somebody who lives, as far as that can be known, has the installation."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(hold).where(hold.c.installation_id == number_of(connection, name))
            ).first()
        return row is not None and row.expires_at > now and not is_dead_here(row.holder)

    def renew_hold(self, name: str, holder: str, now: datetime, *, ttl: timedelta = HOLD_TIME) -> bool:
        """Keep the hold for another `ttl`; False when somebody else has taken it over."""
        with self._database.writing() as connection:
            changed = connection.execute(
                update(hold).where(*_ours(name, holder)).values(expires_at=now + ttl)
            )
            return changed.rowcount == 1

    def release_hold(self, name: str, holder: str) -> None:
        """Let others sync; nothing happens when the hold is not `holder`'s (any more)."""
        with self._database.writing() as connection:
            connection.execute(delete(hold).where(*_ours(name, holder)))

    def token(self, name: str) -> Sealed | None:
        """The installation's sealed token."""
        with self._database.reading() as connection:
            return _token(connection, number_of(connection, name))

    @contextmanager
    def token_exclusively(self, name: str) -> Iterator[LockedToken]:
        """The token, while no other thread, process or machine may renew it.

        The lock is a row with an owner and an end, so the database stays free for others while the
        renewal's request is out. Raises Busy when it cannot be had in twice the longest lease.
        """
        owner = f"{holder_here()}/{uuid4().hex}"
        sealed = self._lock_token(name, owner)

        def save(new: Sealed) -> None:
            # A pair the platform has just given us is the only living one, even when our lease has run out.
            with self._database.writing() as connection:
                save_token(connection, number_of(connection, name), new)

        try:
            yield LockedToken(sealed, save)
        finally:
            with self._database.writing() as connection:
                connection.execute(delete(token_lock).where(token_lock.c.owner == owner))

    def _lock_token(self, name: str, owner: str) -> Sealed | None:
        give_up_at = time.monotonic() + 2 * LEASE_TIME.total_seconds()
        while time.monotonic() < give_up_at:
            if not self._is_token_locked(name):
                with self._database.writing() as connection:
                    number = number_of(connection, name)
                    if not _is_locked(connection, number):
                        ends_at = utc_now() + LEASE_TIME
                        _replace(
                            connection, token_lock, installation_id=number, owner=owner, expires_at=ends_at
                        )
                        return _token(connection, number)
            time.sleep(POLL_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - spreads the polls, no secret
        raise Busy(f'The token of "{name}" is being renewed by another process; try again in a minute.')

    def _is_token_locked(self, name: str) -> bool:
        with self._database.reading() as connection:
            return _is_locked(connection, number_of(connection, name))


def require_hold(connection: Connection, name: str, holder: str) -> None:
    """Raise Superseded unless the installation is `holder`'s, and keep it so until the transaction ends."""
    number = number_of(connection, name)
    if connection.scalar(select(hold.c.holder).where(hold.c.installation_id == number)) != holder:
        raise Superseded(
            f'"{name}" was taken over by another process while this one stood still; nothing is lost.'
        )


def _ours(name: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    number = select(installation.c.id).where(installation.c.name == name).scalar_subquery()
    return hold.c.installation_id == number, hold.c.holder == holder


def _is_locked(connection: Connection, number: int) -> bool:
    row = connection.execute(select(token_lock).where(token_lock.c.installation_id == number)).first()
    return row is not None and row.expires_at > utc_now() and not is_dead_here(row.owner)


def _token(connection: Connection, number: int) -> Sealed | None:
    found: bytes | None = connection.scalar(select(token.c.sealed).where(token.c.installation_id == number))
    return None if found is None else Sealed(found)


def _replace(connection: Connection, table: Table, *, installation_id: int, **values: object) -> None:
    connection.execute(delete(table).where(table.c.installation_id == installation_id))
    connection.execute(insert(table).values(installation_id=installation_id, **values))
