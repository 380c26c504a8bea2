"""What the connector takes: its wheels, its environment, its start, and its memory at rest (T-09).

Run: PYTHONPATH=. python scripts/bench_footprint.py [--without-install]
Installs the package into a fresh environment, which downloads its wheels; without that, only the processes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import command_line, family, free_port, memory_mb, running, wait_for_server

ROOT = Path(__file__).resolve().parent.parent
MOST = {"downloaded": 40, "installed": 200, "seconds": 3, "idle": 110}
SETTLES_SECONDS = 20


def megabytes(folder: Path) -> float:
    """What the files in a folder take."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 2**20


def installed(scratch: Path) -> tuple[float, float]:
    """(wheels, installed packages), in MB, ours included."""
    wheels, packages = scratch / "wheels", scratch / "packages"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--wheel-dir", str(wheels), str(ROOT)], check=True)  # noqa: S603
    offline = ["--no-index", "--find-links", str(wheels), "--target", str(packages)]
    subprocess.run([*pip, "install", *offline, "empathy-connector"], check=True)  # noqa: S603
    return megabytes(wheels), megabytes(packages)


def at_rest(scratch: Path) -> tuple[float, dict[str, float]]:
    """Seconds until the server answers, and what each process has in memory then."""
    cli, port = command_line(scratch / "work"), free_port()
    cli.run("migrate")
    began = time.perf_counter()
    with running(cli, ("serve", "--port", str(port)), ("worker",)) as [server, worker]:
        wait_for_server(port)
        took = time.perf_counter() - began
        time.sleep(SETTLES_SECONDS)
        processes = {f"server {at}": pid for at, pid in enumerate(family(server.pid))}
        return took, {name: memory_mb(pid) for name, pid in {**processes, "worker": worker.pid}.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-install", action="store_true")
    given = parser.parse_args()
    good = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if not given.without_install:
            wheels, packages = installed(scratch)
            print(f"wheels: {wheels:.1f} MB, installed: {packages:.1f} MB")
            good += [wheels <= MOST["downloaded"], packages <= MOST["installed"]]
        took, memory = at_rest(scratch)
        shown = ", ".join(f"{name} {value:.0f} MB" for name, value in memory.items())
        print(f"the server answers after {took:.1f} s; at rest: {shown}")
        good += [took < MOST["seconds"], max(memory.values()) <= MOST["idle"]]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
