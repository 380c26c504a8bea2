"""Connected accounts, their keys, and everything known of them but their conversations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, select, update

from ..errors import Misconfigured
from ..model import Installation, Sealed
from .headways import drop_headway
from .part import Part, number_of, utc_now
from .postgres import ALONE, lock
from .tables import installation, installation_key, token

_ANY = select(exists().select_from(installation))
_BY_NAME = select(installation).where(installation.c.name == bindparam("name"))


class Installations(Part):
    """The `installation` table and the two that hold its secrets."""

    def installations(self) -> list[Installation]:
        """All connected accounts, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(installation).order_by(installation.c.name))
            return [_installation(row) for row in rows]

    def has_installations(self) -> bool:
        """Whether any account is connected."""
        with self._database.reading() as connection:
            return bool(connection.scalar(_ANY))

    def installation(self, name: str) -> Installation | None:
        """The account of that name."""
        with self._database.reading() as connection:
            row = connection.execute(_BY_NAME, {"name": name}).first()
            return _installation(row) if row else None

    def save_installation(
        self, saved: Installation, *, sealed_token: Sealed | None, wrapped_key: bytes
    ) -> None:
        """Add an installation, or replace the settings and token of the one of that name.

        An existing one keeps its key, cursor and conversations, whatever `wrapped_key` says; without a
        `sealed_token` it keeps its token.
        """
        values = _columns(saved)
        if not saved.needs_authorization:
            values["refused_at"] = None
        with self._database.writing() as connection:
            lock(connection, ALONE)
            found = select(installation.c.id).where(installation.c.name == saved.name).with_for_update()
            number = connection.scalar(found)
            if number is None:
                added = insert(installation).values(values).returning(installation.c.id)
                number = connection.execute(added).scalar_one()
                connection.execute(
                    insert(installation_key).values(installation_id=number, wrapped=wrapped_key)
                )
            else:
                connection.execute(update(installation).where(installation.c.id == number).values(values))
            if sealed_token is not None:
                save_token(connection, number, sealed_token)

    def remove_installation(self, name: str) -> None:
        """Forget the installation and everything of it, at once."""
        with self._database.writing() as connection:
            connection.execute(delete(installation).where(installation.c.id == number_of(connection, name)))

    def wrapped_key(self, name: str) -> bytes:
        """The installation's key, wrapped under the master key. Raises Misconfigured for an unknown name."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            found: bytes | None = connection.scalar(
                select(installation_key.c.wrapped).where(installation_key.c.installation_id == number)
            )
        if found is None:
            raise Misconfigured(
                f'The key of "{name}" is missing from the database; disconnect it and connect it again.'
            )
        return found

    def set_fields(
        self, name: str, field_ids: Mapping[str, str], *, is_extended: bool, now: datetime
    ) -> None:
        """Note that the custom fields exist, under which ids of the platform."""
        self._change(name, field_ids=dict(field_ids), is_extended=is_extended, fields_at=now)

    def set_not_before(self, name: str, instant: datetime | None) -> None:
        """Note the instant before which the platform must not be called."""
        self._change(name, not_before_at=instant)

    def set_needs_authorization(self, name: str, needed: bool, *, at: datetime | None = None) -> None:
        """Note whether somebody has to connect the account again, and since when that is known."""
        self._change(name, needs_authorization=needed, refused_at=(at or utc_now()) if needed else None)

    def refused_at(self, name: str) -> datetime | None:
        """When the platform last refused the authorization; None while it holds."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            found: datetime | None = connection.scalar(
                select(installation.c.refused_at).where(installation.c.id == number)
            )
            return found

    def note_sync(
        self, name: str, *, finished_at: datetime, synced_through_at: datetime | None = None
    ) -> None:
        """Note the end of a sync; `synced_through_at` only when all it read is written back.

        Such a complete run also proves that the authorization holds. How far it had come is forgotten.
        """
        complete = {"synced_through_at": synced_through_at, "needs_authorization": False, "refused_at": None}
        with self._database.writing() as connection:
            number = number_of(connection, name)
            drop_headway(connection, number)
            values = {"last_sync_at": finished_at, **(complete if synced_through_at else {})}
            connection.execute(update(installation).where(installation.c.id == number).values(values))

    def _change(self, name: str, **values: Any) -> None:
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(update(installation).where(installation.c.id == number).values(values))


def save_token(connection: Connection, number: int, sealed: Sealed) -> None:
    """Replace the installation's token."""
    connection.execute(delete(token).where(token.c.installation_id == number))
    connection.execute(insert(token).values(installation_id=number, sealed=sealed))


def _columns(saved: Installation) -> dict[str, Any]:
    return {
        "name": saved.name,
        "provider": saved.provider,
        "account_id": saved.account_id,
        "account_name": saved.account_name,
        "settings": dict(saved.settings),
        "connected_at": saved.connected_at,
        "field_ids": None if saved.field_ids is None else dict(saved.field_ids),
        "is_extended": saved.is_extended,
        "not_before_at": saved.not_before_at,
        "needs_authorization": saved.needs_authorization,
        "waits_for_start": saved.waits_for_start,
        "last_sync_at": saved.last_sync_at,
        "synced_through_at": saved.synced_through_at,
    }


def _installation(row: Row[Any]) -> Installation:
    return Installation(**{name: getattr(row, name) for name in Installation.__dataclass_fields__})
