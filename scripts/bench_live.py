"""From a customer's message to the field while a million other tickets are read for the first time (T-03).

Run: PYTHONPATH=. python scripts/bench_live.py [--tickets 1000000] [--messages 200] [--every 2] [--limited]
Server and worker are processes of their own. Of the tickets that a message comes to, every other one is read
already; the others the first reading has not come to. `--limited`: with the documented limits of a Zendesk
account, under which a first reading waits most of the time; else nothing limits it but this machine.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from large_desk import FIRST_TICKET, SEED, LargeDesk, Served
from processes import (
    HOST,
    NAME,
    command_line,
    connect_zendesk,
    events_hook,
    free_port,
    running,
    wait_for_server,
)

from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_hooks import event

UNDERWAY = 2_000
"""Tickets read before the first message comes."""
PATIENCE_SECONDS = 120
MOST_P95_SECONDS, MOST_P99_SECONDS = 30, 60
WORDS = "Still nothing! This is unacceptable, I am so angry. It was number {} that I asked for."


@dataclass
class Live:
    """The messages under way, and how long those took that are answered with a score."""

    desk: LargeDesk
    app: ZendeskApp
    port: int
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - the same every time
    seconds: list[float] = field(default_factory=list)
    _said_at: dict[str, float] = field(default_factory=dict)

    def heard(self, ticket_id: str) -> None:
        """An update came."""
        if said_at := self._said_at.pop(ticket_id, None):
            self.seconds.append(time.monotonic() - said_at)

    def tell(self, number: int) -> None:
        """A customer says something, and the platform tells us."""
        read = len(self.desk.values)
        half = self.desk.count // 2
        place = self.rng.randrange(read // 2) if number % 2 else self.rng.randrange(half, self.desk.count)
        ticket = self.desk.say(place, WORDS.format(number))
        body, headers = events_hook(self.app).delivery(
            {**event("ticket.comment_added", ticket.id), "id": str(number)}, datetime.now(UTC)
        )
        self._said_at[str(FIRST_TICKET + place)] = time.monotonic()
        answer = requests.post(
            f"http://127.0.0.1:{self.port}/webhooks/zendesk/{NAME}",
            data=body,
            headers={**headers, "Host": HOST},
            timeout=30,
        )
        answer.raise_for_status()

    def wait(self) -> int:
        """Wait for the last ones; how many never came."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._said_at and time.monotonic() < until:
            time.sleep(0.1)
        return len(self._said_at)


def measure(folder: Path, tickets: int, messages: int, every_seconds: float, *, is_limited: bool) -> bool:
    """Whether all messages were answered in time."""
    desk, port = LargeDesk(tickets, is_limited=is_limited), free_port()
    served = Served(desk)
    live = Live(desk, served.app, port)
    desk.heard = live.heard
    with serve(served) as origin:
        cli = command_line(folder / "work")
        grant = desk.account.tokens.issue(desk.account.admin.id, expires_in=None)
        connect_zendesk(cli, desk.account.subdomain, grant.access_token, origin)
        with running(cli, ("serve", "--port", str(port)), ("worker",)):
            wait_for_server(port)
            while len(desk.values) < UNDERWAY:
                time.sleep(0.5)
            before, began = len(desk.values), time.monotonic()
            for number in range(messages):
                time.sleep(max(0.0, began + number * every_seconds - time.monotonic()))
                live.tell(number)
            missing = live.wait()
            read, took = len(desk.values) - before, time.monotonic() - began
    return report(sorted(live.seconds), missing, read, took)


def report(seconds: list[float], missing: int, read: int, took: float) -> bool:
    """Print all figures; whether the bars are met."""
    middle, p95, p99 = (seconds[int(part * len(seconds))] for part in (0.5, 0.95, 0.99))
    print(
        f"{len(seconds)} messages to their fields: median {middle:.1f} s, p95 {p95:.1f} s, p99 {p99:.1f} s, "
        f"slowest {seconds[-1]:.1f} s; {missing} never came; seed {SEED}"
    )
    print(f"meanwhile the first reading wrote {read:,} tickets in {took:.0f} s, {read / took:.0f}/s")
    return not missing and p95 < MOST_P95_SECONDS and p99 < MOST_P99_SECONDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--limited", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        is_good = measure(Path(scratch), given.tickets, given.messages, given.every, is_limited=given.limited)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
