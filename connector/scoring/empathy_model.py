"""The linear models of replies: the behaviours each sentence shows, and how the whole reply fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from .customer_model import MODELS, SCALE, Linear

OUTPUTS = ("emotional_reaction", "interpretation", "exploration", "fit")


def sentence_groups(words: Sequence[str]) -> set[str]:
    """The words of a sentence and its pairs of words, each once."""
    found = set(words)
    found.update([f"{one} {two}" for one, two in pairwise(words)])
    return found


@dataclass(frozen=True, slots=True)
class EmpathyModel:
    """Weights by word group (one number per output) and by counted feature, and the levels' thresholds."""

    group_weights: Mapping[str, Sequence[int]]
    outputs: Mapping[str, Linear]
    names: tuple[str, ...]
    thresholds: Mapping[str, Sequence[float]]
    """From which output on a sentence is at level 1 and level 2; for `fit`, its middle and its slope."""

    def read(self, words: Sequence[str], features: Mapping[int, float]) -> tuple[float, float, float, float]:
        """The four outputs for the words and counted features (by place) of one sentence."""
        weights = self.group_weights
        found = sentence_groups(words)
        reaction = interpretation = exploration = fit = 0
        for group in found & weights.keys():
            row = weights[group]
            reaction += row[0]
            interpretation += row[1]
            exploration += row[2]
            fit += row[3]
        scale = 1 / (SCALE * math.sqrt(len(found) + 3))
        first, second, third, fourth = (self.outputs[name] for name in OUTPUTS)
        sums = [
            first.constant + reaction * scale,
            second.constant + interpretation * scale,
            third.constant + exploration * scale,
            fourth.constant + fit * scale,
        ]
        for place, value in features.items():
            sums[0] += first.weights[place] * value
            sums[1] += second.weights[place] * value
            sums[2] += third.weights[place] * value
            sums[3] += fourth.weights[place] * value
        return sums[0], sums[1], sums[2], sums[3]

    def level(self, name: str, output: float) -> int:
        """0, 1 or 2."""
        one, two = self.thresholds[name]
        return 2 if output >= two else 1 if output >= one else 0

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> EmpathyModel:
        """From what `to_json` gave."""
        return cls(
            raw["groups"],
            {name: Linear(row["constant"], tuple(row["weights"])) for name, row in raw["outputs"].items()},
            tuple(raw["names"]),
            raw["thresholds"],
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {
            "names": list(self.names),
            "thresholds": {name: list(pair) for name, pair in self.thresholds.items()},
            "outputs": {
                name: {"constant": round(row.constant, 5), "weights": [round(w, 5) for w in row.weights]}
                for name, row in self.outputs.items()
            },
            "groups": dict(self.group_weights),
        }


@cache
def shipped() -> EmpathyModel:
    """The models that come with the product."""
    return EmpathyModel.from_json(json.loads((MODELS / "empathy.json").read_bytes()))
