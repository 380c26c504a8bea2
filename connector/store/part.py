"""What the parts of the store share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from sqlalchemy import Connection, bindparam, select

from ..errors import Misconfigured
from ..model import FieldValues
from .database import Database
from .tables import installation

AT_ONCE = 500
"""Ids in one IN list at most."""
SCORED_AT = "empathy_scored_at"
# Made once: to build a statement costs more than SQLite's answer to it.
_NUMBER = select(installation.c.id).where(installation.c.name == bindparam("name"))
_NUMBER_TO_WRITE = _NUMBER.with_for_update()
NUMBER = _NUMBER.scalar_subquery()
"""The number of the installation `name` within a query that is asked for every conversation."""


class Part:
    """Some of the store's queries."""

    def __init__(self, database: Database) -> None:
        self._database = database


def utc_now() -> datetime:
    return datetime.now(UTC)


def number_of(connection: Connection, name: str) -> int:
    """The installation's number. Raises Misconfigured when there is none of that name.

    In a write transaction on PostgreSQL the row stays locked, so that writers of one installation take turns
    as they do on SQLite.
    """
    writes = connection.get_execution_options().get("writes")
    number: int | None = connection.scalar(_NUMBER_TO_WRITE if writes else _NUMBER, {"name": name})
    if number is None:
        raise Misconfigured(
            f'There is no installation named "{name}"; `empathy-connector installations` lists them.'
        )
    return number


def in_chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in lists that fit one query."""
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def digest(values: FieldValues) -> str:
    """Stands for the values without the time of scoring, which alone never causes a write."""
    content = {name: value for name, value in values.items() if name != SCORED_AT}
    return blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16).hexdigest()


def storable(text: str) -> str:
    """The platform's words as a database can keep them: without unpaired surrogates and NULs."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
