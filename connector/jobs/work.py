"""What each job does, and for which installations it is time."""

from __future__ import annotations

import logging
import zlib
from datetime import datetime, timedelta

from ..bootstrap import Connector, utc_now
from ..errors import Busy, ConnectorError, Misconfigured, OverBudget, RetryLater
from ..model import Installation

log = logging.getLogger("connector.jobs")

SYNC_EVERY = timedelta(minutes=5)
JITTER = timedelta(seconds=60)
LOOK_AGAIN_AFTER, LOOK_AGAIN_WITHIN = timedelta(seconds=5), timedelta(seconds=50)
WORKER_PATIENCE = timedelta(seconds=15)
"""A worker waits no longer than this for a platform: the tick after the stored instant calls again."""


def is_due(installation: Installation, now: datetime) -> bool:
    """Whether an installation is to be synced now: allowed to be called, and not synced lately.

    The moment differs between installations by up to `JITTER`, so that they do not all call at once.
    """
    if installation.needs_authorization or installation.waits_for_start:
        return False
    if installation.not_before_at and installation.not_before_at > now:
        return False
    if installation.last_sync_at is None or installation.last_sync_at > now:  # the clock was set back
        return True
    offset = JITTER * (zlib.crc32(installation.name.encode()) % 1000 / 1000)
    return now - installation.last_sync_at >= SYNC_EVERY + offset


def needs_sync(app: Connector, installation: Installation, now: datetime) -> bool:
    """Whether an installation is due and nobody is at it."""
    return is_due(installation, now) and not app.store.is_held(installation.name, now)


def due_now(app: Connector) -> list[str]:
    """The installations to be synced at this moment."""
    now = utc_now()
    return [each.name for each in app.store.installations() if needs_sync(app, each, now)]


def sync_one(app: Connector, name: str, only: str | None = None) -> Exception | None:
    """Sync one installation, or one conversation of it, as a job; the error that ended it early, if any.

    Failures are logged by kind and mended by a later tick; one that is still being set up is left alone.
    """
    from ..sync import Options

    if app.installation(name).waits_for_start:
        return None
    options = Options(only=None if only is None else (only,))
    run = app.sync(name, options, patience=WORKER_PATIENCE)
    log.info(
        "sync ended",
        extra={
            "installation": name,
            "count": run.tally.seen,
            "requests": run.requests,
            "seconds": round(run.seconds, 1),
            **({"error": type(run.error).__name__} if run.error else {}),
        },
    )
    return run.error


def sync_when_needed(app: Connector, name: str) -> timedelta | None:
    """Sync one installation, unless another scheduler asked for the same and it is done or being done.

    Gives how long until our own share of some calls lets it go on, where that alone ended it.
    """
    try:
        if needs_sync(app, app.installation(name), utc_now()):
            error = sync_one(app, name)
            if isinstance(error, OverBudget):
                return max(error.not_before_at - utc_now(), timedelta(0))
    except ConnectorError as error:
        log.warning("sync failed", extra={"installation": name, "error": type(error).__name__})
    return None


def look_at_one(app: Connector, name: str) -> timedelta | None:
    """Look at what webhooks told of an installation; after how long to look again, if something is left.

    A flood of webhooks holds the account nearly all the time, so a sync that is due by now goes first.
    """
    if app.installation(name).waits_for_start:
        return None
    try:
        if needs_sync(app, app.installation(name), utc_now()):
            sync_one(app, name)
        if not app.looking.look(name):
            return None
        waits = (app.installation(name).not_before_at or utc_now()) - utc_now()
        return min(max(waits, LOOK_AGAIN_AFTER), LOOK_AGAIN_WITHIN)
    except ConnectorError as error:
        log.warning("looking failed", extra={"installation": name, "error": type(error).__name__})
        return None  # the tick asks for it


def preview_one(app: Connector, name: str) -> None:
    """Look at an account before it starts, if somebody asked for it and nobody is at it."""
    try:
        app.previewing.make(name)
    except ConnectorError as error:  # the account was disconnected meanwhile, or the disk refuses
        log.warning("preview failed", extra={"installation": name, "error": type(error).__name__})


def follow_up_one(app: Connector, name: str) -> None:
    """Ask what became of an account's conversations, if it is a day since the last time."""
    from ..following_up import follow_up_when_due

    try:
        follow_up_when_due(app.following_up(name), app.installation(name), patience=WORKER_PATIENCE)
    except ConnectorError as error:  # the account was disconnected meanwhile, or the key is missing
        log.warning("following up failed", extra={"installation": name, "error": type(error).__name__})


def due_for_following_up(app: Connector) -> list[str]:
    """The installations whose platform is to be asked now what became of conversations."""
    now = utc_now()
    return [
        each.name
        for each in app.store.installations()
        if app.following_up(each.name).is_due(each) and not app.store.is_held(each.name, now)
    ]


def sync_as_asked(app: Connector, name: str, conversation_id: str | None) -> None:
    """Sync what somebody asked for. Raises Busy and RetryLater, for the queue to try again."""
    try:
        error = sync_one(app, name, conversation_id)
    except Misconfigured as gone:  # the account was disconnected meanwhile
        log.warning("sync failed", extra={"installation": name, "error": type(gone).__name__})
        return
    if isinstance(error, Busy | RetryLater):
        raise error


def make_all_reports(app: Connector) -> None:
    """Make the reports of every account anew, and give out what the last month lets be told of the team."""
    for installation in app.store.installations():
        app.grouped(installation.name).settle()
        try:
            app.reporting(installation.name).prepare()
        except ConnectorError as error:
            extra = {"installation": installation.name, "error": type(error).__name__}
            log.warning("reports not made", extra=extra)


def make_reports_asked_for(app: Connector, name: str, report: str, first: str, last: str) -> None:
    """Make the reports that a page waits for."""
    try:
        app.reporting(name).prepare_when_needed(report, first, last)
    except ConnectorError as error:
        log.warning("reports not made", extra={"installation": name, "error": type(error).__name__})
