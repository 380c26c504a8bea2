"""Zendesk's tokens: how they are asked for and renewed. Each renewal kills both old ones (BEHAVIOR 1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from ...errors import Misconfigured, Reauthorize, RetryLater
from ...limits import decode_json
from ...model import Token
from ..base import Asking, Granted, OAuth
from ..gate import retry_at, utc_now
from ..http import TIMEOUT_SECONDS
from ..proof_key import challenge

OAUTH = OAuth(
    scopes=("read", "write"),
    optional_scopes=(),
    rotates=True,
    uses={
        "read": "reads tickets, their comments and messages, and who wrote them",
        "write": "makes our own fields, and writes their values",
    },
    takes_challenge=True,
)

_OUTAGE_WAIT = timedelta(seconds=30)
_LONGEST_LIFE_SECONDS = 1e9


def authorize_url(asking: Asking, state: str, *, origin: str) -> str:
    """The page of the account on which an admin allows us in."""
    asked = {
        "response_type": "code",
        "client_id": asking.client_id,
        "redirect_uri": asking.redirect_uri,
        "scope": " ".join(OAUTH.scopes),
        "state": state,
        "code_challenge": challenge(asking.verifier),
        "code_challenge_method": "S256",
    }
    return f"{origin}/oauth/authorizations/new?{urlencode(asked)}"


def exchange_code(code: str, asking: Asking, *, origin: str, session: requests.Session) -> Granted:
    """The token for an admin's code, at the very account it was asked for. Never asked for twice.

    Which account it is, Zendesk says by the address alone. Raises Reauthorize for a code that is not
    accepted, Misconfigured for a client that is not, and RetryLater when Zendesk is busy, down or cut off.
    """
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": asking.client_id,
        "client_secret": asking.client_secret,
        "redirect_uri": asking.redirect_uri,
        "scope": " ".join(OAUTH.scopes),
        "code_verifier": asking.verifier,
    }
    answer = _post(asked, origin=origin, session=session)
    if answer.status_code in (400, 401, 403):
        if _error_of(answer) in ("invalid_client", "unauthorized_client", "invalid_scope"):
            raise Misconfigured(
                f"{origin} does not accept our OAuth client; compare its identifier, secret, redirect URL "
                "and scopes with the settings here."
            )
        raise Reauthorize(f"{origin} does not accept this authorization any more; start again.")
    client = Token("", client_id=asking.client_id, client_secret=asking.client_secret)
    return Granted(_token(client, _accepted(answer, origin), origin))


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
    answer = _post(asked, origin=origin, session=session)
    if answer.status_code in (400, 401, 403):
        raise Reauthorize(f"{origin} refuses to renew our token; connect this account again.")
    return _token(token, _accepted(answer, origin), origin)


def _post(asked: Mapping[str, str | None], *, origin: str, session: requests.Session) -> requests.Response:
    try:
        answer = session.post(
            f"{origin}/oauth/tokens",
            json={name: value for name, value in asked.items() if value},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        raise _later(f"{origin} did not answer while a token was fetched; try again later.") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _later(
            f"{origin} could not give a token (status {answer.status_code}); try again later.",
            answer.headers.get("Retry-After"),
        )
    return answer


def _accepted(answer: requests.Response, origin: str) -> requests.Response:
    if not answer.ok or answer.is_redirect:
        raise Misconfigured(f"{origin} gives no tokens (status {answer.status_code}); check the subdomain.")
    return answer


def _error_of(answer: requests.Response) -> str:
    try:
        told: Any = decode_json(answer.content)
        return str(told["error"])
    except (ValueError, TypeError, KeyError):
        return ""


def _token(token: Token, answer: requests.Response, origin: str) -> Token:
    """What was given, for the same client as `token`."""
    try:
        given: Any = decode_json(answer.content)
        access_token = given["access_token"]
        life = min(max(float(given.get("expires_in") or 0), 0.0), _LONGEST_LIFE_SECONDS)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _later(f"{origin} answered with something else than a token; try again later.") from None
    return Token(
        access_token=str(access_token),
        refresh_token=given.get("refresh_token") or token.refresh_token,
        expires_at=utc_now() + timedelta(seconds=life) if life else None,
        client_id=token.client_id,
        client_secret=token.client_secret,
    )


def _later(message: str, wait: str | None = None) -> RetryLater:
    return RetryLater(message, not_before_at=retry_at(wait, utc_now(), default=_OUTAGE_WAIT))
