"""The HubSpot stand-in's OAuth endpoints; every parameter belongs in the form body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .consent import BadCode
from .hubspot_account import CLIENT_ID, HubSpotAccount
from .hubspot_calls import Answer, Call

EXPIRES_SECONDS = 1800
CLIENT_SECRET = "not-a-real-client-secret"


def _refusal(error: str, status: str, description: str) -> Answer:
    return 400, {"error": error, "error_description": description, "status": status, "message": description}


def _is_ours(form: Mapping[str, str]) -> bool:
    return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET


def token(account: HubSpotAccount, form: Mapping[str, str]) -> Answer:
    """A new access token for a code or a refresh token; the refresh token stays, unless it `rotates`."""
    if not _is_ours(form):
        return _refusal("invalid_client", "BAD_CLIENT_ID", "missing or unknown client credentials")
    if form.get("grant_type") == "refresh_token":
        refresh_token = form.get("refresh_token", "")
        known = any(grant.refresh_token == refresh_token for grant in account.grants.values())
        if not known or refresh_token in account.dead_refresh_tokens:
            account.refused_refreshes += 1
            return _refusal("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        scopes = next(
            grant.scopes for grant in account.grants.values() if grant.refresh_token == refresh_token
        )
        account.refreshes += 1
        if account.rotates:
            kill(account, refresh_token)
            refresh_token = f"refresh-{account.new_id()}"
    elif form.get("grant_type") == "authorization_code":
        try:
            scopes = frozenset(account.consent.redeem(form).scopes)
        except BadCode:
            return _refusal("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        refresh_token = f"refresh-{account.new_id()}"
    else:
        return _refusal("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
    access_token = f"access-{account.new_id()}"
    expires_at = account.now() + timedelta(seconds=EXPIRES_SECONDS)
    account.grant(access_token, scopes, expires_at=expires_at, refresh_token=refresh_token)
    return 200, {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_in": EXPIRES_SECONDS,
        "token_type": "bearer",
        "hub_id": int(account.told_portal_id or account.portal_id),
        "user_id": 100,
        "scopes": sorted(scopes),
        "token_use": "access_token",
    }


def introspect(account: HubSpotAccount, form: Mapping[str, str]) -> Answer:
    """What a token is; a static token is nobody's here."""
    grant = account.grants.get(form.get("token", ""))
    if not _is_ours(form) or grant is None or grant.refresh_token is None:
        return 200, {"active": False}
    if grant.expires_at is not None and grant.expires_at <= account.now():
        return 200, {"active": False}
    body: dict[str, Any] = {
        "active": True,
        "hub_id": int(account.portal_id),
        "hub_domain": "sample.example",
        "app_id": 991,
        "scopes": sorted(grant.scopes),
        "user": "admin@sample.example",
        "user_id": 100,
        "expires_in": EXPIRES_SECONDS,
        "token_use": "access_token",
    }
    return 200, body


def revoke(account: HubSpotAccount, form: Mapping[str, str]) -> Answer:
    """Kills a refresh token with its access tokens, or one access token."""
    kill(account, form.get("token", ""))
    return 200, {}


def kill(account: HubSpotAccount, dead: str) -> None:
    account.dead_refresh_tokens.add(dead)
    for access_token in [key for key, grant in account.grants.items() if dead in (key, grant.refresh_token)]:
        del account.grants[access_token]


def uninstall(account: HubSpotAccount, call: Call) -> Answer:
    """Removes the app with its cards, webhooks and tokens; tokens of no app stay as they are."""
    account.is_uninstalled = True
    for refresh_token in {grant.refresh_token for grant in account.grants.values()} - {None}:
        kill(account, str(refresh_token))
    return 204, ""
