"""Trains the linear models of replies and writes them to connector/scoring/models/en/empathy.json.

The labels are given to whole replies; which sentence earned them is found by turns: fit, let the best
sentence of each reply carry its label, fit again.

Run: EMPATHY_DATA=DIR python scripts/train_empathy.py   (needs the extra `train`; about half a minute)
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import eval_data
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import Ridge

from connector.scoring.customer_model import SCALE, Linear
from connector.scoring.empathy_model import OUTPUTS, EmpathyModel
from connector.scoring.lexicon_files import ENGLISH, model_path
from connector.scoring.look import Look
from connector.scoring.sentences import feature_names, sentences_of, whole
from connector.scoring.text import prepare
from connector.scoring.word_groups import groups, packed

ROUNDS = 4
PENALTY = {"emotional_reaction": 30, "interpretation": 20, "exploration": 30, "fit": 80}
THRESHOLDS = {
    "emotional_reaction": (0.5, 1.3),
    "interpretation": (0.24, 1.2),
    "exploration": (0.3, 1.3),
    "fit": (2.3, 8.0),
}
GROUPS_COUNT = 6.0  # how much word groups count beside counted features
Row = tuple[set[str], dict[int, float]]


def _matrix(rows: Sequence[Row], places: dict[str, int], spread: np.ndarray) -> sp.csr_matrix:
    lines, columns, values = [], [], []
    for at, (found, features) in enumerate(rows):
        for place, value in features.items():
            lines.append(at)
            columns.append(place)
            values.append(value / spread[place])
        for group in sorted(found):
            if group in places:
                lines.append(at)
                columns.append(len(spread) + places[group])
                values.append(GROUPS_COUNT / math.sqrt(len(found) + 3))
    return sp.csr_matrix((values, (lines, columns)), shape=(len(rows), len(spread) + len(places)))


def _spread(rows: Sequence[Row]) -> np.ndarray:
    dense = np.zeros((len(rows), len(feature_names())))
    for at, (_, features) in enumerate(rows):
        for place, value in features.items():
            dense[at, place] = value
    return dense.std(axis=0) + 0.05


def _vocabulary(rows: Sequence[Row], least: int = 4) -> dict[str, int]:
    counts = Counter(group for found, _ in rows for group in found)
    return {group: at for at, group in enumerate(sorted(g for g, n in counts.items() if n >= least))}


def _by_turns(
    rows: Sequence[Row], owner: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[Any, Any, Any]:
    """Fit on sentences whose replies have `labels`."""
    places, spread = _vocabulary(rows), _spread(rows)
    x = _matrix(rows, places, spread)
    share = 1 / np.bincount(owner)[owner]
    target = labels[owner].astype(float)
    weights = np.where(target > 0, share, 1.0)
    model = Ridge(alpha=penalty).fit(x, target, sample_weight=weights)
    for _ in range(ROUNDS - 1):
        seen = model.predict(x)
        best: dict[int, int] = {}
        for at, one in enumerate(owner):
            if labels[one] > 0 and (one not in best or seen[at] > seen[best[one]]):
                best[one] = at
        for at, one in enumerate(owner):
            if labels[one] > 0:
                carries = best[one] == at
                target[at] = labels[one] if carries else min(max(seen[at], 0.0), labels[one])
                weights[at] = 1.0 if carries else 0.3
        model = Ridge(alpha=penalty).fit(x, target, sample_weight=weights)
    return model, places, spread


def train(replies: Sequence[dict[str, Any]]) -> EmpathyModel:
    """Fit on labelled replies with the messages they answer."""
    read = [
        sentences_of(Look(prepare(row["text"]).text), Look(prepare(row["replying_to"]).text))
        for row in replies
    ]
    rows: list[Row] = [(groups(one.words), one.features) for sentences in read for one in sentences]
    owner = np.array([at for at, sentences in enumerate(read) for _ in sentences])
    weights: dict[str, list[float]] = {}
    outputs: dict[str, Linear] = {}
    for slot, name in enumerate(OUTPUTS):
        if name == "fit":
            kept = [at for at, sentences in enumerate(read) if sentences]
            wholes: list[Row] = []
            for at in kept:
                words, features = whole(read[at])
                wholes.append((groups(words), features))
            places, spread = _vocabulary(wholes), _spread(wholes)
            labels = np.array([replies[at]["overall_empathy"] for at in kept], float)
            model = Ridge(alpha=PENALTY[name]).fit(_matrix(wholes, places, spread), labels)
        else:
            labels = np.array([row[name] for row in replies])
            model, places, spread = _by_turns(rows, owner, labels, PENALTY[name])
        counted = model.coef_[: len(spread)] / spread
        outputs[name] = Linear(float(model.intercept_), tuple(float(value) for value in counted))
        for group, at in places.items():
            weights.setdefault(group, [0.0] * len(OUTPUTS))[slot] = (
                float(model.coef_[len(spread) + at]) * GROUPS_COUNT
            )
    rows_packed = {
        group: packed([round(value * SCALE) for value in row]) for group, row in sorted(weights.items())
    }
    return EmpathyModel.of(rows_packed, outputs, feature_names(), THRESHOLDS)


def main() -> None:
    model = train(eval_data.rows("support_replies.jsonl"))
    text = json.dumps(model.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    model_path(ENGLISH, "empathy").write_text(text, encoding="utf-8")
    print(f"{len(model.group_weights.rows):,} word groups, {len(text) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
