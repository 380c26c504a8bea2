"""The queue: Redis or a file of SQLite, and what web pages ask of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from ..bootstrap import Connector
from ..errors import Misconfigured
from .tasks import define_tasks

log = logging.getLogger("connector.jobs")

LOOK_DELAY_SECONDS = 2
"""After a webhook: what else is told meanwhile is looked at in the same go."""
REPORTS_ASKED_SECONDS = 120


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
