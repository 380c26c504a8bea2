"""Looks at accounts before they start: asked for on a page, made by a worker, shown for an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from .part import Part, number_of
from .setup_tables import preview
from .tables import installation


@dataclass(frozen=True, slots=True)
class StoredPreview:
    """A look that was asked for; `content` is None until it is made."""

    asked_at: datetime
    asked_by: str
    begun_at: datetime | None
    content: Mapping[str, Any] | None


class Previews(Part):
    """The `preview` table: at most one row for each installation."""

    def ask_preview(self, name: str, *, by: str, now: datetime) -> None:
        """Ask for a look; the one before is forgotten."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            forget_preview(connection, number)
            connection.execute(insert(preview).values(installation_id=number, asked_at=now, asked_by=by))

    def previews_asked(self) -> list[str]:
        """The installations of which a look is asked for and not begun."""
        with self._database.reading() as connection:
            query = select(installation.c.name).join(preview).where(preview.c.begun_at.is_(None))
            return list(connection.scalars(query.order_by(installation.c.name)))

    def begin_preview(self, name: str, now: datetime) -> StoredPreview | None:
        """Take a look that was asked for; None when there is none, or another process has taken it."""
        with self._database.writing() as connection:
            ours = preview.c.installation_id == number_of(connection, name), preview.c.begun_at.is_(None)
            taken = update(preview).where(*ours).values(begun_at=now).returning(*_COLUMNS)
            row = connection.execute(taken).first()
            return StoredPreview(*row) if row else None

    def end_preview(self, name: str, asked_at: datetime, content: Mapping[str, Any]) -> None:
        """Keep what a look has shown, unless it was forgotten or asked for anew meanwhile."""
        with self._database.writing() as connection:
            ours = preview.c.installation_id == number_of(connection, name), preview.c.asked_at == asked_at
            connection.execute(update(preview).where(*ours).values(content=dict(content)))

    def preview(self, name: str) -> StoredPreview | None:
        """The look at an installation, asked for or made; None without one."""
        with self._database.reading() as connection:
            query = select(*_COLUMNS).where(preview.c.installation_id == number_of(connection, name))
            row = connection.execute(query).first()
            return StoredPreview(*row) if row else None

    def drop_preview(self, name: str) -> None:
        """Forget the look at an installation."""
        with self._database.writing() as connection:
            forget_preview(connection, number_of(connection, name))

    def drop_previews(self, *, before: datetime) -> None:
        """Forget every look that was asked for by then."""
        with self._database.writing() as connection:
            connection.execute(delete(preview).where(preview.c.asked_at <= before))


def forget_preview(connection: Connection, number: int) -> None:
    """Forget the look at an installation: something that it may show must not be kept."""
    connection.execute(delete(preview).where(preview.c.installation_id == number))


_COLUMNS = (preview.c.asked_at, preview.c.asked_by, preview.c.begun_at, preview.c.content)
