"""What an encoder adds to sentiment and frustration of customers: lines of the table, and two engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import encoder_heads as heads
import eval_data
import numpy as np
from encoders import Encode
from eval import Measure, clear_auc, interval, pearson

from connector.scoring.customer_model import shipped
from connector.scoring.look import Look
from connector.scoring.sentiment import Feeling, _intensity, read_customer

Read = Callable[[Look], Feeling]
DRAWS = 2000


def paired(measure: Measure, truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> str:
    """How much better the second is, with the 95 % interval of that over the same draws of both."""
    if np.array_equal(first, second):
        return "-"
    draw = np.random.RandomState(1)
    found = []
    for _ in range(DRAWS):
        at = draw.randint(0, len(truth), len(truth))
        found.append(measure(truth[at], second[at]) - measure(truth[at], first[at]))
    low, high = np.percentile(found, [2.5, 97.5])
    return f"{measure(truth, second) - measure(truth, first):+.3f} [{low:+.3f}, {high:+.3f}]"


def line(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


@dataclass(frozen=True)
class Labelled:
    """The support messages, read by the nested defaults."""

    nested: heads.Nested
    sentiment: np.ndarray
    frustration: np.ndarray

    def show(self, name: str, sentiment: np.ndarray, frustration: np.ndarray) -> None:
        """One line of the table, against the default."""
        default = self.nested.unseen
        line(
            name,
            interval(pearson, self.sentiment, sentiment),
            paired(pearson, self.sentiment, default[:, 0], sentiment),
            interval(clear_auc, self.frustration, frustration),
            paired(clear_auc, self.frustration, default[:, 1], frustration),
        )


def labelled() -> Labelled:
    messages = eval_data.rows("support_customer_messages.jsonl")
    return Labelled(
        heads.nested(messages),
        np.array([row["sentiment"] for row in messages], float),
        np.array([row["frustration"] for row in messages], float),
    )


def measure_support(data: Labelled, name: str, encode: Encode) -> dict[str, Read]:
    """The table's lines of one encoder; returns both ways, fitted on all messages, for the other sets."""
    nested = data.nested
    vectors = encode([look.text or "." for look in nested.looks])
    places = vectors.shape[1]
    general = heads.general_head(encode(heads.goemotions_texts()))
    inside = np.c_[vectors, general.predict(vectors)]
    over = [np.c_[inside, numbers] for numbers in nested.by_part]
    targets = (data.sentiment / 2, data.frustration / 2)
    raw = (heads.RAW_SENTIMENT, heads.RAW_FRUSTRATION)
    moved = [
        heads.cross_validated(nested.parts, [inside] * 5, y, [each[:, at] for each in nested.by_part], places)
        for y, at in zip(targets, raw, strict=True)
    ]
    felt = []
    for at, (look, part) in enumerate(zip(nested.looks, nested.parts, strict=True)):
        model: Any = heads.Beside(nested.models[part, part], (moved[0][at], moved[1][at]))
        felt.append(read_customer(look, model))
    data.show(
        f"{name}, inside",
        *(np.array(each) for each in zip(*[(f.sentiment, f.frustration) for f in felt], strict=True)),
    )
    nothing = [np.zeros(len(vectors))] * 5
    data.show(
        f"{name}, over", *(heads.cross_validated(nested.parts, over, y, nothing, places) for y in targets)
    )

    penalty = heads.SHIPPED_PENALTY
    final_inside = [
        heads.fit(inside, y - nested.unseen[:, at], penalty, places)
        for y, at in zip(targets, raw, strict=True)
    ]
    final_over = [heads.fit(np.c_[inside, nested.unseen], y, penalty, places) for y in targets]

    @cache
    def row(text: str) -> np.ndarray:
        vector = encode([text])
        return np.c_[vector, general.predict(vector)]

    def read_inside(look: Look) -> Feeling:
        model: Any = heads.Beside(shipped(), tuple(float(h.predict(row(look.text))[0]) for h in final_inside))
        return read_customer(look, model)

    def read_over(look: Look) -> Feeling:
        feeling, numbers = heads.answers(look, shipped())
        s, f = (float(h.predict(np.c_[row(look.text), [numbers]])[0]) for h in final_over)
        s, f = max(-1.0, min(1.0, s)), max(0.0, min(1.0, f))
        return replace(feeling, sentiment=round(s, 3), frustration=round(f, 3), intensity=_intensity(s, f))

    return {f"{name}, inside": read_inside, f"{name}, over": read_over}
