"""Web and worker processes that can be killed at any moment and are started again at once."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from connector.store import Store
from connector.store.tables import hold
from tests.standins.drive import Cli


@dataclass
class Member:
    """One process, by its role; its successor has the same role."""

    role: dict[str, Any]
    pid: int


@dataclass
class Fleet:
    """The processes of one installation, on one machine."""

    nursery: subprocess.Popen[str]
    store: Store
    rng: random.Random
    members: list[Member] = field(default_factory=list)
    kills: int = 0
    kills_of_holders: int = 0

    @property
    def ports(self) -> list[int]:
        return [each.role["port"] for each in self.members if "port" in each.role]

    def add(self, **role: Any) -> None:
        self.members.append(Member(role, self._start(role)))

    def kill_one(self) -> None:
        """Kill -9: whoever is at the account right now, more often than another one."""
        victim = self._holder() if self.rng.random() < 0.7 else None
        self.kills_of_holders += victim is not None
        victim = victim or self.rng.choice(self.members)
        self._kill(victim.pid)
        self.kills += 1
        victim.pid = self._start(victim.role)

    def end(self) -> None:
        for each in self.members:
            self._kill(each.pid)
        self.members.clear()
        if self.nursery.poll() is None:
            self.nursery.kill()
            self.nursery.communicate()

    def _holder(self) -> Member | None:
        with self.store._database.reading() as connection:
            holder: str = connection.scalar(hold.select().with_only_columns(hold.c.holder)) or ""
        pids = {each.pid: each for each in self.members}
        return pids.get(int(holder.split("/")[1])) if holder else None

    def _start(self, role: dict[str, Any]) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        print(json.dumps(role), file=self.nursery.stdin, flush=True)
        return int(self.nursery.stdout.readline())

    @staticmethod
    def _kill(pid: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # it may not yet have begun a group of its own
            os.kill(pid, signal.SIGKILL)


@contextmanager
def fleet_of(cli: Cli, store: Store, rng: random.Random, *, webs: int, workers: int) -> Iterator[Fleet]:
    """So many processes over what the command line works on; all gone afterwards."""
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.nursery", str(cli.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=cli._environment(),
    )
    assert nursery.stdout is not None
    assert nursery.stdout.readline() == "ready\n"
    fleet = Fleet(nursery, store, rng)
    try:
        for _ in range(webs):
            fleet.add(role="web", port=free_port())
        for _ in range(workers):
            fleet.add(role="worker")
        yield fleet
    finally:
        fleet.end()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
