"""S-25, S-26: every pattern, and the cleaning, take time in proportion to the text, whatever it is."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest

import connector
from connector.providers.hubspot.refusals import missing_scopes
from connector.scoring.look import Look
from connector.scoring.sentences import sentences_of
from connector.scoring.text import LONGEST, prepare
from tests.timing import least_seconds

ENOUGH = 0.05
"""Seconds for 100 kB; what takes less on this machine needs no second look."""
MOST_GROWTH = 3.2
"""Twice the text may take twice as long, and as much again for a busy machine; four times is quadratic."""

UNITS = (
    "a", " ", "\n", "\t", "aa ", "a b ", "\r\n", "> ", ">", "-", "--\n", "_", "*", ".", ". ", ",", "!",
    "?", "!?", ":",
    ": ", "@", "a@", "a@a.", "@a", "a.", "://", "http://", "www.", "<", ">", "<a", "<a ", "</", "<!--",
    "&", "&a",
    "&#", "&#x", ";", "'", "\u2019", '"', "(", ")", "[", "]", "{", "}", "0", "1 ", "12-", "+1 ",
    "0123456789 ", "DE89 ",
    "1.1.1.1", "not ", "never ", "very ", "so ", "sorry ", "i am sorry ", "i'm ", "thank you ",
    "please ", "but ",
    "On Mon, ", "wrote:", "From: ", "Sent: ", "On a wrote", "Am 1. schrieb ", "hello ", "dear ann ",
    "best regards",
    "é", "ß", "😀", "\u200b", "\u00a0", "\u0301", "A", "AA ", "Aa ", "x=", '="', 'a="b" ', "%", "/",
    "\\", "#", "~",
)  # fmt: skip
PREFIXES = ("", "a", "\n", "sorry ", "From: ", "<", "x@")


def modules() -> Iterator[str]:
    for each in pkgutil.walk_packages(connector.__path__, "connector."):
        if each.name.startswith(("connector.scoring", "connector.privacy", "connector.providers")):
            yield each.name


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled text pattern that our modules hold, by where it is."""
    from connector.scoring.engine import default_engine

    default_engine()  # loads the lexicons
    found: dict[str, re.Pattern[str]] = {}
    for name in modules():
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            found |= dict(_patterns_in(value, f"{name}.{key}", 0))
    return {where: pattern for where, pattern in found.items() if isinstance(pattern.pattern, str)}


def _patterns_in(  # noqa: C901 (one case a kind of container)
    value: object, where: str, depth: int
) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern):
        yield where, value
    elif depth > 6 or isinstance(value, str | bytes | int | float | type(None) | type | type(sys)):
        return
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _patterns_in(inner, f"{where}[{str(key)[:20]}]", depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, inner in enumerate(value):
            yield from _patterns_in(inner, f"{where}[{number}]", depth + 1)
    elif (
        hasattr(value, "cache_info")
        and callable(value)
        and getattr(value, "__module__", "").startswith("connector")
    ):
        try:
            made = value()
        except TypeError:  # it needs arguments
            return
        yield from _patterns_in(made, f"{where}()", depth + 1)
    elif type(value).__module__.startswith("connector"):
        names = [*getattr(type(value), "__slots__", ()), *getattr(value, "__dict__", {})]
        for name in names:
            yield from _patterns_in(getattr(value, name, None), f"{where}.{name}", depth + 1)


def seconds(work: Callable[[], object]) -> float:
    return least_seconds(work, enough=ENOUGH, tries=3)


def is_linear(work: Callable[[str], object], make: Callable[[int], str], *, enough: float = ENOUGH) -> bool:
    """Whether 100 kB are quick, or at least take no more than about twice what 50 kB take."""
    whole, part = make(100_000), make(50_000)
    for _ in range(3):  # a busy machine slows some tries down, and never makes one faster
        taken = seconds(lambda: work(whole))
        if taken < enough:
            return True
        if taken < MOST_GROWTH * seconds(lambda: work(part)) and taken < 100 * enough:
            return True
    return False


def text_of(prefix: str, unit: str, end: str) -> Callable[[int], str]:
    return lambda size: prefix + unit * (size // len(unit)) + end


def run_all(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def test_s25_a_pattern_that_is_not_linear_is_found() -> None:
    cubic = re.compile(r"a*a*b")
    assert not is_linear(lambda text: run_all(cubic, text), lambda size: "a" * (size // 100))


def test_s25_the_patterns_are_found_wherever_they_are() -> None:
    names = list(patterns())
    assert len(names) >= 60
    for package in ("scoring", "providers"):
        assert any(name.startswith(f"connector.{package}") for name in names)


@pytest.mark.slow
def test_s25_every_pattern_is_linear_on_every_adversarial_text() -> None:
    slow = []
    for where, pattern in patterns().items():
        for unit in UNITS:
            make = text_of("", unit, "\0")
            if not is_linear(lambda text, pattern=pattern: run_all(pattern, text), make):
                slow.append(f"{where} on {unit!r}")
    assert slow == []


def test_s25_every_pattern_is_quick_on_twenty_thousand_characters() -> None:
    """The default suite's share of the test above: what is quadratic takes long here already."""
    slow = []
    for where, pattern in patterns().items():
        for unit in UNITS[::6]:
            text = text_of("", unit, "\0")(20_000)
            taken = seconds(lambda text=text, pattern=pattern: run_all(pattern, text))
            half = text[: len(text) // 2] + "\0"
            if taken > 0.2 and taken > MOST_GROWTH * seconds(lambda t=half, p=pattern: run_all(p, t)):
                slow.append(f"{where} on {unit!r}")
    assert slow == []


HTML = {
    "nested": lambda size: "<div>" * (size // 5),
    "nested quotes": lambda size: "<blockquote>" * (size // 12) + "x",
    "unclosed": lambda size: "<p" * (size // 2),
    "attribute": lambda size: '<a title="' + "x" * size + '">hi</a>',
    "attributes": lambda size: "<a " + "b=c " * (size // 4) + ">hi</a>",
    "comments": lambda size: "<!--" * (size // 4),
    "closed comments": lambda size: "<!-- -->" * (size // 8),
    "cdata": lambda size: "<![CDATA[" * (size // 9),
    "plaintext": lambda size: "<plaintext>" + "<b>" * (size // 3),
    "script": lambda size: "<script>" * (size // 8) + "</script>",
    "nulls": lambda size: "<p>\0" * (size // 4),
    "entities": lambda size: "<p>" + "&amp;" * (size // 5),
    "broken entities": lambda size: "<p>" + "&" * size,
    "tables": lambda size: "<table><tr><td>" * (size // 15),
    "closing": lambda size: "<p>" + "</p></div></td>" * (size // 15),
    "formatting": lambda size: "<p>" + "<b><i><a>" * (size // 9),
    "gt": lambda size: "<p>" + ">" * size,
    "lines": lambda size: "<br>" * (size // 4) + "x",
    "style": lambda size: "<p style='" + "display:none;" * (size // 13) + "'>x</p>",
}


@pytest.mark.parametrize("name", HTML)
def test_s26_hostile_html_is_cleaned_in_linear_time(name: str) -> None:
    assert is_linear(lambda text: prepare(text, is_html=True), HTML[name], enough=0.2)
    assert len(prepare(HTML[name](100_000), is_html=True).text) <= LONGEST


@pytest.mark.slow
def test_s26_fifty_thousand_nested_tags_and_a_megabyte_attribute_are_cleaned() -> None:
    for source in ("<div>" * 50_000 + "hi", HTML["attribute"](1_000_000), HTML["unclosed"](1_000_000)):
        assert least_seconds(lambda source=source: prepare(source, is_html=True), enough=5) < 5


@pytest.mark.parametrize("unit", UNITS[::3])
def test_s25_a_message_of_100_kb_is_prepared_in_linear_time(unit: str) -> None:
    for prefix in PREFIXES[::3]:
        assert is_linear(prepare, text_of(prefix, unit, ""), enough=0.2)


def test_s25_a_refusal_cannot_make_the_search_for_scopes_run_away() -> None:
    """Found by reading: names that could be split in many ways took time that doubled with each letter."""
    body = json.dumps({"category": "MISSING_SCOPES", "requiredScopes": ["a" + "_" * 5000 + "!", "tickets"]})
    assert missing_scopes(json.loads(body)) == ["tickets"]


def test_s25_a_text_of_full_stops_is_scored_at_once() -> None:
    """Found by the patterns' test: the search for the end of a sentence took 17 s for 20,000 full stops."""
    assert least_seconds(lambda: sentences_of(Look("." * 20_000 + "x")), enough=2, tries=2) < 2
