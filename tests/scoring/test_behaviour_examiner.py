"""Cases of an examiner: names, technical words, denials, mockery, faces, gaming."""

from __future__ import annotations

import pytest

from connector.model import Message, MessageScore, Role, Status
from connector.scoring.engine import default_engine

LATE = (
    "My order is two weeks late and it was a birthday present for my son. "
    "I've written three times and nobody answers. I'm really disappointed."
)
LOCKED = "I've been locked out of my account for five days and I'm losing business. Nobody answers me!"
CRASH = "The app crashes whenever I upload photos and I lost the whole album of my trip. I'm so upset."


def customer(text: str) -> MessageScore:
    return default_engine().score_message(Message("m", Role.CUSTOMER, text))


def reply(text: str, to: str = LATE) -> MessageScore:
    return default_engine().score_message(Message("r", Role.AGENT, text), replying_to=to)


def sentiment(text: str) -> float:
    found = customer(text).sentiment
    assert found is not None
    return found


def empathy(text: str, to: str = LATE) -> int:
    found = reply(text, to).empathy
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "The process was killed by the OOM killer.",
        "How do I kill a child process in Linux?",
        "Messages go to the dead letter queue after three attempts. Can I change that?",
        "What does 'fatal: not a git repository' mean?",
        "Does the API return error 429 or 503 when the limit is reached?",
        "What is the panic button on the dashboard for?",
        "Can you please help me with my support request?",
        "I need help setting up my account, please.",
        "Could someone please call me regarding my account?",
        "Can you tell me when order 4471 ships?",
        "Please advise how to change the delivery address.",
    ],
)
def test_technical_words_and_plain_requests_are_neutral(text: str) -> None:
    assert -0.25 < sentiment(text) < 0.25


@pytest.mark.parametrize(
    "text",
    [
        "Nothing about this was easy.",
        "I can't say I'm impressed.",
        "It was neither fast nor friendly.",
        "Hardly a great experience.",
        "I wouldn't recommend it to anyone.",
        "Wow, only four hours on hold this time. Impressive.",
        "Well that's just perfect, the courier lost it twice.",
        "I just love paying for something that doesn't work.",
        "Amazing support: three bots and no human. Bravo.",
        "Glad to see my money buys me a blank screen.",
        "So helpful to be told to restart for the fifth time 🙄",
        "My account is locked and nobody replies. Thanks.",
        "It used to be great, now it is slow.",
        "😡",
        "👎",
    ],
)
def test_denied_praise_mockery_and_sad_faces_are_negative(text: str) -> None:
    assert sentiment(text) <= -0.2


@pytest.mark.parametrize(
    "text",
    ["I couldn't be happier with the service.", "👍", "🎉🎉", "Can't fault your team, they were great."],
)
def test_denied_trouble_and_glad_faces_are_positive(text: str) -> None:
    assert sentiment(text) >= 0.1


NAMES = [
    "Joy",
    "Grace",
    "Hope",
    "Faith",
    "Rich",
    "Dick",
    "Precious",
    "Happy",
    "Blessing",
    "Bliss",
    "Oluwaseun",
]
PLACES = [
    "My name is {} and my parcel has not arrived.",
    "Hi {}, when will you send my invoice?",
    "I spoke to {} yesterday and it is still not solved.",
    "Your colleague {} told me to write here about my missing refund.",
    "My parcel has not arrived and nobody answers my mails.\n{}",
    "@{} when does my plan renew?",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_a_word_of_feeling_says_none(place: str, name: str) -> None:
    assert sentiment(place.format(name)) == pytest.approx(sentiment(place.format("Anna")), abs=0.03)


def test_the_same_word_that_is_no_name_still_counts() -> None:
    assert sentiment("It is a joy to use, I love it.") >= 0.2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My order is late and nobody replies.", "Good morning. My order is late and nobody replies."),
        (
            "My order is late and nobody replies.",
            "Hope this finds you well. My order is late and nobody replies.",
        ),
        ("My order is late and nobody replies.", "My order is late and nobody replies. Best regards, Tom"),
        ("My husband cannot open the door of the oven.", "My wife cannot open the door of the oven."),
        ("My boyfriend cannot open the oven.", "My girlfriend cannot open the oven."),
        ("She never called me back.", "He never called me back."),
    ],
)
def test_greetings_closings_and_who_somebody_is_do_not_count(one: str, other: str) -> None:
    assert sentiment(one) == pytest.approx(sentiment(other), abs=0.05)


FORMAL = (
    "I completely understand your frustration and I sincerely apologise for any inconvenience. "
    "Your satisfaction is our top priority and we truly value you as a customer."
)
EFFUSIVE = (
    "Oh no, I'm so, so sorry! I can only imagine how frustrating this must be for you. "
    "I hear you, I feel your pain, and your feelings are valid. We appreciate you so much!"
)
UNLOCKED = (
    "Five days without your account while customers wait is serious. I have just unlocked it; please log in "
    "and tell me whether everything is there. I will stay on this until you are back in."
)
RESTORED = (
    "Losing the pictures of your trip hurts, and a crash should never cost you an album. Can you tell me "
    "which phone you use? If it synced even once, our team can restore the photos from the backup today."
)


@pytest.mark.parametrize("stuffed", [FORMAL, EFFUSIVE])
@pytest.mark.parametrize(("genuine", "to"), [(UNLOCKED, LOCKED), (RESTORED, CRASH)])
def test_a_specific_reply_outranks_stuffed_phrases(genuine: str, to: str, stuffed: str) -> None:
    assert empathy(genuine, to) > empathy(stuffed, to)
    assert reply(genuine, to).band in {"fair", "high"}


@pytest.mark.parametrize(
    "text",
    [
        "Wow, I'm sooo sorry that you can't read a calendar.",
        "Oh great, sorry the world isn't revolving around your parcel.",
        "Sorry you feel that way.",
        "Well, congratulations, you found the complaint form.",
        "I don't see why you are upset.",
        "Per our policy, no refunds.",
        "Other customers manage to do this without problems.",
    ],
)
def test_mockery_and_bare_refusals_stay_low(text: str) -> None:
    assert empathy(text) <= 15


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("A new one leaves today and arrives tomorrow.", "A new one will be sent."),
        ("I've pushed this to our lead and you'll get a number by tonight.", "I've noted this."),
    ],
)
def test_a_next_step_with_a_time_earns_more(more: str, less: str) -> None:
    assert empathy(more) > empathy(less)


def test_what_they_should_have_received_is_no_blame() -> None:
    assert reply("You should have received it by now, and I'm sorry you didn't.").dismissive == 0


def test_a_misspelt_verb_costs_little() -> None:
    right = "I'm sorry your son's present is late. I have traced it and it will arrive tomorrow by noon."
    assert empathy(right.replace("traced", "tracd").replace("arrive", "arive")) == pytest.approx(
        empathy(right), abs=10
    )


@pytest.mark.parametrize("text", ["Noted.", "At nine.", "Please reinstall."])
def test_a_short_reply_is_in_the_language_of_what_it_answers(text: str) -> None:
    assert reply(text).status is not Status.NOT_SCORED
