"""The linear models of replies: the behaviours each sentence shows, and how the whole reply fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .customer_model import SCALE, Linear, linear_outputs, parts_json
from .lexicon_files import ENGLISH, model_path
from .word_groups import HALF, GroupWeights

OUTPUTS = ("emotional_reaction", "interpretation", "exploration", "fit")


@dataclass(frozen=True, slots=True)
class EmpathyModel:
    """Weights by word group and by counted feature, and the levels' thresholds."""

    group_weights: GroupWeights
    outputs: Mapping[str, Linear]
    names: tuple[str, ...]
    thresholds: Mapping[str, Sequence[float]]
    """From which output on a sentence is at level 1 and level 2; for `fit`, its middle and its slope."""
    columns: tuple[tuple[float, ...], ...]
    """For each counted feature its weight in every output."""
    constants: tuple[float, ...]

    def read(self, words: Sequence[str], features: Mapping[int, float]) -> tuple[float, float, float, float]:
        """The four outputs for the words and counted features (by place) of one sentence."""
        sums, count = self.group_weights.sums(words)
        scale = 1 / (SCALE * math.sqrt(count + 3))
        reaction, interpretation, exploration, fit = [
            (value - HALF) * scale + constant for constant, value in zip(self.constants, sums, strict=True)
        ]
        for place, value in features.items():
            column = self.columns[place]
            reaction += value * column[0]
            interpretation += value * column[1]
            exploration += value * column[2]
            fit += value * column[3]
        return reaction, interpretation, exploration, fit

    def level(self, name: str, output: float) -> int:
        """0, 1 or 2."""
        one, two = self.thresholds[name]
        return 2 if output >= two else 1 if output >= one else 0

    @classmethod
    def of(
        cls,
        group_weights: Mapping[str, int],
        outputs: Mapping[str, Linear],
        names: Sequence[str],
        thresholds: Mapping[str, Sequence[float]],
    ) -> EmpathyModel:
        """Put a model together from its parts."""
        columns = zip(*(outputs[name].weights for name in OUTPUTS), strict=True)
        constants = tuple(outputs[name].constant for name in OUTPUTS)
        weights = GroupWeights(group_weights, len(OUTPUTS))
        return cls(weights, outputs, tuple(names), thresholds, tuple(columns), constants)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> EmpathyModel:
        """From what `to_json` gave."""
        return cls.of(raw["groups"], linear_outputs(raw), raw["names"], raw["thresholds"])

    def to_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {
            "names": list(self.names),
            "thresholds": {name: list(pair) for name, pair in self.thresholds.items()},
            **parts_json(self.outputs, self.group_weights.rows),
        }


@cache
def shipped(language: str = ENGLISH) -> EmpathyModel:
    """The models of a language that come with the product."""
    return EmpathyModel.from_json(json.loads(model_path(language, "empathy").read_bytes()))
