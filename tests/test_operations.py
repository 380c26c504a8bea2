"""What operators are told to do works: the units, and a backup that is taken while somebody writes."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Context

from connector.cli import cli as commands
from connector.jobs.worker import SHUTDOWN_SECONDS
from connector.store import Store
from tests.standins.drive import Cli
from tests.store.samples import connect, put, record

UNITS = sorted((Path(__file__).parents[1] / "docs" / "systemd").glob("*.service"))


def settings_of(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.+)$", unit.read_text(), re.MULTILINE))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists_and_gives_it_time_to_stop(unit: Path) -> None:
    settings = settings_of(unit)
    program, command, *_ = settings["ExecStart"].split()
    assert program.endswith("/bin/empathy-connector")
    assert commands.get_command(Context(commands), command) is not None
    assert settings["KillSignal"] == "SIGTERM"
    assert int(settings["TimeoutStopSec"]) > SHUTDOWN_SECONDS + 5


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_say_about_a_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    here = tmp_path / unit.name.replace("@", "@1")
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True, check=False
    )
    assert [line for line in said.stderr.splitlines() if here.name in line] == []


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "rounds", [pytest.param(5), pytest.param(50, marks=pytest.mark.long)], ids=["few", "fifty"]
)
def test_r26_a_backup_taken_while_pages_are_written_is_whole_and_goes_on(tmp_path: Path, rounds: int) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/connector.db")
    connect(store)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            put(store, record(str(number)), cursor=str(number))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for each in range(rounds):
            copy = tmp_path / f"backup-{each}.db"
            with sqlite3.connect(tmp_path / "connector.db") as live, sqlite3.connect(copy) as kept:
                live.backup(kept)
                assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            live.close()
            kept.close()
            restored = Store.open(f"sqlite:///{copy}")
            written = int(restored.cursor("shop") or -1) + 1
            counts = restored.counts("shop")
            assert counts.conversations == counts.owed == written
            put(restored, record("next"))
            restored.close()
            copy.unlink()
    finally:
        stop.set()
        writer.join()
        store.close()


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_r24_a_worker_that_is_told_to_stop_ends_well_and_leaves_no_hold(
    tmp_path: Path, signal_number: int
) -> None:
    account, work = tmp_path / "account", tmp_path / "work"
    account.mkdir()
    work.mkdir()
    said = {"id": "a", "role": "customer", "text": "Where is my parcel? I am upset."}
    rows = [json.dumps({"id": str(n), "messages": [said]}) + "\n" for n in range(20_000)]
    (account / "c.jsonl").write_text("".join(rows))
    cli = Cli(work)
    assert cli.run("connect", "local", "--name", "shop", "--path", str(account)).code == 0
    worker = cli.start("worker")
    store = Store.open(f"sqlite:///{work}/var/connector.db")
    deadline = time.monotonic() + 60
    while store.cursor("shop") is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert store.cursor("shop") is not None, "it never began"
    worker.send_signal(signal_number)
    assert worker.wait(timeout=25) == 0
    store.hold("shop", "the next worker", now=datetime.now(UTC))
    store.close()
