"""Opens a platform's account: origin, gate, tokens, session and provider, put together for `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, cast

from .errors import Misconfigured
from .model import Token

if TYPE_CHECKING:
    import requests

    from .providers.base import Asking, Granted, OAuth, Provider, Tokens
    from .providers.gate import Budget, Gate

PLATFORMS = ("zendesk", "hubspot")
COMMAND_PATIENCE = timedelta(seconds=120)
"""How long a command waits for a rate limit without progress; a worker re-queues instead."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider ready to use, and the gate its calls pass."""

    provider: Provider
    gate: Gate | None

    @property
    def requests(self) -> int:
        return self.gate.requests if self.gate else 0

    def close(self) -> None:
        """Make no more calls."""
        if self.gate is not None:
            self.gate.close()


@dataclass(frozen=True, slots=True)
class Door:
    """The way into one account: where it is called, and where its admins allow us in, at the same origin."""

    provider: str
    settings: Mapping[str, str]
    origin: str
    session: requests.Session

    def authorize_url(self, asking: Asking, state: str) -> str:
        """The platform's page that asks an admin."""
        return str(_platform_module(self.provider).authorize_url(asking, state, origin=self.origin))

    def exchange(self, code: str, asking: Asking) -> Granted:
        """The token for an admin's code. Raises Reauthorize, Misconfigured and RetryLater."""
        module = _platform_module(self.provider)
        return cast("Granted", module.exchange_code(code, asking, origin=self.origin, session=self.session))


def door_to(provider: str, settings: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Door:
    """The way into an account; every call carries `headers`. Raises Misconfigured for an address or
    provider that cannot be."""
    from .providers.http import session_to

    origin = _platform_module(provider).origin(settings)
    session = session_to(origin, is_operators=bool(settings.get("api_origin")))
    session.headers.update(headers or {})
    return Door(provider, settings, origin, session)


def open_platform(
    door: Door,
    *,
    tokens: Callable[[Callable[[Token], Token]], Tokens],
    patience: timedelta,
    now: Callable[[], datetime],
    field_ids: Mapping[str, str] | None = None,
    not_before_at: datetime | None = None,
    on_blocked: Callable[[datetime], None] = lambda _until: None,
    budget: Budget | None = None,
) -> Opened:
    """The provider of a platform's account, every call of it through one gate.

    `tokens` makes the token source from the function that renews a token at this platform.
    """
    from .providers.gate import Gate
    from .providers.http import Http

    module = _platform_module(door.provider)
    gate = Gate(
        module.RATES,
        read_limits=module.read_limits,
        patience=patience,
        budget=budget,
        not_before_at=not_before_at,
        on_blocked=on_blocked,
        now=now,
    )

    def refresh(token: Token) -> Token:
        gate.requests += 1
        return cast("Token", module.refresh_token(token, origin=door.origin, session=door.session))

    http = Http(door.origin, gate=gate, tokens=tokens(refresh), session=door.session)
    maker = module.ZendeskProvider if door.provider == "zendesk" else module.HubSpotProvider
    return Opened(maker(http, settings=door.settings, field_ids=field_ids), gate)


def agent_prefix_of(provider: str) -> str:
    """What a provider puts before the ids of agents."""
    if provider not in PLATFORMS:
        return ""
    module = _platform_module(provider)
    maker = module.ZendeskProvider if provider == "zendesk" else module.HubSpotProvider
    return str(maker.capabilities.agent_prefix)


def oauth_of(provider: str) -> OAuth | None:
    """Which scopes a provider asks for, and what for; None where there is nothing to ask."""
    if provider not in PLATFORMS:
        return None
    module = _platform_module(provider)
    maker = module.ZendeskProvider if provider == "zendesk" else module.HubSpotProvider
    return cast("OAuth | None", maker.oauth)


def can_hook(provider: str) -> bool:
    """Whether webhooks are made in each account of a provider."""
    if provider not in PLATFORMS:
        return False
    module = _platform_module(provider)
    maker = module.ZendeskProvider if provider == "zendesk" else module.HubSpotProvider
    return bool(maker.capabilities.webhooks)


def _platform_module(provider: str) -> ModuleType:
    if provider == "zendesk":
        from .providers import zendesk

        return zendesk
    if provider == "hubspot":
        from .providers import hubspot

        return hubspot
    raise Misconfigured(f'There is no provider "{provider}"; choose one of: local, {", ".join(PLATFORMS)}.')
