"""PostgreSQL: how it is opened, what takes turns there, and what its failures mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import Busy, Misconfigured

LOCK_TIMEOUT_SECONDS = 10
IDLE_SECONDS = 60
"""A process that stops in the middle of a transaction loses its connection, and with it the locks."""
MIGRATING = 0x656D7061
"""The advisory lock of a migration; any number will do, as long as it stays."""
ALONE = 0x656D7062
_LOST = frozenset({"08", "57", "25"})
"""Connection errors; stopped by the administrator; a transaction that stood still for too long."""

_SETTINGS = {
    "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "synchronous_commit": "on",  # whatever the server's default: a token pair that is used must not be lost
    "timezone": "UTC",
}


def open_postgres(url: URL, *, json_serializer: Callable[[object], str]) -> Engine:
    """Connect with psycopg, once for a try. Raises Misconfigured when there is no way in."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,  # no row may reach an exception's text
        json_serializer=json_serializer,
        pool_pre_ping=True,  # a connection that was cut while it lay in the pool is replaced
        connect_args={
            "connect_timeout": LOCK_TIMEOUT_SECONDS,
            "application_name": "empathy-connector",
            "keepalives_idle": 30,
            "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
        },
    )
    try:
        engine.connect().close()
    except DBAPIError:
        engine.dispose()
        raise Misconfigured(
            f"The database {_place(url)} cannot be opened; see that PostgreSQL runs there, and that "
            "CONNECTOR_DATABASE_URL names its user, password and database."
        ) from None
    return engine


def lock(connection: Connection, key: int) -> None:
    """Wait for whoever else holds this lock; it ends with the transaction. SQLite's writers wait anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def tell(error: DBAPIError, url: URL) -> NoReturn:
    """Raise what a failure means, without the row that PostgreSQL likes to quote."""
    state = getattr(error.orig, "sqlstate", None) or ""
    place = _place(url)
    if error.connection_invalidated or state[:2] in _LOST or (not state and _is_about_connection(error)):
        raise Busy(f"The database {place} was lost or cannot be reached; try again.") from None
    if state in {"55P03", "40P01", "40001", "53300"}:
        raise Busy(f"The database {place} is kept busy by others; try again.") from None
    if state == "53100":
        raise Misconfigured(f"The disk of the database {place} is full; make room and try again.") from None
    if state in {"42501"}:
        raise Misconfigured(
            f"The database {place} refuses to be written; give its user the right to."
        ) from None
    raise SQLAlchemyError(
        f"PostgreSQL refused a statement ({type(error.orig).__name__}, {state or 'no state'})."
    ) from None


def _is_about_connection(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}


def _place(url: URL) -> str:
    return f"{url.database} on {url.host or url.query.get('host') or 'this machine'}"
