"""Measures how fast the engine is beside one reused vaderSentiment analyzer, in the same run.

Run: EMPATHY_DATA=DIR python scripts/bench.py
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import eval_data

ROUNDS = 5
LINES = 30_000
ROOT = Path(__file__).resolve().parent.parent
TEN_LINES = """
import json, sys
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
analyzer = SentimentIntensityAnalyzer()
for line in sys.stdin:
    row = json.loads(line)
    scores = analyzer.polarity_scores(row["text"])
    print(json.dumps({"id": row["id"], **scores}))
"""


def seconds(work: Callable[[Any], object], rows: Sequence[Any]) -> float:
    """Processor seconds of one pass."""
    start = time.process_time()
    for row in rows:
        work(row)
    return time.process_time() - start


def side_by_side(ours: Callable[[Any], object], theirs: Callable[[Any], object], rows: Sequence[Any]) -> str:
    """The best of some alternating passes each, and their ratio."""
    pairs = [(seconds(ours, rows), seconds(theirs, rows)) for _ in range(ROUNDS)]
    our_best, their_best = (min(column) for column in zip(*pairs, strict=True))
    count = len(rows)
    return (
        f"{our_best / count * 1e6:.0f} µs against {their_best / count * 1e6:.0f} µs a message: "
        f"{their_best / our_best:.2f} x"
    )


def process(command: list[str], stdin: Path) -> tuple[float, float]:
    """(seconds, peak memory in MB) of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with stdin.open("rb") as source:
        subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return spent, after.ru_maxrss / 1024


def mixed_lines() -> list[str]:
    """Customer messages and replies in turn, as `score` reads them."""
    customers = eval_data.rows("support_customer_messages.jsonl")
    replies = eval_data.rows("support_replies.jsonl")
    found = []
    for at in range(LINES):
        if at % 2:
            row = replies[at // 2 % len(replies)]
            line = {"id": str(at), "role": "agent", "text": row["text"], "replying_to": row["replying_to"]}
        else:
            row = customers[at // 2 % len(customers)]
            line = {"id": str(at), "role": "customer", "text": row["text"]}
        found.append(json.dumps(line))
    return found


def main() -> None:
    eval_data.folder()
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one.jsonl", Path(folder) / "many.jsonl"
        one.write_text('{"id": "1", "role": "customer", "text": "My order is late."}\n', encoding="utf-8")
        many.write_text("\n".join(mixed_lines()) + "\n", encoding="utf-8")
        score = [sys.executable, "-m", "connector", "score", "-"]
        cold, memory = min(process(score, one) for _ in range(3))
        print(f"cold start of `score`: {cold:.2f} s, peak memory {memory:.0f} MB")
        ours, _ = process(score, many)
        script = Path(folder) / "ten_lines.py"
        script.write_text(TEN_LINES, encoding="utf-8")
        theirs, _ = process([sys.executable, str(script)], many)
        print(
            f"`score` on {LINES:,} mixed messages: {ours:.1f} s against {theirs:.1f} s "
            f"of a ten-line vaderSentiment script: {theirs / ours:.2f} x"
        )

    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    from connector.model import Message, Role
    from connector.scoring import sentiment_vader
    from connector.scoring.engine import default_engine

    engine, analyzer = default_engine(), SentimentIntensityAnalyzer()
    texts = [row["text"] for row in eval_data.rows("support_customer_messages.jsonl")]
    print("VADER's rules alone:", side_by_side(sentiment_vader.polarity, analyzer.polarity_scores, texts))
    customers = [Message(str(at), Role.CUSTOMER, text) for at, text in enumerate(texts)]
    print(
        "customer messages, complete:",
        side_by_side(engine.score_message, lambda row: analyzer.polarity_scores(row.body), customers),
    )
    replies = [
        (Message(row["id"], Role.AGENT, row["text"]), row["replying_to"])
        for row in eval_data.rows("support_replies.jsonl")
    ]
    print(
        "replies with what they answer:",
        side_by_side(
            lambda row: engine.score_message(row[0], replying_to=row[1]),
            lambda row: analyzer.polarity_scores(row[0].body),
            replies,
        ),
    )
    long_text = ("My order is late and nobody answers me, this is terrible. " * 1800)[:100_000]
    start = time.perf_counter()
    engine.score_message(Message("long", Role.CUSTOMER, long_text))
    print(f"100,000 characters: {time.perf_counter() - start:.3f} s")


if __name__ == "__main__":
    main()
