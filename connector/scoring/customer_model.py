"""The linear model of customer messages: word groups with their weights, beside a few counted features."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parent / "models"
OUTPUTS = ("general", "domain", "sentiment", "frustration", "opportunity")
SCALE = 1000
"""Weights of word groups are stored as whole numbers, in thousandths."""

_WORD = re.compile(r"(?<![@<a-z0-9'])[a-z0-9']+")
_NEGATIONS = frozenset(
    {
        "not",
        "no",
        "never",
        "cannot",
        "cant",
        "wont",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "without",
        "nothing",
        "nobody",
        "unable",
        "nor",
        "neither",
    }
)
_NEGATED = 4
"""How many words after a negation are read as negated."""


def word_list(lower: str) -> list[str]:
    """The words of a lower-case text, without masks such as `@user`; numbers are all `0`."""
    return ["0" if word[0] in "0123456789" else word for word in _WORD.findall(lower)]


def groups(words: Sequence[str]) -> set[str]:
    """The words, pairs of words, and words under negation, each once."""
    found = set(words)
    found.update([f"{one} {two}" for one, two in pairwise(words)])
    if not _NEGATIONS.isdisjoint(words) or any(word.endswith("n't") for word in words):
        left = 0
        for word in words:
            if word in _NEGATIONS or word.endswith("n't"):
                left = _NEGATED
            elif left:
                found.add("not_" + word)
                left -= 1
    return found


@dataclass(frozen=True, slots=True)
class Linear:
    """One output: a constant, and weights of the counted features by their names."""

    constant: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CustomerModel:
    """Weights by word group (one number per output) and by counted feature."""

    group_weights: Mapping[str, Sequence[int]]
    outputs: Mapping[str, Linear]
    names: tuple[str, ...]

    def read(self, words: Sequence[str], counted: Sequence[float]) -> tuple[float, ...]:
        """The raw outputs, in the order of OUTPUTS, for the words and counted features of one text."""
        weights = self.group_weights
        found = groups(words)
        general = domain = sentiment = frustration = opportunity = 0
        for group in found & weights.keys():
            row = weights[group]
            general += row[0]
            domain += row[1]
            sentiment += row[2]
            frustration += row[3]
            opportunity += row[4]
        scale = 1 / (SCALE * math.sqrt(len(found) + 3))
        sums = [general * scale, domain * scale, sentiment * scale, frustration * scale, opportunity * scale]
        for at, name in enumerate(OUTPUTS):
            linear = self.outputs[name]
            sums[at] += linear.constant
        for feature, value in enumerate(counted):
            if value:
                for at, name in enumerate(OUTPUTS):
                    sums[at] += value * self.outputs[name].weights[feature]
        return tuple(sums)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CustomerModel:
        """From what `to_json` gave."""
        return cls(
            raw["groups"],
            {name: Linear(row["constant"], tuple(row["weights"])) for name, row in raw["outputs"].items()},
            tuple(raw["names"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {
            "names": list(self.names),
            "outputs": {
                name: {"constant": round(row.constant, 5), "weights": [round(w, 5) for w in row.weights]}
                for name, row in self.outputs.items()
            },
            "groups": dict(self.group_weights),
        }


@cache
def shipped() -> CustomerModel:
    """The model that comes with the product."""
    return CustomerModel.from_json(json.loads((MODELS / "customer.json").read_bytes()))
