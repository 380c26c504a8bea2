"""Who opens one of our pages inside Zendesk: what its signed token says, once the signature holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ..errors import Misconfigured

LEEWAY: Final = 30
LONGEST: Final = 8_192
_SUBDOMAIN: Final = r"([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
_AUDIENCE: Final = re.compile(
    rf"https://{_SUBDOMAIN}\.zendesk\.com/api/v2/apps/installations/([0-9]{{1,20}})\.json", re.ASCII
)
_USER: Final = re.compile(rf"https://{_SUBDOMAIN}\.zendesk\.com/api/v2/users/([0-9]{{1,20}})\.json", re.ASCII)
_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
_ELSEWHERE: Final = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"})
"""Header parameters that name another key or another way to read the token."""


@dataclass(frozen=True, slots=True)
class Opened:
    """By whom, and in which account, a page was opened."""

    subdomain: str
    user_id: str


class Refused(Exception):
    """A token that is not Zendesk's word for this moment; it says why, and nothing of the token."""


def public_keys(file: Path) -> list[RSAKey]:
    """The keys of a PEM file: one for each copy of the app. Raises Misconfigured without any."""
    try:
        keys = [RSAKey.import_key(found.encode()) for found in _PEM.findall(file.read_text(encoding="ascii"))]
    except (OSError, ValueError, JoseError):
        keys = []
    if not keys or any(key.is_private for key in keys):
        raise Misconfigured(
            "The file that CONNECTOR_ZENDESK_APP_KEY_FILE names holds no public key of a Zendesk app; "
            "docs/packages.md says where to get it."
        )
    return keys


def opened_by(token: str, keys: Sequence[RSAKey], now: datetime) -> Opened:
    """Who posted this token. Raises Refused for whatever Zendesk has not signed for now, and for us."""
    claims = _signed(token, keys)
    _require_time(claims, int(now.timestamp()))
    audience, user = _text(claims, "aud", _AUDIENCE), _text(claims, "sub", _USER)
    subdomain = audience[1]
    if claims.get("iss") not in (f"{subdomain}.zendesk.com", f"https://{subdomain}.zendesk.com"):
        raise Refused("another issuer")
    if user[1] != subdomain:
        raise Refused("a user of another account")
    return Opened(subdomain, user[2])


def _signed(token: str, keys: Sequence[RSAKey]) -> Mapping[str, Any]:
    if not token or len(token) > LONGEST or not token.isascii():
        raise Refused("no token")
    for key in keys:
        try:
            read = jwt.decode(token, key, algorithms=["RS256"])
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        if _ELSEWHERE & read.header.keys():
            raise Refused("a header of another kind")
        if not isinstance(read.claims, dict):
            raise Refused("no claims")
        return read.claims
    raise Refused("no signature of the app")


def _require_time(claims: Mapping[str, Any], now: int) -> None:
    expires, issued, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    begins = issued if begins is None else begins
    if not _is_time(expires) or not _is_time(issued) or not _is_time(begins):
        raise Refused("a time is missing")
    if expires + LEEWAY <= now:
        raise Refused("expired")
    if max(issued, begins) - LEEWAY > now:
        raise Refused("not valid yet")


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11


def _text(claims: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> re.Match[str]:
    value = claims.get(name)
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Refused(f"no {name} of Zendesk")
    return found
