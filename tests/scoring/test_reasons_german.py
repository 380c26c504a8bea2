"""Every reason that can be written can be read in German."""

from __future__ import annotations

import itertools

import pytest

from connector.scoring import reasons
from connector.scoring.reasons_german import in_german
from connector.scoring.rubric import DIMENSIONS
from connector.store.disputes import REVIEWED

ENGLISH = (" the ", "The ", "reply", "customer")


def test_every_reason_of_a_reply_has_its_german() -> None:
    seen = set()
    for levels in itertools.product((0, 1, 2), repeat=len(DIMENSIONS)):
        for dismissive, canned, missed, stock in itertools.product((0.0, 1.0), *[(False, True)] * 3):
            seen.add(
                reasons.of_reply(
                    dict(zip(DIMENSIONS, levels, strict=True)),
                    dismissive=dismissive,
                    canned=canned,
                    missed=missed,
                    stock=stock,
                )
            )
    assert len(seen) > 100
    for text in seen:
        german = in_german(text)
        assert german is not None, text
        assert not any(word in german for word in ENGLISH), german
        assert (in_german(f"3 replies; the one to look at first: {text}") or "").startswith("3 Antworten")


@pytest.mark.parametrize(
    "text",
    [
        *reasons.NOT_SCORED.values(),
        reasons.not_scored("language", language="fr"),
        *(reasons.of_customer(s, f) for s, f in [(0, 0.9), (0, 0.4), (0.5, 0), (-0.5, 0), (0, 0)]),
        REVIEWED,
    ],
)
def test_every_other_reason_has_its_german(text: str) -> None:
    assert in_german(text) not in (None, text)


@pytest.mark.parametrize("text", ["", "Something of another version.", "The reply asks a question and…"])
def test_other_words_are_left_to_the_reader(text: str) -> None:
    assert in_german(text) is None
