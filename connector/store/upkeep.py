"""What a purge needs besides: a log that is emptied, and the clocks of the last purge."""

from __future__ import annotations

import time

from sqlalchemy import delete, insert, select, update

from ..model import ClockReading
from .part import Part
from .postgres import ALONE, lock
from .privacy_tables import clock_mark

CHECKPOINT_BUSY_MS = 100
"""A checkpoint keeps writers waiting, so it waits for readers only so long, and tries again later."""


class Upkeep(Part):
    """The `clock_mark` table, and SQLite's log."""

    def last_clock(self) -> ClockReading | None:
        """The clocks at the last purge that was not halted; None before the first."""
        with self._database.reading() as connection:
            row = connection.execute(select(clock_mark)).first()
        return ClockReading(row.at, row.uptime, row.boot) if row else None

    def note_clock(self, reading: ClockReading) -> None:
        """Note the clocks, and that nothing halts the purge."""
        with self._database.writing() as connection:
            lock(connection, ALONE)
            connection.execute(delete(clock_mark))
            connection.execute(
                insert(clock_mark).values(number=1, at=reading.at, uptime=reading.uptime, boot=reading.boot)
            )

    def note_halted(self, because: str) -> None:
        """Note why the purge is halted, for whoever looks."""
        with self._database.writing() as connection:
            connection.execute(update(clock_mark).values(halted_because=because))

    def halted_because(self) -> str | None:
        """Why the purge is halted; None when it is not."""
        with self._database.reading() as connection:
            found: str | None = connection.scalar(select(clock_mark.c.halted_because))
            return found

    def truncate_log(self, *, patience: float, pause: float = 0.05) -> bool:
        """Write all that was deleted through to the file and empty SQLite's log; False when readers
        stood in the way for `patience` seconds. Other databases keep their logs themselves."""
        if self._database.engine.dialect.name != "sqlite":
            return True
        give_up_at = time.monotonic() + patience
        connection = self._database.engine.raw_connection()
        try:
            driver = connection.driver_connection
            assert driver is not None  # noqa: S101 - for the type checker: it was opened a line above
            [before] = driver.execute("PRAGMA busy_timeout").fetchone()
            driver.execute(f"PRAGMA busy_timeout = {CHECKPOINT_BUSY_MS}")
            try:
                while True:
                    busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                    if not busy:
                        return True
                    if time.monotonic() >= give_up_at:
                        return False
                    time.sleep(pause)
            finally:
                driver.execute(f"PRAGMA busy_timeout = {before}")
        finally:
            connection.close()
