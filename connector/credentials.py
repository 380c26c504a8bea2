"""The tokens of a connected account: renewed early, by one process at a time, and saved before use."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .errors import Reauthorize, RetryLater, Unreadable
from .model import Sealed, Token
from .privacy.vault import InstallationKeys
from .providers.base import RefreshToken
from .store import Store

EARLY_SHARE = 0.2
"""A token is renewed when less than this share of its life is left ..."""
EARLY_AT_LEAST = timedelta(seconds=60)
"""... or less than this."""
REFUSED_FOR = timedelta(minutes=15)
"""After a refusal the platform is not asked again for so long."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class StoredTokens:
    """The tokens of an installation in the store; safe in many threads and processes at once.

    A platform that rotates kills the old pair with each renewal, so a renewal has the token's lock, looks
    first whether somebody else has just renewed it, and saves the new pair before anyone uses it. After
    a refusal the account waits for somebody to connect it again, and the platform is left in peace.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        keys: InstallationKeys,
        *,
        refresh: RefreshToken | None,
        now: Clock = utc_now,
    ) -> None:
        self._store = store
        self._name = name
        self._keys = keys
        self._refresh = refresh
        self._now = now
        self._opened: tuple[Sealed, _Dated] | None = None
        self._early_again_at: datetime | None = None

    def __repr__(self) -> str:
        return f"StoredTokens({self._name!r})"

    def current(self) -> str:
        """The access token to use now, renewed beforehand when it is about to expire.

        Raises Reauthorize while the authorization is known to be gone, and RetryLater when the token has
        expired and the platform is down; before it has, an outage leaves it in use.
        """
        self._fail_while_refused()
        dated = self._open(self._store.token(self._name))
        now = self._now()
        if not self._can_renew(dated.token) or not dated.is_ageing(now):
            return dated.token.access_token
        if self._early_again_at is not None and now < self._early_again_at and not dated.is_over(now):
            return dated.token.access_token
        try:
            return self.renew(dated.token.access_token)
        except RetryLater as outage:
            if dated.is_over(now):
                raise
            self._early_again_at = outage.not_before_at
            return dated.token.access_token

    def renew(self, stale: str) -> str:
        """Another access token than `stale`: the one somebody else has just fetched, or a fresh one.

        Raises Reauthorize when there is none to be had, RetryLater when the platform is down.
        """
        self._fail_while_refused()
        with self._store.token_exclusively(self._name) as locked:
            refused_at = self._fail_while_refused()
            held = self._open(locked.sealed).token
            if held.access_token != stale:
                return held.access_token
            if self._refresh is None or not self._can_renew(held):
                self._refused()
                raise Reauthorize(
                    f'The token of "{self._name}" is no longer accepted and cannot be renewed; '
                    "connect the account again."
                )
            try:
                fresh = self._refresh(held)
            except Reauthorize:
                self._refused()
                raise
            locked.save(self._keys.seal_token(as_json(fresh, issued_at=self._now())))
            if refused_at is not None:
                self._store.set_needs_authorization(self._name, False)
            return fresh.access_token

    def held(self) -> Token:
        """The pair as it is stored. Raises Reauthorize when there is none."""
        return self._open(self._store.token(self._name)).token

    def _can_renew(self, token: Token) -> bool:
        return self._refresh is not None and bool(token.refresh_token and token.client_id)

    def _open(self, sealed: Sealed | None) -> _Dated:
        if sealed is None:
            raise Reauthorize(f'"{self._name}" has no token; connect the account again.')
        if self._opened is None or self._opened[0] != sealed:
            try:
                dated = _Dated.from_json(self._keys.open_token(sealed))
            except Unreadable:
                raise Reauthorize(
                    f'The stored token of "{self._name}" is damaged; connect the account again.'
                ) from None
            self._opened = sealed, dated
        return self._opened[1]

    def _refused(self) -> None:
        self._store.set_needs_authorization(self._name, True, at=self._now())

    def _fail_while_refused(self) -> datetime | None:
        refused_at = self._store.refused_at(self._name)
        if refused_at is not None and self._now() < refused_at + REFUSED_FOR:
            raise Reauthorize(
                f'The authorization of "{self._name}" was refused at {refused_at:%H:%M} UTC; '
                "connect the account again."
            )
        return refused_at


class StaticTokens:
    """A token pair that is not stored yet: kept in memory until `connect` has seen that it works."""

    def __init__(self, token: Token, *, refresh: RefreshToken | None = None, now: Clock = utc_now) -> None:
        self.token = token
        """The latest pair."""
        self._issued_at = now()
        self._refresh = refresh
        self._now = now
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "StaticTokens()"

    def current(self) -> str:
        """The access token to use now."""
        return self.token.access_token

    def renew(self, stale: str) -> str:
        """Another access token than `stale`. Raises Reauthorize when there is none to be had."""
        with self._lock:
            if self.token.access_token != stale:
                return self.token.access_token
            if self._refresh is None or not (self.token.refresh_token and self.token.client_id):
                raise Reauthorize(
                    "The platform refuses this token, and it cannot be renewed; pass another one."
                )
            self.token = self._refresh(self.token)
            self._issued_at = self._now()
            return self.token.access_token

    def held(self) -> Token:
        """The latest pair."""
        return self.token

    def as_json(self) -> str:
        """The latest pair, as `InstallationKeys.seal_token` takes it."""
        return as_json(self.token, issued_at=self._issued_at)


def as_json(token: Token, *, issued_at: datetime) -> str:
    """A token pair as it is sealed, with the time it was issued (its life is what expires from there)."""
    return json.dumps(
        {
            "access_token": token.access_token,
            "refresh_token": token.refresh_token,
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "client_id": token.client_id,
            "client_secret": token.client_secret,
            "issued_at": issued_at.isoformat(),
        }
    )


class _Dated:
    """A token pair and when it was issued."""

    __slots__ = ("issued_at", "token")

    def __init__(self, token: Token, issued_at: datetime) -> None:
        self.token = token
        self.issued_at = issued_at

    @classmethod
    def from_json(cls, text: str) -> _Dated:
        content: dict[str, Any] = json.loads(text)
        expires_at = content.pop("expires_at")
        issued_at = datetime.fromisoformat(content.pop("issued_at"))
        expires = datetime.fromisoformat(expires_at) if expires_at else None
        return cls(Token(**content, expires_at=expires), issued_at)

    def is_ageing(self, now: datetime) -> bool:
        """Whether it is time to renew: less than a fifth of its life is left, or a minute.

        A token that lives only for a minute or two is renewed when half of that is over, not at every call.
        """
        if self.token.expires_at is None:
            return False
        life = self.token.expires_at - self.issued_at
        return self.token.expires_at - now < min(max(life * EARLY_SHARE, EARLY_AT_LEAST), life / 2)

    def is_over(self, now: datetime) -> bool:
        return self.token.expires_at is not None and self.token.expires_at <= now
