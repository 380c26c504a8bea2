"""Measures the engine on the labelled conversations that EMPATHY_DATA names, and prints the tables.

What was trained on these sets is measured by cross-validation: five parts split by conversation, each read by
models that saw the other four. Run: EMPATHY_DATA=DIR python scripts/eval.py [--quick]
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import eval_data
import numpy as np
from eval_baselines import lexicon_reply, vader_scores
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score

FOLDS = 5
DRAWS = 400
Measure = Callable[[np.ndarray, np.ndarray], float]


def fold(identity: str) -> int:
    """Which part a message's conversation belongs to."""
    return zlib.crc32(eval_data.conversation_of(identity).encode()) % FOLDS


def correlation(kind: Callable[..., Any]) -> Measure:
    return lambda truth, scores: float(kind(truth, scores)[0])


pearson, spearman = correlation(pearsonr), correlation(spearmanr)


def clear_auc(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(roc_auc_score(truth >= 1.5, scores))


def kappa(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(cohen_kappa_score(truth.astype(int), scores.astype(int), weights="linear", labels=[0, 1, 2]))


def presence(truth: np.ndarray, scores: np.ndarray) -> float:
    return float(f1_score(truth > 0, scores > 0))


def accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    return float((truth == scores).mean())


def interval(measure: Measure, truth: Sequence[float], scores: Sequence[float]) -> str:
    """The value with its 95 % bootstrap interval."""
    t, s = np.asarray(truth, float), np.asarray(scores, float)
    draw = np.random.RandomState(1)
    values = []
    for _ in range(DRAWS):
        chosen = draw.randint(0, len(t), len(t))
        try:
            values.append(measure(t[chosen], s[chosen]))
        except ValueError:
            continue
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return f"{measure(t, s):.3f} [{low:.2f}, {high:.2f}]"


def line(name: str, n: int, naive: str, ours: str, bar: str) -> None:
    print(f"| {name} | {n:,} | {naive} | {ours} | {bar} |")


def head(title: str) -> None:
    print(f"\n**{title}**\n\n| measure | n | vaderSentiment or phrase lexicon | this engine | bar |")
    print("|---|---|---|---|---|")


def customers() -> list[Any]:
    """Sentiment, frustration, intensity; returns the models of the five parts."""
    import train_customer

    from connector.scoring.sentiment import read_customer
    from connector.scoring.text import prepare

    rows = train_customer.labelled_rows()
    unlabelled = train_customer.unlabelled_texts()
    models = []
    for part in range(FOLDS):
        held = {row["text"] for row in rows if fold(row["id"]) == part}
        models.append(
            train_customer.train(
                [row for row in rows if fold(row["id"]) != part],
                [text for text in unlabelled if text not in held],
            )
        )
    messages = eval_data.rows("support_customer_messages.jsonl")
    read = [read_customer(prepare(row["text"]).text, models[fold(row["id"])]) for row in messages]
    naive = vader_scores([row["text"] for row in messages])
    sentiment = [row["sentiment"] for row in messages]
    frustration = [row["frustration"] for row in messages]
    head("Customer messages (cross-validated)")
    n = len(messages)
    against = [-value for value in naive]
    line(
        "sentiment, Pearson", n, interval(pearson, sentiment, naive),
        interval(pearson, sentiment, [each.sentiment for each in read]), ">= .60",
    )  # fmt: skip
    shown = [each.frustration for each in read]
    line(
        "frustration, Spearman", n, interval(spearman, frustration, against),
        interval(spearman, frustration, shown), ">= .55",
    )  # fmt: skip
    line(
        'frustration, AUC of "clear"', n, interval(clear_auc, frustration, against),
        interval(clear_auc, frustration, shown), ">= .82",
    )  # fmt: skip
    rated = [at for at, row in enumerate(messages) if row["intensity"] is not None]
    line(
        "intensity, Spearman (none = 0)", len(rated),
        interval(spearman, [messages[at]["intensity"] for at in rated], [abs(naive[at]) for at in rated]),
        interval(
            spearman, [messages[at]["intensity"] for at in rated], [read[at].intensity or 0 for at in rated]
        ), "-",
    )  # fmt: skip
    return models


def ground_truth() -> None:
    """vaderSentiment's own four sets; nothing was trained on them."""
    from connector.scoring.sentiment import read_customer
    from connector.scoring.text import prepare

    head("vaderSentiment's own ground truth (never trained on)")
    for name, rows in eval_data.ground_truth().items():
        truth = [rating for _, rating in rows]
        texts = [text for text, _ in rows]
        ours = [read_customer(prepare(text).text).sentiment for text in texts]
        naive = interval(pearson, truth, vader_scores(texts))
        line(f"{name}, Pearson", len(rows), naive, interval(pearson, truth, ours), "none worse by > .01")


def replies(customer_models: Sequence[Any]) -> list[Any]:
    """Empathy dimensions, overall empathy, not_applicable."""
    import train_empathy

    from connector.scoring.empathy import read_reply
    from connector.scoring.look import Look
    from connector.scoring.rubric import default_rubric
    from connector.scoring.sentiment import read_customer
    from connector.scoring.text import prepare

    rows = eval_data.rows("support_replies.jsonl")
    unlabelled = train_empathy.unlabelled_replies()
    models = [
        train_empathy.train([row for row in rows if fold(row["id"]) != part], unlabelled)
        for part in range(FOLDS)
    ]
    rubric = default_rubric()
    read, feelings = [], []
    for row in rows:
        answered = prepare(row["replying_to"]).text
        feeling = read_customer(answered, customer_models[fold(row["id"])]) if answered else None
        feelings.append(feeling)
        read.append(
            read_reply(
                Look(prepare(row["text"]).text), rubric, answered=Look(answered), feeling=feeling,
                model=models[fold(row["id"])],
            )
        )  # fmt: skip
    naive = [lexicon_reply(row["text"]) for row in rows]
    vader = vader_scores([row["text"] for row in rows])
    head("Replies (cross-validated)")
    n = len(rows)
    for name, measure, label, bar in (
        ("emotional_reaction", kappa, "linear kappa", ">= .70"),
        ("exploration", kappa, "linear kappa", ">= .68"),
        ("interpretation", presence, "presence F1", ">= .50"),
        ("interpretation", kappa, "linear kappa", "-"),
    ):
        truth = [row[name] for row in rows]
        line(
            f"{name.replace('_', ' ')}, {label}", n, interval(measure, truth, [each[name] for each in naive]),
            interval(measure, truth, [each.dimensions[name] for each in read]), bar,
        )  # fmt: skip
    overall = [row["overall_empathy"] for row in rows]
    line(
        "overall empathy 1-5, Spearman", n,
        interval(spearman, overall, [each["overall"] for each in naive])
        + f" (vaderSentiment {spearman(overall, vader):.2f})",
        interval(spearman, overall, [round(each.points) for each in read]), ">= .62",
    )  # fmt: skip
    rated = [at for at, row in enumerate(rows) if row["opportunity"] is not None and feelings[at] is not None]
    truth = [float(rows[at]["opportunity"] == 0) for at in rated]
    line(
        'not_applicable v. "no opportunity", accuracy', len(rated),
        interval(accuracy, truth, [0.0] * len(rated)) + " (always scored)",
        interval(accuracy, truth, [float(feelings[at].opportunity == 0) for at in rated]), ">= .75",
    )  # fmt: skip
    return models


def conversations() -> None:
    """Helpdesk satisfaction: the conversation's sentiment, and a trained roll-up of its scores."""
    from sklearn.linear_model import Ridge

    from connector.model import Message, Role
    from connector.scoring.engine import default_engine

    engine = default_engine()
    rows = eval_data.rows("helpdesk_satisfaction.jsonl")
    truth = np.array([row["satisfaction"] for row in rows])
    ours, features, naive = [], [], []
    for row in rows:
        score = engine.score_conversation(
            row["id"],
            [Message(m["id"], Role(m["role"]), m["text"], language="en") for m in row["messages"]],
        )
        sentiments = [m.sentiment for m in score.messages if m.sentiment is not None]
        dimensions = score.dimensions or {}
        ours.append(score.sentiment or 0.0)
        features.append(
            [
                score.sentiment or 0.0, score.sentiment_shift or 0.0, score.frustration or 0.0,
                score.intensity or 0, len(row["messages"]), row["messages"][-1]["role"] == "agent",
                min(sentiments, default=0.0), max(sentiments, default=0.0), score.dismissive or 0.0,
                *(dimensions.get(name, 0) for name in sorted(dimensions) or ["help"] * 6),
            ]
        )  # fmt: skip
        last = [m["text"] for m in row["messages"] if m["role"] == "customer"][-1:]
        naive.append(vader_scores(last)[0] if last else 0.0)
    x = np.array(features, float)
    trained = np.zeros(len(rows))
    parts = np.array([zlib.crc32(row["id"].encode()) % FOLDS for row in rows])
    for part in range(FOLDS):
        model = Ridge(alpha=5).fit(x[parts != part], truth[parts != part])
        trained[parts == part] = model.predict(x[parts == part])
    head("Helpdesk satisfaction, 19 raters a dialogue")
    n = len(rows)
    line(
        "conversation sentiment, Spearman", n, interval(spearman, truth, naive),
        interval(spearman, truth, ours), ">= .60",
    )  # fmt: skip
    line(
        "trained roll-up (cross-validated), Spearman", n, "-", interval(spearman, truth, trained),
        "-",
    )  # fmt: skip


def main() -> None:
    eval_data.folder()
    models = customers()
    ground_truth()
    reply_models = replies(models)
    conversations()
    if "--quick" not in sys.argv:
        from eval_ablation import ablation, other_checks

        other_checks()
        ablation(models, reply_models, fold)


if __name__ == "__main__":
    main()
