"""Trains the linear models of replies and writes them to connector/scoring/models/en/empathy.json.

The labels are given to whole replies; which sentence earned them is found by turns: fit, let the best
sentence of each reply carry its label, fit again. How a whole reply fits is learned from replies without
labels too; a teacher labels them who learned from those that have some (`train_teacher.py`).

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
from train_teacher import answers

from connector.scoring.customer_model import SCALE, Linear
from connector.scoring.empathy_model import OUTPUTS, EmpathyModel
from connector.scoring.lexicon_files import ENGLISH, model_path
from connector.scoring.look import Look
from connector.scoring.sentences import Sentence, feature_names, sentences_of, whole
from connector.scoring.text import prepare
from connector.scoring.word_groups import groups, packed

ROUNDS = 4
PENALTY = {"emotional_reaction": 30, "interpretation": 20, "exploration": 30, "fit": 80}
THRESHOLDS = {
    "emotional_reaction": (0.5, 1.3),
    "interpretation": (0.24, 1.2),
    "exploration": (0.3, 1.3),
    "fit": (2.45, 8.0),
}
LEAST_WEIGHT = 0.03  # word groups that weigh less than this in every output are left out
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


def _dense(rows: Sequence[Row]) -> np.ndarray:
    dense = np.zeros((len(rows), len(feature_names())))
    for at, (_, features) in enumerate(rows):
        for place, value in features.items():
            dense[at, place] = value
    return dense


def _spread(rows: Sequence[Row]) -> np.ndarray:
    return np.asarray(_dense(rows).std(axis=0) + 0.05)


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


def _sentences(text: str, replying_to: str) -> list[Sentence]:
    return sentences_of(Look(prepare(text).text), Look(prepare(replying_to).text))


def _whole(sentences: Sequence[Sentence]) -> Row:
    words, features = whole(sentences)
    return groups(words), features


def _fit_of_wholes(
    labelled: Sequence[tuple[str, Sequence[Sentence], float]], unlabelled: Sequence[tuple[str, str]]
) -> tuple[Any, Any, Any]:
    """Fit on whole replies: those with labels, and those that a teacher labels who learned from the first."""
    others = [(text, found) for text, answered in unlabelled if (found := _sentences(text, answered))]
    wholes = [_whole(sentences) for _, sentences, _ in labelled]
    spread = _spread(wholes)
    wholes += [_whole(sentences) for _, sentences in others]
    labels = np.array([label for _, _, label in labelled], float)
    texts = [
        prepare(text).text for text in (*(text for text, _, _ in labelled), *(text for text, _ in others))
    ]
    if others:
        labels = np.r_[labels, answers(texts, _dense(wholes), labels)]
    places = _vocabulary(wholes)
    model = Ridge(alpha=PENALTY["fit"]).fit(_matrix(wholes, places, spread), labels)
    return model, places, spread


def train(replies: Sequence[dict[str, Any]], unlabelled: Sequence[tuple[str, str]] = ()) -> EmpathyModel:
    """Fit on labelled replies with the messages they answer; `unlabelled` are such pairs, too."""
    read = [_sentences(row["text"], row["replying_to"]) for row in replies]
    rows: list[Row] = [(groups(one.words), one.features) for sentences in read for one in sentences]
    owner = np.array([at for at, sentences in enumerate(read) for _ in sentences])
    weights: dict[str, list[float]] = {}
    outputs: dict[str, Linear] = {}
    for slot, name in enumerate(OUTPUTS):
        if name == "fit":
            kept = [at for at, sentences in enumerate(read) if sentences]
            model, places, spread = _fit_of_wholes(
                [(replies[at]["text"], read[at], replies[at]["overall_empathy"]) for at in kept], unlabelled
            )
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
        group: packed([round(value * SCALE) for value in row])
        for group, row in sorted(weights.items())
        if max(map(abs, row)) >= LEAST_WEIGHT
    }
    return EmpathyModel.of(rows_packed, outputs, feature_names(), THRESHOLDS)


def unlabelled_replies() -> list[tuple[str, str]]:
    """Replies that nobody labelled, each with the customer message before it."""
    known = {row["text"] for row in eval_data.rows("support_replies.jsonl")}
    found: dict[str, str] = {}
    for name in ("helpdesk_satisfaction.jsonl", "support_conversations.jsonl"):
        for row in eval_data.rows(name):
            answered = ""
            for message in row["messages"]:
                if message["role"] == "customer":
                    answered = message["text"]
                elif message["role"] == "agent" and message["text"] not in known:
                    found.setdefault(message["text"], answered)
    return list(found.items())


def main() -> None:
    model = train(eval_data.rows("support_replies.jsonl"), unlabelled_replies())
    text = json.dumps(model.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    model_path(ENGLISH, "empathy").write_text(text, encoding="utf-8")
    print(f"{len(model.group_weights.rows):,} word groups, {len(text) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
