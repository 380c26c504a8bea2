"""The linear model of customer messages: word groups with their weights, beside a few counted features."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .lexicon_files import ENGLISH, model_path
from .word_groups import HALF, GroupWeights

OUTPUTS = ("general", "domain", "sentiment", "frustration", "opportunity")
SCALE = 1000
"""Weights of word groups are stored as whole numbers, in thousandths."""


@dataclass(frozen=True, slots=True)
class Linear:
    """One output: a constant, and weights of the counted features by their names."""

    constant: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CustomerModel:
    """Weights by word group, and the outputs' counted features."""

    group_weights: GroupWeights
    outputs: Mapping[str, Linear]
    names: tuple[str, ...]
    columns: tuple[tuple[float, ...], ...]
    """For each counted feature its weight in the last three outputs; the first two count words only."""
    constants: tuple[float, ...]

    def read(
        self, words: Sequence[str], negations: Collection[str], features: Mapping[int, float]
    ) -> tuple[float, ...]:
        """The raw outputs, in the order of OUTPUTS, for the words and counted features of one text."""
        sums, count = self.group_weights.sums(words, negations)
        scale = 1 / (SCALE * math.sqrt(count + 3))
        general, domain, sentiment, frustration, opportunity = [
            (value - HALF) * scale + constant for constant, value in zip(self.constants, sums, strict=True)
        ]
        columns = self.columns
        for place, value in features.items():
            column = columns[place]
            sentiment += value * column[0]
            frustration += value * column[1]
            opportunity += value * column[2]
        return general, domain, sentiment, frustration, opportunity

    @classmethod
    def of(
        cls, group_weights: Mapping[str, int], outputs: Mapping[str, Linear], names: Sequence[str]
    ) -> CustomerModel:
        """Put a model together from its parts."""
        columns = zip(*(outputs[name].weights for name in OUTPUTS[2:]), strict=True)
        constants = tuple(outputs[name].constant for name in OUTPUTS)
        weights = GroupWeights(group_weights, len(OUTPUTS))
        return cls(weights, outputs, tuple(names), tuple(columns), constants)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CustomerModel:
        """From what `to_json` gave."""
        return cls.of(raw["groups"], linear_outputs(raw), raw["names"])

    def to_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {"names": list(self.names), **parts_json(self.outputs, self.group_weights.rows)}


def linear_outputs(raw: Mapping[str, Any]) -> dict[str, Linear]:
    """The outputs as `parts_json` wrote them."""
    return {name: Linear(row["constant"], tuple(row["weights"])) for name, row in raw["outputs"].items()}


def parts_json(outputs: Mapping[str, Linear], group_weights: Mapping[str, int]) -> dict[str, Any]:
    """What both kinds of model write to their files."""
    return {
        "outputs": {
            name: {"constant": round(row.constant, 5), "weights": [round(w, 5) for w in row.weights]}
            for name, row in outputs.items()
        },
        "groups": dict(group_weights),
    }


@cache
def shipped(language: str = ENGLISH) -> CustomerModel:
    """The model of a language that comes with the product."""
    return CustomerModel.from_json(json.loads(model_path(language, "customer").read_bytes()))
