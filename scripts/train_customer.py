"""Trains the linear model of customer messages and writes it to connector/scoring/models/en/customer.json.

Run: EMPATHY_DATA=DIR python scripts/train_customer.py   (needs the extra `train`; about a minute)
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import eval_data
import numpy as np
import scipy.sparse as sp
from scipy.optimize import lsq_linear
from sklearn.linear_model import LogisticRegression, Ridge
from train_fairly import alike, rewritten

from connector.scoring.customer_model import OUTPUTS, SCALE, CustomerModel, Linear
from connector.scoring.lexicon_files import ENGLISH, model_path
from connector.scoring.look import Look
from connector.scoring.seen import feature_names, see
from connector.scoring.text import prepare
from connector.scoring.word_groups import groups, packed

SEED = 7
GENERAL_ROWS = 4000  # comments that keep the support model sane outside support
GENERAL_WEIGHT = 0.02
WRITTEN_WEIGHT = 2.0
REWRITTEN_WEIGHT = 0.3  # of what the original weighs: the same message as somebody else would write it
LEAST_WEIGHT = 0.15  # word groups that weigh less than this in every output are left out
NO_SUPPORT_NAMES = {"link"}  # how one source masks links

POSITIVE = {"gratitude", "solved", "praise", "vader", "support", "positive", "happy_face", "plain_question"}
EITHER = {"ends_asking", "short", "length", "dots", "asks_help"}


@dataclass
class Table:
    """Word groups, words and counted features of some texts."""

    groups: list[set[str]]
    counted: np.ndarray

    def __add__(self, other: Table) -> Table:
        return Table(self.groups + other.groups, np.vstack([self.counted, other.counted]))

    def take(self, places: Sequence[int]) -> Table:
        return Table([self.groups[at] for at in places], self.counted[list(places)])


def dense(features: Mapping[int, float]) -> list[float]:
    """Counted features by place, those at zero too."""
    return [features.get(place, 0.0) for place in range(len(feature_names()))]


def table(texts: Sequence[str]) -> Table:
    """Look at texts as the product does."""
    seen = [see(Look(prepare(text).text)) for text in texts]
    found = [
        groups([word for word in each.look.words if word not in NO_SUPPORT_NAMES], each.look.negations())
        for each in seen
    ]
    return Table(found, np.array([dense(each.features) for each in seen], float))


def vocabulary(found: Sequence[set[str]], least: int) -> dict[str, int]:
    counts = Counter(group for each in found for group in each)
    return {group: at for at, group in enumerate(sorted(g for g, n in counts.items() if n >= least))}


def matrix(found: Sequence[set[str]], places: dict[str, int]) -> sp.csr_matrix:
    """One row per text; every group weighs 1 / sqrt(number of groups + 3), as at run time."""
    lines, columns, values = [], [], []
    for at, each in enumerate(found):
        known = sorted(places[group] for group in each if group in places)
        lines += [at] * len(known)
        columns += known
        values += [1 / math.sqrt(len(each) + 3)] * len(known)
    return sp.csr_matrix((values, (lines, columns)), shape=(len(found), len(places)))


@dataclass
class General:
    """What GoEmotions teaches once: valence and anger of word groups, and rows to hold the rest steady."""

    places: dict[str, int]
    valence: np.ndarray
    anger: np.ndarray
    constants: tuple[float, float]
    rows: Table
    row_valence: np.ndarray
    row_anger: np.ndarray


@cache
def general() -> General:
    parts = eval_data.goemotions("train") + eval_data.goemotions("dev")
    looks = [Look(prepare(text).text.replace("[NAME]", "")) for text, _, _ in parts]
    found = [groups(look.words, look.negations()) for look in looks]
    places = vocabulary(found, 6)
    x = matrix(found, places)
    valence = np.array([value for _, value, _ in parts])
    anger = np.array([value for _, _, value in parts])
    first = Ridge(alpha=1.5, solver="lsqr", random_state=SEED).fit(x, valence)
    second = Ridge(alpha=1.5, solver="lsqr", random_state=SEED).fit(x, anger)
    chosen = np.random.RandomState(SEED).permutation(len(parts))[:GENERAL_ROWS]
    return General(
        places,
        first.coef_,
        second.coef_,
        (float(first.intercept_), float(second.intercept_)),
        table([parts[at][0] for at in chosen]),
        valence[chosen],
        anger[chosen] * 0.7,
    )


def signs(positive_is_up: bool) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds of the counted features' weights: no cue may point the wrong way."""
    low, high = [], []
    for name in (*feature_names(), "valence", "anger"):
        up = (name in POSITIVE or name == "valence") == positive_is_up
        free = name in EITHER
        low.append(0.0 if up and not free else -np.inf)
        high.append(np.inf if up or free else 0.0)
    return np.array(low), np.array(high)


def bounded(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, positive_is_up: bool
) -> tuple[float, np.ndarray]:
    """Ridge regression under sign bounds: (constant, weights)."""
    mean = np.average(x, axis=0, weights=weights)
    spread = x.std(axis=0) + 0.05
    base = float(np.average(y, weights=weights))
    root = np.sqrt(weights)
    scaled = (x - mean) / spread * root[:, None]
    penalty = math.sqrt(100) * np.eye(x.shape[1])
    answer = lsq_linear(
        np.vstack([scaled, penalty]), np.r_[(y - base) * root, np.zeros(x.shape[1])], signs(positive_is_up)
    )
    found = answer.x / spread
    return base - float(mean @ found), found


def train(labelled: Sequence[dict[str, Any]], unlabelled: Sequence[str] = ()) -> CustomerModel:
    """Fit on rows with text and any of sentiment -2..2, frustration 0..2, opportunity 0..2."""
    base = general()
    again = rewritten([row["text"] for row in labelled])
    own = [WRITTEN_WEIGHT if row["id"].startswith("written") else 1.0 for row in labelled]
    own += [REWRITTEN_WEIGHT * own[at] for at, _ in again]
    labelled = [*labelled, *({**labelled[at], "text": text} for at, text in again)]
    support = table([row["text"] for row in labelled])
    everything = support + base.rows
    valence = np.zeros(len(everything.groups))
    anger = np.zeros(len(everything.groups))
    x_general = matrix(everything.groups, base.places)
    valence = x_general @ base.valence + base.constants[0]
    anger = x_general @ base.anger + base.constants[1]

    weights: dict[str, list[float]] = {group: [0.0] * len(OUTPUTS) for group in base.places}
    for group, at in base.places.items():
        weights[group][0] = base.valence[at]
    outputs = {"general": Linear(base.constants[0], (0.0,) * len(feature_names()))}

    def add(places: dict[str, int], found: np.ndarray, slot: int) -> None:
        for group, at in places.items():
            weights.setdefault(group, [0.0] * len(OUTPUTS))[slot] += float(found[at])

    domain_texts = table(list(unlabelled)[:3000]) if unlabelled else None
    first = support.groups[: len(labelled) - len(again)]
    positives = first + (domain_texts.groups if domain_texts else [])
    places = vocabulary(positives + base.rows.groups, 4)
    gate = LogisticRegression(C=0.3, max_iter=500, class_weight="balanced", random_state=SEED).fit(
        matrix(positives + base.rows.groups, places) * 6,
        np.r_[np.ones(len(positives)), np.zeros(len(base.rows.groups))],
    )
    add(places, gate.coef_[0] * 6, 1)
    outputs["domain"] = Linear(float(gate.intercept_[0]), (0.0,) * len(feature_names()))

    targets = (
        ("sentiment", 0.5, base.row_valence, True),
        ("frustration", 0.5, base.row_anger, False),
        ("opportunity", 0.5, base.row_anger, False),
    )
    for slot, (name, scale, general_target, up) in enumerate(targets, start=2):
        known = [at for at, row in enumerate(labelled) if row.get(name) is not None]
        rows = known + list(range(len(labelled), len(everything.groups)))
        y = np.r_[[labelled[at][name] * scale for at in known], general_target]
        w = np.r_[[own[at] for at in known], np.full(len(general_target), GENERAL_WEIGHT)]
        part = everything.take(rows)
        counted = np.c_[part.counted, valence[rows], anger[rows]]
        constant, found = bounded(counted, y, w, up)
        places = vocabulary([everything.groups[at] for at in known], 3)
        x = matrix(part.groups, places) * 6
        rest = Ridge(alpha=150, fit_intercept=False, solver="lsqr", random_state=SEED).fit(
            x, y - constant - counted @ found, sample_weight=w
        )
        add(places, rest.coef_ * 6, slot)
        add(base.places, base.valence * found[-2] + base.anger * found[-1], slot)
        constant += found[-2] * base.constants[0] + found[-1] * base.constants[1]
        outputs[name] = Linear(float(constant), tuple(float(value) for value in found[:-2]))

    fair = sorted(alike(weights).items())
    whole = {group: [round(value * SCALE) for value in row] for group, row in fair}
    kept = {group: packed(row) for group, row in whole.items() if max(map(abs, row)) >= LEAST_WEIGHT * SCALE}
    return CustomerModel.of(kept, outputs, feature_names())


def labelled_rows() -> list[dict[str, Any]]:
    """Customer messages with their labels, and answered messages with the opportunity they give."""
    messages = [dict(row) for row in eval_data.rows("support_customer_messages.jsonl")]
    answered = [
        {"id": row["id"], "text": row["replying_to"], "opportunity": row["opportunity"]}
        for row in eval_data.rows("support_replies.jsonl")
        if row["replying_to"] and row["opportunity"] is not None
    ]
    return messages + answered + eval_data.written()


def unlabelled_texts() -> list[str]:
    """Customer messages without labels: they show what support talk looks like."""
    return [
        message["text"]
        for name in ("helpdesk_satisfaction.jsonl", "support_conversations.jsonl")
        for row in eval_data.rows(name)
        for message in row["messages"]
        if message["role"] == "customer"
    ]


def main() -> None:
    model = train(labelled_rows(), unlabelled_texts())
    text = json.dumps(model.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    model_path(ENGLISH, "customer").write_text(text, encoding="utf-8")
    print(f"{len(model.group_weights.rows):,} word groups, {len(text) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
