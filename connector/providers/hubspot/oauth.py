"""HubSpot's tokens: which scopes they need, how they are renewed and revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests

from ...errors import Misconfigured, Reauthorize, RetryLater, Unreachable
from ...model import Token
from ..base import OAuth
from ..gate import utc_now
from ..http import TIMEOUT_SECONDS
from .limits import read_limits
from .paths import REVOKE, TOKEN
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
    optional_scopes=("crm.objects.feedback_submissions.read",),
    rotates=False,
    uses={
        "oauth": "connects the account",
        "tickets": "reads tickets, makes our own ticket properties, and writes their values",
        "conversations.read": "reads the messages of a ticket's threads",
        "crm.objects.contacts.read": "reads whose ticket it is, and whether they opted out",
        "crm.objects.contacts.write": "writes the values of our own contact properties",
        "crm.objects.owners.read": "tells the team's messages from the customers'",
        "crm.schemas.contacts.write": "makes our own contact properties",
        "sales-email-read": "reads the words of e-mails logged on a ticket",
    },
)
_OUTAGE_WAIT = timedelta(seconds=30)


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
    answer, now = _post(session, origin + TOKEN, form), utc_now()
    if answer.status_code == 429 or answer.status_code >= 500:
        retry_at = _retry_at(answer, now)
        raise RetryLater("HubSpot cannot renew our token just now; try again later.", not_before_at=retry_at)
    said = decoded(answer.content) or {}
    access_token = said.get("access_token")
    if answer.ok and isinstance(access_token, str) and access_token:
        seconds = said.get("expires_in")
        lives = float(seconds) if isinstance(seconds, int | float) else None
        return Token(
            access_token=access_token,
            refresh_token=said.get("refresh_token") or token.refresh_token,
            expires_at=now + timedelta(seconds=min(max(lives, 0.0), 1e9)) if lives else None,
            client_id=token.client_id,
            client_secret=token.client_secret,
        )
    if said.get("error") == "invalid_client":
        raise Misconfigured("HubSpot does not know our client id and secret; check the app's settings.")
    raise Reauthorize("HubSpot refuses to renew our token; connect this account again.")


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
