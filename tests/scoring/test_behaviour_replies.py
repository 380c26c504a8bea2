"""What the engine should say of replies, as a table: behaviours, invariance, direction, gaming."""

from __future__ import annotations

import pytest

from connector.model import Message, MessageScore, Role, Status
from connector.scoring.engine import default_engine

LAPTOP = "My laptop has been with you for three weeks and my exams start on Monday. This is ridiculous."
PARCEL = "My parcel has been lost for ten days and it was my daughter's birthday present. Nobody answers me."
BILLING = "You charged me twice for the annual plan and my account is overdrawn now. I am really upset."
OUTAGE = "Your outage made us lose three days of work and two clients. How is that possible?"
BOILER = "Our boiler broke again and my mother is 82. The technician did not show up today."
LOGIN = "I can't log in, I have tried everything and my thesis is due tomorrow. Please help!"


def answer(reply: str, customer: str | None = PARCEL) -> MessageScore:
    return default_engine().score_message(
        Message("r", Role.AGENT, reply, language="en"), replying_to=customer
    )


def points(reply: str, customer: str | None = PARCEL) -> int:
    score = answer(reply, customer)
    assert score.empathy is not None
    return score.empathy


STUFFED = [
    (
        "I completely understand your frustration and I sincerely apologise for the inconvenience. "
        "Your satisfaction is our top priority. We truly value you. Thank you for your patience."
    ),
    (
        "We are so sorry for any inconvenience caused. We understand how you feel. Rest assured that we "
        "take your concerns very seriously. We really appreciate your understanding and your loyalty."
    ),
    (
        "I am so, so sorry to hear that! I totally understand how frustrating this must be. We care about "
        "you. Your feelings are valid. We are here for you. Thank you for being so patient with us."
    ),
    (
        "Thank you for reaching out. We sincerely apologise for the trouble. I understand your concern and I "
        "assure you that we are committed to providing the highest standards. Please bear with us."
    ),
]
GENUINE = [
    (
        LAPTOP,
        (
            "Three weeks without your laptop right before exams is far too long. "
            "I have moved your repair to the front of the queue and will ring you at 4 pm."
        ),
    ),
    (
        PARCEL,
        (
            "Your daughter's birthday present should not have gone missing. "
            "I have sent a new parcel by express today, it will be with you by Thursday noon."
        ),
    ),
    (
        PARCEL,
        (
            "I'm sorry your daughter had no present on her birthday because we lost the parcel. "
            "I've opened a trace and will write to you tomorrow morning, whatever they find."
        ),
    ),
    (
        BILLING,
        (
            "You are right, we charged you twice. I refunded the second payment; the bank needs two days. "
            "I will check on Wednesday that it arrived and that your account is no longer overdrawn."
        ),
    ),
    (
        OUTAGE,
        (
            "Losing three days of work and two clients because of our outage is harm; it is our fault. "
            "I will send you the full report by Friday and call you today about the credit."
        ),
    ),
    (
        BOILER,
        (
            "Your mother should not spend a night without heating. "
            "I have found a technician who comes today at 6 pm, and I'll ring you when he is on his way."
        ),
    ),
    (
        LOGIN,
        (
            "With your thesis due tomorrow we need to get you in now. I have reset the lock on your account; "
            "please try again within the next ten minutes and tell me what you see."
        ),
    ),
]


@pytest.mark.parametrize("stuffed", STUFFED)
@pytest.mark.parametrize(("customer", "genuine"), GENUINE)
def test_a_genuine_reply_is_not_beaten_by_stock_phrases(stuffed: str, customer: str, genuine: str) -> None:
    assert points(genuine, customer) >= points(stuffed, customer)


@pytest.mark.parametrize("stuffed", STUFFED)
@pytest.mark.parametrize(
    "refusal",
    [
        "Unfortunately, per our policy there is nothing we can do.",
        "We cannot offer a refund.",
        "That's just how it works.",
        "You should have read the terms.",
    ],
)
def test_stock_phrases_with_a_refusal_are_never_high(stuffed: str, refusal: str) -> None:
    for customer in (LAPTOP, PARCEL, BILLING, OUTAGE):
        assert answer(f"{stuffed} {refusal}", customer).band == "low"


@pytest.mark.parametrize(("customer", "genuine"), GENUINE)
def test_a_genuine_reply_is_at_least_fair(customer: str, genuine: str) -> None:
    score = answer(genuine, customer)
    assert score.band in {"fair", "high"}
    assert score.dismissive == 0


DISMISSIVE = [
    "Calm down.",
    "Please calm down, it is only a parcel.",
    "As I already said, you have to wait.",
    "That is not our problem.",
    "You should have read the instructions.",
    "This is clearly your own mistake.",
    "There is nothing we can do.",
    "Per our policy we cannot refund this.",
    "It is what it is.",
    "No one else has complained about this.",
    "You are overreacting.",
    "Stop contacting us about this.",
    "We are not responsible for that.",
    "I told you how to do it yesterday.",
    "Your request has been denied.",
    "You obviously entered the wrong address.",
    "Next time please read the terms.",
    "Relax, it will come.",
]


@pytest.mark.parametrize("reply", DISMISSIVE)
def test_dismissive_words_cost_and_are_shown(reply: str) -> None:
    score = answer(reply)
    assert score.dismissive is not None
    assert score.dismissive >= 0.5
    assert score.band == "low"
    assert any(each.points < 0 for each in score.evidence or ())


NOT_DISMISSIVE = [
    "I'm sorry about the wait. I have asked the depot to look for it today and will call you by 5 pm.",
    "You don't have to do anything, I will take it from here.",
    "We cannot ship it today, but I have booked the first slot tomorrow at 8 am for you.",
    "That should have been clearer on our side.",
    "Please send me the tracking number so that I can trace it.",
    "You can relax: I found your parcel and it arrives tomorrow.",
]


@pytest.mark.parametrize("reply", NOT_DISMISSIVE)
def test_kind_replies_are_not_called_dismissive(reply: str) -> None:
    score = answer(reply)
    assert score.dismissive is not None
    assert score.dismissive < 0.5


DIMENSIONS = [
    ("I'm so sorry your parcel got lost.", "emotional_reaction", 1),
    ("I'm glad you told us about this.", "emotional_reaction", 1),
    ("That must have been really disappointing for your daughter.", "interpretation", 2),
    ("I can imagine how upsetting it is to have no present on a birthday.", "interpretation", 2),
    ("Ten days without any answer is far too long.", "interpretation", 2),
    ("What does the tracking page show when you open it?", "exploration", 1),
    ("When did you last see a change in the tracking, and did anyone ring at your door?", "exploration", 1),
    ("This was our mistake.", "ownership", 2),
    ("I will find out what happened.", "ownership", 1),
    ("We caused this and I will put it right.", "ownership", 2),
    ("I have sent a new one and it will arrive by Friday.", "help", 2),
    ("I will call you tomorrow at 10 am.", "help", 2),
    ("Please follow the steps on this page: <url>", "help", 1),
    ("I can see that you wrote to us twice last week.", "personalisation", 1),
]


@pytest.mark.parametrize(("reply", "dimension", "least"), DIMENSIONS)
def test_a_behaviour_is_seen(reply: str, dimension: str, least: int) -> None:
    score = answer(reply)
    assert score.dimensions is not None
    assert score.dimensions[dimension] >= least


ABSENT = [
    ("Your order was placed on May 3.", "emotional_reaction"),
    ("Sorry, that is not possible.", "emotional_reaction"),
    ("Is there anything else I can help you with?", "exploration"),
    ("What is your order number?", "exploration"),
    ("Please provide your email address.", "exploration"),
    ("We will look into it as soon as possible.", "interpretation"),
    ("Your parcel is with the carrier.", "ownership"),
    ("The parcel left the depot.", "help"),
    ("Dear customer, please contact the carrier.", "personalisation"),
]


@pytest.mark.parametrize(("reply", "dimension"), ABSENT)
def test_a_behaviour_that_is_not_there_is_not_seen(reply: str, dimension: str) -> None:
    score = answer(reply)
    assert score.dimensions is not None
    assert score.dimensions[dimension] <= (1 if dimension == "exploration" else 0)


BETTER = [
    ("I will look into it.", "I will look into it and call you by 3 pm today."),
    ("We will refund you.", "I'm sorry about the lost present. We will refund you today."),
    (
        "Please wait.",
        "I know ten days is long; I have asked the carrier and will write to you by noon tomorrow.",
    ),
    ("Your parcel is lost.", "I'm so sorry, your daughter's present is lost. I have sent a new one today."),
    (
        "We apologise for the inconvenience.",
        "We are sorry that nobody answered you for days; that was our fault.",
    ),
    ("I understand.", "I understand how disappointing an empty birthday table is for your daughter."),
    ("It should arrive soon.", "It will arrive on Friday before noon."),
    (
        "Send us the number.",
        "Thank you for telling us. Could you send me the number, so I can trace it today?",
    ),
]


@pytest.mark.parametrize(("worse", "better"), BETTER)
def test_more_care_is_more_points(worse: str, better: str) -> None:
    assert points(better) > points(worse)


@pytest.mark.parametrize("reply", [genuine for _, genuine in GENUINE])
@pytest.mark.parametrize("blame", ["Calm down.", "You should have checked the address yourself."])
def test_blame_takes_points_away(reply: str, blame: str) -> None:
    assert points(f"{reply} {blame}") < points(reply)


SAME = [
    ("I'm sorry, Maria. I will call you at 4 pm.", "I'm sorry, Ahmed. I will call you at 4 pm."),
    (
        "He will ring you at 4 pm, I'm sorry for the wait.",
        "She will ring you at 4 pm, I'm sorry for the wait.",
    ),
    ("I'm sorry your parcel is lost.", "I’m sorry your parcel is lost."),
    ("This was our mistake, I will fix it today.", "This was our mistake, i will fix it today"),
    (
        "I am sorry that your parcel was lost. I will send new one today.",
        "I am sorry that your parcel was lost. I will send a new one today.",
    ),
    ("We're sorry the parcel is late. Kwame", "We're sorry the parcel is late. Connor"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_pronouns_and_slips_do_not_matter(one: str, other: str) -> None:
    assert points(one) == pytest.approx(points(other), abs=10)


PLAIN = [
    ("What are your opening hours?", "We are open from nine to five."),
    ("Do you ship to Norway?", "Yes, we ship to Norway within five days."),
    ("Thanks, that is all I needed.", "You're welcome, have a nice day!"),
    ("My order number is 44123.", "Thank you, I have found it."),
    ("Does the pro plan include two users?", "Yes, it includes two users."),
    ("Where can I download my invoice?", "You can download it under Settings, Billing."),
    ("Thank you so much, it works now!", "Great, glad it works."),
    ("Is the jacket available in blue?", "It comes in blue and red."),
]


@pytest.mark.parametrize(("customer", "reply"), PLAIN)
def test_a_plain_question_needs_no_empathy(customer: str, reply: str) -> None:
    score = answer(reply, customer)
    assert score.status is Status.NOT_APPLICABLE
    assert score.reason == "no_opportunity"
    assert score.empathy is None
    assert score.band == "not_applicable"
    assert score.dimensions is not None
    assert score.evidence is not None


@pytest.mark.parametrize("customer", [LAPTOP, PARCEL, BILLING, OUTAGE, BOILER, LOGIN])
def test_trouble_calls_for_empathy(customer: str) -> None:
    assert answer("Please send us your order number.", customer).status is Status.SCORED


def test_a_missed_opportunity_says_so_kindly() -> None:
    score = answer("The office is open from nine to five.", LAPTOP)
    assert score.band == "low"
    assert "neither acknowledges" in score.reason_text


def test_without_the_customer_message_the_reply_itself_shows_trouble() -> None:
    assert answer("I'm so sorry that the vase broke.", None).status is Status.SCORED
    assert answer("We are open from nine to five.", None).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(("customer", "reply"), GENUINE)
def test_reasons_are_short_and_never_quote_the_customer(customer: str, reply: str) -> None:
    reason = answer(reply, customer).reason_text
    assert 0 < len(reason) <= 255
    for word in ("laptop", "daughter", "boiler", "thesis", "clients"):
        assert word not in reason


@pytest.mark.parametrize("reply", ["", "👍", "...", "<p></p>", "\u200b", "1", "Sorry" * 3000, "\udc00 sorry"])
def test_odd_replies_are_scored_or_given_a_reason(reply: str) -> None:
    score = default_engine().score_message(Message("r", Role.AGENT, reply), replying_to=PARCEL)
    assert (score.status is Status.SCORED) == (score.reason is None)
    assert (score.empathy is not None) == (score.status is Status.SCORED)
