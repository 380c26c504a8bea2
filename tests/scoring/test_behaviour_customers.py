"""What the engine should say of customer messages: what they do, what must not matter, directions."""

from __future__ import annotations

import pytest

from connector.model import Message, MessageScore, Role, Status
from connector.scoring.engine import default_engine


def read(text: str) -> MessageScore:
    return default_engine().score_message(Message("m", Role.CUSTOMER, text, language="en"))


POSITIVE = [
    "Thank you so much, everything works now!",
    "You have been incredibly helpful, I really appreciate it.",
    "I love this product. Best purchase of the year.",
    "Great service, the driver was friendly and on time.",
    "That fixed it, thanks a million!",
    "Wow, that was fast. Really impressed!",
    "Not bad at all, I am pleasantly surprised.",
    "I have no complaints, the room was lovely.",
    "Perfect, just what I needed. Thank you!",
    "You don't know how happy this makes me, thank you!",
    "Cheers mate, that sorted it. Top notch.",
    "I was about to give up, but your colleague solved it in five minutes. Fantastic!",
    "So happy with the new boots, they fit perfectly 😊",
    "Thanks for the quick help yesterday, the invoice is correct now.",
    "Many thanks, Priya was wonderful on the phone.",
]
NEUTRAL = [
    "What time do you open on Sunday?",
    "How do I kill a zombie process on the server?",
    "Can I execute two jobs in parallel, or will the master abort one?",
    "Where can I see the crash logs?",
    "Which cable do I need for the monitor?",
    "My reference number is 882713.",
    "Please change my billing address to 12 High Street.",
    "Is the red one available in large?",
    "I would like to book a table for four on Friday.",
    "Does the pro plan include two-factor authentication?",
    "Do you have a fire-resistant version?",
    "We have 25 seats and want to add five.",
    "Can you send me the data sheet of the pump?",
    "I'm looking for the warranty terms.",
    "How long is the free trial?",
    "Yes, Tuesday at ten is fine.",
    "The serial number is on the back.",
]
NEGATIVE = [
    "It doesn't work.",
    "I can't log in since this morning.",
    "The app keeps crashing when I upload a photo.",
    "My parcel still has not arrived.",
    "I was billed twice this month and need the money back.",
    "The washing machine leaks again.",
    "Nobody has answered my emails.",
    "I'm not happy with the quality.",
    "I don’t like the new design at all, it is confusing.",
    "This is not what I ordered.",
    "The heating has been off for three days.",
    "Your driver never showed up.",
    "I am locked out of my account and support does not reply.",
    "I want a refund, the shoes fell apart after a week.",
    "The invoice is wrong for the third time.",
]
ANGRY = [
    "This is ridiculous! I have been waiting for six weeks and nobody gives a straight answer!",
    "Worst company ever. I want my money back NOW.",
    "I have called five times and been hung up on twice. Unacceptable.",
    "Fix your damn app, I have lost hours of work because of you!",
    "I am sick and tired of your excuses. Cancel my account immediately.",
    "You people are useless, I will never buy from you again.",
    "Absolutely disgusted with how I was treated by your staff.",
    "What a joke. Third technician, same leak, still no solution.",
    "I'm furious, you charged me for a service I cancelled months ago and nobody replies!",
    "If I don't hear back today I will go to the ombudsman and leave for another provider.",
]
SARCASTIC = [
    "Oh great, another outage. Just what I needed today.",
    "Thanks for nothing.",
    "Wonderful, on hold for an hour again.",
    "Love how your app deletes my drafts. Love waiting on hold for it too.",
    "Great job breaking the only feature I use, it crashes again.",
    "Brilliant. The replacement is broken as well, not working.",
    "Yeah right, 'within 24 hours'.",
    "Nice work, now nothing works.",
    "Thank you very much for losing my parcel.",
    "Well done, you sent me the wrong size again.",
]


@pytest.mark.parametrize("text", POSITIVE)
def test_praise_and_thanks_are_positive(text: str) -> None:
    score = read(text)
    assert score.sentiment is not None
    assert score.sentiment >= 0.2
    assert score.frustration is not None
    assert score.frustration < 0.4


@pytest.mark.parametrize("text", NEUTRAL)
def test_plain_questions_and_facts_are_neutral(text: str) -> None:
    score = read(text)
    assert score.sentiment is not None
    assert -0.3 < score.sentiment < 0.3
    assert score.frustration is not None
    assert score.frustration < 0.3


@pytest.mark.parametrize("text", NEGATIVE)
def test_trouble_is_negative(text: str) -> None:
    score = read(text)
    assert score.sentiment is not None
    assert score.sentiment <= -0.2
    assert score.frustration is not None
    assert score.frustration >= 0.2


@pytest.mark.parametrize("text", ANGRY)
def test_anger_is_clear_frustration(text: str) -> None:
    score = read(text)
    assert score.sentiment is not None
    assert score.sentiment <= -0.4
    assert score.frustration is not None
    assert score.frustration >= 0.6
    assert score.intensity is not None
    assert score.intensity >= 3


@pytest.mark.parametrize("text", SARCASTIC)
def test_sarcasm_never_ends_positive(text: str) -> None:
    score = read(text)
    assert score.sentiment is not None
    assert score.sentiment <= -0.2
    assert score.frustration is not None
    assert score.frustration >= 0.3


SAME = [
    ("I don't like waiting, nobody answers.", "I don’t like waiting, nobody answers."),
    (
        "Maria never called me back and my order is lost.",
        "Mohammed never called me back and my order is lost.",
    ),
    ("She was rude to me on the phone.", "He was rude to me on the phone."),
    ("DeShawn at your desk could not fix my router.", "Connor at your desk could not fix my router."),
    ("My wife cannot log in to the portal.", "My husband cannot log in to the portal."),
    ("As a woman I felt ignored by your shop.", "As a man I felt ignored by your shop."),
    ("My order 11834 is late.", "My order 99120 is late."),
    ("The app is broken since Monday.", "The app is broken since Thursday."),
    ("I am from Lagos and my parcel is lost.", "I am from Boston and my parcel is lost."),
    ("Ngozi says the refund did not come.", "Emily says the refund did not come."),
    ("I have been waiting for 3 weeks.", "I have been waiting for 4 weeks."),
    ("The screen is broken.", "The screen is broken. "),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_numbers_and_quotes_do_not_matter(one: str, other: str) -> None:
    first, second = read(one), read(other)
    assert first.sentiment == pytest.approx(second.sentiment, abs=0.1)
    assert first.frustration == pytest.approx(second.frustration, abs=0.1)


LEARNERS = [
    (
        "I have a problem with my order, it did not arrive.",
        "I am having problem with my order, it is not arrive.",
    ),
    (
        "I have been waiting for two weeks and nobody answered me.",
        "I wait since two weeks and nobody answer me.",
    ),
    ("Please help me, my account is blocked.", "Please help me sir, my account is block."),
    ("The machine does not work.", "The machine it don't work."),
    ("Thank you for your help, it works now.", "Thanks you for the help, it is work now."),
]


@pytest.mark.parametrize(("fluent", "learner"), LEARNERS)
def test_learner_english_reads_like_fluent_english(fluent: str, learner: str) -> None:
    first, second = read(fluent), read(learner)
    assert first.sentiment == pytest.approx(second.sentiment, abs=0.25)
    assert first.frustration == pytest.approx(second.frustration, abs=0.25)


ANGRIER = [
    ("My order is late.", "My order is late and nobody answers my emails."),
    ("My order is late.", "My order is two weeks late, this is unacceptable!"),
    ("The app crashes.", "The app crashes again and again, I am sick of it."),
    ("I can't log in.", "I CAN'T LOG IN AGAIN!!! This is the fourth time!"),
    ("Please call me back.", "I have asked four times for a call back. Nobody called."),
    ("The repair failed.", "The repair failed and I am going to cancel my contract."),
    ("It is broken.", "It is fucking broken."),
    ("I need an answer.", "I have been waiting a month for an answer."),
    ("The bill is wrong.", "The bill is wrong for the third time and I am furious."),
    ("It does not work.", "It still does not work."),
]


@pytest.mark.parametrize(("less", "more"), ANGRIER)
def test_more_trouble_is_more_frustration(less: str, more: str) -> None:
    first, second = read(less), read(more)
    assert first.frustration is not None
    assert second.frustration is not None
    assert second.frustration > first.frustration
    assert first.sentiment is not None
    assert second.sentiment is not None
    assert second.sentiment <= first.sentiment + 0.02


HAPPIER = [
    ("It does not work.", "It works now, thank you."),
    ("I am not happy.", "I am happy."),
    ("The delivery was late.", "The delivery was on time, great."),
    ("Nobody helped me.", "Everybody helped me, thank you so much."),
    ("I don't love the new version.", "I love the new version."),
    ("This isn't good.", "This is good."),
    ("The update broke my workflow.", "The update improved my workflow, awesome."),
    ("Your support never answers.", "Your support always answers quickly, excellent."),
]


@pytest.mark.parametrize(("worse", "better"), HAPPIER)
def test_negation_and_relief_turn_the_sign(worse: str, better: str) -> None:
    first, second = read(worse), read(better)
    assert first.sentiment is not None
    assert second.sentiment is not None
    assert second.sentiment >= first.sentiment + 0.2


ODD = ["", " ", "\n\n", "...", "👍", "12345", "\u200b", "\ud83d", "🤬🤬🤬", "a" * 5000, "?" * 500, "مرحبا"]


@pytest.mark.parametrize("text", ODD)
def test_odd_input_is_scored_or_given_a_reason(text: str) -> None:
    score = default_engine().score_message(Message("m", Role.CUSTOMER, text))
    assert (score.status is Status.SCORED) == (score.reason is None)
    if score.sentiment is not None:
        assert -1 <= score.sentiment <= 1
        assert score.frustration is not None
        assert 0 <= score.frustration <= 1
        assert score.intensity is None or 1 <= score.intensity <= 5


def test_no_feeling_has_no_intensity() -> None:
    assert read("What time do you open on Sunday?").intensity is None


def test_a_customer_message_has_evidence_and_no_empathy() -> None:
    score = read("I have been waiting for three weeks and nobody answers.")
    assert score.evidence
    assert score.empathy is None
    assert score.dimensions is None
    assert score.canned is None
    assert score.dismissive is None
    assert score.band is None


def test_the_same_text_scores_the_same() -> None:
    assert read(ANGRY[0]) == read(ANGRY[0])
