"""Whether an encoder's vectors find interpretation in replies that the default engine misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import eval_data
import numpy as np
import train_empathy
from encoder_customers import line, paired
from encoders import Encode
from eval import FOLDS, fold, interval, presence
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from connector.scoring.empathy import read_reply
from connector.scoring.empathy_model import EmpathyModel
from connector.scoring.look import Look
from connector.scoring.rubric import default_rubric
from connector.scoring.sentences import sentences_of
from connector.scoring.sentiment import read_customer
from connector.scoring.text import prepare

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
CUTS = np.arange(0.2, 0.95, 0.025)
ANSWERS_COUNT = 5.0


def _answers(reply: Look, answered: Look, customer: Any, model: EmpathyModel) -> list[float]:
    feeling = read_customer(answered, customer) if answered.text else None
    read = read_reply(reply, default_rubric(), answered=answered, feeling=feeling, model=model)
    outputs = [model.read(each.words, each.features) for each in sentences_of(reply, answered)]
    best = [max((each[at] for each in outputs), default=0.0) for at in (0, 1)]
    levels = [read.dimensions[name] for name in ("interpretation", "emotional_reaction", "ownership", "help")]
    return [*levels, *best, read.points / 100, feeling.opportunity if feeling else 0]


def _logistic(strength: float, x: np.ndarray, y: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=1000, class_weight="balanced").fit(x, y)


def _present(parts: np.ndarray, xs: Sequence[np.ndarray], y: np.ndarray) -> np.ndarray:
    """Presence by part; strength and cut are chosen within the other four."""
    found = np.zeros(len(y))
    for part in range(FOLDS):
        x, rest = xs[part], parts != part
        best = (-1.0, 0.0, 0.0)
        for strength in STRENGTHS:
            sure = np.zeros(len(y))
            for other in set(range(FOLDS)) - {part}:
                seen = rest & (parts != other)
                model = _logistic(strength, x[seen], y[seen])
                sure[parts == other] = model.predict_proba(x[parts == other])[:, 1]
            best = max(best, *((presence(y[rest], sure[rest] > cut), strength, cut) for cut in CUTS))
        model = _logistic(best[1], x[rest], y[rest])
        found[~rest] = model.predict_proba(x[~rest])[:, 1] > best[2]
    return found


def measure_replies(ready: Sequence[tuple[str, Encode]], customers: Mapping[tuple[int, int], Any]) -> None:
    """Interpretation with each encoder, the default's own answers among what is weighed."""
    rows = eval_data.rows("support_replies.jsonl")
    parts = np.array([fold(row["id"]) for row in rows])
    y = np.array([row["interpretation"] > 0 for row in rows], float)
    looks = [(Look(prepare(row["text"]).text), Look(prepare(row["replying_to"]).text)) for row in rows]
    pairs = [(first, second) for first in range(FOLDS) for second in range(first, FOLDS)]
    models = {
        pair: train_empathy.train([row for row, part in zip(rows, parts, strict=True) if part not in pair])
        for pair in pairs
    }
    by_part = []
    for part in range(FOLDS):
        keys = [(min(part, own), max(part, own)) for own in parts]
        by_part.append(
            np.array(
                [_answers(*two, customers[key], models[key]) for two, key in zip(looks, keys, strict=True)]
            )
        )
    default = np.array([by_part[part][at][0] for at, part in enumerate(parts)])
    answers = [StandardScaler().fit_transform(each) * ANSWERS_COUNT for each in by_part]
    print(f"\n**Replies (n = {len(rows):,}, {int(y.sum())} with interpretation, cross-validated)**\n")
    line("engine", "interpretation, presence F1", "to the default")
    print("|---" * 3 + "|")
    line("default", interval(presence, y, default), "-")
    for name, encode in ready:
        reply, answered = (encode([two[at].text or "." for two in looks]) for at in (0, 1))
        near = StandardScaler().fit_transform((reply * answered).sum(1, keepdims=True))
        vectors = np.c_[StandardScaler().fit_transform(reply), near]
        found = _present(parts, [np.c_[vectors, each] for each in answers], y)
        line(f"{name}, over", interval(presence, y, found), paired(presence, y, default, found))
