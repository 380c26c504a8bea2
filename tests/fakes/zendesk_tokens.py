"""Access and refresh tokens of a fake Zendesk account: expiry, rotation, revocation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .clock import Clock
from .consent import BadCode, Consent
from .zendesk_records import stamp

CLIENT_ID = "zdg-sample-client"
CLIENT_SECRET = "not-a-real-client-secret"
ALL_SCOPES = ("read", "write")


@dataclass(slots=True)
class Grant:
    access_token: str
    refresh_token: str | None
    user_id: int
    scopes: tuple[str, ...]
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    is_dead: bool = False


class OAuthRefused(Exception):
    """The token endpoint says no: (status, error name)."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass(slots=True)
class TokenBook:
    clock: Clock
    grants: list[Grant] = field(default_factory=list)
    refreshes: int = 0
    refused: int = 0
    consent: Consent = field(init=False)

    def __post_init__(self) -> None:
        self.consent = Consent(self.clock, CLIENT_ID, ALL_SCOPES, takes_challenge=True)

    def issue(
        self,
        user_id: int,
        *,
        expires_in: int | None = 1800,
        refresh_expires_in: int = 30 * 86400,
        scopes: tuple[str, ...] = ALL_SCOPES,
    ) -> Grant:
        """A new pair; `expires_in` None makes an access token without end and without renewal."""
        now = self.clock.now()
        serial = len(self.grants) + 1
        grant = Grant(
            access_token=f"fake-access-token-{serial:04d}-not-a-secret",
            refresh_token=f"fake-refresh-token-{serial:04d}-not-a-secret" if expires_in else None,
            user_id=user_id,
            scopes=scopes,
            expires_at=now + timedelta(seconds=expires_in) if expires_in else None,
            refresh_expires_at=now + timedelta(seconds=refresh_expires_in) if expires_in else None,
        )
        self.grants.append(grant)
        return grant

    def find(self, access_token: str) -> Grant | None:
        """The living grant of an access token."""
        now = self.clock.now()
        for grant in self.grants:
            if grant.access_token == access_token and not grant.is_dead:
                return grant if grant.expires_at is None or now < grant.expires_at else None
        return None

    def exchange(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer `POST /oauth/tokens`. Raises OAuthRefused."""
        if asked.get("client_id") != CLIENT_ID or asked.get("client_secret") != CLIENT_SECRET:
            raise OAuthRefused(401, "invalid_client")
        access_life = int(asked.get("expires_in") or 1800)
        refresh_life = int(asked.get("refresh_token_expires_in") or 30 * 86400)
        if not 300 <= access_life <= 172_800 or not 7 * 86400 <= refresh_life <= 90 * 86400:
            raise OAuthRefused(400, "invalid_request")
        user_id, scopes = self._entitled(asked)
        grant = self.issue(user_id, expires_in=access_life, refresh_expires_in=refresh_life, scopes=scopes)
        return {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "token_type": "bearer",
            "scope": " ".join(grant.scopes),
            "expires_in": access_life,
            "refresh_token_expires_in": refresh_life,
        }

    def _entitled(self, asked: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
        now = self.clock.now()
        if asked.get("grant_type") == "refresh_token":
            for grant in self.grants:
                is_it = not grant.is_dead and grant.refresh_token == asked.get("refresh_token")
                if is_it and grant.refresh_expires_at and now < grant.refresh_expires_at:
                    grant.is_dead = True  # both old tokens die with the renewal
                    self.refreshes += 1
                    return grant.user_id, grant.scopes
            self.refused += 1
            raise OAuthRefused(400, "invalid_grant")
        if asked.get("grant_type") == "authorization_code":
            try:
                code = self.consent.redeem(asked)
            except BadCode:
                self.refused += 1
                raise OAuthRefused(400, "invalid_grant") from None
            return code.user_id, code.scopes
        raise OAuthRefused(400, "unsupported_grant_type")

    def shown(self, grant: Grant) -> dict[str, Any]:
        return {
            "id": self.grants.index(grant) + 1,
            "user_id": grant.user_id,
            "client_id": 1,
            "scopes": list(grant.scopes),
            "expires_at": stamp(grant.expires_at),
            "refresh_token_expires_at": stamp(grant.refresh_expires_at),
        }
