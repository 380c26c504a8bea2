"""Installing in the browser: an admin is sent to the platform with a `state`, and comes back with a code.

A state counts once, for ten minutes, for the browser that began, at the platform and account it began for.
Only a keyed digest of it is kept, and the PKCE verifier is derived from it, so that neither is at rest here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from .errors import Misconfigured
from .model import Account, Token
from .opening import PLATFORMS, Door
from .providers.base import Asking
from .store import Store
from .store.setups import Flow

STATE_LIVES = timedelta(minutes=10)
PREPARED_FOR = timedelta(days=1)
LONGEST_STATE = 200
NAMES = {"zendesk": "Zendesk", "hubspot": "HubSpot"}


class Way(StrEnum):
    """Where an installation was begun; the answer to the one is never taken for the other."""

    OURS = "ours"
    MARKETPLACE = "marketplace"


class NotBegunHere(Exception):
    """A callback whose state is missing, unknown, used, too old, or another browser's or platform's."""


class Connect(Protocol):
    """`Connector.connect`."""

    def __call__(
        self,
        name: str,
        provider: str,
        settings: Mapping[str, str],
        token: Token | None,
        *,
        account_id: str,
        waits_for_start: bool,
    ) -> Account: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be connected: checked, before anything is begun."""

    provider: str
    settings: Mapping[str, str]
    name: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    """Of an account that is connected already."""

    @property
    def platform(self) -> str:
        """The platform as people write it."""
        return NAMES[self.provider]


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the admin, and the state that has to come back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Installed:
    """How an installation ended."""

    name: str
    account: Account
    is_new: bool


class Installing:
    """Begins and ends installations of one server."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        *,
        base_url: str | None,
        client: Callable[[str], tuple[str | None, str | None]],
        door_to: Callable[[str, Mapping[str, str]], Door],
        connect: Connect,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._key = key
        self._base_url = base_url.rstrip("/") if base_url else None
        self._client = client
        self._door_to = door_to
        self._connect = connect
        self._now = now

    def prepare(self, name: str, provider: str, settings: Mapping[str, str]) -> str:
        """The address on this server where `name` is installed; what an operator set stays set.

        Raises Misconfigured when it cannot be installed in the browser.
        """
        self._door_to(provider, settings)
        self.require_ready(provider)
        self._store.prepare_install(name, provider, settings, self._now())
        asked = {"subdomain": settings["subdomain"]} if provider == "zendesk" else {}
        return f"{self._base_url}/install/{provider}?{urlencode({**asked, 'name': name})}"

    def require_ready(self, provider: str) -> None:
        """Raise Misconfigured, naming the settings, when this server cannot ask the platform."""
        if provider not in PLATFORMS:
            raise Misconfigured("Only Zendesk and HubSpot accounts are installed in the browser.")
        if self._base_url is None:
            raise Misconfigured(
                "Installing in the browser needs this server's public address: set CONNECTOR_BASE_URL, such "
                "as https://empathy.example.com, and start the server again."
            )
        if not all(self._client(provider)):
            setting = f"CONNECTOR_{provider.upper()}_CLIENT"
            raise Misconfigured(
                f"This server has no OAuth client for {NAMES[provider]}: set {setting}_ID and "
                f"{setting}_SECRET; the README says where to get them."
            )

    def offer(self, provider: str, *, subdomain: str = "", name: str | None = None) -> Offer:
        """What would be connected. Raises Misconfigured for a subdomain or name that cannot be."""
        self.require_ready(provider)
        known = self._store.installation(name) if name else None
        if known is not None and known.provider != provider:
            raise Misconfigured(f'"{name}" is a {known.provider} account; choose another name.')
        if known is None and provider == "zendesk" and not name:
            accounts = [each for each in self._store.installations() if each.provider == provider]
            known = next((each for each in accounts if each.account_id == subdomain), None)
        settings: Mapping[str, str] = {"subdomain": subdomain} if provider == "zendesk" else {}
        if known is not None:
            settings = {key: value for key, value in known.settings.items() if key != "user_id"}
        elif name:
            since = self._now() - PREPARED_FOR
            settings = self._store.prepared_install(name, provider, since=since) or settings
        if provider == "zendesk" and subdomain and settings.get("subdomain") != subdomain:
            raise Misconfigured(f'The name "{name}" stands for another Zendesk account; choose another one.')
        self._door_to(provider, settings)
        return Offer(
            provider,
            settings,
            known.name if known else name,
            known.account_id if known else settings.get("subdomain"),
            known.account_name if known else None,
        )

    def begin(self, offer: Offer, *, browser: str, way: Way = Way.OURS) -> Begun:
        """Remember an authorization, and say where the admin goes for it."""
        state = secrets.token_urlsafe(32)
        flow = Flow(
            browser=self._digest("browser", browser),
            provider=offer.provider,
            way=way,
            settings=offer.settings,
            name=offer.name,
            account_id=offer.account_id,
        )
        now = self._now()
        self._store.add_flow(self._digest("state", state), flow, expires_at=now + STATE_LIVES, now=now)
        door = self._door_to(offer.provider, offer.settings)
        return Begun(door.authorize_url(self._asking(offer.provider, state, way), state), state)

    def answer(self, provider: str, state: str, *, browser: str, way: Way = Way.OURS) -> Flow:
        """The flow that a callback belongs to; the state is used up, whatever comes of it.

        Raises NotBegunHere for every state that is not this browser's, at this platform, now.
        """
        if not state or len(state) > LONGEST_STATE:
            raise NotBegunHere
        flow = self._store.use_flow(self._digest("state", state), now=self._now())
        if flow is None or (flow.provider, flow.way) != (provider, way):
            raise NotBegunHere
        if not hmac.compare_digest(flow.browser, self._digest("browser", browser)):
            raise NotBegunHere
        return flow

    def finish(self, flow: Flow, state: str, code: str) -> Installed:
        """Exchange the code where the flow was begun, and connect the account it is for.

        Raises Reauthorize, Misconfigured and RetryLater; nothing is stored when it raises.
        """
        asking = self._asking(flow.provider, state, Way(flow.way))
        granted = self._door_to(flow.provider, flow.settings).exchange(code, asking)
        account_id = granted.account_id or flow.settings["subdomain"]
        if flow.account_id is not None and account_id != flow.account_id:
            raise Misconfigured(
                "You allowed access to another account than the one this was begun for, so nothing was "
                "connected; start again, and pick the same account there."
            )
        name, is_new = self._name_for(flow, account_id)
        account = self._connect(
            name,
            flow.provider,
            flow.settings,
            granted.token,
            account_id=account_id,
            waits_for_start=is_new,
        )
        return Installed(name, account, is_new)

    def _name_for(self, flow: Flow, account_id: str) -> tuple[str, bool]:
        """What the account is called here, and whether it is new."""
        taken = {each.name: each for each in self._store.installations()}
        if flow.name is not None:
            return flow.name, flow.name not in taken
        for each in taken.values():
            if (each.provider, each.account_id) == (flow.provider, account_id):
                return each.name, False
        base = account_id if flow.provider == "zendesk" else f"{flow.provider}-{account_id}"
        numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
        return next(name for name in numbered if name not in taken), True

    def _asking(self, provider: str, state: str, way: Way) -> Asking:
        client_id, client_secret = self._client(provider)
        back = "callback" if way is Way.OURS else "marketplace"
        return Asking(
            client_id=client_id or "",
            client_secret=client_secret or "",
            redirect_uri=f"{self._base_url}/install/{provider}/{back}",
            verifier=base64.urlsafe_b64encode(self._digest("verifier", state)).rstrip(b"=").decode("ascii"),
        )

    def _digest(self, purpose: str, secret: str) -> bytes:
        content = f"install {purpose}:{secret}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, content, hashlib.sha256).digest()
