"""Puts the objects together; the only place that constructs anything.

Imports stand inside the functions, so that a command loads no more than it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .errors import ConnectorError, Misconfigured, Unsupported
from .model import Account, ConversationScore, Installation, Page, Token
from .opening import COMMAND_PATIENCE, Door, Opened, door_to, oauth_of, open_platform

if TYPE_CHECKING:
    from .api_tokens import ApiTokens
    from .auditing import Auditing
    from .disputing import Disputing
    from .erasing import Erasing
    from .following_up import FollowingUp
    from .grouped import Grouped
    from .hearing import Hearing, Looking
    from .installing import Installing
    from .opting_out import OptingOut
    from .people import People
    from .previewing import Previewing
    from .privacy.notice import Notice
    from .privacy.vault import InstallationKeys, MasterKey, Vault
    from .providers.base import Provider, Tokens
    from .reporting import Reporting
    from .retention import Retention
    from .rotation import Rotated
    from .rubrics import Rubrics
    from .running import Run
    from .scoring.engine import Engine
    from .setting_up import SettingUp
    from .settings import Settings
    from .signing_in import SigningIn
    from .store import Store
    from .subjects import Subjects
    from .sync import Options
    from .tally import Tally
    from .viewing import Viewing

LOOK_PATIENCE = timedelta(seconds=15)
"""How long a look at what a webhook told waits; it is asked for again afterwards."""


def utc_now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


def engine() -> Engine:
    """The scoring engine alone: no settings, no database, no web."""
    from .scoring.engine import default_engine

    return default_engine()


class Connector:
    """The assembled application."""

    def __init__(self, settings: Settings, *, now: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.now = now

    @cached_property
    def store(self) -> Store:
        """The database, opened and migrated. Raises Misconfigured when it cannot be."""
        from .store import Store

        return Store.open(self.settings.database_url)

    @cached_property
    def master_key(self) -> MasterKey:
        """The master key; made only while nothing is connected. Raises Misconfigured when it is missing."""
        from .privacy.vault import MasterKey

        secret = self.settings.master_key
        return MasterKey.load(
            self.settings.master_key_file,
            secret.get_secret_value() if secret else None,
            may_create=not self.store.installations(),
        )

    @property
    def vault(self) -> Vault:
        """What seals tokens and keys fingerprints. Raises Misconfigured without the right master key.

        It is made anew each time: while keys are exchanged, another process decides which are accepted.
        """
        from .rotation import vault_for

        try:
            return vault_for(self.store, self.master_key)
        except Misconfigured:
            self.__dict__.pop("master_key", None)  # the file may be replaced while this process runs
            raise

    def locked_because(self) -> str | None:
        """Why nothing can be opened here, in one sentence; None while the master key is at hand.

        Before anything is connected there is nothing to open.
        """
        try:
            if self.store.has_installations():
                _ = self.vault
        except ConnectorError as error:
            return str(error)
        return None

    @property
    def signing_in(self) -> SigningIn:
        """Links and sessions of the web pages. Raises Misconfigured without the master key."""
        from .signing_in import SigningIn

        return SigningIn(self.store, self.master_key.web_secret, self.now)

    @property
    def retention(self) -> Retention:
        """Policies and purges, each purge with its proof."""
        from .retention import Retention

        return Retention(
            self.store,
            self.now,
            on_purged=lambda purged: self._prove(purged.installation, purged.as_entry()),
        )

    def _prove(self, name: str, entry: Mapping[str, Any]) -> None:
        self.erasing.proving.add(name, entry)

    @property
    def erasing(self) -> Erasing:
        """Erasures, and the proofs of them."""
        from .erasing import Erasing
        from .privacy.erasure import ErasureLog

        return Erasing(self.store, ErasureLog(self.settings.erasure_log), self.keys, self.now)

    @cached_property
    def hearing(self) -> Hearing:
        """Hears what webhooks tell."""
        from .hearing import Hearing

        return Hearing(self.store, self.keys, self.now)

    def ensure_hooks(self, name: str) -> bool:
        """Have the platform tell us what changes, where it can and we have a public address; whether it does.

        Raises what the provider raises.
        """
        from .opening import can_hook
        from .store.hints import Hook

        installation, base = self.installation(name), self.settings.base_url
        if base is None or not base.startswith("https://") or not can_hook(installation.provider):
            return False
        address = f"{base.rstrip('/')}/webhooks/{installation.provider}/{quote(name)}"
        provider = self.open(installation, patience=COMMAND_PATIENCE).provider
        keys = self.keys(name)
        before = {each.purpose: each.sealed for each in self.store.hooks(name)}
        made = [
            Hook(each.purpose, each.id, address, keys.seal_hook_secret(each.secret), before.get(each.purpose))
            for each in provider.ensure_hooks(address)
        ]
        self.store.save_hooks(name, made, now=self.now())
        return True

    @property
    def looking(self) -> Looking:
        """Looks at what webhooks told, without waiting long for a rate limit."""
        from .hearing import Looking

        def sync(name: str, options: Options) -> Exception | None:
            return self.sync(name, options, patience=LOOK_PATIENCE).error

        return Looking(self.store, self.erasing, sync=sync, now=self.now)

    def subjects(self, name: str) -> Subjects:
        """What is kept about contacts, for them to see. Raises Misconfigured for an unknown installation."""
        from .subjects import Subjects

        installation = self.installation(name)
        return Subjects(
            installation, self.store, self.keys(name), self.erasing, self.disputing(name), self.now()
        )

    def opting_out(self, name: str) -> OptingOut:
        """The opt-out list of an account. Raises Misconfigured for an unknown one, or without its key."""
        from .opting_out import OptingOut

        installation = self.installation(name)
        provider = self.open(installation, patience=COMMAND_PATIENCE).provider
        return OptingOut(installation, self.store, self.keys(name), provider.capabilities, self.now)

    def grouped(self, name: str) -> Grouped:
        """Figures about the whole team, month by month. Raises Misconfigured for an unknown name."""
        from .grouped import Grouped

        return Grouped(self.store, self.installation(name).name, self.now)

    @property
    def api_tokens(self) -> ApiTokens:
        """The tokens of programs."""
        from .api_tokens import ApiTokens

        return ApiTokens(self.store, self.now)

    def author_of(self, name: str, agent_id: str) -> str:
        """What an agent is called in the store: a keyed digest of the id, with or without its prefix."""
        from .memory import author_digest
        from .opening import agent_prefix_of

        prefix = agent_prefix_of(self.installation(name).provider)
        whole = agent_id if agent_id.startswith(prefix) else f"{prefix}{agent_id}"
        return author_digest(self.keys(name), whole)

    def catch_up(self) -> None:
        """Erase again what a restore brought back or a crash left; before anything is served.

        Raises Misconfigured when that needs the master key and it is missing.
        """
        for installation in self.store.installations():
            self.erasing.catch_up(installation)
        self.erasing.disconnecting.catch_up()

    @property
    def people(self) -> People:
        """The gate before every figure about single people on the team."""
        from .people import People

        return People(self.store, self.now, self.settings.eu_strict)

    def may_show_people(self, installation: str, now: datetime) -> bool:
        """Whether figures about single people may be shown; every report that has some asks this first."""
        return self.people.may_show(installation, now)

    def notice(self, name: str, language: str) -> Notice:
        """The public notice of an installation. Raises Misconfigured for an unknown one."""
        from .explaining import facts_of
        from .privacy.notice import notice

        installation = self.installation(name)
        engine = self.rubrics(name).engine()
        facts = facts_of(installation, self.store, self.people, self.settings, engine=engine, now=self.now())
        return notice(facts, language)

    def auditing(self, name: str) -> Auditing:
        """The ethics audit of an installation. Raises Misconfigured for an unknown one."""
        from .auditing import Auditing

        installation = self.installation(name)
        return Auditing(
            installation,
            self.store,
            self.people,
            self.erasing.proving,
            self.settings,
            engine=self.rubrics(name).engine(),
            oauth=oauth_of(installation.provider),
        )

    def reporting(self, name: str) -> Reporting:
        """The reports of an installation, and its imports. Raises Misconfigured for an unknown one."""
        from .reporting import Reporting

        installation = self.installation(name)

        @cache
        def provider() -> Provider:
            return self.open(installation, patience=COMMAND_PATIENCE).provider

        def find_contact(address: str) -> str | None:
            try:
                return next(iter(provider().find_contact(address)), None)
            except Unsupported:
                return None

        return Reporting(
            self.store,
            name,
            digest=lambda text: self.keys(name).fingerprint(["import", text]),
            find_contact=find_contact,
            engine=self.rubrics(name).engine,
            now=self.now,
        )

    def following_up(self, name: str) -> FollowingUp:
        """The daily look at what became of conversations. Raises Misconfigured for an unknown one."""
        from .following_up import FollowingUp
        from .insights.importing import Judging

        return FollowingUp(
            self.installation(name).name,
            self.store,
            keys=lambda: self.keys(name),
            judge=lambda text: Judging(self.rubrics(name).engine()).sentiment(text),
            open=lambda installation, patience: self.open(installation, patience=patience),
            now=self.now,
        )

    def disputing(self, name: str) -> Disputing:
        """The disputes of an installation. Raises Misconfigured for an unknown one, or without its key."""
        from .disputing import Disputing

        installation = self.installation(name)
        band = self.rubrics(name).in_force().band
        return Disputing(installation, self.store, self.keys(name), band=band, now=self.now)

    def viewing(self, name: str) -> Viewing:
        """What agents see beside a conversation. Raises Misconfigured for an unknown installation."""
        from .viewing import Viewing

        installation, rubric = self.installation(name), self.rubrics(name).in_force()
        return Viewing(installation, self.store, self.keys(name), self.disputing(name), rubric)

    def rubrics(self, name: str) -> Rubrics:
        """The rubric of an account, and another in its place. Raises Misconfigured for an unknown one."""
        from .rubrics import Rubrics

        return Rubrics(self.store, self.installation(name).name, self.now, self.erasing.proving.note)

    def is_zendesk_admin(self, installation: Installation, user_id: str) -> bool:
        """Whether Zendesk calls one of its users an admin. Raises what a call raises; never waits."""
        from .providers.zendesk import ZendeskProvider

        provider = self.open(installation, patience=timedelta(0)).provider
        return isinstance(provider, ZendeskProvider) and provider.is_admin(user_id)

    def keys(self, name: str) -> InstallationKeys:
        """An installation's own keys."""
        return self.vault.open_installation(name, self.store.wrapped_key(name))

    def rotate_master_key(self, file: Path) -> Rotated:
        """Exchange the master key for the one in `file`, made if it is missing. Raises Misconfigured."""
        from .privacy.vault import MasterKey
        from .rotation import rotate_master_key, vault_for

        vault_for(self.store, self.master_key)  # nothing is made for a database under another key
        return rotate_master_key(self.store, self.master_key, MasterKey.load(file, may_create=True))

    def rotate_installation_key(self, name: str) -> Rotated:
        """Give an installation a new key. Raises Busy while it is being synced."""
        from .holding import holding
        from .rotation import rotate_installation_key

        with holding(self.store, name, self.now) as store:
            return rotate_installation_key(store, name, self.vault)

    def installation(self, name: str) -> Installation:
        """The installation of that name. Raises Misconfigured naming those there are."""
        found = self.store.installation(name)
        if found is None:
            names = ", ".join(each.name for each in self.store.installations()) or "none yet"
            raise Misconfigured(f'There is no installation named "{name}"; connected are: {names}.')
        return found

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        """The installation's provider, ready to call its platform. Raises Misconfigured without its key.

        Reading history (`is_backfill`) leaves some of the account's calls to what happens now.
        """
        from .budget import SharedBudget

        _ = self.keys(installation.name)
        if installation.provider == "local":
            return Opened(self.local(installation.settings), None)
        return open_platform(
            self.door_to(installation.provider, installation.settings),
            now=self.now,
            field_ids=installation.field_ids,
            tokens=lambda refresh: self._stored_tokens(installation, refresh),
            patience=patience,
            not_before_at=installation.not_before_at,
            on_blocked=lambda until: self.store.set_not_before(installation.name, until),
            budget=SharedBudget(
                self.store,
                installation.name,
                share=self.settings.quota_share,
                is_backfill=is_backfill,
            ),
        )

    def door_to(self, provider: str, settings: Mapping[str, str]) -> Door:
        """The way into an account of a platform. Raises Misconfigured for an address that cannot be."""
        return door_to(provider, settings, self.settings.marketplace_headers(provider))

    @property
    def installing(self) -> Installing:
        """Installing in the browser. Raises Misconfigured without the master key."""
        from .browser import installing

        return installing(self)

    @property
    def setting_up(self) -> SettingUp:
        """The steps after an account is connected."""
        from .browser import setting_up

        return setting_up(self)

    @property
    def previewing(self) -> Previewing:
        """Looks at accounts before they start."""
        from .browser import previewing

        return previewing(self)

    def disconnect(self, installation: Installation, *, actor: str) -> None:
        """Revoke our token, and forget the account with all its scores."""
        with suppress(ConnectorError):  # a platform that is down or refuses must not keep the data here
            self.open(installation, patience=COMMAND_PATIENCE).provider.disconnect()
        self.erasing.disconnecting.disconnect(installation, actor=actor)

    def connect(
        self,
        name: str,
        provider: str,
        settings: Mapping[str, str],
        token: Token | None,
        *,
        account_id: str | None = None,
        waits_for_start: bool = False,
    ) -> Account:
        """Call the account, and only then store the installation; raises what `connecting.connect` raises."""
        from .connecting import connect

        return connect(
            self, name, provider, settings, token, account_id=account_id, waits_for_start=waits_for_start
        )

    def sync(
        self,
        name: str,
        options: Options,
        *,
        patience: timedelta,
        progress: Callable[[Tally, Page], None] = lambda _tally, _page: None,
        listen: Callable[[ConversationScore], None] = lambda _card: None,
    ) -> Run:
        """Run one sync; what it did, and the error that ended it early, if any."""
        from .running import run_sync

        return run_sync(self, name, options, patience=patience, progress=progress, listen=listen)

    def local(self, settings: Mapping[str, str]) -> Provider:
        """An account in a folder."""
        from .providers.local import LocalProvider

        return LocalProvider(Path(settings["path"]))

    def _stored_tokens(self, installation: Installation, refresh: Callable[[Token], Token]) -> Tokens:
        from .credentials import StoredTokens

        return StoredTokens(
            self.store, installation.name, self.keys(installation.name), refresh=refresh, now=self.now
        )


def connector() -> Connector:
    """The application as the environment configures it."""
    from .log import quiet_libraries
    from .settings import load_settings

    quiet_libraries()
    return Connector(load_settings())
