"""Runs one sync from opening the account to closing it, for `bootstrap`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from .contacts import Contacts
from .errors import ConnectorError, OverBudget, RetryLater
from .forgetting import Forgetting
from .headway import NotingHeadway
from .holding import holding
from .keeping import Keeping
from .macros import learn_macros_when_due
from .memory import StoredMemory
from .model import ConversationScore, Installation, Page
from .opening import PLATFORMS, Opened
from .opting_out import OptingOut
from .store import Store
from .surviving import Surviving
from .sync import Options, Sync, is_noted
from .tally import Tally
from .writing_back import WritingBack

if TYPE_CHECKING:
    from .bootstrap import Connector

Progress = Callable[[Tally, Page], None]
Listen = Callable[[ConversationScore], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What one sync did, and how it ended."""

    installation: Installation
    tally: Tally
    requests: int
    seconds: float
    error: Exception | None
    is_waiting_for_fields: bool


def run_sync(
    app: Connector, name: str, options: Options, *, patience: timedelta, progress: Progress, listen: Listen
) -> Run:
    """Run one sync; what it did, and the error that ended it early, if any."""
    installation = app.installation(name)
    tally, started = Tally(), time.monotonic()
    opened: Opened | None = None
    error: ConnectorError | None = None
    try:
        with holding(app.store, name, app.now) as store:
            installation = app.installation(name)
            is_backfill = _is_backfill(installation, options)
            opened = app.open(installation, patience=patience, is_backfill=is_backfill)
            if not options.dry_run:
                app.erasing.catch_up(installation)
            if is_backfill and is_noted(options):
                earlier = None if options.full else store.headway(name)
                progress = NotingHeadway(store, name, app.now, progress, earlier)
                learn_macros_when_due(name, opened.provider, store, app.keys(name).memory_key, app.now)
            _sync_of(app, installation, opened, store, options, tally, progress, listen).run()
    except RetryLater as later:
        # What the platform asked for is noted already; our own share of some calls closes nothing else.
        if not options.dry_run and not isinstance(later, OverBudget):
            app.store.set_not_before(name, later.not_before_at)
        error = later
    except ConnectorError as refusal:
        error = refusal
    finally:
        if opened is not None:
            opened.close()
    if error is None and not options.dry_run and options.only is None:
        error = _follow_up_at_once(app, installation, is_full=options.full, patience=patience)
    if error is None and not options.dry_run and options.only is None:
        error = _settle(app, name)
    if not tally.writes.owed:
        tally.writes.owed = app.store.how_many_owed(name)
    return Run(
        installation=installation,
        tally=tally,
        requests=opened.requests if opened else 0,
        seconds=time.monotonic() - started,
        error=error,
        is_waiting_for_fields=installation.field_ids is None and installation.provider in PLATFORMS,
    )


def _is_backfill(installation: Installation, options: Options) -> bool:
    return options.full or (options.only is None and installation.synced_through_at is None)


def _sync_of(
    app: Connector,
    installation: Installation,
    opened: Opened,
    store: Store,
    options: Options,
    tally: Tally,
    progress: Progress,
    listen: Listen,
) -> Sync:
    name, provider, keys = installation.name, opened.provider, app.keys(installation.name)
    opting_out = OptingOut(installation, store, keys, provider.capabilities, app.now)
    contacts = Contacts(installation, provider, store, app.now)
    return Sync(
        installation=installation,
        provider=provider,
        store=store,
        engine=app.rubrics(name).engine(),
        keys=keys,
        memory=StoredMemory(store, name, keys),
        contacts=contacts,
        writing=WritingBack(installation, provider, store, contacts, tally, app.now),
        keeping=Keeping(store, name, keys, app.now),
        forgetting=Forgetting(installation, provider, store, app.erasing, keys, opting_out, app.now),
        surviving=Surviving(store, name, app.now),
        now=app.now,
        progress=progress,
        listen=listen,
        options=options,
        tally=tally,
    )


def _settle(app: Connector, name: str) -> ConnectorError | None:
    try:
        app.reporting(name).settle_a_little()
    except ConnectorError as error:
        return error
    return None


def _follow_up_at_once(
    app: Connector, installation: Installation, *, is_full: bool, patience: timedelta
) -> ConnectorError | None:
    """What a folder tells costs no request; platforms are asked once a day, by the worker."""
    if is_full:
        app.store.tell_again(installation.name)
    if installation.provider in PLATFORMS:
        return None
    try:
        app.following_up(installation.name).ask(installation, patience=patience)
    except ConnectorError as error:
        return error
    return None
