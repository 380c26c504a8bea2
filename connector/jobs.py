"""Background work on Huey.

Arguments are names of installations, never text. The database row is the truth and the queue only a wake-up:
whatever the queue forgets, the next tick finds again.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from .bootstrap import Connector, connector, utc_now
from .errors import Busy, ConnectorError, Misconfigured, OverBudget, RetryLater
from .log import configure_logging
from .model import Installation
from .process import share_one_heap

log = logging.getLogger("connector.jobs")

SYNC_EVERY = timedelta(minutes=5)
JITTER = timedelta(seconds=60)
PURGE_AT_MINUTES = "*/30"
"""Twice an hour, so that nothing outlives its time by an hour."""
REPORTS_AT_HOUR = "2"
LOOK_AGAIN_AFTER, LOOK_AGAIN_WITHIN = timedelta(seconds=5), timedelta(seconds=50)
REPORTS_ASKED_SECONDS = 120
LOOK_DELAY_SECONDS = 2
"""After a webhook: what else is told meanwhile is looked at in the same go."""
SIGN_OF_LIFE_SECONDS = 15
RETRIES, RETRY_SECONDS = 10, 30
"""How often a sync that somebody asked for is tried while another one holds the account."""
WORKERS = 8
"""Threads, most of which wait: a long reading keeps one until its end, and live work needs others."""
SHUTDOWN_SECONDS = 20
WORKER_PATIENCE = timedelta(seconds=15)
"""A worker waits no longer than this for a platform: the tick after the stored instant calls again."""


def make_queue(app: Connector) -> Huey:
    """The queue that CONNECTOR_QUEUE_URL names, its messages signed under the master key."""
    url = app.settings.queue_url
    serializer = SignedSerializer(secret=app.master_key.queue_secret)
    if url.startswith(("redis://", "rediss://", "unix://")):
        try:
            return RedisHuey("empathy-connector", url=url, serializer=serializer)
        except ConfigurationError:
            raise Misconfigured(
                "CONNECTOR_QUEUE_URL needs the package redis, which is not installed; "
                "install empathy-connector[redis]."
            ) from None
        except ValueError:
            raise Misconfigured(
                "CONNECTOR_QUEUE_URL is not an address of Redis; write it like redis://host:6379/0."
            ) from None
    if not url.startswith("sqlite:///"):
        raise Misconfigured("CONNECTOR_QUEUE_URL must begin with sqlite:/// or redis://.")
    file = Path(url.removeprefix("sqlite:///"))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return SqliteHuey("empathy-connector", filename=str(file), serializer=serializer)


class JobQueue:
    """The queue as the web pages use it: made when first asked for, because it needs the master key."""

    def __init__(self, app: Connector) -> None:
        self._app = app
        self._made: tuple[Huey, dict[str, Any]] | None = None
        self._asked: dict[str, float] = {}
        self._reports_asked: dict[tuple[str, ...], float] = {}

    def count(self) -> int:
        """How many jobs wait. Raises Misconfigured without the key, and the queue's own errors."""
        return int(self._opened()[0].pending_count())

    def sync(self, name: str, conversation_id: str | None = None) -> None:
        """Have the worker sync an installation, or one conversation. Raises Misconfigured without the key."""
        self._opened()[1]["sync_now"](name, conversation_id)

    def preview(self, name: str) -> None:
        """Have the worker look at an account before it starts; never fails: the tick finds what was asked."""
        self._wake(name, lambda tasks: tasks["preview"](name))

    def look_soon(self, name: str) -> None:
        """Have the worker look at what webhooks told, once for many; never fails: the tick looks anyway."""
        now = time.monotonic()
        if now - self._asked.get(name, -LOOK_DELAY_SECONDS) < LOOK_DELAY_SECONDS:
            return  # the one asked for before has not looked yet
        self._asked[name] = now
        self._wake(name, lambda tasks: tasks["look"].schedule((name,), delay=LOOK_DELAY_SECONDS))

    def prepare_reports(self, name: str, report: str, first: str, last: str) -> None:
        """Have the worker make the reports over some months, the one that somebody waits for first.

        Never fails: the page that waits asks again, and shows an older report where there is one.
        """
        now, asked = time.monotonic(), (name, first, last)
        if now - self._reports_asked.get(asked, -REPORTS_ASKED_SECONDS) < REPORTS_ASKED_SECONDS:
            return  # a page that waits asks every few seconds
        if not self._wake(name, lambda tasks: tasks["prepare_reports"](name, report, first, last)):
            return
        self._reports_asked = {
            key: at for key, at in self._reports_asked.items() if now - at < REPORTS_ASKED_SECONDS
        } | {asked: now}

    def _wake(self, name: str, ask: Callable[[dict[str, Any]], object]) -> bool:
        """Whether the worker could be asked; what was asked for is kept elsewhere, or asked for again."""
        try:
            ask(self._opened()[1])
        except Exception as error:  # noqa: BLE001 - a queue that is down must lose nothing and fail no page
            log.warning("worker not woken", extra={"installation": name, "error": type(error).__name__})
            return False
        return True

    def _opened(self) -> tuple[Huey, dict[str, Any]]:
        if self._made is None:
            queue = make_queue(self._app)
            self._made = queue, define_tasks(queue, self._app)
        return self._made


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
    from .sync import Options

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
    from .following_up import follow_up_when_due

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


def wait_until_unlocked(app: Connector, pause: Callable[[], None] = lambda: time.sleep(60)) -> None:
    """Wait for the master key; meanwhile texts are purged, which needs no key, and nothing else is done."""
    is_told = False
    while app.locked_because() is not None:
        if not is_told:
            log.error("locked: the master key is missing or is another one")
            is_told = True
        pause()
        app.retention.purge_overdue()


def wake_for_all(app: Connector, tasks: Mapping[str, Any]) -> None:
    """Ask for everything that is due or was asked for, whatever the queue has forgotten."""
    for name in due_now(app):
        tasks["sync_installation"](name)
    for name in app.store.installations_with_hints():
        tasks["look"](name)
    for name in app.store.previews_asked():
        tasks["preview"](name)
    for name in due_for_following_up(app):
        tasks["follow_up"](name)


def define_tasks(queue: Huey, app: Connector) -> dict[str, Any]:
    """The tasks, bound to this application."""
    goes_on_at: dict[str, datetime] = {}
    looks_again_at: dict[str, datetime] = {}
    tasks: dict[str, Any] = {}

    @queue.task(name="sync_installation")  # type: ignore[untyped-decorator]  # Huey has no types
    def sync_installation(name: str) -> None:
        wait, now = sync_when_needed(app, name), utc_now()
        if wait is not None and goes_on_at.get(name, now) <= now:
            goes_on_at[name] = now + wait
            sync_installation.schedule((name,), delay=wait.total_seconds())

    @queue.task(name="look")  # type: ignore[untyped-decorator]
    def look(name: str) -> None:
        again_after, now = look_at_one(app, name), utc_now()
        if again_after and looks_again_at.get(name, now) <= now:  # one look to come is enough
            looks_again_at[name] = now + again_after
            look.schedule((name,), delay=again_after.total_seconds())

    @queue.task(name="preview")  # type: ignore[untyped-decorator]
    def preview(name: str) -> None:
        preview_one(app, name)

    @queue.task(name="sync_now", retries=RETRIES, retry_delay=RETRY_SECONDS)  # type: ignore[untyped-decorator]
    def sync_now(name: str, conversation_id: str | None = None) -> None:
        sync_as_asked(app, name, conversation_id)

    @queue.periodic_task(crontab(minute="*"), name="tick")  # type: ignore[untyped-decorator]
    def tick() -> None:
        wake_for_all(app, tasks)

    @queue.periodic_task(crontab(minute=PURGE_AT_MINUTES), name="purge")  # type: ignore[untyped-decorator]
    def purge() -> None:
        app.retention.purge_overdue()
        app.previewing.forget()

    tasks |= report_tasks(queue, app) | {
        "sync_installation": sync_installation,
        "look": look,
        "preview": preview,
        "sync_now": sync_now,
        "tick": tick,
        "purge": purge,
    }
    return tasks


def report_tasks(queue: Huey, app: Connector) -> dict[str, Any]:
    """The tasks that make reports, and ask the platforms for what reports are made of."""

    @queue.periodic_task(crontab(hour=REPORTS_AT_HOUR, minute="15"), name="make_reports")  # type: ignore[untyped-decorator]
    def make_reports() -> None:
        make_all_reports(app)

    @queue.task(name="prepare_reports")  # type: ignore[untyped-decorator]
    def prepare_reports(name: str, report: str, first: str, last: str) -> None:
        make_reports_asked_for(app, name, report, first, last)

    @queue.task(name="follow_up")  # type: ignore[untyped-decorator]
    def follow_up(name: str) -> None:
        follow_up_one(app, name)

    return {"make_reports": make_reports, "prepare_reports": prepare_reports, "follow_up": follow_up}


def give_signs_of_life(app: Connector, stopped: Event) -> None:
    """Note every few seconds that this process runs; a database that is busy waits for the next time."""
    while True:
        try:
            app.store.note_worker(app.now())
        except ConnectorError as error:
            log.warning("no sign of life", extra={"error": type(error).__name__})
        if stopped.wait(SIGN_OF_LIFE_SECONDS):
            return


def run_worker() -> None:
    """Run the jobs until told to stop."""
    share_one_heap()
    configure_logging()
    app = connector()
    app.retention.purge_overdue()
    wait_until_unlocked(app)
    app.catch_up()
    stopped = Event()
    Thread(target=give_signs_of_life, args=(app, stopped), daemon=True).start()
    queue = make_queue(app)
    tasks = define_tasks(queue, app)
    tasks["tick"].call_local()
    consumer = Consumer(
        queue,
        workers=WORKERS,
        worker_type="thread",
        shutdown_timeout=SHUTDOWN_SECONDS,
        graceful_signal="TERM",  # systemd stops with TERM, which Huey otherwise takes as "drop everything"
    )
    try:
        consumer.run()
    finally:
        stopped.set()
