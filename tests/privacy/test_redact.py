"""What is taken out of kept text, what stays, and how long that takes (P-06, S-25)."""

from __future__ import annotations

import re
import sys
import time
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.privacy import checksums
from connector.privacy.redact import Kind, Redacted, redact

ROOT = Path(__file__).parents[2]


def figures_script() -> Any:
    spec = spec_from_file_location("redaction_figures", ROOT / "scripts" / "redaction_figures.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = figures_script()
TEXTS = list(SCRIPT.labelled_texts())


def test_p06_the_labelled_set_is_large_and_varied() -> None:
    figures = SCRIPT.figures_of(TEXTS)
    assert figures.texts >= 300
    assert all(figures.wanted[kind] >= 12 for kind in Kind)
    assert sum(each.section.startswith("orders") for each in TEXTS) >= 60


def test_p06_what_has_a_form_is_found() -> None:
    figures = SCRIPT.figures_of(TEXTS)
    assert figures.recall([kind for kind in Kind if kind is not Kind.NAME]) >= 0.95, figures.misses


def test_p06_names_of_the_tickets_own_people_are_found() -> None:
    figures = SCRIPT.figures_of(TEXTS)
    assert figures.recall([Kind.NAME]) >= 0.95, figures.misses


def test_p06_little_is_taken_by_mistake_and_never_an_order_number() -> None:
    figures = SCRIPT.figures_of(TEXTS)
    assert figures.false_per_thousand_words <= 0.5, figures.misses
    assert figures.orders_masked == 0


@pytest.mark.data
def test_p06_masked_public_conversations_lose_next_to_nothing(empathy_data: Path) -> None:
    figures = SCRIPT.masked_conversations(empathy_data)
    assert figures.texts > 1000
    assert figures.false_per_thousand_words <= 0.5
    assert figures.false[Kind.CARD] == figures.false[Kind.IBAN] == 0


@pytest.mark.parametrize("labelled", TEXTS, ids=range(len(TEXTS)))
def test_p06_what_was_redacted_once_stays_as_it_is(labelled: Any) -> None:
    once = redact(labelled.text, labelled.names)
    assert redact(once.text, labelled.names).text == once.text


def test_a_redacted_text_says_what_and_where_but_not_which() -> None:
    text = "I am Anna, mail anna@example.com"
    done = redact(text, ["Anna Berg"])
    assert done.text == "I am <name>, mail <email>"
    assert done.counts == {"name": 1, "email": 1}
    assert [text[span.start : span.end] for span in done.spans] == ["Anna", "anna@example.com"]
    assert "Anna" not in repr(done)
    assert "<name>" not in repr(done)


def test_an_address_inside_a_harmless_link_is_taken_out_and_its_order_number_is_not() -> None:
    done = redact("https://shop.example/orders/5551234567/4111111111111111 and x@example.com")
    assert done.text == "https://shop.example/orders/5551234567/4111111111111111 and <email>"


def test_the_surer_find_wins_where_two_overlap() -> None:
    assert redact("https://x.example/users/anna@example.com").text == "<url>"
    assert redact("DE89 3704 0044 0532 0130 00").counts == {"iban": 1}


@pytest.mark.parametrize("names", [("",), ("  ",), ("anna@example.com",), ("Support",), ("7",), ("-",)])
def test_a_display_name_that_names_nobody_takes_nothing_out(names: tuple[str, ...]) -> None:
    text = "Support says 7 - no more."
    assert redact(text, names).text == text


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_taken_and_only_its_spans_change(text: str, names: list[str]) -> None:
    done = redact(text, names)
    assert isinstance(done, Redacted)
    rebuilt, reached = "", 0
    for span in done.spans:
        assert reached <= span.start < span.end <= len(text)
        rebuilt += text[reached : span.start] + f"<{span.kind}>"
        reached = span.end
    assert rebuilt + text[reached:] == done.text
    assert sum(done.counts.values()) == len(done.spans)


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (checksums.passes_luhn, "4111111111111111"),
        (checksums.is_iban, "DE89370400440532013000"),
        (checksums.is_german_tax_id, "86095742719"),
        (checksums.is_french_nir, "255081416802538"),
        (checksums.is_swiss_ahv, "7569217076985"),
        (checksums.is_dutch_bsn, "111222333"),
        (checksums.is_polish_pesel, "44051401359"),
    ],
)
def test_one_wrong_digit_fails_the_check(check: Any, right: str) -> None:
    assert check(right)
    for at, digit in enumerate(right):
        if digit.isdecimal():
            for other in set("0123456789") - {digit}:
                assert not check(right[:at] + other + right[at + 1 :])


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (checksums.is_spanish_dni, "12345678Z", "12345678T"),
        (checksums.is_spanish_dni, "X1234567L", "Y1234567L"),
        (checksums.is_italian_fiscal_code, "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
        (checksums.is_italian_fiscal_code, "RSSMRA85T10A562S", "RSSMRA85T10A652S"),
        (checksums.is_us_ssn, "123456789", "666456789"),
        (checksums.is_us_ssn, "219099998", "000099998"),
        (checksums.is_us_ssn, "899010001", "900010001"),
        (checksums.is_us_ssn, "899010001", "899000001"),
        (checksums.is_us_ssn, "899010001", "899010000"),
        (checksums.is_us_ssn, "899010001", "89901000"),
        (checksums.is_german_tax_id, "65929970489", "6592997048"),
        (checksums.is_german_tax_id, "47036892816", "01234567899"),
        (checksums.is_iban, "NO9386011117947", "NO93860111179470"),
        (checksums.is_iban, "GB82WEST12345698765432", "US82WEST12345698765432"),
        (checksums.is_french_nir, "255081416802538", "355081416802538"),
        (checksums.is_swiss_ahv, "7569217076985", "7560000000000"),
        (checksums.is_dutch_bsn, "111222333", "11122233"),
        (checksums.is_polish_pesel, "44051401359", "4405140135"),
    ],
)
def test_a_number_of_another_form_fails_the_check(check: Any, right: str, wrong: str) -> None:
    assert check(right)
    assert not check(wrong)


# Linear time

PIECES = (
    *("a", "0", "1 ", "(0", "+1", "@", "a@", "a.", "a@a.", "0171 23456 ", "1.1.1.1.", ":", "ab:", "1:", "-"),
    *("born ", "born 1", "jan ", "call ", "order ", "order no: ", "order 1, ", "http://", "www.a", "?token="),
    *("/users/", "DE12 ", "DE89 3704 ", "A1 ", "AB12", "[at]", "(dot)", "Anna ", "Will, ", "van ", "'", "a'"),
    *("=", "\u00a0", "\n", "4111 1111 1111 1112 ", "555-555-555 ", "x.y.z", "#", "ä", "\u0661", "- 1"),
)
HOSTILE = {piece: (piece * (100_000 // len(piece) + 1))[:100_000] for piece in PIECES}
MODULES = ("identifiers", "numbers", "order_numbers", "people", "redact")


def seconds_for(action: Any, *, enough: float = 0.0) -> float:
    """The least processor time of up to three runs; the first that is quick enough will do."""
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        action()
        least = min(least, time.process_time() - start)
        if least < enough:
            break
    return least


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
        taken = seconds_for(lambda text=text: use(text), enough=0.05)
        assert taken < 0.05, (name, piece, taken)


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_s25_a_hostile_text_of_100_kb_takes_a_bounded_time(piece: str) -> None:
    assert seconds_for(lambda: redact(HOSTILE[piece], ("Will May", "Anna van Berg")), enough=0.5) < 0.5


def test_s25_twice_the_text_takes_about_twice_the_time() -> None:
    for piece in ("1 ", "a@", "Anna ", "(0"):
        half, whole = HOSTILE[piece][:5_000], HOSTILE[piece][:20_000]
        redact(half, ("Anna van Berg",))
        short = seconds_for(lambda half=half: redact(half, ("Anna van Berg",)))
        long = seconds_for(lambda whole=whole: redact(whole, ("Anna van Berg",)))
        assert long < 12 * short + 0.02, piece
