"""The rubric file is read with clear errors, and its version changes with its numbers."""

from __future__ import annotations

import re

import pytest

from connector.errors import Misconfigured
from connector.scoring.engine import Engine, default_engine
from connector.scoring.rubric import DIMENSIONS, Rubric, default_rubric, rubric_text


@pytest.mark.parametrize("preset", [None, "retail", "services", "software"])
def test_every_preset_sums_to_a_hundred(preset: str | None) -> None:
    rubric = Rubric.load(rubric_text(), preset=preset)
    assert sum(rubric.weights.values()) == 100
    assert set(rubric.weights) == set(DIMENSIONS)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("help = 20", "help = 30", "sum to 100"),
        ("help = 20", "kindness = 20", "kindness"),
        ("fair = 40", "fair = 80", "bands.fair"),
        ("fair = 40", 'fair = "x"', "bands.fair"),
        ('version = "1"', "", "version"),
        ("[weights]", "[weights", "TOML"),
        ("canned = 0.5", "canned = 5", "factors.canned"),
        ("[attention]", "[other]", "[attention]"),
    ],
)
def test_a_wrong_rubric_says_what_is_wrong(old: str, new: str, told: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(told)):
        Rubric.load(rubric_text().replace(old, new, 1))


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match="retail, services, software"):
        Rubric.load(rubric_text(), preset="hotel")


def test_the_ruleset_changes_with_a_weight_a_threshold_and_a_preset() -> None:
    text = rubric_text()
    changed = [
        text.replace("high = 70", "high = 75"),
        text.replace("dismissive = 30", "dismissive = 25"),
        text.replace("canned = 0.5", "canned = 0.4"),
    ]
    rulesets = {Engine(Rubric.load(each)).ruleset for each in changed}
    rulesets.add(Engine(Rubric.load(text, preset="retail")).ruleset)
    rulesets.add(default_engine().ruleset)
    assert len(rulesets) == 5


@pytest.mark.parametrize(
    ("score", "band"), [(0, "low"), (39, "low"), (40, "fair"), (69, "fair"), (70, "high"), (100, "high")]
)
def test_bands_begin_at_their_thresholds(score: int, band: str) -> None:
    assert default_rubric().band(score) == band


def test_more_points_never_score_less_and_the_ends_stay() -> None:
    rubric = default_rubric()
    scores = [rubric.on_scale(points / 10) for points in range(1001)]
    assert scores[0] == 0
    assert scores[-1] == 100
    assert scores == sorted(scores)
    at, score = rubric.middle
    assert rubric.on_scale(at) == score
