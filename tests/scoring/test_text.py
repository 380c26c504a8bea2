"""What of a message is its writer's own words."""

from __future__ import annotations

import pytest

from connector.scoring.text import LONGEST, prepare

OWN = "Thanks, but it still does not work."

HISTORY = [
    "On Mon, Jan 5, 2026 at 10:00 AM Bob Roe <bob@example.com> wrote:\n> Please restart it.\n> Bob",
    "On Mon, Jan 5, 2026 at 10:00 AM Bob Roe <bob@example.com>\nwrote:\n\n> Please restart it.",
    "On 5 Jan 2026, at 10:00, Bob Roe wrote:\n\nPlease restart it.\nBob",
    "Am 05.01.2026 um 10:00 schrieb Bob Roe:\n> Bitte neu starten.",
    "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Bob Roe <bob@example.com>:\nBitte neu starten.",
    "Le lun. 5 janv. 2026 à 10:00, Bob Roe <bob@example.com> a écrit :\n> Redémarrez.",
    "El lun, 5 ene 2026 a las 10:00, Bob Roe (<bob@example.com>) escribió:\n> Reinicie.",
    "Em seg., 5 de jan. de 2026 às 10:00, Bob Roe <bob@example.com> escreveu:\n> Reinicie.",
    "Il giorno lun 5 gen 2026 alle ore 10:00 Bob Roe <bob@example.com> ha scritto:\n> Riavvia.",
    "Op ma 5 jan. 2026 om 10:00 schreef Bob Roe <bob@example.com>:\n> Herstart het.",
    "Den mån 5 jan. 2026 kl 10:00 skrev Bob Roe <bob@example.com>:\n> Starta om.",
    "pon., 5 sty 2026 o 10:00 Bob Roe <bob@example.com> napisał(a):\n> Uruchom ponownie.",
    "2026-01-05 10:00 GMT+01:00 Bob Roe <bob@example.com>:\n> Please restart it.",
    "2026年1月5日(月) 10:00 Bob Roe <bob@example.com>:\n> 再起動してください。",
    "2026년 1월 5일 (월) 오전 10:00, Bob Roe <bob@example.com>님이 작성하였습니다:\n다시 시작하세요.",
    "2026年1月5日 星期一 10:00，Bob Roe 写道：\n请重新启动。",
    "Bob Roe wrote:\n> Please restart it.",
    "-----Original Message-----\nFrom: Bob Roe\nSent: Monday\nPlease restart it.",
    "-----Ursprüngliche Nachricht-----\nVon: Bob Roe\nBitte neu starten.",
    "---------- Forwarded message ---------\nFrom: Bob Roe\nPlease restart it.",
    "Begin forwarded message:\n\nFrom: Bob Roe\nPlease restart it.",
    "-------- Message transféré --------\nSujet : redémarrage",
    "From: Bob Roe <bob@example.com>\nSent: Monday, 5 January 2026 10:00\nTo: Kim\nSubject: It\n\nRestart.",
    "*From:* Bob Roe\n*Date:* Monday\n*To:* Kim\n*Subject:* It\n\nRestart.",
    "________________________________\nFrom: Bob Roe\nSent: Monday\n\nRestart.",
    "Von: Bob Roe\nGesendet: Montag\nAn: Kim\nBetreff: Es\n\nBitte neu starten.",
    "De : Bob Roe\nEnvoyé : lundi\nÀ : Kim\nObjet : Ça\n\nRedémarrez.",
    "##- Please type your reply above this line -##\n\nYour request (123) has been updated.",
    "-- reply above this line --\nBob: Please restart it.",
    "--- Bitte antworten Sie oberhalb dieser Zeile ---\nBob: Bitte neu starten.",
    "> Please restart it.\n> Bob",
    ">> older\n> newer",
    (
        "CONFIDENTIALITY NOTICE: This e-mail is intended solely for the recipient. If you received it\n"
        "in error, please delete it.\nAcme Ltd, registered in Exampleland."
    ),
    (
        "This email and any attachments are confidential and intended for the addressee only.\n"
        "Unauthorised use is prohibited."
    ),
    (
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind,\n"
        "vernichten Sie diese E-Mail. Der unbefugte Gebrauch ist untersagt."
    ),
    "Sent from my iPhone",
    "Sent from Mail for Windows 10",
    "Get Outlook for iOS",
    "Gesendet von meinem iPhone",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verzonden vanaf mijn iPhone",
    "-- \nKim Doe\nHead of Things\n+44 20 7946 0000",
    "--\nKim Doe",
]


@pytest.mark.parametrize("history", HISTORY)
def test_what_a_marker_introduces_goes(history: str) -> None:
    assert prepare(f"{OWN}\n\n{history}").text == OWN


@pytest.mark.parametrize("history", HISTORY)
def test_nothing_is_left_of_a_message_that_is_all_history(history: str) -> None:
    assert prepare(history).is_empty


@pytest.mark.parametrize(
    "signature",
    [
        "Kind regards,\nMara Lee",
        "Best regards\nMara Lee\nCustomer Success Manager\nAcme Ltd | +44 20 7946 0000",
        "Best,\nMara",
        "Thanks,\nMara",
        "Cheers,\nMara",
        "Sincerely,\n\nMara Lee\nmara@example.com",
        "Mit freundlichen Grüßen\nMara Lee",
        "Cordialement,\nMara Lee",
        "Kind regards, Mara",
        "Joy Love\nHappy Customer Success Team",
    ],
)
def test_an_unmarked_signature_goes(signature: str) -> None:
    words = "I am so sorry that the parcel came broken. A new one leaves today at 4 pm."
    assert prepare(f"{words}\n\n{signature}").text == words


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("We have refunded you today. Kind regards, Mara", "We have refunded you today."),
        ("Sorry for the wait! We are on it. ^MA", "Sorry for the wait! We are on it."),
        ("Please send us a message. -Mara", "Please send us a message."),
        (
            "Thank you. On Mon, Jan 5, 2026 at 10:00 AM Bob <bob@example.com> wrote: > restart it",
            "Thank you.",
        ),
        ("Thank you. -----Original Message----- From: Bob", "Thank you."),
    ],
)
def test_a_message_whose_line_breaks_were_lost_loses_its_tail_too(body: str, text: str) -> None:
    assert prepare(body).text == text


@pytest.mark.parametrize(
    "body",
    [
        "I am so sorry.\nThis must have been a terrible week for you.\nI will call you at 4 pm.",
        "Thank you so much!",
        "Thank you!\nMara you are the best",
        "On Monday your colleague wrote: we will fix it. Nothing happened.",
        "On Monday your colleague told me this:\nIt will be fixed.\nIt was not.",
        "I have three problems:\n- no sound\n- no picture\n- no answer",
        "Best phone ever.\nBest service too.",
        "From: the day I bought it, it was broken.",
        "Disclaimer: I am no expert, but this is clearly broken.",
        "Sent from my account were 300 mails that I never wrote! Somebody hacked me, please help me quickly.",
        "He said -- and I quote -- calm down.",
        "I waited 5 - 6 weeks for this",
        "it costs < 5 and > 3 euros",
        ">:( I am so angry",
        "It broke again - Thanks",
        "I bought the Model X - Pro",
        "Nobody answers. - Please help",
        "a < b > c",
        "The tag <foo> is shown in my mail",
        "Regards for nothing.",
        "Hi\n\nPS: I lost all my photos.",
        "Wi-Fi is down\nTV is down\nPhone is down",
        "This message is for your manager: I am done with you.",
        "Why did the agent say regards?",
    ],
)
def test_words_of_a_person_stay(body: str) -> None:
    prepared = prepare(body)
    assert prepared.text == body
    assert prepared.notes == ()


def test_answers_between_quotes_stay() -> None:
    body = (
        "See below.\n\nOn Mon, Jan 5, 2026 at 10:00 AM Bob <bob@example.com> wrote:\n"
        "> Did you restart it?\n\n"
        "Yes, twice.\n\n> Is the light on?\nNo, it is off.\n> Bob"
    )
    assert prepare(body).text == "See below.\n\nYes, twice.\n\nNo, it is off."


def test_a_postscript_below_the_signature_stays() -> None:
    body = "It is still broken.\n\nKind regards,\nMara\n\nPS: I am really upset about this."
    assert prepare(body).text == "It is still broken.\n\nPS: I am really upset about this."


def test_a_guess_that_would_take_nearly_everything_is_dropped_and_said() -> None:
    prepared = prepare("Thanks,\nMara Lee")
    assert prepared.text == "Thanks,\nMara Lee"
    assert prepared.notes == ("signature_kept",)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("I don’t like “it”", 'I don\'t like "it"'),
        ("it`s don´t", "it's don't"),
        ("a\u200bb\u00adc\ufeff", "abc"),
        ("a\u00a0b\tc\u3000d", "a b c d"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("bell\x07 \x00null", "bell null"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("Cafe\u0301", "Café"),
        ("love \u2764\ufe0f", "love \u2764"),
        ("don&#39;t &amp; won&rsquo;t", "don't & won't"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("  spaces  ", "spaces"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("", ""),
        (" \n\t ", ""),
        ("see https://example.com/a?b=c, please", "see <url>, please"),
        ("(www.example.com)", "(<url>)"),
        ("mail kim.doe+x@mail.example.com.", "mail <email>."),
        ("@acme_help and @user hi", "@user and @user hi"),
        ("<url> <email> @user", "<url> <email> @user"),
        ("meet @ 5", "meet @ 5"),
        ("a@b", "a@b"),
        ("order 123456789012 of 2026", "order 123456789012 of 2026"),
        ("https://a.example/x@y and z@example.com", "<url> and <email>"),
    ],
)
def test_characters_and_addresses_take_one_form(body: str, text: str) -> None:
    assert prepare(body).text == text


def test_a_very_long_text_keeps_head_and_tail() -> None:
    prepared = prepare("first " + "middle " * 20_000 + "last")
    assert prepared.notes == ("shortened",)
    assert len(prepared.text) <= LONGEST
    assert prepared.text.startswith("first ")
    assert prepared.text.endswith(" last")


def test_the_words_are_in_no_repr() -> None:
    assert "secret" not in repr(prepare("<p>my secret</p> plan"))
