"""Conversations for measurements: written sentences, put together anew for every number."""

from __future__ import annotations

import random

GREETINGS = ("Hello,", "Hi there,", "Good morning,", "Hi team,", "Dear support,", "Hey,", "")
TROUBLES = (
    "my order {n} has not arrived and the tracking page has said the same thing for five days.",
    "I was charged twice for invoice {n} and only one of the payments shows in my account.",
    "the export of report {n} stops halfway, and I need it for a meeting tomorrow.",
    "I cannot log in since the last update; the page only says error {n}.",
    "the chair from order {n} came with a broken leg and two missing screws.",
    "could you tell me how to change the delivery address of order {n}?",
    "your app deletes the notes of project {n} whenever I go offline.",
    "I would like to cancel subscription {n} before the next month begins.",
    "the discount code {n} was refused although the mail said it is valid until Sunday.",
    "we have been waiting for a quote on request {n} for two weeks now.",
    "the invoice {n} has the wrong company name on it, and our accountant cannot book it.",
    "I returned the shoes of order {n} three weeks ago and still have no refund.",
)
FEELINGS = (
    "I am really upset about this.",
    "This is the third time I have to ask, and I am losing my patience!",
    "It is not urgent, I am only wondering.",
    "I am worried that the money is lost.",
    "Honestly, this is ridiculous.",
    "I have always been happy with you, so this surprised me.",
    "We are losing customers because of it.",
    "I feel that nobody reads what I write.",
    "It would mean a lot to my daughter to have it by Friday.",
    "I am confused by all these mails.",
    "",
    "",
)
CLOSINGS = (
    "Please help.",
    "Thanks in advance.",
    "What can I do now?",
    "Can somebody call me?",
    "Kind regards",
    "",
)
OPENINGS = (
    "Thank you for writing to us.",
    "I am sorry that you had to wait for this, and I can see why it is frustrating.",
    "That sounds stressful, and I want to sort it out for you today.",
    "Thanks for your patience.",
    "As stated before, this is described in our help centre.",
    "I understand how worrying it is when the money seems to be gone.",
    "You are right, this should not have happened twice.",
    "Hello again,",
    "Your request has been received.",
    "I would be upset as well if my order had come broken.",
)
STEPS = (
    "I have looked into case {n}: the parcel is at the depot and arrives on Friday.",
    "I have refunded the second payment of {n}, and you will see it within three days.",
    "Could you tell me which browser you use, so that I can repeat what you see?",
    "Please read article {n} and follow the steps in it.",
    "A new part for order {n} is on its way to you and costs you nothing.",
    "I have passed this on to our developers under number {n} and will write as soon as I know more.",
    "This is not our responsibility; please contact the carrier about {n}.",
    "I have changed it for you, so you need not do anything.",
    "If I read you right, the export stops after page {n}; does it also stop with fewer rows?",
    "We have cancelled it as of the end of this month.",
)
ENDINGS = (
    "Is there anything else that I can do for you?",
    "I will call you tomorrow at 4 pm to make sure that it works.",
    "Best regards, the support team",
    "Please rate our service.",
    "Write to me any time if it happens again.",
    "",
)
ANSWERS = (
    "Thank you so much, it works now!",
    "That did not help at all. It still says {n}.",
    "OK, I will wait until Friday then.",
    "Great, that was quick. You made my day.",
    "I have read that article already, and it says nothing about my case!",
    "Firefox, and it is the newest version.",
    "Why does nobody answer my question? I want my money back.",
    "Fine. Thanks.",
    "I appreciate that you called me. All is well with order {n}.",
    "No, the refund of {n} has not come, and I am getting angry.",
)


def talk(chance: random.Random) -> tuple[str, str, str]:
    """What a customer asks, what the team replies, and what the customer says to that."""
    number = str(chance.randrange(10_000, 10_000_000))
    pick = chance.choice
    asks = (pick(GREETINGS), pick(TROUBLES), pick(FEELINGS), pick(CLOSINGS))
    replies = (pick(OPENINGS), pick(STEPS), pick(STEPS) if chance.random() < 0.4 else "", pick(ENDINGS))
    answers = (pick(ANSWERS), pick(FEELINGS) if chance.random() < 0.2 else "")
    said = (" ".join(filter(None, parts)).format(n=number) for parts in (asks, replies, answers))
    return next(said), next(said), next(said)
