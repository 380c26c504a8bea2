"""The application as it is, whose calls end in an account in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connector.bootstrap import Connector
from connector.model import Installation
from connector.opening import Door, Opened
from connector.providers.http import plain_session
from connector.settings import Settings
from tests.fakes.wsgi import WsgiAdapter
from tests.fakes.zendesk_world import ORIGIN, ZendeskWorld

from .failpoints import Failpoints


class OverWires(Connector):
    """The application as it is; only its calls end in an account in memory."""

    def __init__(self, settings: Settings, world: ZendeskWorld, failpoints: Failpoints | None = None) -> None:
        super().__init__(settings, now=world.now)
        self.world = world
        self.wires: Any = failpoints.platform(world.app) if failpoints else world.app

    def door_to(self, provider: str, settings: Any) -> Door:
        session = plain_session()
        session.mount("https://", WsgiAdapter(self.wires))
        return Door(provider, settings, ORIGIN, session)

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        opened = super().open(installation, patience=patience, is_backfill=is_backfill)
        assert opened.gate is not None
        opened.gate._sleep = self.world.tick
        return opened
