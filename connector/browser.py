"""Puts together what the browser needs to install and set up accounts, for `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from .errors import ConnectorError, Misconfigured
from .installing import Installing
from .model import ConversationScore
from .previewing import Previewing
from .setting_up import SettingUp
from .sync import Options

if TYPE_CHECKING:
    from .bootstrap import Connector


def installing(app: Connector) -> Installing:
    """Over the application's store, settings and key."""
    return Installing(
        app.store,
        app.master_key.web_secret,
        base_url=app.settings.base_url,
        client=app.settings.client,
        door_to=app.door_to,
        connect=app.connect,
        now=app.now,
    )


def previewing(app: Connector) -> Previewing:
    """Over dry runs of the application."""

    def try_out(
        name: str, options: Options, listen: Callable[[ConversationScore], None], patience: timedelta
    ) -> tuple[Mapping[str, int], ConnectorError | None]:
        run = app.sync(name, options, patience=patience, listen=listen)
        counts = {key: getattr(run.tally, key) for key in ("seen", "unchanged", "skipped", "parked")}
        if run.error is not None and not isinstance(run.error, ConnectorError):
            raise Misconfigured("The latest conversations could not be read.") from run.error
        return counts, run.error

    return Previewing(app.store, try_out=try_out, now=app.now)


def setting_up(app: Connector) -> SettingUp:
    """Over the application's accounts."""
    return SettingUp(
        app.store,
        app.retention,
        opting_out=app.opting_out,
        open_account=lambda installation, patience: app.open(installation, patience=patience),
        now=app.now,
    )
