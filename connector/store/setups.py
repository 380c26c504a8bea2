"""Installations that are under way in a browser, and how far their set-up is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from .part import Part, number_of
from .setup_tables import install_flow, prepared_install, setup_step
from .tables import installation


@dataclass(frozen=True, slots=True)
class Flow:
    """One authorization that somebody began: for whom the answer may be, and where it may be exchanged."""

    browser: bytes
    """A keyed digest of what only that browser holds."""
    provider: str
    way: str
    settings: Mapping[str, str]
    name: str | None
    account_id: str | None
    """The only account it may be for; None when any is welcome."""


@dataclass(frozen=True, slots=True)
class Done:
    """A step of a set-up that somebody has taken."""

    at: datetime
    by: str
    content: Mapping[str, Any]


class Setups(Part):
    """The `install_flow`, `prepared_install` and `setup_step` tables."""

    def add_flow(self, digest: bytes, flow: Flow, *, expires_at: datetime, now: datetime) -> None:
        """Keep a flow until it is used or expires; expired ones go."""
        with self._database.writing() as connection:
            connection.execute(delete(install_flow).where(install_flow.c.expires_at <= now))
            row = {**asdict(flow), "settings": dict(flow.settings)}
            connection.execute(insert(install_flow).values(digest=digest, expires_at=expires_at, **row))

    def use_flow(self, digest: bytes, *, now: datetime) -> Flow | None:
        """A flow, which is gone then; None for one that is unknown, used or expired."""
        used = delete(install_flow).where(install_flow.c.digest == digest).returning(install_flow)
        with self._database.writing() as connection:
            row = connection.execute(used).mappings().first()
        if row is None or row["expires_at"] <= now:
            return None
        return Flow(**{name: row[name] for name in Flow.__dataclass_fields__})

    def prepare_install(self, name: str, provider: str, settings: Mapping[str, str], now: datetime) -> None:
        """Remember what an operator wants a name to stand for, until somebody installs it."""
        with self._database.writing() as connection:
            connection.execute(delete(prepared_install).where(prepared_install.c.name == name))
            connection.execute(
                insert(prepared_install).values(
                    name=name, provider=provider, settings=dict(settings), prepared_at=now
                )
            )

    def prepared_install(self, name: str, provider: str, *, since: datetime) -> Mapping[str, str] | None:
        """The settings that were prepared for a name, at or after `since`."""
        query = select(prepared_install.c.settings).where(
            prepared_install.c.name == name,
            prepared_install.c.provider == provider,
            prepared_install.c.prepared_at >= since,
        )
        with self._database.reading() as connection:
            found: Mapping[str, str] | None = connection.scalar(query)
            return found

    def note_step(
        self, name: str, step: str, *, at: datetime, by: str, content: Mapping[str, Any] | None = None
    ) -> None:
        """Note that a step was taken, again or for the first time."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                delete(setup_step).where(setup_step.c.installation_id == number, setup_step.c.step == step)
            )
            connection.execute(
                insert(setup_step).values(
                    installation_id=number, step=step, done_at=at, done_by=by, content=dict(content or {})
                )
            )

    def steps(self, name: str) -> dict[str, Done]:
        """The steps that were taken, by their names."""
        with self._database.reading() as connection:
            query = select(setup_step).where(setup_step.c.installation_id == number_of(connection, name))
            return {
                row.step: Done(row.done_at, row.done_by, row.content) for row in connection.execute(query)
            }

    def let_start(self, name: str) -> None:
        """Let the periodic syncs begin."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(
                update(installation).where(installation.c.id == number).values(waits_for_start=False)
            )
