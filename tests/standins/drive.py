"""Driving the real command from outside: run it, kill it at random, hunt for planted words afterwards."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from tests.fakes.wsgi import Deadly
from tests.on_disk import contents

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "connector")


@dataclass(frozen=True, slots=True)
class Run:
    """How one command ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object on stdout, as `sync NAME --json` writes it."""
        return dict(json.loads(self.out))

    def assert_one_sentence(self) -> None:
        """The error is one line for a person, without a traceback."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert len(lines[0]) < 400


@dataclass(slots=True)
class Cli:
    """The command line in a working folder of its own, with nothing of this machine's settings.

    It keeps whatever was printed, so that planted words can be hunted in it.
    """

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    def run(self, *arguments: str, stdin: str = "", timeout: float = 300) -> Run:
        started = time.monotonic()
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self._environment(),
            timeout=timeout,
            check=False,
        )
        self.printed += [done.stdout, done.stderr]
        return Run(done.returncode, done.stdout, done.stderr, time.monotonic() - started)

    def finish(self, *arguments: str, tries: int = 6, timeout: float = 300) -> Run:
        """Run it again for as long as it says "come back later"."""
        for _ in range(tries):
            last = self.run(*arguments, timeout=timeout)
            if last.code != 3:
                break
        return last

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it in a session of its own; the output goes to files beside the working folder."""
        beside = self.folder.parent / f"{self.folder.name}.printed"
        with beside.open("ab") as printed:
            return subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
            )

    def run_and_kill(
        self,
        *arguments: str,
        progress: Callable[[], int],
        rng: random.Random,
        most_steps: int,
        most_seconds: float = 0.3,
        patience: float = 120,
    ) -> bool:
        """Kill it (-9) a random while after `progress` moved by a random number of steps.

        Returns False when it had ended by itself before.
        """
        target = progress() + rng.randint(0, most_steps)
        rest = rng.uniform(0, most_seconds)
        process = self.start(*arguments)
        deadline = time.monotonic() + patience
        while progress() < target and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=rest)
        was_running = process.poll() is None
        if was_running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        return was_running

    def run_and_strike(
        self, *arguments: str, deadly: Deadly, rng: random.Random, most_requests: int, patience: float = 120
    ) -> bool:
        """Kill it (-9) exactly at a random request, carried out or not.

        Returns False when it had ended by itself before that request.
        """
        process = self.start(*arguments)
        struck = threading.Event()

        def strike() -> None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            struck.set()

        deadly.arm(strike, after=rng.randrange(most_requests), is_carried_out=rng.random() < 0.5)
        process.wait(timeout=patience)
        deadly.disarm()
        return struck.is_set()

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "default",
            **self.settings,
        }


def kills_asked_for(default: int = 5) -> int:
    """How many kills the environment asks for (`KILLS`)."""
    return int(os.environ.get("KILLS", default))


def seeded(name: str) -> random.Random:
    """A generator whose seed is printed; `SEED` repeats a run."""
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    print(f"{name}: SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    return random.Random(seed)  # noqa: S311 - reproducible, not secret


def forms_of(canary: str) -> dict[str, bytes]:
    """The shapes in which a planted word could hide in a file."""
    plain = canary.encode()
    return {
        "utf-8": plain,
        "utf-16-le": canary.encode("utf-16-le"),
        "utf-16-be": canary.encode("utf-16-be"),
        "json": json.dumps(canary)[1:-1].encode(),
        "url": quote(canary, safe="").encode(),
        "form": quote_plus(canary).encode(),
        "hex": plain.hex().encode(),
        # base64 of a word inside a longer text starts at one of three offsets
        **{f"base64+{skip}": _base64_core(plain, skip) for skip in range(3)},
    }


def _base64_core(plain: bytes, skip: int) -> bytes:
    padded = base64.b64encode(b"\0" * skip + plain)
    return padded[4 if skip else 0 : -4]


def hunt(folder: Path, canaries: Sequence[str]) -> list[str]:
    """Where planted words are: "path: form of which canary", for every file at or below `folder`."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            found += [f"{path}: {what}" for what in hunt_bytes(contents(path), canaries)]
    return found


def hunt_bytes(data: bytes, canaries: Sequence[str]) -> list[str]:
    """Which planted words are in `data`, in which form; compressed data is opened."""
    layers = [data]
    with contextlib.suppress(OSError, EOFError, zlib.error):
        layers.append(gzip.decompress(data))
    with contextlib.suppress(zlib.error):
        layers.append(zlib.decompress(data))
    return [
        f"canary {index} as {form}"
        for layer in layers
        for index, canary in enumerate(canaries)
        for form, shape in forms_of(canary).items()
        if shape in layer
    ]
