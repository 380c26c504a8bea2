"""The wrapped keys: of contacts and installations, and which master key they are wrapped under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from ..model import Sealed, WrappedKey
from .installations import save_token
from .part import Part, number_of
from .postgres import ALONE, lock
from .privacy_tables import contact_key, master_mark, next_installation_key
from .tables import installation, installation_key


@dataclass(frozen=True, slots=True)
class MasterMark:
    """Which master key the database is under; while it is exchanged, also how each key opens the other."""

    mark: bytes
    next_mark: bytes | None = None
    next_under_old: bytes | None = None
    old_under_next: bytes | None = None


@dataclass(frozen=True, slots=True)
class InstallationSecret:
    """One installation's wrapped key; `is_next` while it is not yet the one in use."""

    name: str
    wrapped: bytes
    is_next: bool = False


_MARK = select(master_mark)


class Keys(Part):
    """The tables of wrapped keys, and `master_mark`."""

    def contact_key(self, name: str, owner: str) -> WrappedKey | None:
        """The key of a contact's texts; None when there is none, or none any more."""
        with self._database.reading() as connection:
            query = select(contact_key).where(
                contact_key.c.installation_id == number_of(connection, name),
                contact_key.c.contact_id == owner,
            )
            row = connection.execute(query).first()
        return WrappedKey(row.contact_id, row.key_id, row.wrapped, row.uses) if row else None

    def contact_keys(self, name: str, after: str = "", *, limit: int) -> list[WrappedKey]:
        """The next keys in the order of their owners."""
        with self._database.reading() as connection:
            query = (
                select(contact_key)
                .where(
                    contact_key.c.installation_id == number_of(connection, name),
                    contact_key.c.contact_id > after,
                )
                .order_by(contact_key.c.contact_id)
                .limit(limit)
            )
            return [
                WrappedKey(row.contact_id, row.key_id, row.wrapped, row.uses)
                for row in connection.execute(query)
            ]

    def rewrap_contact_keys(self, name: str, keys: Sequence[WrappedKey]) -> None:
        """Replace the wrapping of these keys; one that was destroyed meanwhile stays destroyed."""
        if not keys:
            return
        with self._database.writing() as connection:
            number = number_of(connection, name)
            theirs = (
                contact_key.c.installation_id == number,
                contact_key.c.contact_id == bindparam("_owner"),
                contact_key.c.key_id == bindparam("_key_id"),
            )
            connection.execute(
                update(contact_key).where(*theirs).values(wrapped=bindparam("_wrapped")),
                [{"_owner": key.owner, "_key_id": key.key_id, "_wrapped": key.wrapped} for key in keys],
            )

    def installation_secrets(self) -> list[InstallationSecret]:
        """All installations' wrapped keys, those that are still to come into use included."""
        found = []
        with self._database.reading() as connection:
            for table, is_next in ((installation_key, False), (next_installation_key, True)):
                query = (
                    select(installation.c.name, table.c.wrapped)
                    .join(table, table.c.installation_id == installation.c.id)
                    .order_by(installation.c.name)
                )
                found += [
                    InstallationSecret(row.name, row.wrapped, is_next) for row in connection.execute(query)
                ]
        return found

    def rewrap_secret(self, secret: InstallationSecret, wrapped: bytes) -> None:
        """Replace the wrapping of an installation's key, unless somebody has replaced it meanwhile."""
        table = next_installation_key if secret.is_next else installation_key
        with self._database.writing() as connection:
            theirs = (
                table.c.installation_id == number_of(connection, secret.name),
                table.c.wrapped == secret.wrapped,
            )
            connection.execute(update(table).where(*theirs).values(wrapped=wrapped))

    def next_wrapped_key(self, name: str) -> bytes | None:
        """The key that the installation is being moved to; None while none is."""
        with self._database.reading() as connection:
            number = number_of(connection, name)
            found: bytes | None = connection.scalar(
                select(next_installation_key.c.wrapped).where(
                    next_installation_key.c.installation_id == number
                )
            )
            return found

    def set_next_wrapped_key(self, name: str, wrapped: bytes) -> None:
        """Begin to move the installation to another key."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(insert(next_installation_key).values(installation_id=number, wrapped=wrapped))

    def finish_next_key(self, name: str, wrapped: bytes, sealed_token: Sealed | None) -> None:
        """The new key is the key: with the token sealed under it, in one transaction."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                delete(next_installation_key).where(next_installation_key.c.installation_id == number)
            )
            connection.execute(
                update(installation_key)
                .where(installation_key.c.installation_id == number)
                .values(wrapped=wrapped)
            )
            if sealed_token is not None:
                save_token(connection, number, sealed_token)

    def master_mark(self) -> MasterMark | None:
        """Which master key the database is under; None before the first one was used."""
        with self._database.reading() as connection:
            row = connection.execute(_MARK).first()
        if row is None:
            return None
        return MasterMark(row.mark, row.next_mark, row.next_under_old, row.old_under_next)

    def set_master_mark(self, mark: MasterMark, *, replaced: MasterMark | None) -> bool:
        """Note a master key, unless the mark is no longer `replaced`; False when it is not."""
        with self._database.writing() as connection:
            lock(connection, ALONE)
            row = connection.execute(_MARK).first()
            if (row.mark if row else None) != (replaced.mark if replaced else None):
                return False
            connection.execute(delete(master_mark))
            connection.execute(
                insert(master_mark).values(
                    number=1,
                    mark=mark.mark,
                    next_mark=mark.next_mark,
                    next_under_old=mark.next_under_old,
                    old_under_next=mark.old_under_next,
                )
            )
            return True
