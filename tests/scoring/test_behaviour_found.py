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


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry you had to call us three times about this.",
        "I'm so sorry you had to ask twice; that should not happen.",
        "Most people would not have been as patient as you were.",
        "Anyone who has lost a parent would understand why you are upset.",
        "It was working when you left it with us, and we broke it.",
        "You will manage it all from the settings page.",
        "I'm sorry for the trouble over some of your orders.",
        "It has taken over a few weeks, and that is too long.",
        "I'll say it again: I am sorry that we lost it.",
        "We will not let it go until you have it.",
        "We've been through that with the courier, and it is our mistake.",
        "We are making this into a priority for the whole team.",
    ],
)
def test_care_in_words_that_blame_is_also_put_in_is_not_dismissive(text: str) -> None:
    assert reply(text, to="The order came late and broken, and I am upset about it.").dismissive == 0


def test_hours_of_opening_are_no_confession() -> None:
    score = reply("Our late opening hours are on the website.")
    assert score.dimensions is not None
    assert score.dimensions["ownership"] == 0


def test_a_greeting_that_asks_how_one_is_is_worth_next_to_nothing() -> None:
    empathy = reply("Hi, how are you doing today?").empathy
    assert empathy is not None
    assert empathy < 5


@pytest.mark.parametrize(
    "text",
    [
        "I fell in love with this lamp, is it still in stock?",
        "I sent my details to your team last week, do you need more?",
        "I hate to bother you, but where do I find my invoice?",
        "I keep wearing my shoes out on this path, do you have a tougher pair?",
    ],
)
def test_a_turn_of_phrase_is_neither_danger_nor_distress(text: str) -> None:
    rules = {each.rule for each in customer(text).evidence or ()}
    assert rules.isdisjoint({"harm:danger", "distress:hardship", "anger:strong_words"})


def test_a_day_made_worse_is_no_delight() -> None:
    assert (customer("This made my day worse.").sentiment or 0) < 0


def test_a_grateful_ending_is_no_mockery() -> None:
    score = customer("I've been waiting for the invoice since Monday. Could you look? With gratitude, Ann")
    assert (score.sentiment or 0) > -0.3


def test_a_thing_by_the_name_of_a_dismissal_is_none_but_the_same_word_opening_a_sentence_is() -> None:
    named = reply(
        "I'm sorry the Calm Down tea came crushed. A new box leaves today.",
        to="My Calm Down tea arrived crushed and I'm annoyed.",
    )
    said = reply(
        "Relax. It will come when it comes.",
        to="Relax is what your advert says, and I am furious: the parcel never came.",
    )
    assert named.dismissive == 0
    assert said.dismissive is not None
    assert said.dismissive >= 0.5
