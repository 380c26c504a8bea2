"""Cases in which the engine once said something wrong."""

from __future__ import annotations

import pytest

from connector.model import Message, MessageScore, Role
from connector.scoring.engine import default_engine

LOCKED_OUT = "I've been locked out of my account for five days and I'm losing business. Nobody answers me!"


def reply(text: str, *, to: str = LOCKED_OUT) -> MessageScore:
    return default_engine().score_message(Message("1", Role.AGENT, text), replying_to=to)


def customer(text: str) -> MessageScore:
    return default_engine().score_message(Message("1", Role.CUSTOMER, text))


def test_a_request_that_is_important_to_us_says_nothing_about_the_customer() -> None:
    score = reply("We apologize for any inconvenience. Your request is important to us.")
    assert score.dimensions is not None
    assert score.dimensions["interpretation"] == 0
    assert score.band == "low"


def test_denying_a_fault_is_not_taking_it() -> None:
    score = reply("You should have saved your password. This is not our fault.")
    assert score.dimensions is not None
    assert score.dimensions["ownership"] == 0


def test_refusing_to_be_sorry_is_no_regret() -> None:
    assert reply("I'm not sorry about that.").empathy == 0


@pytest.mark.parametrize(
    "text",
    [
        "Not bad at all, I'm quite pleased with it.",
        "It works quite well now, thank you.",
        "Quite happy, thanks!",
    ],
)
def test_quite_is_not_quitting(text: str) -> None:
    score = customer(text)
    assert score.sentiment is not None
    assert score.sentiment > 0.2
    assert score.frustration is not None
    assert score.frustration < 0.3


def test_stock_phrases_around_a_bare_refusal_stay_low() -> None:
    score = reply(
        "I completely understand how frustrating this is. Unfortunately we cannot help you. I hear you."
    )
    assert score.band == "low"
