"""The short-lived token of a page inside Zendesk: it shows it with every later call, in a header."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LIFE: Final = timedelta(minutes=15)
LONGEST_VIEW: Final = timedelta(hours=10)
"""A page that stays open gets new tokens until so long after Zendesk vouched for its user."""
LONGEST: Final = 2_048
_KIND: Final = "view+jwt"


@dataclass(frozen=True, slots=True)
class Pass:
    """Who may see what: one person of one account, and once the page has said which, one ticket."""

    installation: str
    person: str
    opened_at: int
    ticket: str | None = None

    def for_ticket(self, ticket: str) -> Pass:
        """The same pass, good for this ticket alone."""
        return replace(self, ticket=ticket)


def issue(granted: Pass, key: bytes, now: datetime) -> str:
    """A token for a pass, good for fifteen minutes."""
    issued = int(now.timestamp())
    claims = {
        "ins": granted.installation,
        "sub": granted.person,
        "beg": granted.opened_at,
        "tic": granted.ticket,
        "exp": issued + int(LIFE.total_seconds()),
    }
    return jwt.encode({"alg": "HS256", "typ": _KIND}, claims, OctKey.import_key(key))


def read(token: str, key_of: Callable[[str], bytes | None], now: datetime) -> Pass | None:
    """The pass of a token; None for one that is not ours, not for that installation, or over.

    `key_of` gives the key of an installation by its name, None for an unknown one.
    """
    name = _installation_of(token)
    key = key_of(name) if name is not None else None
    if key is None:
        return None
    try:
        found = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"])
    except (JoseError, ValueError, TypeError):
        return None
    claims = found.claims
    at = int(now.timestamp())
    is_over = claims["exp"] <= at or claims["beg"] + LONGEST_VIEW.total_seconds() <= at
    if found.header.get("typ") != _KIND or is_over:
        return None
    return Pass(claims["ins"], claims["sub"], claims["beg"], claims["tic"])


def _installation_of(token: str) -> str | None:
    """What an unverified token claims; only to find the key it has to be signed with."""
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        return None
    body = token.split(".")[1]
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    name = claims.get("ins") if isinstance(claims, dict) else None
    return name if isinstance(name, str) else None
