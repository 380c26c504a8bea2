"""The rubric: what each dimension weighs, where the bands lie, and what copies and stock phrases cost."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
FACTORS = ("canned", "similar", "stock", "contradiction")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "weights": DIMENSIONS,
    "penalties": ("dismissive",),
    "bands": ("fair", "high"),
    "scale": ("points", "score"),
    "factors": FACTORS,
    "attention": ("frustration",),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]{0,19}")
"""A version or a preset, which is part of the name that every score carries."""


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
        except RecursionError:
            raise Misconfigured("The rubric is not valid TOML: it is nested too deeply.") from None
        _require_known("", raw, ("version", "preset", "presets", *_KEYS))
        presets = _presets(raw)
        if preset is not None and preset not in presets:
            known = ", ".join(sorted(presets)) or "none"
            raise Misconfigured(f"The rubric has no preset '{preset}'; it has: {known}.")
        bands = _table(raw, "bands")
        fair, high = (_whole(bands, "bands", key, 0, 100) for key in ("fair", "high"))
        if fair >= high:
            raise Misconfigured("The rubric's bands.fair must be below bands.high.")
        weights = _weights(_table(raw, "weights"), "weights")
        return cls(
            version=_name(raw, "version", None),
            preset=preset or _name(raw, "preset", "default"),
            weights=weights if preset is None else presets[preset],
            dismissive=_number(_table(raw, "penalties"), "penalties", "dismissive", 0, 100),
            fair=fair,
            high=high,
            factors={key: _number(_table(raw, "factors"), "factors", key, 0, 1) for key in FACTORS},
            attention=_number(_table(raw, "attention"), "attention", "frustration", 0, 1),
            middle=_middle(_table(raw, "scale")),
        )

    def as_toml(self) -> str:
        """The same rubric as a file, which `load` reads."""
        tables: Mapping[str, Mapping[str, float]] = {
            "weights": self.weights,
            "penalties": {"dismissive": self.dismissive},
            "bands": {"fair": self.fair, "high": self.high},
            "scale": dict(zip(("points", "score"), self.middle, strict=True)),
            "factors": self.factors,
            "attention": {"frustration": self.attention},
        }
        lines = [f'version = "{self.version}"']
        if self.preset != "default":
            lines.append(f'preset = "{self.preset}"')
        for name, table in tables.items():
            lines += ["", f"[{name}]", *(f"{key} = {_written(table[key])}" for key in _KEYS[name])]
        return "\n".join(lines) + "\n"

    def named(self, version: str) -> Rubric:
        """The same numbers under another version."""
        return replace(self, version=version)

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
        return blake2b(repr(self._numbers()).encode(), digest_size=4).hexdigest()

    def is_same_as(self, other: Rubric) -> bool:
        """Whether every number in here is the other's, too."""
        return self._numbers() == other._numbers()

    def _numbers(self) -> tuple[object, ...]:
        return (
            sorted(self.weights.items()),
            self.dismissive,
            self.fair,
            self.high,
            sorted(self.factors.items()),
            self.attention,
            self.middle,
        )


@cache
def default_rubric() -> Rubric:
    """The rubric that comes with the product."""
    return Rubric.load(rubric_text())


def rubric_text() -> str:
    """The file that comes with the product, to copy and edit."""
    return (Path(__file__).parent / "rubric.toml").read_text(encoding="utf-8")


@cache
def preset_weights() -> Mapping[str, Mapping[str, float]]:
    """The weights of each preset that comes with the product."""
    return _presets(tomllib.loads(rubric_text()))


def _require_known(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        shown = ", ".join(f"[{name}]" if name in _KEYS else name for name in known)
        place = f"{where}." if where else ""
        raise Misconfigured(f"The rubric has an unknown key '{place}{unknown[0]}'; known there: {shown}.")


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise Misconfigured(f"The rubric needs a table [{name}].")
    if name in _KEYS:
        _require_known(name, table, _KEYS[name])
    return table


def _presets(raw: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    if "presets" not in raw:
        return {}
    presets = _table(raw, "presets")
    found = {}
    for name in presets:
        _require_name("presets", name)
        where = f"presets.{name}"
        table = _table(presets, name)
        _require_known(where, table, DIMENSIONS)
        found[name] = _weights(table, where)
    return found


def _name(raw: Mapping[str, Any], key: str, usual: str | None) -> str:
    value = raw.get(key, usual)
    _require_name(key, value)
    return str(value)


def _require_name(key: str, value: object) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Misconfigured(
            f'The rubric\'s {key} must be a short name in quotes, such as {key} = "2": '
            "at most 20 letters, digits, points and underscores."
        )


def _number(table: Mapping[str, Any], name: str, key: str, low: float, high: float) -> float:
    value = table.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise Misconfigured(f"The rubric's {name}.{key} must be a number from {low} to {high}.")
    return float(value)


def _whole(table: Mapping[str, Any], name: str, key: str, low: int, high: int) -> int:
    value = _number(table, name, key, low, high)
    if not value.is_integer():
        raise Misconfigured(f"The rubric's {name}.{key} must be a whole number from {low} to {high}.")
    return int(value)


def _middle(table: Mapping[str, Any]) -> tuple[float, float]:
    return _number(table, "scale", "points", 1, 99), _number(table, "scale", "score", 1, 99)


def _weights(table: Mapping[str, Any], where: str) -> dict[str, float]:
    weights = {name: _number(table, where, name, 0, 100) for name in DIMENSIONS}
    if abs(sum(weights.values()) - 100) > 0.01:
        raise Misconfigured(f"The rubric's {where} must sum to 100; they sum to {sum(weights.values()):g}.")
    return weights


def _written(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))
