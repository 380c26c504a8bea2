"""The rubric: what each dimension weighs, where the bands lie, and what copies and stock phrases cost."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..errors import Misconfigured

DIMENSIONS = (
    "emotional_reaction",
    "interpretation",
    "exploration",
    "ownership",
    "help",
    "personalisation",
)
_FACTORS = ("canned", "similar", "stock", "contradiction")


@dataclass(frozen=True, slots=True)
class Rubric:
    """Weights (points at level 2, summing to 100), bands, factors and thresholds of one version."""

    version: str
    preset: str
    weights: Mapping[str, float]
    dismissive: float
    fair: int
    high: int
    factors: Mapping[str, float]
    attention: float
    middle: tuple[float, float]
    """(points, score): so many points count as this score, with straight lines from there to 0 and to 100."""

    @classmethod
    def load(cls, text: str, *, preset: str | None = None) -> Rubric:
        """Read a rubric file, with the weights of one of its presets where named.

        Raises Misconfigured, naming the key that is wrong and what it should be.
        """
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Misconfigured(f"The rubric is not valid TOML: {error}.") from None
        weights: Any = _table(raw, "weights")
        if preset is not None:
            presets = _table(raw, "presets")
            if preset not in presets:
                known = ", ".join(sorted(presets)) or "none"
                raise Misconfigured(f"The rubric has no preset '{preset}'; it has: {known}.")
            weights = presets[preset]
        version = raw.get("version")
        if not isinstance(version, str) or not version:
            raise Misconfigured('The rubric needs a version, such as version = "1".')
        bands = _table(raw, "bands")
        fair, high = (_number(bands, "bands", key, 0, 100) for key in ("fair", "high"))
        if fair >= high:
            raise Misconfigured("The rubric's bands.fair must be below bands.high.")
        return cls(
            version=version,
            preset=preset or "default",
            weights=_weights(weights),
            dismissive=_number(_table(raw, "penalties"), "penalties", "dismissive", 0, 100),
            fair=int(fair),
            high=int(high),
            factors={key: _number(_table(raw, "factors"), "factors", key, 0, 1) for key in _FACTORS},
            attention=_number(_table(raw, "attention"), "attention", "frustration", 0, 1),
            middle=_middle(_table(raw, "scale")),
        )

    def on_scale(self, points: float) -> float:
        """The score for so many points, 0..100; more points never score less."""
        at, score = self.middle
        if points <= at:
            return points * score / at
        return score + (points - at) * (100 - score) / (100 - at)

    def band(self, empathy: int) -> str:
        """`low`, `fair` or `high` for a score of 0 to 100."""
        return "high" if empathy >= self.high else "fair" if empathy >= self.fair else "low"

    def digest(self) -> str:
        """Eight hex digits that change with any number in here."""
        numbers = (
            sorted(self.weights.items()),
            self.dismissive,
            self.fair,
            self.high,
            sorted(self.factors.items()),
            self.attention,
            self.middle,
        )
        return blake2b(repr(numbers).encode(), digest_size=4).hexdigest()


@cache
def default_rubric() -> Rubric:
    """The rubric that comes with the product."""
    return Rubric.load(rubric_text())


def rubric_text() -> str:
    """The file that comes with the product, to copy and edit."""
    return (Path(__file__).parent / "rubric.toml").read_text(encoding="utf-8")


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise Misconfigured(f"The rubric needs a table [{name}].")
    return table


def _number(table: Mapping[str, Any], name: str, key: str, low: float, high: float) -> float:
    value = table.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise Misconfigured(f"The rubric's {name}.{key} must be a number from {low} to {high}.")
    return float(value)


def _middle(table: Mapping[str, Any]) -> tuple[float, float]:
    return _number(table, "scale", "points", 1, 99), _number(table, "scale", "score", 1, 99)


def _weights(table: Mapping[str, Any]) -> dict[str, float]:
    unknown = sorted(set(table) - set(DIMENSIONS))
    if unknown:
        raise Misconfigured(f"The rubric weighs '{unknown[0]}', which is no dimension of it.")
    weights = {name: _number(table, "weights", name, 0, 100) for name in DIMENSIONS}
    if abs(sum(weights.values()) - 100) > 0.01:
        raise Misconfigured(f"The rubric's weights must sum to 100; they sum to {sum(weights.values()):g}.")
    return weights
