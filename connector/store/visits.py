"""Sign-in links and the sessions they begin; neither is kept, only a keyed digest of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from .part import Part, number_of
from .tables import installation
from .web_tables import sign_in_link, web_session, worker_sign


@dataclass(frozen=True, slots=True)
class Visit:
    """Who a session or a link is for; no installation means all of them."""

    role: str
    installation: str | None
    agent_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A running session."""

    visit: Visit
    began_at: datetime
    seen_at: datetime


class Visits(Part):
    """The `sign_in_link` and `web_session` tables, and the worker's sign of life."""

    def add_link(self, digest: bytes, visit: Visit, *, expires_at: datetime, now: datetime) -> None:
        """Keep a link until it is used or expires. Raises Misconfigured for an unknown installation."""
        with self._database.writing() as connection:
            connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at <= now))
            number = None if visit.installation is None else number_of(connection, visit.installation)
            row = {"digest": digest, "installation_id": number, "expires_at": expires_at, **_who(visit)}
            connection.execute(insert(sign_in_link).values(row))

    def use_link(self, link: bytes, session: bytes, *, now: datetime, idle_since: datetime) -> Visit | None:
        """Begin a session with a link, which is gone then; None for one that is unknown, used or expired.

        Sessions that nobody used since `idle_since` go as well.
        """
        with self._database.writing() as connection:
            connection.execute(delete(web_session).where(web_session.c.seen_at < idle_since))
            used = delete(sign_in_link).where(sign_in_link.c.digest == link, sign_in_link.c.expires_at > now)
            row = connection.execute(used.returning(sign_in_link)).mappings().first()
            if row is None:
                return None
            who = {key: row[key] for key in ("installation_id", "role", "agent_id", "name")}
            begun = {"digest": session, "began_at": now, "seen_at": now}
            connection.execute(insert(web_session).values({**who, **begun}))
            name = connection.scalar(
                select(installation.c.name).where(installation.c.id == row["installation_id"])
            )
            return _visit({**row, "installation": name})

    def web_session(self, digest: bytes) -> Session | None:
        """The session of that digest, however old it is."""
        with self._database.reading() as connection:
            query = (
                select(web_session, installation.c.name.label("installation"))
                .join(installation, installation.c.id == web_session.c.installation_id, isouter=True)
                .where(web_session.c.digest == digest)
            )
            row = connection.execute(query).mappings().first()
        return Session(_visit(row), row["began_at"], row["seen_at"]) if row else None

    def note_session_used(self, digest: bytes, now: datetime) -> None:
        """Note that the session was used."""
        with self._database.writing() as connection:
            connection.execute(update(web_session).where(web_session.c.digest == digest).values(seen_at=now))

    def end_session(self, digest: bytes) -> None:
        """Forget the session: its cookie is worth nothing from then on."""
        with self._database.writing() as connection:
            connection.execute(delete(web_session).where(web_session.c.digest == digest))

    def note_worker(self, now: datetime) -> None:
        """The worker's sign of life."""
        with self._database.writing() as connection:
            if not connection.execute(update(worker_sign).values(at=now)).rowcount:
                connection.execute(insert(worker_sign).values(number=1, at=now))

    def worker_seen_at(self) -> datetime | None:
        """When the worker last gave a sign of life."""
        with self._database.reading() as connection:
            found: datetime | None = connection.scalar(select(worker_sign.c.at))
            return found


def _who(visit: Visit) -> dict[str, Any]:
    return {"role": visit.role, "agent_id": visit.agent_id, "name": visit.name}


def _visit(row: RowMapping | Mapping[str, Any]) -> Visit:
    return Visit(row["role"], row["installation"], row["agent_id"], row["name"])
