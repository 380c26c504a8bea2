"""Which language a message is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.scoring.language import detect
from connector.scoring.lexicon_files import supported

SAMPLES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "language_samples.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
SHORT_WITH_LOANWORDS = Path(__file__).parent / "language_short_samples.txt"

ENGLISH = [
    "ok thanks",
    "Refund??",
    "still waiting",
    "WHERE IS MY ORDER",
    "thx",
    "Not working",
    "Server error",
    "login problem",
    "pls fix asap, app keeps crashing since update",
    "@user your servise is realy terible, i am wating 3 weeks",
    "I don't understand why my PlayStation 5 won't connect to the Wi-Fi",
    "Hola, my package is lost and nobody answers the phone.",
    "We're so sorry for the trouble, Jürgen! A new one leaves São Paulo today.",
    "Thank you for the résumé template, it looks great 😀",
    "My name is Łukasz and I have been charged twice for the naïve café deal",
    "ur app is trash lol",
    "cant log in",
    "She don't receive the parcel yet, please to help us",
    "The die is cast; was it a war, or a bad fall?",
    "CANCELLED",
    "yes",
    "no",
]


def test_samples_cover_many_languages() -> None:
    assert len({code for code, _ in SAMPLES}) >= 40
    assert len(SAMPLES) >= 280


@pytest.mark.parametrize(("code", "text"), SAMPLES)
def test_another_language_is_never_taken_for_english(code: str, text: str) -> None:
    assert detect(text) != "en"


def test_nearly_every_sample_is_named_by_its_language() -> None:
    known = [(code, text) for code, text in SAMPLES if code != "xx"]
    right = sum(detect(text) == code for code, text in known)
    assert right / len(known) >= 0.97


def test_at_most_one_in_a_hundred_short_messages_with_loanwords_passes_for_english() -> None:
    texts = SHORT_WITH_LOANWORDS.read_text("utf-8").splitlines()
    assert (
        sum(detect(text) == "en" for text in [*texts, *(text for _, text in SAMPLES)])
        / (len(texts) + len(SAMPLES))
        <= 0.01
    )


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_recognised_short_informal_or_misspelt(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize("text", ["", "??", "12345", "👍", "<url>", "...", "#4711", "\ufffd"])
def test_a_text_without_words_is_undecidable(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Danke", "de"),
        ("Merci", "fr"),
        ("Gracias", "es"),
        ("Please help, ich kann mich nicht mehr in mein Konto einloggen und niemand antwortet mir", "de"),
        ("我的订单 has not arrived yet and I want my money back please", "en"),
        ("我的订单还没有到，已经等了两个星期了，请尽快退款 thanks", "zh"),
    ],
)
def test_the_majority_of_the_words_decides(text: str, code: str) -> None:
    assert detect(text) == code


def test_the_languages_that_can_be_scored_are_the_lexicon_folders() -> None:
    assert "en" in supported()
    assert supported() <= {"en", "de", "fr", "es", "pt", "it", "nl"}
