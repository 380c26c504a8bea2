"""R-01, R-02, R-03: a process that ends at any crossing of its ports loses and doubles nothing."""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path

import pytest

from tests.standins.drive import seeded

from .stories import Template, tell

PARTS = 4
SEEDS = 10
"""Stories that are looked through for what can be struck."""
EXPECTED = (
    "before the commit of record_page",
    "after record_page",
    "before settle",
    "after settle",
    "before hear",
    "after drop_hints",
    "after PUT /api/v2/tickets/update_many",
    "before hold",
)
Place = tuple[int, int]


def crossings(
    template: Template, folder: Path, first: int, count: int, *, beyond: int = 0
) -> dict[str, list[Place]]:
    """Failpoint -> (seed, nth passing) of the stories in which it is passed; none of them goes wrong.

    `beyond` adds passings that there are only in a program with a bug.
    """
    found: dict[str, list[Place]] = defaultdict(list)
    for seed in range(first, first + count):
        story = tell(template, folder / f"look-{seed}", seed)
        assert story.found == [], seed
        for name, times in story.passed.items():
            found[name] += [(seed, nth) for nth in range(1, min(times, 6) + beyond + 1)]
    return found


def strike_all(template: Template, folder: Path, chosen: list[tuple[str, Place]]) -> int:
    struck = 0
    for number, (name, (seed, nth)) in enumerate(chosen):
        story = tell(template, folder / str(number), seed, (name, nth))
        assert story.found == [], (name, seed, nth)
        struck += story.was_struck
    return struck


@pytest.mark.sqlite
@pytest.mark.slow
def test_r02_a_process_that_dies_at_some_of_its_failpoints_loses_nothing(
    template: Template, tmp_path: Path
) -> None:
    rng = seeded("failpoints")
    found = crossings(template, tmp_path, rng.randrange(10**6), 3)
    assert len(found) > 50
    chosen = [(name, rng.choice(places)) for name, places in rng.sample(sorted(found.items()), 24)]
    assert strike_all(template, tmp_path, chosen) == len(chosen)


@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_r02_a_process_that_dies_twenty_times_at_each_of_its_failpoints_loses_nothing(
    template: Template, tmp_path: Path, part: int
) -> None:
    rng = seeded("failpoints")
    found = crossings(template, tmp_path, rng.randrange(10**6), SEEDS)
    assert set(EXPECTED) <= set(found)
    ours = sorted(found.items())[part::PARTS]
    chosen = [
        (name, place)
        for name, places in ours
        for place in itertools.islice(itertools.cycle(rng.sample(places, len(places))), 20)
    ]
    assert strike_all(template, tmp_path, chosen) == len(chosen)
