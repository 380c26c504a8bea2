"""Real processes of the connector against a stand-in of Zendesk, and what they take; for the measurements."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import requests

from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_hooks import Webhook
from tests.standins.drive import Cli

HOST = "empathy.example.test"
NAME = "desk"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def command_line(folder: Path, **settings: str) -> Cli:
    """The command line with all its files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return Cli(folder, {"CONNECTOR_BASE_URL": f"https://{HOST}", **settings})


def connect_zendesk(cli: Cli, subdomain: str, token: str, origin: str) -> None:
    """Connect the stand-in's account, with fields and webhooks."""
    asked = ("connect", "zendesk", "--name", NAME, "--subdomain", subdomain, "--api-origin", origin)
    for arguments, stdin in (((*asked, "--token-stdin"), token), (("fields", NAME, "--json"), "")):
        done = cli.run(*arguments, stdin=stdin)
        if done.code:
            raise SystemExit(done.err)


def events_hook(zendesk: ZendeskApp) -> Webhook:
    """The webhook that tells what happens to tickets."""
    hooks = zendesk.account.webhooks.values()
    return next(each for each in hooks if each.asked["name"].endswith("events"))


def begun(cli: Cli, *command: str) -> Popen[bytes]:
    """A command in a session of its own, ahead of what else this machine does, where BENCH_NICE says so.

    Linux shares the processors between sessions first, so that `nice` alone changes nothing here.
    """
    process = cli.start(*command)
    if nice := os.environ.get("BENCH_NICE"):
        Path(f"/proc/{process.pid}/autogroup").write_text(nice, encoding="ascii")
    return process


@contextmanager
def running(cli: Cli, *commands: tuple[str, ...]) -> Iterator[list[Popen[bytes]]]:
    """These commands, each in a process group of its own; asked to stop afterwards."""
    started = [begun(cli, *each) for each in commands]
    try:
        yield started
    finally:
        for each in started:
            each.terminate()
        for each in started:
            with suppress(TimeoutExpired):
                each.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for_server(port: int) -> float:
    """Seconds until the server answers."""
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        with suppress(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": HOST}, timeout=5)
            return time.perf_counter() - began
        time.sleep(0.02)
    raise SystemExit("The server does not answer.")


def family(pid: int) -> list[int]:
    """A process and its children."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return [pid]
    return [pid, *map(int, children.split())]


def memory_mb(pid: int) -> float:
    """What a process has in memory now."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 2**20


def open_files(pid: int) -> int:
    """How many file descriptors a process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
