"""What the engine is compared with: vaderSentiment as it comes, and an untuned phrase lexicon for replies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

_SORRY = re.compile(r"\b(?:sorry|apolog\w+|glad|happy to hear|sad to hear)\b", re.I)
_UNDERSTAND = re.compile(r"\b(?:understand|frustrat\w+|imagine|must be|inconvenien\w+)\b", re.I)


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def vader_scores(texts: Sequence[str]) -> list[float]:
    """vaderSentiment's compound score of each text, as the package gives it."""
    analyzer = _analyzer()
    return [analyzer.polarity_scores(text)["compound"] for text in texts]


def lexicon_reply(text: str) -> dict[str, float]:
    """Levels by phrases alone: sorry or glad, understand, a question mark."""
    reaction = float(bool(_SORRY.search(text)))
    interpretation = float(bool(_UNDERSTAND.search(text)))
    exploration = float("?" in text)
    return {
        "emotional_reaction": reaction,
        "interpretation": interpretation,
        "exploration": exploration,
        "overall": reaction + interpretation + exploration,
    }
