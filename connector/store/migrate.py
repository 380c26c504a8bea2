"""Creates a database or brings it up to date, in one transaction."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ..errors import Misconfigured
from .database import Database
from .tables import REVISIONS


def migrate(database: Database) -> None:
    """Bring the tables to the last revision; up to date or not, running it again is harmless.

    Raises Misconfigured for a database that a newer version of this program has made.
    """
    if is_migrated(database):
        return
    with database.migrating() as connection:
        _revision(connection)
        _upgrade(connection)


def is_migrated(database: Database) -> bool:
    """Whether the tables are at the last revision. Raises Misconfigured for one of a newer version."""
    with database.reading() as connection:
        return _revision(connection) == REVISIONS[-1]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision is not None and revision not in REVISIONS:
        raise Misconfigured(
            f"The database belongs to a newer version of empathy-connector (revision {revision}); "
            "upgrade this program, or set CONNECTOR_DATABASE_URL to another database."
        )
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
