"""Tokens of programs, and the figures about the whole team that were given out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from .part import Part, number_of
from .tables import installation
from .web_tables import api_token, given_out


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is kept of a token; not the token."""

    installation: str
    id: str
    role: str
    label: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None = None
    """To the hour."""


class ApiAccess(Part):
    """The `api_token` and `given_out` tables."""

    def add_api_token(self, added: ApiToken, digest: bytes) -> None:
        """Keep a token's digest. Raises Misconfigured for an unknown installation."""
        with self._database.writing() as connection:
            number = number_of(connection, added.installation)
            row = {
                "installation_id": number,
                "token_id": added.id,
                "digest": digest,
                "role": added.role,
                "label": added.label,
                "created_at": added.created_at,
                "created_by": added.created_by,
                "expires_at": added.expires_at,
            }
            connection.execute(insert(api_token).values(row))

    def api_token(self, digest: bytes) -> ApiToken | None:
        """The token of that digest, even when it has expired."""
        with self._database.reading() as connection:
            found = connection.execute(_tokens().where(api_token.c.digest == digest)).first()
            return ApiToken(*found) if found else None

    def api_tokens(self, name: str) -> list[ApiToken]:
        """All tokens of an installation, oldest first."""
        with self._database.reading() as connection:
            query = _tokens().where(api_token.c.installation_id == number_of(connection, name))
            rows = connection.execute(query.order_by(api_token.c.created_at, api_token.c.token_id))
            return [ApiToken(*row) for row in rows]

    def note_token_used(self, name: str, token_id: str, now: datetime) -> None:
        """Note that a program showed this token."""
        with self._database.writing() as connection:
            ours = (
                api_token.c.installation_id == number_of(connection, name),
                api_token.c.token_id == token_id,
            )
            connection.execute(update(api_token).where(*ours).values(last_used_at=now))

    def remove_api_token(self, name: str, token_id: str) -> bool:
        """Forget a token, which is worth nothing from then on; False when there was none of that id."""
        with self._database.writing() as connection:
            ours = (
                api_token.c.installation_id == number_of(connection, name),
                api_token.c.token_id == token_id,
            )
            return bool(connection.execute(delete(api_token).where(*ours)).rowcount)

    def given_out(self, name: str) -> Mapping[str, Any] | None:
        """The figures that were given out; None before the first."""
        with self._database.reading() as connection:
            ours = given_out.c.installation_id == number_of(connection, name)
            found: Mapping[str, Any] | None = connection.scalar(select(given_out.c.content).where(ours))
            return found

    def give_out(self, name: str, content: Mapping[str, Any]) -> None:
        """Replace the figures; whoever does so has added to the ones there were."""
        with self._database.writing() as connection:
            number = number_of(connection, name)
            connection.execute(delete(given_out).where(given_out.c.installation_id == number))
            connection.execute(insert(given_out).values(installation_id=number, content=dict(content)))


def _tokens() -> Any:
    columns = (installation.c.name, *(api_token.c[each] for each in _COLUMNS))
    return select(*columns).join(installation, installation.c.id == api_token.c.installation_id)


_COLUMNS = ("token_id", "role", "label", "created_at", "created_by", "expires_at", "last_used_at")
