"""Hours of webhooks against the server and a worker: memory, files and the log must not grow (T-08).

Run: PYTHONPATH=. python scripts/soak.py [--minutes 120] [--per-second 50] [--folder DIR]
A stand-in of Zendesk changes some tickets, and tells of them and of others. A line a minute goes to
DIR/log.txt; the figures come at the end, whenever it is stopped, and every five minutes. Drift compares the
medians of the second and the last quarter.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from statistics import median

from processes import (
    HOST,
    NAME,
    command_line,
    connect_zendesk,
    cpu_seconds,
    events_hook,
    family,
    free_port,
    memory_mb,
    open_files,
    running,
    wait_for_server,
)

from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_hooks import event
from tests.fakes.zendesk_limits import Window
from tests.standins.zendesk_load import REPLIES, TROUBLES, populate

SEED = 8
TICKETS = 2_000
CHANGED_OF = 25
"""One of so many deliveries tells of a new message, the others of what else happens to such tickets."""
LATELY = 60
HIGH_VOLUME = 2_500
"""Zendesk's documented limit a minute with its add-on for high volume."""
SENDERS = 4
KEPT_EVENTS = 20_000
FIGURES_EVERY = 5


@dataclass
class Soak:
    """The load, and what was seen of it."""

    zendesk: ZendeskApp
    port: int
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - the same every time
    answers: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _queue: SimpleQueue[tuple[bytes, dict[str, str]] | None] = field(default_factory=SimpleQueue)

    def load(self, per_second: float) -> None:
        """Deliver so many webhooks a second, from a few connections, until stopped."""
        senders = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        for each in senders:
            each.start()
        hook, tickets = events_hook(self.zendesk), list(self.zendesk.account.tickets.values())
        lately = deque(tickets[:1], maxlen=LATELY)
        began, number = time.monotonic(), 0
        while not self.stopped.wait(max(0.0, began + number / per_second - time.monotonic())):
            if number % CHANGED_OF == 0:
                lately.append(self.rng.choice(tickets))
                self._change(lately[-1])
            ticket = lately[-1] if number % CHANGED_OF == 0 else self.rng.choice(lately)
            told = {**event("ticket.comment_added", ticket.id), "id": str(number)}
            self._queue.put(hook.delivery(told, datetime.now(UTC)))
            number += 1
        for _ in senders:
            self._queue.put(None)

    def sample(self, pids: list[int], database: Path) -> None:
        """What the processes take now."""
        everyone = [pid for each in pids for pid in family(each)]
        wal = database.with_name(f"{database.name}-wal")
        row = {"wal": wal.stat().st_size / 2**20 if wal.exists() else 0.0}
        row["database"] = database.stat().st_size / 2**20
        for number, pid in enumerate(everyone):
            with suppress(OSError):
                row |= {f"rss {number}": memory_mb(pid), f"files {number}": open_files(pid)}
        self.samples.append(row)
        self._shorten()

    def figures(self) -> str:
        """All that was seen, in a few lines."""
        quarter = max(1, len(self.samples) // 4)
        second, last = self.samples[quarter : 2 * quarter], self.samples[-quarter:]
        lines = [f"{sum(self.answers.values()):,} deliveries answered: {dict(self.answers)}"]
        times = sorted(self.times)
        if times:
            lines.append(
                f"answered in p50 {times[len(times) // 2]:.1f} ms, "
                f"p99 {times[int(0.99 * len(times))]:.1f} ms, slowest {times[-1]:.0f} ms"
            )
        for name in sorted({name for row in (*second, *last) for name in row}):
            before, after = (median(row[name] for row in rows if name in row) for rows in (second, last))
            most = max(row[name] for row in self.samples if name in row)
            change = f"{100 * (after / before - 1):+.1f}%" if before else "-"
            lines.append(f"{name}: {before:.1f} -> {after:.1f} ({change}), most {most:.1f}")
        return "\n".join(lines)

    def _change(self, ticket: object) -> None:
        account = self.zendesk.account
        words = self.rng.choice(TROUBLES if self.rng.random() < 0.5 else REPLIES)
        with account.lock:
            by = account.agent.id if words in REPLIES else ticket.requester_id  # type: ignore[attr-defined]
            account.add_comment(ticket, by, words.format(n=self.rng.randrange(10**6)))  # type: ignore[arg-type]

    def _shorten(self) -> None:
        """The stand-in's own memory is not what is measured: it forgets what nobody asks for any more."""
        with self.zendesk.account.lock:
            self.zendesk.arrivals.clear()
            self.zendesk.account.history.clear()
            del self.zendesk.account.events[:-KEPT_EVENTS]
            for ticket in self.zendesk.account.tickets.values():
                del ticket.comments[:-10]
            jobs = self.zendesk.jobs.jobs
            for job in list(jobs.values())[:-100]:
                job.rows = [int] * len(job.rows)

    def _send(self) -> None:
        while (delivery := self._queue.get()) is not None:
            body, headers = delivery
            began = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)  # as a proxy does
            try:
                connection.request("POST", f"/webhooks/zendesk/{NAME}", body, {**headers, "Host": HOST})
                told = str(connection.getresponse().status)
            except (OSError, http.client.HTTPException) as error:
                told = type(error).__name__
            connection.close()
            self.answers[told] += 1
            self.times.append(1000 * (time.perf_counter() - began))


def desk() -> ZendeskApp:
    """An account of some tickets, on the real clock."""
    zendesk = ZendeskApp(ZendeskAccount(clock=Clock(at=None)))
    windows = zendesk.account.limits.windows
    windows["account"] = Window(HIGH_VOLUME, 60)
    windows["incremental"] = Window(30, 60, "incremental-exports")
    populate(zendesk.account, tickets=TICKETS, rng=random.Random(SEED))  # noqa: S311
    return zendesk


def soak(folder: Path, minutes: float, per_second: float) -> bool:
    """Whether nothing failed and the database is whole."""
    zendesk, port, log = desk(), free_port(), folder / "log.txt"
    database = folder / "work/var/connector.db"

    def say(text: str) -> None:
        line = f"{datetime.now(UTC):%H:%M:%S} {text}"
        print(line, flush=True)
        with log.open("a", encoding="utf-8") as out:
            print(line, file=out)

    with serve(zendesk) as origin:
        cli = command_line(folder / "work")
        grant = zendesk.account.tokens.issue(zendesk.account.admin.id, expires_in=None)
        connect_zendesk(cli, zendesk.account.subdomain, grant.access_token, origin)
        say(f"first sync: {cli.finish('sync', NAME).out.strip()}")
        with running(cli, ("serve", "--port", str(port)), ("worker",)) as started:
            wait_for_server(port)
            work = Soak(zendesk, port)
            signal.signal(signal.SIGTERM, lambda *_: work.stopped.set())
            signal.signal(signal.SIGINT, lambda *_: work.stopped.set())
            pids = [each.pid for each in started]
            say(f"server {family(pids[0])}, worker {family(pids[1])}, load and stand-in {os.getpid()}")
            threading.Thread(target=work.load, args=(per_second,), daemon=True).start()
            began = time.monotonic()
            while time.monotonic() - began < 60 * minutes and not work.stopped.wait(
                min(60.0, 60 * minutes / 8)
            ):
                work.sample(pids, database)
                say(str({name: round(value, 1) for name, value in work.samples[-1].items()}))
                if len(work.samples) % FIGURES_EVERY == 0:
                    say(f"after {(time.monotonic() - began) / 60:.0f} minutes:\n{work.figures()}")
            work.stopped.set()
            took = time.monotonic() - began
            cpu = {pid: cpu_seconds(pid) for each in pids for pid in family(each)}
        with sqlite3.connect(database) as connection:
            is_whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
        say(f"FINAL after {took / 60:.1f} minutes (seed {SEED}):\n{work.figures()}")
        say(f"CPU seconds: {cpu}; load and stand-in {time.process_time():.0f}; integrity_check: {is_whole}")
        return set(work.answers) <= {"200"} and is_whole == "ok"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--per-second", type=float, default=50)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        return 0 if soak(folder, given.minutes, given.per_second) else 1


if __name__ == "__main__":
    sys.exit(main())
