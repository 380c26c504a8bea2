"""Reads the labelled conversations that EMPATHY_DATA names; shared by the training and evaluation scripts."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# How far each GoEmotions label lies towards pleasure or displeasure, and towards anger.
VALENCE = {
    "admiration": 1, "amusement": 0.6, "anger": -1, "annoyance": -0.8, "approval": 0.4, "caring": 0.5,
    "confusion": -0.3, "curiosity": 0, "desire": 0.2, "disappointment": -0.9, "disapproval": -0.6,
    "disgust": -1, "embarrassment": -0.5, "excitement": 0.9, "fear": -0.7, "gratitude": 0.9, "grief": -1,
    "joy": 1, "love": 1, "nervousness": -0.5, "optimism": 0.5, "pride": 0.8, "realization": 0, "relief": 0.6,
    "remorse": -0.6, "sadness": -0.9, "surprise": 0, "neutral": 0,
}  # fmt: skip
ANGER = {
    "anger": 1,
    "annoyance": 0.8,
    "disgust": 0.8,
    "disappointment": 0.7,
    "disapproval": 0.4,
    "confusion": 0.2,
}


def folder() -> Path:
    """The data folder; without one the script ends, saying why, with exit code 0."""
    path = os.environ.get("EMPATHY_DATA")
    if not path or not Path(path).is_dir():
        print("EMPATHY_DATA does not name a folder with the labelled conversations; nothing to measure.")
        raise SystemExit(0)
    return Path(path)


@cache
def rows(name: str) -> list[dict[str, Any]]:
    """One JSON Lines file."""
    return [json.loads(line) for line in (folder() / name).read_text("utf-8").splitlines()]


def conversation_of(identity: str) -> str:
    """What must not be split between training and test: the id before its last colon."""
    return identity.rsplit(":", 1)[0]


@cache
def goemotions(part: str) -> list[tuple[str, float, float]]:
    """(text, valence -1..1, anger 0..1) of the comments of one part."""
    names = (folder() / "goemotions" / "labels.txt").read_text("utf-8").split()
    found = []
    for line in (folder() / "goemotions" / f"{part}.tsv").read_text("utf-8").splitlines():
        text, labels, _ = line.split("\t")
        chosen = [names[int(label)] for label in labels.split(",")]
        valence = sum(VALENCE[label] for label in chosen) / len(chosen)
        found.append((text, valence, max(ANGER.get(label, 0.0) for label in chosen)))
    return found


def ground_truth() -> dict[str, list[tuple[str, float]]]:
    """vaderSentiment's own four sets: (text, mean rating)."""
    found = {}
    for path in sorted((folder() / "vader_ground_truth").glob("*.txt")):
        parts = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        found[path.name.split("_")[0].removesuffix("Snippets")] = [
            (row[2], float(row[1])) for row in parts if len(row) >= 3
        ]
    return found


def written() -> list[dict[str, Any]]:
    """The messages written for this project, with their intended scores."""
    lines = (Path(__file__).parent / "written_messages.tsv").read_text("utf-8").splitlines()[1:]
    found = []
    for at, line in enumerate(lines):
        sentiment, frustration, opportunity, text = line.split("\t")
        found.append(
            {
                "id": f"written{at}:0",
                "text": text,
                "sentiment": float(sentiment) * 2,
                "frustration": float(frustration) * 2,
                "opportunity": float(opportunity),
            }
        )
    return found
