"""What each part of the engine adds, and the checks that need no labels: gaming, faithfulness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import eval_data
import numpy as np
from scipy.stats import pearsonr, spearmanr

from connector.model import Message, Role
from connector.scoring.engine import default_engine
from connector.scoring.rubric import default_rubric


def other_checks() -> None:
    """Faithfulness on the labelled replies: how many scores lose four fifths with their evidence."""
    engine = default_engine()
    lost = total = 0
    for row in eval_data.rows("support_replies.jsonl"):
        message = Message(row["id"], Role.AGENT, row["text"], language="en")
        first = engine.score_message(message, replying_to=row["replying_to"])
        if not first.empathy or first.evidence is None:
            continue
        keep = [True] * len(first.text_used)
        for each in first.evidence:
            if each.points > 0:
                keep[each.start : each.end] = [False] * (each.end - each.start)
        rest = "".join(c for c, kept in zip(first.text_used, keep, strict=True) if kept)
        second = engine.score_message(replace(message, body=rest), replying_to=row["replying_to"])
        total += 1
        lost += (second.empathy or 0) <= 0.2 * first.empathy
    print(f"\nFaithfulness: of {total} positive scores {lost} lose at least 80 % with their evidence.")


def ablation(models: Sequence[Any], reply_models: Sequence[Any], fold: Callable[[str], int]) -> None:
    """Each part alone, on the labelled sets, cross-validated where trained."""
    from connector.scoring.empathy import read_reply
    from connector.scoring.look import Look
    from connector.scoring.seen import see
    from connector.scoring.sentiment import read_customer
    from connector.scoring.text import prepare

    messages = eval_data.rows("support_customer_messages.jsonl")
    truth = [row["sentiment"] for row in messages]
    angry = [row["frustration"] for row in messages]
    seen = [see(Look(prepare(row["text"]).text)) for row in messages]
    raw = np.array(
        [
            models[fold(row["id"])].read(each.look.words, each.look.negations(), each.features)
            for row, each in zip(messages, seen, strict=True)
        ]
    )
    whole = [read_customer(prepare(row["text"]).text, models[fold(row["id"])]) for row in messages]
    print("\n**What each part adds (customer messages)**\n")
    print("| part | sentiment, Pearson | frustration, Spearman |\n|---|---|---|")
    for name, sentiment, frustration in (
        ("VADER's rules, cleaned text", [s.general for s in seen], [-s.general for s in seen]),
        ("+ the words of support talk", [s.support for s in seen], [-s.support for s in seen]),
        ("general word model (GoEmotions) alone", raw[:, 0], -raw[:, 0]),
        ("support model alone", raw[:, 2], raw[:, 3]),
        ("all together", [w.sentiment for w in whole], [w.frustration for w in whole]),
    ):
        print(f"| {name} | {pearsonr(truth, sentiment)[0]:.3f} | {spearmanr(angry, frustration)[0]:.3f} |")

    rows = eval_data.rows("support_replies.jsonl")
    overall = [row["overall_empathy"] for row in rows]
    rubric = default_rubric()
    read = [
        read_reply(
            Look(prepare(row["text"]).text), rubric, answered=Look(prepare(row["replying_to"]).text),
            model=reply_models[fold(row["id"])],
        )
        for row in rows
    ]  # fmt: skip
    print(
        "\n**What each part adds (replies: overall empathy, Spearman)**\n\n| left out | Spearman |\n|---|---|"
    )
    print(f"| nothing | {spearmanr(overall, [each.points for each in read])[0]:.3f} |")
    plain = [
        sum(rubric.weights[k] * v / 2 for k, v in each.dimensions.items())
        - rubric.dismissive * each.dismissive
        for each in read
    ]
    print(f"| the fit factor | {spearmanr(overall, plain)[0]:.3f} |")
    for name in rubric.weights:
        rest = [each.points * (1 - min(1, _share(rubric.weights, each.dimensions, name))) for each in read]
        print(f"| {name} | {spearmanr(overall, rest)[0]:.3f} |")


def _share(weights: Any, dimensions: Any, name: str) -> float:
    total = sum(weights[key] * level for key, level in dimensions.items())
    return weights[name] * dimensions[name] / total if total else 0.0
