"""R-12, R-23: clocks that jump by 26 hours and disks that fill up lose nothing, and it mends by itself."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from connector.bootstrap import utc_now
from connector.errors import ConnectorError
from connector.jobs.work import is_due
from connector.model import Role
from connector.readiness import checks
from connector.sync import Options
from tests.fakes.clock import Clock
from tests.fakes.words import own_words
from tests.places import NAME, Place, place_on
from tests.providers.world import Said
from tests.standins.drive import seeded

from .oracle import complaints
from .stories import Template
from .telling import SEEN_AFTER, Telling

JUMP = timedelta(hours=26)
JUMPS = (JUMP, timedelta(0), -JUMP, timedelta(0), JUMP, -JUMP, timedelta(0))
KEPT_FOR = {"mode": "redact", "keep": "30d"}


class Skewed(Clock):
    """Our clock, which is wrong by `skew`; the platform's is right."""

    def __init__(self, right: Clock) -> None:
        super().__init__()
        self.skew = timedelta(0)
        self._right = right

    def now(self) -> datetime:
        return self._right.now() + self.skew

    def tick(self, seconds: float) -> None:
        self._right.tick(seconds)


@pytest.mark.sqlite
def test_r12_our_clock_jumps_by_26_hours_and_back_and_nothing_is_lost_or_purged_on_zendesk(
    template: Template, tmp_path: Path
) -> None:
    story = template.story(tmp_path / "files", seeded("jumps").randrange(10**6))
    app = story.app()
    app.store.add_policy(NAME, KEPT_FOR, changed_by="test", now=app.now())
    kept = 0
    for jump in JUMPS:
        app.now = lambda jump=jump: story.world.now() + jump
        story.say(story.rng.choice(story.truth.living))
        story.talk()
        story.world.tick(SEEN_AFTER)
        story.told.clear()  # with such a clock nothing that is signed now can be believed
        story.work(app)
        assert is_due(app.installation(NAME), app.now() + timedelta(minutes=7))
        assert app.store.kept_count() >= kept, "nothing falls due within a few hours"
        kept = app.store.kept_count()
    assert kept > 0
    app.store.close()
    story.settle()
    assert story.found == []


@pytest.mark.sqlite
def test_r12_our_clock_jumps_by_26_hours_and_back_and_nothing_is_lost_on_hubspot(tmp_path: Path) -> None:
    place = place_on("hubspot", tmp_path, extended=False)
    theirs = place.world.clock
    place.world.clock = ours = Skewed(theirs)
    place.world.provider = partial(place.world.provider, patience=timedelta(minutes=5))
    ids = [place.talk(place.world.add_contact(), own_words(number)) for number in range(3)]
    for number, ours.skew in enumerate(JUMPS):
        theirs.tick(SEEN_AFTER)
        error = sync(place)
        assert error is None, (number, error)
        assert complaints(place, ids) == [], (number, ours.skew)
        at = theirs.now()
        said = [Said(Role.CUSTOMER, f"Where is it? {own_words(number)}", at=at)]
        ids.append(place.world.add_conversation(said, at=at))


def test_r12_a_sync_that_was_noted_in_the_future_does_not_stop_the_next_one(tmp_path: Path) -> None:
    place = place_on("local", tmp_path)
    place.sync()
    now: datetime = place.app.now()
    assert not is_due(place.installation, now)
    assert is_due(place.installation, now - JUMP)


def test_r12_a_sign_of_life_in_the_future_is_none(tmp_path: Path) -> None:
    place = place_on("local", tmp_path)

    class NoJobs:
        def count(self) -> int:
            return 0

    place.app.store.note_worker(place.app.now())
    assert checks(place.app, NoJobs())["worker"]
    place.app.store.note_worker(place.app.now() + JUMP)
    assert not checks(place.app, NoJobs())["worker"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Sixteen megabytes, of memory: sixty rounds take more than four."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, rng: random.Random) -> Path:
    """Take all room but for a little."""
    ballast = disk / "ballast"
    room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast.write_bytes(b"\0" * max(0, room - rng.choice((0, 0, 4096, 65536))))
    return ballast


def sync(place: Place) -> Exception | None:
    try:
        return place.app.sync(NAME, Options(), patience=timedelta(0)).error
    except ConnectorError as error:
        return error


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(4, id="few", marks=pytest.mark.slow),
        pytest.param(60, id="many", marks=pytest.mark.long),
    ],
)
def test_r23_a_disk_that_fills_up_again_and_again_loses_nothing_that_was_acknowledged(
    small_disk: Path, rounds: int
) -> None:
    rng = seeded("full disk")
    telling = Telling.on("zendesk", small_disk)
    ids = [telling.talk(number) for number in range(5)]
    refused = failed = 0
    for number in range(rounds):
        telling.place.world.tick(SEEN_AFTER)
        ballast = fill(small_disk, rng)
        ids.append(telling.talk(("new", number)))
        for again in range(6):
            changed = rng.choice(ids)
            telling.say(changed, (number, again))
            before = telling.hints()
            status = telling.deliver(telling.changed(changed, number=again)).status_code
            assert status in (200, 503)
            assert (
                telling.hints() == before if status == 503 else ("conversation", changed) in telling.hints()
            )
            refused += status == 503
        telling.place.world.tick(SEEN_AFTER)
        failed += sync(telling.place) is not None
        assert telling.web.test_client().get("/healthz", base_url="http://127.0.0.1").status_code == 200
        ballast.unlink()
        telling.work()
        telling.place.sync(after=SEEN_AFTER)
        assert complaints(telling.place, ids) == []
    assert refused > 0
    assert failed > 0
    assert telling.place.app.now() < utc_now()
    telling.place.app.store.close()
