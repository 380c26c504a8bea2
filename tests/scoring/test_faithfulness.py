"""Removing the words that earned points removes the points."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.model import Message, Role
from connector.scoring.engine import default_engine

CUSTOMER = (
    "My order 4411 arrived broken and I have been waiting two weeks. I am really fed up, it was a gift."
)
PARTS = [
    "Hi Maria,",
    "I'm so sorry the vase arrived broken, and as a gift too.",
    "That must have been really disappointing.",
    "I completely understand your frustration.",
    "We apologise for the inconvenience.",
    "Two weeks of waiting is far too long.",
    "This was our mistake.",
    "I have ordered a replacement and it will be with you by Friday.",
    "I'll call you tomorrow at 10 am to check that it arrived.",
    "Could you tell me whether the box was damaged as well?",
    "Please send us a photo of the label.",
    "Thank you for your patience.",
    "You can track it here: <url>",
    "Calm down.",
    "Per our policy we cannot refund this.",
    "Our office is open from nine to five.",
    "We know how much a gift matters.",
    "Let us know if that works for you.",
    "What exactly happened when you opened it?",
    "Best regards",
]


def _empathy_left(reply: str, customer: str | None) -> tuple[int, int] | None:
    engine = default_engine()
    first = engine.score_message(Message("r", Role.AGENT, reply), replying_to=customer)
    if not first.empathy or first.evidence is None:
        return None
    text = first.text_used
    keep = [True] * len(text)
    for each in first.evidence:
        if each.points > 0:
            keep[each.start : each.end] = [False] * (each.end - each.start)
    rest = "".join(character for character, kept in zip(text, keep, strict=True) if kept)
    second = engine.score_message(Message("r", Role.AGENT, rest), replying_to=customer)
    return first.empathy, second.empathy or 0


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=7),
    st.sampled_from([" ", "\n", "\n\n"]),
    st.booleans(),
)
def test_removing_the_evidence_removes_four_fifths_of_the_points(
    parts: list[str], between: str, with_customer: bool
) -> None:
    left = _empathy_left(between.join(parts), CUSTOMER if with_customer else None)
    if left is not None:
        before, after = left
        assert after <= 0.2 * before


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=7))
def test_the_points_of_the_evidence_add_up_to_the_score(parts: list[str]) -> None:
    score = default_engine().score_message(Message("r", Role.AGENT, " ".join(parts)), replying_to=CUSTOMER)
    if score.evidence is None or score.empathy is None:  # a greeting alone is in no language
        return
    total = sum(each.points for each in score.evidence)
    assert score.empathy == pytest.approx(min(100, max(0, total)), abs=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=7))
def test_evidence_stands_inside_the_text_that_was_used(parts: list[str]) -> None:
    score = default_engine().score_message(Message("r", Role.AGENT, "\n".join(parts)), replying_to=CUSTOMER)
    for each in score.evidence or ():
        assert 0 <= each.start < each.end <= len(score.text_used)
        assert score.text_used[each.start : each.end].strip()
