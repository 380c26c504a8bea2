"""What is taken out of kept text, what stays, and how long that takes (P-06, S-25)."""

from __future__ import annotations

import sys
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


def test_p06_every_labelled_text_comes_out_as_it_should_but_one() -> None:
    # Chapters are numbered like this address, and far more often written.
    assert SCRIPT.figures_of(TEXTS).misses == ["missed ip: Is 8.8.4.4 yours?"]


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
        (checksums.is_polish_pesel, "02070803628"),
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


ODD_LETTERS = "BAKPLCQDREVOSFTGUHMINJWZYX"
"""The letters of an Italian fiscal code by what they are worth in an odd place, 0 to 25."""


@pytest.mark.parametrize("letter", ODD_LETTERS)
def test_each_letter_of_a_fiscal_code_counts_by_its_place(letter: str) -> None:
    for even in "AKZ":
        body = f"{letter}{even}" + "0" * 13
        # of the thirteen zeros seven stand in odd places, where each is worth 1
        total = ODD_LETTERS.index(letter) + ord(even) - ord("A") + 7
        right = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[total % 26]
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            assert checksums.is_italian_fiscal_code(body + last) is (last == right)


def with_luhn(start: str, length: int) -> str:
    body = start.ljust(length - 1, "7")
    return next(body + digit for digit in "0123456789" if checksums.passes_luhn(body + digit))


@pytest.mark.parametrize(
    ("start", "length", "is_card"),
    [
        ("4", 16, True), ("4", 19, True), ("4", 18, False), ("50", 16, True), ("51", 16, True),
        ("55", 16, True),
        ("49", 17, False), ("2220", 16, False), ("2221", 16, True), ("2720", 16, True), ("2721", 16, False),
        ("34", 15, True), ("37", 15, True), ("35", 15, False), ("36", 14, True), ("38", 14, True),
        ("39", 14, True),
        ("300", 14, True), ("305", 14, True), ("306", 14, False), ("6011", 16, True), ("6012", 16, False),
        ("65", 16, True), ("643", 16, False), ("644", 16, True), ("649", 16, True), ("3527", 16, False),
        ("3528", 16, True), ("3589", 16, True), ("3590", 16, False), ("62", 19, True), ("62", 17, True),
        ("56", 16, True), ("58", 16, True), ("59", 16, False), ("63", 16, True), ("67", 16, True),
        ("68", 16, False),
        ("64", 17, True), ("1", 16, False),
    ],
)  # fmt: skip
def test_cards_are_those_of_the_networks_ranges(start: str, length: int, is_card: bool) -> None:
    number = with_luhn(start, length)
    assert (redact(f"I paid with {number} today").counts == {"card": 1}) is is_card


@pytest.mark.parametrize("country", checksums.IBAN_LENGTHS)
def test_an_iban_has_its_countrys_length_and_no_other(country: str) -> None:
    length = checksums.IBAN_LENGTHS[country]
    for longer in (-1, 0, 1):
        body = "0" * (length - 4 + longer)
        check = 98 - int(body + "".join(str(int(c, 36)) for c in country) + "00") % 97
        assert checksums.is_iban(f"{country}{check:02}{body}") is (longer == 0)
    known = {
        "NO": 15,
        "BE": 16,
        "NL": 18,
        "AT": 20,
        "CH": 21,
        "DE": 22,
        "GB": 22,
        "ES": 24,
        "PT": 25,
        "FR": 27,
        "PL": 28,
        "IS": 26,
        "TR": 26,
        "LU": 20,
        "SE": 24,
        "IT": 27,
        "GR": 27,
        "HU": 28,
        "BR": 29,
        "KW": 30,
        "MT": 31,
        "LC": 32,
    }
    assert length == known.get(country, length)


@pytest.mark.parametrize(
    ("text", "is_phone"),
    [
        ("+999 123456789", False), ("+210 12345678", False), ("+44 12345", False), ("+44 123456", True),
        ("+44 1234567890123", True), ("see 0049 30 1234567", True), ("order 0049 30 1234567", False),
        ("order, +49 30 1234567", True), ("0 30 12 34", False), ("030 123456", True), ("030 12345", False),
    ],
)  # fmt: skip
def test_telephone_numbers_have_a_calling_code_and_a_length(text: str, is_phone: bool) -> None:
    assert ("phone" in redact(text).counts) is is_phone


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("orders 4111111111111111, 5500000000000004 and 4012888888881881", None),
        ("cards 4111111111111111, 5500000000000004", "cards <card>, <card>"),
        ("https://shop.example/find?q=4111111111111111 thanks", None),
        (
            "4111111111111111 http://a.example/?q=5500000000000004, http://b.example/?q=4012888888881881.",
            "<card> http://a.example/?q=5500000000000004, http://b.example/?q=4012888888881881.",
        ),
    ],
)
def test_p06_lists_of_orders_and_numbers_in_harmless_links_stay(text: str, left: str | None) -> None:
    assert redact(text).text == (left or text)
