"""A Zendesk app's key pair, and the tokens that Zendesk would sign with it for a page of the app."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

USER = 7


@cache
def app_key(name: str = "ours") -> RSAKey:
    """The key pair of an app; another name, another app."""
    return RSAKey.generate_key(2048)


def key_file(folder: Path, *names: str) -> Path:
    """A file of public keys, as Zendesk hands them out."""
    file = folder / "zendesk-app.pem"
    file.write_bytes(b"\n".join(app_key(name).as_pem(private=False) for name in names or ("ours",)))
    return file


def claims_of(now: datetime, subdomain: str = "shop", user: int = USER, **changes: Any) -> dict[str, Any]:
    """What Zendesk says when this user opens a page; a claim changed to None is left out."""
    at = int(now.timestamp())
    claims = {
        "iss": f"{subdomain}.zendesk.com",
        "aud": f"https://{subdomain}.zendesk.com/api/v2/apps/installations/360000123.json",
        "sub": f"https://{subdomain}.zendesk.com/api/v2/users/{user}.json",
        "iat": at,
        "nbf": at,
        "exp": at + 300,
        "qsh": "fake",
        "context": {"product": "support", "location": "ticket_sidebar"},
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def token_for(claims: dict[str, Any], *, key: str = "ours", header: dict[str, Any] | None = None) -> str:
    """The token that Zendesk posts to the page."""
    return jwt.encode(header or {"alg": "RS256"}, claims, app_key(key), algorithms=["RS256"])
