"""Connects an account: it is called first, and only then stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .credentials import StaticTokens
from .errors import Misconfigured
from .model import Account, Installation, Token
from .opening import COMMAND_PATIENCE, Opened, open_platform

if TYPE_CHECKING:
    from .bootstrap import Connector
    from .providers.base import Tokens


def connect(
    app: Connector,
    name: str,
    provider: str,
    settings: Mapping[str, str],
    token: Token | None,
    *,
    account_id: str | None,
    waits_for_start: bool,
) -> Account:
    """Call the account, and only then store the installation.

    Raises Reauthorize (token refused), Misconfigured (address, scope, another account than `account_id`,
    or the name belongs to another account) and RetryLater; nothing is stored when it raises.
    """
    before = app.store.installation(name)
    vault = app.vault
    opened, tokens = _open_unstored(app, provider, settings, token)
    account = opened.provider.check()
    if account_id is not None and account.id != account_id:
        raise Misconfigured("The platform named two accounts for one authorization; start again.")
    if before is not None and (before.provider, before.account_id) != (provider, account.id):
        raise Misconfigured(
            f'The name "{name}" belongs to {before.provider} account {before.account_name}; '
            "choose another name, or disconnect that one first."
        )
    wrapped = app.store.wrapped_key(name) if before else vault.new_installation_key(name)
    sealed = None
    if tokens is not None:
        sealed = vault.open_installation(name, wrapped).seal_token(tokens.as_json())
    fresh = Installation(
        name=name,
        provider=provider,
        account_id=account.id,
        account_name=account.name,
        settings={**settings, **({"user_id": account.user_id} if account.user_id else {})},
        connected_at=app.now(),
        waits_for_start=waits_for_start,
    )
    if before is not None:
        fresh = replace(before, settings=fresh.settings, account_name=account.name, needs_authorization=False)
    app.store.save_installation(fresh, sealed_token=sealed, wrapped_key=wrapped)
    return account


def _open_unstored(
    app: Connector, provider: str, settings: Mapping[str, str], token: Token | None
) -> tuple[Opened, StaticTokens | None]:
    if provider == "local":
        return Opened(app.local(settings), None), None
    if token is None:
        raise Misconfigured("A token is needed on standard input; pass --token-stdin.")
    held: list[StaticTokens] = []

    def tokens(refresh: Callable[[Token], Token]) -> Tokens:
        held.append(StaticTokens(_with_client(app, provider, token), refresh=refresh, now=app.now))
        return held[0]

    door = app.door_to(provider, settings)
    opened = open_platform(door, now=app.now, tokens=tokens, patience=COMMAND_PATIENCE)
    return opened, held[0]


def _with_client(app: Connector, provider: str, token: Token) -> Token:
    client_id, client_secret = app.settings.client(provider)
    return replace(
        token,
        client_id=token.client_id or client_id,
        client_secret=token.client_secret or client_secret,
    )
