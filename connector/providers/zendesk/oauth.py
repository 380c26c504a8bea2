"""Renewing Zendesk's tokens: each renewal kills both old ones (BEHAVIOR 1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from ...errors import Misconfigured, Reauthorize, RetryLater
from ...limits import decode_json
from ...model import Token
from ..base import OAuth
from ..gate import retry_at, utc_now
from ..http import TIMEOUT_SECONDS

OAUTH = OAuth(
    scopes=("read", "write"),
    optional_scopes=(),
    rotates=True,
    uses={
        "read": "reads tickets, their comments and messages, and who wrote them",
        "write": "makes our own fields, and writes their values",
    },
)

_OUTAGE_WAIT = timedelta(seconds=30)
_LONGEST_LIFE_SECONDS = 1e9


def refresh_token(token: Token, *, origin: str, session: requests.Session) -> Token:
    """A new pair for `token`. Never asked for twice: an answer lost on the way may have killed the old pair.

    Raises Reauthorize when Zendesk refuses, RetryLater when it is busy, down or cut off,
    Misconfigured when nobody renews tokens at that address.
    """
    if not token.refresh_token:
        raise Reauthorize("This account was connected without a refresh token; connect it again.")
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": token.refresh_token,
        "client_id": token.client_id,
        "client_secret": token.client_secret,
    }
    try:
        answer = session.post(
            f"{origin}/oauth/tokens",
            json={name: value for name, value in asked.items() if value},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        raise _later(f"{origin} did not answer while a token was renewed; try again later.") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _later(
            f"{origin} could not renew a token (status {answer.status_code}); try again later.",
            answer.headers.get("Retry-After"),
        )
    if answer.status_code in (400, 401, 403):
        raise Reauthorize(f"{origin} refuses to renew our token; connect this account again.")
    if not answer.ok or answer.is_redirect:
        raise Misconfigured(
            f"{origin} does not renew tokens (status {answer.status_code}); check the subdomain."
        )
    return _renewed(token, answer, origin)


def _renewed(token: Token, answer: requests.Response, origin: str) -> Token:
    try:
        given: Any = decode_json(answer.content)
        access_token = given["access_token"]
        life = min(max(float(given.get("expires_in") or 0), 0.0), _LONGEST_LIFE_SECONDS)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _later(f"{origin} answered a token renewal with something else; try again later.") from None
    return Token(
        access_token=str(access_token),
        refresh_token=given.get("refresh_token") or token.refresh_token,
        expires_at=utc_now() + timedelta(seconds=life) if life else None,
        client_id=token.client_id,
        client_secret=token.client_secret,
    )


def _later(message: str, wait: str | None = None) -> RetryLater:
    return RetryLater(message, not_before_at=retry_at(wait, utc_now(), default=_OUTAGE_WAIT))
