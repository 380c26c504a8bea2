"""A connector whose only account is a fake Zendesk one: what it reads and writes passes the real provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connector.bootstrap import Connector
from connector.model import Installation, Role
from connector.opening import COMMAND_PATIENCE, Opened
from connector.settings import Settings
from connector.sync import Options
from connector.web import create_app
from tests.providers.world import Said

from .zendesk_app import claims_of, key_file, token_for
from .zendesk_world import ZendeskWorld

PUBLIC = "https://empathy.example.test"
NAME = "help-desk"
UPSET = (
    "My order is three weeks late, nobody answers my mails, and I am furious. "
    "My daughter's birthday was ruined. This is unacceptable!"
)
CARING = (
    "<p>Hello Dana,</p><p>I am so sorry that your order is three weeks late &amp; that nobody answered: "
    "waiting for a birthday present that never comes is <b>awful</b> 😔.</p>"
    "<p>I will call the depot today and write to you by 5 pm with the new date.</p>"
    "<blockquote>On Monday you wrote: My order is three weeks late</blockquote>"
)
COOL = "<p>As stated in our terms, delivery times are not guaranteed. You should have read them.</p>"


class ZendeskConnector(Connector):
    """Calls the fake account wherever it would call the platform."""

    world: ZendeskWorld

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        return Opened(self.world.provider(patience=patience), None)


class ZendeskOffice:
    """The account `sample`, and a connector for it under the name `help-desk`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.world = ZendeskWorld()
        defaults: dict[str, Any] = {
            "database_url": f"sqlite:///{folder}/connector.db",
            "queue_url": f"sqlite:///{folder}/queue.db",
            "master_key_file": folder / "keys/master.key",
            "erasure_log": folder / "erasures.log",
            "base_url": PUBLIC,
            "zendesk_app_key_file": key_file(folder),
        }
        self.app = ZendeskConnector(Settings(_env_file=None, **{**defaults, **settings}), now=self.now)
        self.app.world = self.world
        vault = self.app.vault
        wrapped = vault.new_installation_key(NAME)
        self.app.store.save_installation(
            Installation(
                name=NAME,
                provider="zendesk",
                account_id="sample",
                account_name="sample.zendesk.com",
                settings=self.world.settings(),
                connected_at=self.now(),
            ),
            sealed_token=None,
            wrapped_key=wrapped,
        )
        self.web = create_app(self.app)

    def now(self) -> datetime:
        return self.world.now()

    def ticket(self, *said: tuple[Role, str], **rest: Any) -> str:
        """A ticket of HTML messages ten minutes apart."""
        began = self.now() - timedelta(minutes=10 * len(said))
        return self.world.add_conversation(
            [
                Said(role, text, is_html=True, at=began + timedelta(minutes=10 * at))
                for at, (role, text) in enumerate(said)
            ],
            **rest,
        )

    def sync(self) -> None:
        self.world.tick(120)  # Zendesk holds the last minute back
        run = self.app.sync(NAME, Options(), patience=COMMAND_PATIENCE)
        if run.error is not None:
            raise run.error

    def token(self, *, user: int = 7, **changes: Any) -> str:
        """What Zendesk posts when this user opens a page of the app now."""
        return token_for(claims_of(self.now(), "sample", user, **changes))
