"""An account that lives in memory, on each of the three platforms, and the application over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from connector.bootstrap import Connector
from connector.fields import fields_to_create
from connector.model import Installation, Role
from connector.opening import Opened
from connector.running import Run
from connector.settings import Settings
from connector.sync import Options
from tests.fakes.hubspot_world import HubSpotWorld
from tests.fakes.local_world import LocalWorld
from tests.fakes.zendesk_world import ZendeskWorld
from tests.providers.world import Said, World

UPSET = "My parcel {} is three weeks late and nobody answers me. I am furious!"
KIND = (
    "I am so sorry. Three weeks without your parcel {}, and no answer from us, is not acceptable. "
    "I will call you today at 4 pm."
)
NAME = "shop"


class OverWorld(Connector):
    """The application, with one account that lives in memory."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings, now=world.now)
        self.world = world

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        return Opened(self.world.provider(), None)


@dataclass(frozen=True)
class Place:
    """An account and the application over it, with all files in `folder`."""

    world: Any
    app: OverWorld
    folder: Path

    @property
    def installation(self) -> Installation:
        return self.app.installation(NAME)

    def sync(self, *, full: bool = False, after: float = 3600) -> Run:
        """A sync some seconds later."""
        self.world.tick(after)
        run = self.app.sync(NAME, Options(full=full), patience=timedelta(0))
        assert run.error is None, run.error
        return run

    def talk(self, contact_id: str, word: str = "42") -> str:
        """A conversation of the contact, in which `word` is said by both."""
        said = [Said(Role.CUSTOMER, UPSET.format(word)), Said(Role.AGENT, KIND.format(word))]
        return str(self.world.add_conversation(said, contact_id=contact_id))

    def known(self, contact_id: str) -> list[str]:
        return list(self.app.store.theirs(NAME, contact_id).conversation_ids)

    def is_blank(self, conversation_id: str) -> bool:
        """Whether no field of ours has a value; a checkbox that is off counts as none."""
        return not any(self.world.values_of(conversation_id).values())

    def again(self) -> Place:
        """The same files in a new process."""
        self.app.store.close()
        return Place(self.world, OverWorld(self.app.settings, self.world), self.folder)


def _zendesk(_folder: Path) -> World:
    return ZendeskWorld()


def _hubspot(_folder: Path) -> World:
    return HubSpotWorld()


def _local(folder: Path) -> World:
    return LocalWorld(folder / "account")


WORLDS: dict[str, Callable[[Path], World]] = {"local": _local, "zendesk": _zendesk, "hubspot": _hubspot}


def settings_in(folder: Path) -> Settings:
    """Every file in one folder of its own."""
    return Settings(
        database_url=f"sqlite:///{folder}/var/connector.db",
        master_key_file=folder / "var" / "keys" / "master.key",
        erasure_log=folder / "log" / "erasures.log",
    )


def place_on(platform: str, folder: Path, *, extended: bool = True, keeps: str | None = None) -> Place:
    """A connected account with its fields; `keeps` is a retention policy's mode."""
    world = WORLDS[platform](folder)
    app = OverWorld(settings_in(folder), world)
    key = app.vault.new_installation_key(NAME)
    provider = world.provider()
    account = provider.check()
    saved = Installation(NAME, platform, account.id, account.name, {}, connected_at=world.now())
    app.store.save_installation(saved, sealed_token=None, wrapped_key=key)
    ids = provider.ensure_fields(fields_to_create(extended=extended))
    app.store.set_fields(NAME, ids, is_extended=extended, now=world.now())
    if keeps is not None:
        app.store.add_policy(NAME, {"mode": keeps, "keep": "30d"}, changed_by="test", now=world.now())
    return Place(world, app, folder)
