"""Heads on an encoder's vectors, fitted beside the default engine in the same five parts as its own figures.

A head that weighs the default's answers must not see answers to messages the default was trained on. So for
every pair of parts a default is trained without both: what is measured on one part was fitted on the other
four, where each message was read by a model that had seen neither it nor the part measured.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import eval_data
import numpy as np
import train_customer
from eval import FOLDS, fold, pearson
from sklearn.linear_model import Ridge

from connector.scoring.customer_model import CustomerModel
from connector.scoring.look import Look
from connector.scoring.seen import see
from connector.scoring.sentiment import Feeling, read_customer
from connector.scoring.text import prepare

PENALTIES = (300, 1000, 3000, 10_000)
SHIPPED_PENALTY = 3000  # what nearly every part chooses
ANSWERS_COUNT = 5.0  # how much a default's answer counts beside one place of a vector
SENTIMENT, FRUSTRATION, RAW_SENTIMENT, RAW_FRUSTRATION = 0, 1, 4, 5  # places in `answers`


class Beside:
    """A customer model whose view of support talk an encoder moves; all rules come after it."""

    def __init__(self, model: CustomerModel, moved: tuple[float, float] = (0.0, 0.0)) -> None:
        self.model, self.moved = model, moved
        self.raw: tuple[float, ...] = (0.0,) * 5

    def read(
        self, words: Sequence[str], negations: Collection[str], features: Mapping[int, float]
    ) -> tuple[float, ...]:
        """The raw outputs, two of them moved."""
        self.raw = self.model.read(words, negations, features)
        general, domain, sentiment, frustration, opportunity = self.raw
        return general, domain, sentiment + self.moved[0], frustration + self.moved[1], opportunity


def answers(look: Look, model: CustomerModel) -> tuple[Feeling, list[float]]:
    """What the default says of a text, and all of it as numbers for a head."""
    beside: Any = Beside(model)
    feeling, seen = read_customer(look, beside), see(look)
    numbers = [feeling.sentiment, feeling.frustration, *beside.raw, seen.general, seen.support]
    return feeling, [*numbers, feeling.intensity or 0]


@dataclass(frozen=True)
class Nested:
    """Defaults by the parts they were trained without, and their answers to the messages of those parts."""

    looks: list[Look]
    parts: np.ndarray
    models: dict[tuple[int, int], CustomerModel]
    by_part: list[np.ndarray]
    """For each part measured: answers to every message, by models that saw neither."""

    @property
    def unseen(self) -> np.ndarray:
        """Answers to every message by the models of its own part, as in `eval.py`."""
        return np.array([self.by_part[part][at] for at, part in enumerate(self.parts)])


def nested(messages: Sequence[dict[str, Any]]) -> Nested:
    """Train the fifteen defaults and let them answer."""
    rows, unlabelled = train_customer.labelled_rows(), train_customer.unlabelled_texts()
    models = {}
    for first in range(FOLDS):
        for second in range(first, FOLDS):
            out = {first, second}
            held = {row["text"] for row in rows if fold(row["id"]) in out}
            models[first, second] = train_customer.train(
                [row for row in rows if fold(row["id"]) not in out],
                [text for text in unlabelled if text not in held],
            )
    looks = [Look(prepare(row["text"]).text) for row in messages]
    parts = np.array([fold(row["id"]) for row in messages])
    by_part = [
        np.array(
            [
                answers(look, models[min(part, own), max(part, own)])[1]
                for look, own in zip(looks, parts, strict=True)
            ]
        )
        for part in range(FOLDS)
    ]
    return Nested(looks, parts, models, by_part)


@dataclass(frozen=True)
class Head:
    """A ridge regression on scaled columns."""

    mean: np.ndarray
    spread: np.ndarray
    model: Ridge

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict((x - self.mean) / self.spread))


def fit(x: np.ndarray, y: np.ndarray, penalty: float, places: int) -> Head:
    """Columns after the first `places` are answers, and count for more."""
    mean, spread = x.mean(0), x.std(0) + 1e-6
    spread[places:] /= ANSWERS_COUNT
    return Head(mean, spread, Ridge(alpha=penalty).fit((x - mean) / spread, y))


def cross_validated(
    parts: np.ndarray, xs: Sequence[np.ndarray], y: np.ndarray, starts: Sequence[np.ndarray], places: int
) -> np.ndarray:
    """What heads add to `starts`, each part by a head of the other four, its penalty chosen among those."""
    added = np.zeros(len(y))
    for part in range(FOLDS):
        x, start = xs[part], starts[part]
        scores = {}
        for penalty in PENALTIES:
            inner = np.zeros(len(y))
            for other in set(range(FOLDS)) - {part}:
                seen = (parts != part) & (parts != other)
                head = fit(x[seen], (y - start)[seen], penalty, places)
                inner[parts == other] = head.predict(x[parts == other])
            rest = parts != part
            scores[penalty] = pearson(y[rest], (start + inner)[rest])
        best = max(scores, key=lambda each: scores[each])
        head = fit(x[parts != part], (y - start)[parts != part], best, places)
        added[parts == part] = head.predict(x[parts == part])
    return added


def general_head(vectors: np.ndarray) -> Ridge:
    """Valence and anger by GoEmotions, from the vectors of its comments."""
    parts = eval_data.goemotions("train") + eval_data.goemotions("dev")
    return Ridge(alpha=5.0).fit(vectors, np.array([[valence, anger] for _, valence, anger in parts]))


def goemotions_texts() -> list[str]:
    parts = eval_data.goemotions("train") + eval_data.goemotions("dev")
    return [prepare(text.replace("[NAME]", "")).text or "." for text, _, _ in parts]
