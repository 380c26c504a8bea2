"""The worker process: it waits for the key, gives signs of life, and runs the queue's tasks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from huey.consumer import Consumer

from ..bootstrap import Connector, connector
from ..errors import ConnectorError
from ..log import configure_logging
from ..process import share_one_heap
from .queue import make_queue
from .tasks import define_tasks

log = logging.getLogger("connector.jobs")

SIGN_OF_LIFE_SECONDS = 15
WORKERS = 8
"""Threads, most of which wait: a long reading keeps one until its end, and live work needs others."""
SHUTDOWN_SECONDS = 20


def wait_until_unlocked(app: Connector, pause: Callable[[], None] = lambda: time.sleep(60)) -> None:
    """Wait for the master key; meanwhile texts are purged, which needs no key, and nothing else is done."""
    is_told = False
    while app.locked_because() is not None:
        if not is_told:
            log.error("locked: the master key is missing or is another one")
            is_told = True
        pause()
        app.retention.purge_overdue()


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
