"""Starts web and worker processes in a few milliseconds each: a process that has loaded all of it is forked.

What runs in them are the commands `serve` and `worker` themselves. Only waits are shorter: a tick is every
third of a second instead of every minute, and so on. Reads a role a line, and answers with the process id.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

TICK_SECONDS = 0.3


def load() -> None:
    """Everything that both commands need, once."""
    import gunicorn.app.wsgiapp
    import gunicorn.workers.gthread
    import psycopg
    import redis
    import zenpy

    import connector.cli.run
    import connector.cli.sync
    import connector.jobs.worker
    import connector.web
    from connector.bootstrap import engine

    assert all((gunicorn, psycopg, redis, zenpy, connector))
    engine()
    gc.freeze()


def hurry() -> None:
    """Shorten what is waited for, so that a second holds as much as some minutes do."""
    from connector import bootstrap
    from connector.jobs import queue, work
    from connector.providers import gate

    work.SYNC_EVERY, work.JITTER = timedelta(seconds=0.2), timedelta(0)
    work.LOOK_AGAIN_AFTER = timedelta(seconds=0.2)
    queue.LOOK_DELAY_SECONDS = 0  # type: ignore[assignment]
    work.WORKER_PATIENCE = bootstrap.LOOK_PATIENCE = timedelta(seconds=0.5)
    gate.LONGEST_OUTAGE_WAIT = timedelta(seconds=1)
    gate.DEFAULT_WAIT = timedelta(seconds=0.5)


def work() -> None:
    from connector.jobs import worker

    define = worker.define_tasks

    def and_tick(*arguments: Any) -> dict[str, Any]:
        tasks = define(*arguments)

        def tick() -> None:
            while True:
                time.sleep(TICK_SECONDS)
                with suppress(Exception):  # a queue or a database that is away: the next tick asks again
                    tasks["tick"].call_local()

        threading.Thread(target=tick, daemon=True).start()
        return tasks

    worker.define_tasks = and_tick
    while True:  # as systemd would
        with suppress(Exception):
            worker.run_worker()
        time.sleep(0.2)


def serve(port: int) -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    from connector.cli import run

    def become(_program: str, arguments: list[str]) -> None:
        sys.argv = arguments[2:]
        WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()

    run.WEB_WORKERS = 1
    os.execv = become  # type: ignore[assignment]
    assert run.serve_command.callback is not None
    run.serve_command.callback(port)


def be(asked: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open("printed", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(out, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    hurry()
    work() if asked["role"] == "worker" else serve(asked["port"])


def main(folder: str) -> None:
    os.chdir(Path(folder))
    load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    print("ready", flush=True)  # noqa: T201 - the test listens
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                be(json.loads(line))
            finally:
                os._exit(1)
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
