"""How long redaction may take on hostile text (S-25), and what it does to real conversations."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from connector.privacy.redact import Kind, redact
from tests.timing import least_seconds

from .test_redact import SCRIPT


@pytest.mark.data
def test_p06_masked_public_conversations_lose_next_to_nothing(empathy_data: Path) -> None:
    figures = SCRIPT.masked_conversations(empathy_data)
    assert figures.texts > 1000
    assert figures.false_per_thousand_words <= 0.5
    assert figures.false[Kind.CARD] == figures.false[Kind.IBAN] == 0


PIECES = (
    *("a", "0", "1 ", "(0", "+1", "@", "a@", "a.", "a@a.", "0171 23456 ", "1.1.1.1.", ":", "ab:", "1:", "-"),
    *("born ", "born 1", "jan ", "call ", "order ", "order no: ", "order 1, ", "http://", "www.a", "?token="),
    *("/users/", "DE12 ", "DE89 3704 ", "A1 ", "AB12", "[at]", "(dot)", "Anna ", "Will, ", "van ", "'", "a'"),
    *("=", "\u00a0", "\n", "4111 1111 1111 1112 ", "555-555-555 ", "x.y.z", "#", "ä", "\u0661", "- 1"),
)
HOSTILE = {piece: (piece * (100_000 // len(piece) + 1))[:100_000] for piece in PIECES}
MODULES = ("identifiers", "numbers", "order_numbers", "people", "redact")


def shipped_patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for module in (import_module(f"connector.privacy.{name}") for name in MODULES):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and module.__name__.endswith(MODULES):
                found.append((f"{module.__name__}.{name}", value))
    ids = import_module("connector.privacy.identifiers")._IDS
    return found + [(f"_IDS[{at}]", pattern) for at, (pattern, _, _) in enumerate(ids)]


PATTERNS = shipped_patterns()
BOUNDED = ("_DOMAIN", "_IP_LITERAL", "_PERSONAL_PART", "_PROFILE", "_LOCAL")
"""These see one address at a time, of 4,096 characters at most, or begin right behind an @."""
ANCHORED = (
    "_BEFORE",
    "_MARKED",
    "_LISTED",
    "_TELLS",
    "_RELEASE",
    "_EXPECTS_A_NAME",
    "_MONTH_BEFORE",
    "_ID_CUE",
)
"""These end in $ and are searched in the last 60 characters before a number or name only."""


def test_s25_all_patterns_are_looked_at() -> None:
    assert len(PATTERNS) > 25


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[name for name, _ in PATTERNS])
def test_s25_every_pattern_is_linear_on_hostile_text(name: str, pattern: re.Pattern[str]) -> None:
    def use(text: str) -> None:
        if name.endswith(ANCHORED):
            for at in range(0, 6000, 60):
                pattern.search(text[at : at + 60])
        elif name.endswith(BOUNDED):
            pattern.match(text)
            pattern.search(text[:4096])
        else:
            for _ in pattern.finditer(text):
                pass

    for piece, text in HOSTILE.items():
        taken = least_seconds(lambda text=text: use(text), enough=0.05)
        assert taken < 0.05, (name, piece, taken)


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_s25_a_hostile_text_of_100_kb_takes_a_bounded_time(piece: str) -> None:
    assert least_seconds(lambda: redact(HOSTILE[piece], ("Will May", "Anna van Berg")), enough=0.5) < 0.5


def test_s25_twice_the_text_takes_about_twice_the_time() -> None:
    for piece in ("1 ", "a@", "Anna ", "(0"):
        half, whole = HOSTILE[piece][:5_000], HOSTILE[piece][:20_000]
        redact(half, ("Anna van Berg",))
        short = least_seconds(lambda half=half: redact(half, ("Anna van Berg",)))
        long = least_seconds(lambda whole=whole: redact(whole, ("Anna van Berg",)))
        assert long < 12 * short + 0.02, piece
