"""An engine with an encoder on sets that no head was trained on."""

from __future__ import annotations

import io
import json
from typing import Any

import eval_data
from encoder_customers import Read, line
from eval import interval, pearson, spearman

from connector.model import Message, Role
from connector.privacy.fairness import fairness_table
from connector.scoring import conversation, engine
from connector.scoring.incoming import read_lines
from connector.scoring.lines import score_lines
from connector.scoring.look import Look
from connector.scoring.sentiment import Feeling, read_customer
from connector.scoring.text import prepare
from tests.scoring.test_behaviour_cases import CASES, holds


def measure_elsewhere(name: str, read: Read) -> None:
    """One line: satisfaction, vaderSentiment's ground truth, fairness pairs, written cases."""

    def reader(text: str | Look, _model: object = None) -> Feeling:
        look = text if isinstance(text, Look) else Look(text)
        return read(look) if look.words else read_customer(look)

    # The engine has no place for a second model, and needs none while there is none.
    engine.read_customer = conversation.read_customer = reader
    try:
        scorer = engine.Engine()
        rows = eval_data.rows("helpdesk_satisfaction.jsonl")
        felt = [
            scorer.score_conversation(
                row["id"],
                [Message(m["id"], Role(m["role"]), m["text"], language="en") for m in row["messages"]],
            ).sentiment
            or 0.0
            for row in rows
        ]
        own = [
            pearson([y for _, y in texts], [reader(prepare(text).text).sentiment for text, _ in texts])
            for texts in eval_data.ground_truth().values()
        ]
        table = {row.group: row for row in fairness_table(scorer) if row.measure == "sentiment"}
        line(
            name,
            interval(spearman, [row["satisfaction"] for row in rows], felt),
            " ".join(f"{each:.3f}" for each in own),
            *(f"{table[g].mean_change:.3f}, {table[g].worst_change:.2f}" for g in ("names", "nationality")),
            "{1} of {0:,}; {3} of {2}".format(*missed_cases(scorer)),
        )
    finally:
        engine.read_customer = conversation.read_customer = read_customer


def missed_cases(scorer: Any) -> tuple[int, int, int, int]:
    """(written cases, how many do not hold, cases of the twelfth set, how many of them do not hold)."""
    counts = [0, 0, 0, 0]
    for path in sorted(CASES.glob("*.jsonl")):
        cases = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
        source = io.BytesIO("\n".join(json.dumps(row) for case in cases for row in case["inputs"]).encode())
        out: list[str] = []
        lines = read_lines(source, before_waiting=lambda: None)
        score_lines(lines, engine=scorer, no_text=False, write=out.append, complain=print)
        given = (json.loads(text) for text in out if text.strip())
        for case in cases:
            answers = [next(given) for _ in case["inputs"]]
            is_missed = not all(holds(condition, answers) for condition in case["expect"])
            for at in (0, 2) if path.stem == "twelfth" else (0,):
                counts[at] += 1
                counts[at + 1] += is_missed
    return counts[0], counts[1], counts[2], counts[3]
