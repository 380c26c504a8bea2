"""VADER's rules give the scores of the vaderSentiment package."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.scoring import sentiment_vader

TEXTS = [
    "",
    " ",
    "The food is really GOOD, but the service was dreadful!!",
    "I don't like it at all.",
    "It wasn't that bad, was it??",
    "Never so good. Never this good before.",
    "Without doubt excellent. Without a doubt, excellent.",
    "kind of nice, sort of okay, just enough fun",
    "The least helpful desk. At least helpful. Very least good.",
    "No problem, no worries, no good or great news.",
    "bad ass bus stop yeah right to die for the bomb the shit kiss of death",
    "LOVE it. Love IT. ALL CAPS ARE GREAT AND HAPPY",
    "😀😡 great 😭stuff ❤",
    "good good good but bad bad bad but good",
    "but but but good but",
    ":) :( :D :-/ <3 </3",
    "uh-uh nope none nor neither great",
    "so so so happy!!!!! ????",
    "It isn't not good; rarely, seldom happy despite help.",
    "l'été est beau, tr\u00e8s bon",
    "\u0130STANBUL is great",
    "great\u00a0news\u2003today",
]
PARTS = [
    "good",
    "bad",
    "great",
    "awful",
    "not",
    "never",
    "no",
    "so",
    "this",
    "very",
    "kind",
    "of",
    "least",
    "at",
    "but",
    "or",
    "nor",
    "without",
    "doubt",
    "LOVE",
    "hate!",
    ":)",
    "😀",
    "ok?",
    "really",
    "the",
    "bomb",
    "isn't",
    "hardly",
    "but",
]


@pytest.fixture(scope="module")
def package() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@pytest.mark.parametrize("text", TEXTS)
def test_written_texts_score_as_in_the_package(text: str, package: Any) -> None:
    assert sentiment_vader.polarity(text) == package.polarity_scores(text)["compound"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14))
def test_any_order_of_words_scores_as_in_the_package(parts: list[str]) -> None:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    if not hasattr(test_any_order_of_words_scores_as_in_the_package, "analyzer"):
        test_any_order_of_words_scores_as_in_the_package.analyzer = SentimentIntensityAnalyzer()
    analyzer = test_any_order_of_words_scores_as_in_the_package.analyzer
    text = " ".join(parts)
    assert sentiment_vader.polarity(text) == analyzer.polarity_scores(text)["compound"]


@pytest.mark.data
@pytest.mark.skipif("EMPATHY_DATA" not in os.environ, reason="EMPATHY_DATA names no labelled conversations")
def test_real_texts_score_as_in_the_package(package: Any) -> None:
    folder = Path(os.environ["EMPATHY_DATA"])
    lines = (folder / "support_customer_messages.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        text = json.loads(line)["text"]
        assert sentiment_vader.polarity(text) == package.polarity_scores(text)["compound"]
