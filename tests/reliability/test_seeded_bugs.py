"""R-34: the harness can fail; every bug that is put into the program is caught, and none of them ships."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from .bugs import BUGS, Seed
from .stories import Template, tell
from .test_failpoints import Place, crossings

SEEDS = 6
MOST_STORIES = 400
TELLING = ("record_page", "update_many", "settle", "hints", "hear")
"""What is struck first: most of what can go wrong goes wrong there."""


def strikes_in(found: Mapping[str, Sequence[Place]], rng: random.Random) -> list[tuple[str, Place]]:
    """Where to strike, in which order: the same for every bug."""
    everywhere = [(name, place) for name, places in sorted(found.items()) for place in places]
    rng.shuffle(everywhere)
    return sorted(everywhere, key=lambda strike: not any(word in strike[0] for word in TELLING))[
        :MOST_STORIES
    ]


@pytest.fixture(scope="session")
def strikes(template: Template, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Place]]:
    """None of these stories goes wrong while no bug is put in."""
    found = crossings(template, tmp_path_factory.mktemp("stories"), 0, SEEDS, beyond=1)
    return strikes_in(found, random.Random(1))  # noqa: S311 - reproducible, not secret


@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_r34_a_bug_that_is_put_in_is_caught(
    bug: Seed,
    template: Template,
    strikes: list[tuple[str, Place]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(monkeypatch)
    for number, (name, (seed, nth)) in enumerate(strikes):
        story = tell(template, tmp_path / str(number), seed, (name, nth))
        if story.found:
            print(f"caught by story {number + 1}, struck at {name}: {story.found[0]}")  # noqa: T201 - which shows with -s
            return
    pytest.fail(f"none of {len(strikes)} stories shows it")
