"""The retention policies of each installation, and its legal holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from ..model import LegalHold
from .part import Part, number_of
from .privacy_tables import legal_hold, policy


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """One version of an installation's policy; `content` is its JSON."""

    version: int
    content: Mapping[str, Any]
    changed_at: datetime
    changed_by: str
    applied_at: datetime | None
    """When every text kept before had been judged by it."""


class Policies(Part):
    """The `policy` and `legal_hold` tables."""

    def policy(self, name: str) -> StoredPolicy | None:
        """The policy in force; None when no admin has chosen one, so that nothing is kept."""
        with self._database.reading() as connection:
            query = (
                select(policy)
                .where(policy.c.installation_id == number_of(connection, name))
                .order_by(policy.c.version.desc())
                .limit(1)
            )
            row = connection.execute(query).first()
        if row is None:
            return None
        return StoredPolicy(row.version, row.content, row.changed_at, row.changed_by, row.applied_at)

    def add_policy(
        self,
        name: str,
        content: Mapping[str, Any],
        *,
        changed_by: str,
        now: datetime,
        holds: Sequence[LegalHold] | None = None,
    ) -> int:
        """Put the next version in force; with `holds`, they replace those there are. Gives the version."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            version = policy_version(connection, number) + 1
            connection.execute(
                insert(policy).values(
                    installation_id=number,
                    version=version,
                    content=dict(content),
                    changed_at=now,
                    changed_by=changed_by,
                )
            )
            if holds is not None:
                _replace_holds(connection, number, holds)
            return version

    def note_policy_applied(self, name: str, version: int, now: datetime) -> None:
        """Note that every kept text has been judged by this version."""
        with self._database.writing() as connection:
            ours = policy.c.installation_id == number_of(connection, name), policy.c.version == version
            connection.execute(update(policy).where(*ours).values(applied_at=now))

    def legal_holds(self, name: str) -> list[LegalHold]:
        """All holds, past and future ones included, by id."""
        with self._database.reading() as connection:
            query = (
                select(legal_hold)
                .where(legal_hold.c.installation_id == number_of(connection, name))
                .order_by(legal_hold.c.hold_id)
            )
            return [
                LegalHold(row.hold_id, row.scope["on"], row.owner, row.reason, row.begins_at, row.ends_at)
                for row in connection.execute(query)
            ]


def policy_version(connection: Connection, number: int) -> int:
    """The version of the policy in force; 0 without one."""
    query = select(func.max(policy.c.version)).where(policy.c.installation_id == number)
    return connection.scalar(query) or 0


def _replace_holds(connection: Connection, number: int, holds: Sequence[LegalHold]) -> None:
    connection.execute(delete(legal_hold).where(legal_hold.c.installation_id == number))
    rows = [
        {
            "installation_id": number,
            "hold_id": hold.id,
            "scope": {"on": hold.on},
            "owner": hold.owner,
            "reason": hold.reason,
            "begins_at": hold.begins_at,
            "ends_at": hold.ends_at,
        }
        for hold in holds
    ]
    if rows:
        connection.execute(insert(legal_hold), rows)
