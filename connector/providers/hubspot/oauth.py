"""HubSpot's tokens: which scopes they need, how they are asked for, renewed and revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from ...errors import Misconfigured, Reauthorize, RetryLater, Unreachable
from ...model import Token
from ..base import Asking, Granted, OAuth
from ..gate import utc_now
from ..http import TIMEOUT_SECONDS
from .limits import read_limits
from .paths import INTROSPECT, REVOKE, TOKEN
from .refusals import decoded

OAUTH = OAuth(
    scopes=(
        "oauth",
        "tickets",
        "conversations.read",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.owners.read",
        "crm.schemas.contacts.write",
        "sales-email-read",
    ),
    optional_scopes=("crm.objects.feedback_submissions.read", "crm.objects.deals.read"),
    rotates=False,
    uses={
        "oauth": "connects the account",
        "tickets": "reads tickets, makes our own ticket properties, and writes their values",
        "conversations.read": "reads the messages of a ticket's threads",
        "crm.objects.contacts.read": "reads whose ticket it is, and whether they opted out",
        "crm.objects.contacts.write": "writes the values of our own contact properties",
        "crm.objects.owners.read": "tells the team's messages from the customers'",
        "crm.schemas.contacts.write": "makes our own contact properties",
        "crm.objects.feedback_submissions.read": "reads answers to surveys once a day, for the reports",
        "crm.objects.deals.read": "reads stage, amount and date of deals once a day, for the reports",
        "sales-email-read": "reads the words of e-mails logged on a ticket",
    },
)
API = "https://api.hubapi.com"
PAGES = "https://app.hubspot.com"
_OUTAGE_WAIT = timedelta(seconds=30)


def authorize_url(asking: Asking, state: str, *, origin: str) -> str:
    """The page on which an admin picks an account and allows us in; there is one for all accounts.

    It documents no PKCE (BEHAVIOR.md 21), so no challenge is sent.
    """
    asked = {
        "client_id": asking.client_id,
        "redirect_uri": asking.redirect_uri,
        "scope": " ".join(OAUTH.scopes),
        "state": state,
    }
    if optional := OAUTH.optional_used():
        asked["optional_scope"] = " ".join(optional)
    pages = PAGES if origin == API else origin
    return f"{pages}/oauth/authorize?{urlencode(asked)}"


def exchange_code(code: str, asking: Asking, *, origin: str, session: requests.Session) -> Granted:
    """The token for an admin's code, and the account both the answer and an introspection name.

    Raises Reauthorize for a code that is not accepted, or when they name two accounts; Misconfigured for
    a client that is not accepted; RetryLater when HubSpot is busy, down or cut off.
    """
    client = Token("", client_id=asking.client_id, client_secret=asking.client_secret)
    form = {
        "grant_type": "authorization_code",
        "client_id": asking.client_id,
        "client_secret": asking.client_secret,
        "redirect_uri": asking.redirect_uri,
        "code": code,
    }
    said, now = _asked_for(session, origin + TOKEN, form)
    token = _token(client, said, now)
    if token is None:
        raise Reauthorize("HubSpot does not accept this authorization any more; start again.")
    account_id = account_of(token, origin=origin, session=session)
    if account_id is None or account_id != str(said.get("hub_id") or account_id):
        raise Reauthorize("HubSpot does not say which account this authorization is for; start again.")
    return Granted(token, account_id)


def account_of(token: Token, *, origin: str, session: requests.Session) -> str | None:
    """The account that an access token speaks for; None for one that is dead, or not our client's."""
    form = {
        "client_id": token.client_id or "",
        "client_secret": token.client_secret or "",
        "token": token.access_token,
        "token_type_hint": "access_token",
    }
    said, _ = _asked_for(session, origin + INTROSPECT, form)
    hub_id = said.get("hub_id")
    return str(hub_id) if said.get("active") is True and hub_id else None


def refresh_token(token: Token, *, origin: str, session: requests.Session) -> Token:
    """A fresh pair for `token`. Raises Reauthorize (refused), RetryLater (busy, down or cut off)
    and Misconfigured (no client id or secret)."""
    if not token.refresh_token:
        raise Reauthorize("HubSpot's token has run out and came without a refresh token; connect again.")
    if not token.client_id or not token.client_secret:
        raise Misconfigured(
            "HubSpot's token cannot be renewed without the app's client id and secret; set "
            "CONNECTOR_HUBSPOT_CLIENT_ID and CONNECTOR_HUBSPOT_CLIENT_SECRET."
        )
    form = {
        "grant_type": "refresh_token",
        "client_id": token.client_id,
        "client_secret": token.client_secret,
        "refresh_token": token.refresh_token,
    }
    said, now = _asked_for(session, origin + TOKEN, form)
    fresh = _token(token, said, now)
    if fresh is None:
        raise Reauthorize("HubSpot refuses to renew our token; connect this account again.")
    return fresh


def _asked_for(session: requests.Session, url: str, form: dict[str, str]) -> tuple[dict[str, Any], datetime]:
    """What HubSpot says to a form, empty when it refuses. Raises RetryLater, and Misconfigured for a client
    it does not know."""
    answer, now = _post(session, url, form), utc_now()
    if answer.status_code == 429 or answer.status_code >= 500:
        retry_at = _retry_at(answer, now)
        raise RetryLater("HubSpot cannot give us a token just now; try again later.", not_before_at=retry_at)
    said = decoded(answer.content) or {}
    if said.get("error") == "invalid_client":
        raise Misconfigured("HubSpot does not know our client id and secret; check the app's settings.")
    return (said if answer.ok else {}), now


def _token(client: Token, said: dict[str, Any], now: datetime) -> Token | None:
    """The pair in an answer, for the same client; None when there is none in it."""
    access_token = said.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        return None
    seconds = said.get("expires_in")
    lives = float(seconds) if isinstance(seconds, int | float) else None
    return Token(
        access_token=access_token,
        refresh_token=said.get("refresh_token") or client.refresh_token,
        expires_at=now + timedelta(seconds=min(max(lives, 0.0), 1e9)) if lives else None,
        client_id=client.client_id,
        client_secret=client.client_secret,
    )


def is_from_an_app(token: Token) -> bool:
    """Whether an app was given the token, and not a person who pasted it."""
    return bool(token.client_id and token.client_secret)


def revoke_token(token: Token, *, origin: str, session: requests.Session) -> None:
    """Revoke the refresh token, or else the access token; a dead one or a deaf platform is no error."""
    form = {
        "client_id": token.client_id or "",
        "client_secret": token.client_secret or "",
        "token": token.refresh_token or token.access_token,
        "token_type_hint": "refresh_token" if token.refresh_token else "access_token",
    }
    try:
        _post(session, origin + REVOKE, form)
    except RetryLater:
        return


def _post(session: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    """Everything goes in the body: secrets in a query string end up in logs."""
    try:
        return session.post(url, data=form, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException:
        message = "HubSpot's token address does not answer; try again later."
        raise Unreachable(message, not_before_at=utc_now() + _OUTAGE_WAIT) from None


def _retry_at(answer: requests.Response, now: datetime) -> datetime:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    limits = read_limits(answer.status_code, headers, answer.content, now)
    return (limits.retry_at or now + _OUTAGE_WAIT).astimezone(UTC)
