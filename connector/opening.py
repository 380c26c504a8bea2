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
    from .providers.base import OAuth, Provider, Tokens
    from .providers.gate import Gate

PLATFORMS = ("zendesk", "hubspot")


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider ready to use, and the gate its calls pass."""

    provider: Provider
    gate: Gate | None

    @property
    def requests(self) -> int:
        return self.gate.requests if self.gate else 0


def open_platform(
    provider: str,
    settings: Mapping[str, str],
    *,
    tokens: Callable[[Callable[[Token], Token]], Tokens],
    patience: timedelta,
    now: Callable[[], datetime],
    field_ids: Mapping[str, str] | None = None,
    not_before_at: datetime | None = None,
    on_blocked: Callable[[datetime], None] = lambda _until: None,
) -> Opened:
    """The provider of a platform's account, every call of it through one gate.

    `tokens` makes the token source from the function that renews a token at this platform. Raises
    Misconfigured for an address or provider that cannot be.
    """
    from .providers.gate import Gate
    from .providers.http import Http, session_to

    module = _platform_module(provider)
    origin = module.origin(settings)
    session = session_to(origin, is_operators=bool(settings.get("api_origin")))
    gate = Gate(
        module.RATES,
        read_limits=module.read_limits,
        patience=patience,
        not_before_at=not_before_at,
        on_blocked=on_blocked,
        now=now,
    )

    def refresh(token: Token) -> Token:
        gate.requests += 1
        return cast("Token", module.refresh_token(token, origin=origin, session=session))

    http = Http(origin, gate=gate, tokens=tokens(refresh), session=session)
    maker = module.ZendeskProvider if provider == "zendesk" else module.HubSpotProvider
    return Opened(maker(http, settings=settings, field_ids=field_ids), gate)


def oauth_of(provider: str) -> OAuth | None:
    """Which scopes a provider asks for, and what for; None where there is nothing to ask."""
    if provider not in PLATFORMS:
        return None
    module = _platform_module(provider)
    maker = module.ZendeskProvider if provider == "zendesk" else module.HubSpotProvider
    return cast("OAuth | None", maker.oauth)


def _platform_module(provider: str) -> ModuleType:
    if provider == "zendesk":
        from .providers import zendesk

        return zendesk
    if provider == "hubspot":
        from .providers import hubspot

        return hubspot
    raise Misconfigured(f'There is no provider "{provider}"; choose one of: local, {", ".join(PLATFORMS)}.')
