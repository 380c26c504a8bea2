"""Reads years of a Zendesk account for the first time: pulled, scored, kept and written back (T-04).

Run: PYTHONPATH=. python scripts/bench_backfill.py [--tickets 1000000] [--folder DIR] [--kill-after N]
The stand-in is a process of its own and limits nothing, so what is measured is the connector's `sync`. Each
line tells how many tickets are written back by then, and what the process takes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
import written_talk
from large_desk import SEED
from processes import NAME, begun, command_line, connect_zendesk, cpu_seconds, memory_mb

from connector.model import Message, Role
from connector.scoring.engine import default_engine
from tests.fakes.zendesk_records import as_html
from tests.standins.drive import Cli

LINES = 20
SCORED_FOR_RATE = 3_000
MOST_MB, LEAST_PER_SECOND, MOST_SLOPE_MB = 256, 200, 1.0
LONG = 300_000
"""What is remembered on purpose fills up before; only after that memory has to be flat."""


def scorer_rate() -> float:
    """Tickets of these that the scorer alone does in a second of CPU."""
    engine, chance = default_engine(), random.Random(SEED)  # noqa: S311 - the same every time
    roles = (Role.CUSTOMER, Role.AGENT, Role.CUSTOMER)
    talks = [
        [
            Message(str(at), role, as_html(text), is_html=True)
            for at, (role, text) in enumerate(zip(roles, said, strict=True))
        ]
        for said in (written_talk.talk(chance) for _ in range(SCORED_FOR_RATE))
    ]
    start = time.process_time()
    for at, messages in enumerate(talks):
        engine.score_conversation(str(at), messages)
    return len(talks) / (time.process_time() - start)


def slope_mb(points: list[tuple[int, float]]) -> float:
    """Megabytes more for 100,000 tickets, by least squares over the second half."""
    half = points[len(points) // 2 :]
    if len(half) < 2:
        return 0.0
    xs, ys = [each[0] / 100_000 for each in half], [each[1] for each in half]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - middle_x) ** 2 for x in xs)


def watch(
    cli: Cli, origin: str, tickets: int, kill_after: int | None
) -> tuple[list[tuple[int, float]], float, float, bool]:
    """(tickets, memory) points, seconds, CPU seconds of one run, and whether it ended by itself."""
    process = begun(cli, "sync", NAME, "--json")
    began, points, cpu, told = time.monotonic(), [], 0.0, 0
    every = max(1, tickets // LINES)
    while process.poll() is None:
        time.sleep(1)
        try:
            memory, cpu = memory_mb(process.pid), cpu_seconds(process.pid)
        except (OSError, IndexError):
            continue
        written = _figures(origin)["written"]
        points.append((written, memory))
        if written // every > told:
            told = written // every
            took = time.monotonic() - began
            print(
                f"{time.strftime('%H:%M:%S')} {written:,} written, {written / took:.0f}/s, {memory:.0f} MB",
                flush=True,
            )
        if kill_after is not None and written >= kill_after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return points, time.monotonic() - began, cpu, False
    return points, time.monotonic() - began, cpu, True


def _figures(origin: str) -> dict[str, Any]:
    return dict(requests.get(f"{origin}/figures", timeout=3600).json())


def backfill(folder: Path, tickets: int, kill_after: int | None) -> bool:
    """Whether all is written, fast enough, in little memory."""
    stand_in = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("large_desk.py")), "--tickets", str(tickets)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert stand_in.stdout is not None
        desk = json.loads(stand_in.stdout.readline())
        cli = command_line(folder / "work")
        connect_zendesk(cli, desk["subdomain"], desk["token"], desk["origin"])
        runs = [watch(cli, desk["origin"], tickets, kill_after)]
        if not runs[0][3]:
            print(f"Killed after {runs[0][0][-1][0]:,} tickets; the next run goes on.", flush=True)
            runs.append(watch(cli, desk["origin"], tickets, None))
        return report(folder, tickets, runs, _figures(desk["origin"]))
    finally:
        stand_in.terminate()
        stand_in.wait()


def report(folder: Path, tickets: int, runs: list[Any], figures: dict[str, Any]) -> bool:
    """Print all figures; whether the bars are met."""
    points = [each for run in runs for each in run[0]]
    took, cpu = sum(run[1] for run in runs), sum(run[2] for run in runs)
    done = next((at for at, (written, _) in enumerate(points) if written >= tickets), len(points))
    peak, slope = max(memory for _, memory in points), slope_mb(runs[-1][0][:done])
    database = folder / "work/var/connector.db"
    print(
        f"{figures['written']:,} of {tickets:,} tickets written back within {took:.0f} s, {cpu:.0f} s of CPU"
    )
    rate = figures["written"] / took
    print(f"end to end: {rate:.0f} tickets/s ({figures['written'] / cpu:.0f} per second of CPU)")
    print(f"memory: peak {peak:.0f} MB, {slope:+.2f} MB per 100,000 tickets over the second half")
    print(f"database: {database.stat().st_size / tickets:.0f} bytes a ticket; seed {SEED}")
    print(f"stand-in: {json.dumps(figures)}")
    is_flat = tickets < LONG or slope < MOST_SLOPE_MB
    is_good = peak < MOST_MB and rate >= LEAST_PER_SECOND and is_flat
    return is_good and figures["written"] == tickets == figures["changes"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--kill-after", type=int)
    given = parser.parse_args()
    print(f"The scorer alone: {scorer_rate():.0f} such tickets per second of CPU.", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        return 0 if backfill(given.folder or Path(scratch), given.tickets, given.kill_after) else 1


if __name__ == "__main__":
    sys.exit(main())
