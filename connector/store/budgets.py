"""How often each account was called lately, by all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from .part import Part, number_of
from .tables import budget, installation

AT_ONCE_SHARE = 4
"""A process takes a single call first and then twice as many as it made of the block before, a quarter of a
window's calls at most: a short command leaves none unmade, and in a long run few requests write ..."""
USE_WITHIN_SHARE = 10
"""... and uses them within a tenth of the window, for which they count longer."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some calls that are one process's alone, to be made before `use_before_at`."""

    id: str
    calls: int
    use_before_at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """What became of a block: how many of its calls were made, the last of them when."""

    id: str
    calls: int
    last_at: datetime


class Budgets(Part):
    """The `budget` table: a row for each bucket of an installation, with the blocks of its latest window."""

    def take_calls(
        self, name: str, bucket: str, *, calls: int, per: timedelta, now: datetime, used: Used | None = None
    ) -> Block | datetime:
        """Some of the `calls` that may be made in any window of `per`; or the instant to ask again.

        `used` tells of the block before, so that what it left over is free again. The answer is an instant,
        too, while the platform has asked for the whole installation to be left alone.
        """
        with self._database.writing() as connection:
            number = number_of(connection, name)
            blocked_until: datetime | None = connection.scalar(
                select(installation.c.not_before_at).where(installation.c.id == number)
            )
            if blocked_until is not None and blocked_until > now:
                return blocked_until
            at_once = max(1, min(calls // AT_ONCE_SHARE, 2 * used.calls if used else 1))
            use_within = per / USE_WITHIN_SHARE if at_once > 1 else timedelta(0)
            longest = (now + 2 * (per + use_within)).timestamp()  # beyond it a clock has moved
            row = _row(connection, number, bucket)
            blocks = [
                each for each in _corrected(_entries(row), used, per) if now.timestamp() < each[2] <= longest
            ]
            free = calls - sum(made for _, made, _ in blocks)
            if free > 0:
                block = Block(uuid4().hex[:8], min(free, at_once), now + use_within)
                blocks.append((block.id, block.calls, (now + use_within + per).timestamp()))
            _save(connection, number, bucket, {**row, "blocks": blocks})
            if free > 0:
                return block
            return datetime.fromtimestamp(min(ends for _, _, ends in blocks), UTC)

    def give_calls_back(self, name: str, bucket: str, used: Used, *, per: timedelta) -> None:
        """Free what a block has left over, for somebody who makes no more calls."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            row = _row(connection, number, bucket)
            blocks = [each for each in _corrected(_entries(row), used, per) if each[1] > 0]
            _save(connection, number, bucket, {**row, "blocks": blocks})

    def calls_lately(self, name: str) -> dict[str, int]:
        """How many calls are counted in each bucket's latest window."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(budget).where(budget.c.installation_id == number_of(connection, name))
            )
            return {row.bucket: sum(calls for _, calls, _ in row.blocks["blocks"]) for row in rows}

    def learned_rate(self, name: str, bucket: str) -> tuple[int, timedelta] | None:
        """How many calls in which time an answer of the platform last allowed."""
        with self._database.reading() as connection:
            rate = _row(connection, number_of(connection, name), bucket)["rate"]
            return (int(rate[0]), timedelta(seconds=rate[1])) if rate else None

    def learn_rate(self, name: str, bucket: str, calls: int, per: timedelta) -> None:
        """Note what an answer allowed."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            row = _row(connection, number, bucket)
            _save(connection, number, bucket, {**row, "rate": [calls, per.total_seconds()]})


_Entry = tuple[str, int, float]


def _row(connection: Connection, number: int, bucket: str) -> dict[str, Any]:
    query = select(budget.c.blocks).where(budget.c.installation_id == number, budget.c.bucket == bucket)
    return connection.scalar(query) or {"rate": None, "blocks": []}


def _entries(row: dict[str, Any]) -> list[_Entry]:
    return [(id_, calls, ends) for id_, calls, ends in row["blocks"]]


def _corrected(blocks: list[_Entry], used: Used | None, per: timedelta) -> list[_Entry]:
    return [
        each
        if used is None or each[0] != used.id
        else (used.id, used.calls, (used.last_at + per).timestamp())
        for each in blocks
    ]


def _save(connection: Connection, number: int, bucket: str, row: dict[str, Any]) -> None:
    ours = budget.c.installation_id == number, budget.c.bucket == bucket
    connection.execute(delete(budget).where(*ours))
    connection.execute(insert(budget).values(installation_id=number, bucket=bucket, blocks=row))
