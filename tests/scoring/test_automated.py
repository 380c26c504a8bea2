"""Which messages no person wrote."""

from __future__ import annotations

import pytest

from connector.model import Role
from connector.scoring.automated import automated_reason

AUTOMATED = [
    (
        Role.AGENT,
        "This is an automated response. We have received your email and will reply within 24 hours.",
    ),
    (
        Role.CUSTOMER,
        (
            "Automatic reply: Your invoice\n\nThank you for your message. I am out of the office "
            "until Monday 5 May with limited access to email. For urgent matters please contact "
            "Jo."
        ),
    ),
    (Role.CUSTOMER, "I am currently on annual leave and will respond upon my return."),
    (Role.CUSTOMER, "Hello,\n\nI'm out of the office this week. I will reply when I return.\n\nBest"),
    (
        Role.CUSTOMER,
        (
            "Delivery Status Notification (Failure)\n\nYour message wasn't delivered to <email> "
            "because the address couldn't be found."
        ),
    ),
    (Role.CUSTOMER, "Undeliverable: Your ticket"),
    (Role.CUSTOMER, "550 5.1.1 The email account that you tried to reach does not exist."),
    (
        Role.AGENT,
        (
            "Your request (#12345) has been received and is being reviewed by our support "
            "staff.\n\nTo add additional comments, reply to this email."
        ),
    ),
    (
        Role.AGENT,
        (
            "Thank you for contacting Acme Support. We have received your request and a member of "
            "our team will get back to you within 24 hours. Your ticket number is 48213."
        ),
    ),
    (
        Role.CUSTOMER,
        (
            "Thank you for your email. Your case 00123456 has been created. We will get back to "
            "you as soon as possible."
        ),
    ),
    (Role.AGENT, "Hi! I'm Ava, your virtual assistant. How can I help you today?"),
    (Role.AGENT, "I am a bot. To speak to a person, type agent."),
    (Role.AGENT, "Hello, I'm the Acme bot 🤖"),
    (Role.AGENT, "How would you rate the support you received?\n\nGood, I'm satisfied\nBad, I'm unsatisfied"),
    (Role.AGENT, "This ticket has been closed automatically because we have not heard from you."),
    (Role.AGENT, "Request #4821 was closed and merged into this request."),
    (
        Role.CUSTOMER,
        "Ich bin bis zum 12. Mai nicht im Büro. In dringenden Fällen wenden Sie sich bitte an Frau Muster.",
    ),
    (Role.CUSTOMER, "Je suis actuellement absente jusqu'au 5 mai."),
    (Role.AGENT, "Dies ist eine automatische Antwort. Ihre Anfrage wurde empfangen."),
    (
        Role.AGENT,
        "Nous avons bien reçu votre demande n° 48213 et nous vous répondrons dans les plus brefs délais.",
    ),
    (Role.AGENT, "Please do not reply to this email. This mailbox is not monitored."),
    (Role.AGENT, "Hemos recibido su solicitud (#2381) y le responderemos lo antes posible."),
    (Role.CUSTOMER, "Estoy fuera de la oficina hasta el lunes."),
    (Role.AGENT, "You are now chatting with our virtual agent."),
    (Role.CUSTOMER, "Out of office: Re: your ticket"),
    (Role.AGENT, "Your ticket #882 has been received. Our team will respond shortly."),
    (Role.CUSTOMER, "Mail delivery failed: returning message to sender"),
]
PEOPLE = [
    (Role.AGENT, "Thanks for your patience, I have received your request and will look into it today."),
    (Role.CUSTOMER, "I keep getting an automated response from you. This is ridiculous."),
    (Role.CUSTOMER, 'All I get is "this is an automated response". Is anybody there?'),
    (Role.CUSTOMER, "I'm out of the office until Monday, can you deliver on Tuesday?"),
    (Role.CUSTOMER, "I am on holiday and my card was blocked. Please help, it is urgent!"),
    (
        Role.AGENT,
        (
            "I'm so sorry the parcel came while you were away. I will arrange a new delivery for "
            "when you return."
        ),
    ),
    (Role.CUSTOMER, "The courier said undeliverable and sent it back."),
    (Role.CUSTOMER, "My mailbox is full and I can't delete anything."),
    (Role.CUSTOMER, "Am I talking to a bot? I want a human."),
    (Role.AGENT, "I'm not a bot, I promise! Let me check."),
    (Role.AGENT, "I'm Sam from the support team, happy to help."),
    (Role.AGENT, "We received your request yesterday; I'm sorry nobody answered. I've now refunded you."),
    (Role.AGENT, "How did the restart go? I'd love to know whether it is fixed."),
    (Role.CUSTOMER, "I was told this ticket has been closed but nothing is solved."),
    (Role.CUSTOMER, "This ticket was closed without my consent! Reopen it."),
    (
        Role.CUSTOMER,
        (
            "Your ticket system is a joke. I received a reply saying case 4512 was created and "
            "then silence for weeks."
        ),
    ),
    (Role.AGENT, "Your case has been assigned to me and I will call you at 4 pm."),
    (Role.AGENT, "Please don't reply to this phishing e-mail; it is not from us."),
    (Role.CUSTOMER, "Can you turn off the automatic reply in my account?"),
    (Role.CUSTOMER, "Automatic replies stopped working since the update."),
    (Role.CUSTOMER, "Out of office replies are not sent from my account any more."),
    (Role.CUSTOMER, "I never received your email and you closed my ticket #123."),
    (Role.CUSTOMER, "I have submitted a request #38291 a week ago, when will you respond?"),
    (Role.CUSTOMER, "Your message could not be clearer. Thanks!"),
    (
        Role.AGENT,
        (
            "I understand how upsetting it is to have your message ignored for a week. I've "
            "received your request #123 and will sort it."
        ),
    ),
    (Role.AGENT, "The virtual assistant gave you the wrong answer, and I'm sorry about that."),
    (Role.CUSTOMER, "your virtual assistant is useless"),
    (Role.CUSTOMER, "I'm a digital marketing agent and need an invoice."),
    (Role.AGENT, "We will be closed on Monday. Your order will be sent on Tuesday."),
    (Role.CUSTOMER, "Delivery failed again!! third time"),
    (Role.CUSTOMER, "Delivery has failed twice now and nobody calls me back."),
    (
        Role.AGENT,
        "Your request has been escalated to our engineers, and Maria will phone you tomorrow to apologise.",
    ),
    (Role.CUSTOMER, "how likely are you to refund me"),
    (
        Role.CUSTOMER,
        "This email was automatically generated by your website and it has the wrong name on it. Why?",
    ),
    (Role.CUSTOMER, "Ich war im Urlaub und das Paket kam zurück. Was nun?"),
    (Role.CUSTOMER, "This chat has been closed on me three times."),
    (Role.CUSTOMER, "This conversation is going nowhere."),
    (Role.CUSTOMER, "Your ticket has been closed is all I ever hear."),
]


@pytest.mark.parametrize(("role", "text"), AUTOMATED)
def test_a_message_that_a_program_wrote_is_known_by_its_words(role: Role, text: str) -> None:
    assert automated_reason(text, role=role, is_automated=False) is not None


@pytest.mark.parametrize(("role", "text"), PEOPLE)
def test_a_person_who_writes_about_such_messages_is_a_person(role: Role, text: str) -> None:
    assert automated_reason(text, role=role, is_automated=False) is None


@pytest.mark.parametrize(
    ("role", "is_automated", "reason"),
    [
        (Role.BOT, False, "bot"),
        (Role.SYSTEM, False, "system"),
        (Role.AGENT, True, "marked_by_platform"),
        (Role.CUSTOMER, True, "marked_by_platform"),
    ],
)
def test_what_the_platform_says_counts_before_the_words(role: Role, is_automated: bool, reason: str) -> None:
    words = "I am sorry about your week, Kim. I have refunded you myself."
    assert automated_reason(words, role=role, is_automated=is_automated) == reason


def test_the_rules_have_names_that_say_what_the_message_is() -> None:
    reasons = {automated_reason(text, role=role, is_automated=False) for role, text in AUTOMATED}
    assert reasons == {
        "auto_reply",
        "out_of_office",
        "bounce",
        "acknowledgement",
        "bot",
        "survey",
        "system_notice",
    }
