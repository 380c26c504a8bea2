"""What holds for any text: no crash, one form, and a way back to the words of the body."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model import Role
from connector.scoring.automated import automated_reason
from connector.scoring.language import detect
from connector.scoring.text import prepare
from tests.timing import least_seconds

PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<br>",
        "<blockquote>",
        "</blockquote>",
        "<!--",
        "-->",
        "<script>",
        "&amp;",
        "&#39;",
        "\n",
        "\n\n",
        "\r\n",
        "> ",
        "-- \n",
        "On 5 Jan 2026 Bob wrote:\n",
        "From: a\nSent: b\nTo: c\n",
        " ",
        "\u200b",
        "Kind regards,\nMara\n",
        "it’s ",
        "word ",
        "sorry ",
        "https://a.example/b ",
        "kim@example.com ",
        "@kim ",
        "é ",
        "�",
        "😀 ",
        "Sent from my iPhone\n",
        "<url> ",
        "\t",
        "\xa0",
        "^MA",
        "你好",
        "<div hidden>",
    ]
)
ANY = st.one_of(st.text(st.characters(), max_size=200), st.lists(PIECES, max_size=30).map("".join))


@given(body=ANY, is_html=st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_text_is_prepared_without_a_crash_and_without_odd_characters(body: str, is_html: bool) -> None:
    text = prepare(body, is_html=is_html).text
    assert text == text.strip()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u2018\u2019\u200b\xa0\ud800-\udfff]", text)
    detect(text)
    automated_reason(text, role=Role.AGENT, is_automated=False)


@given(body=ANY, is_html=st.booleans())
@settings(max_examples=400, deadline=None)
def test_every_word_leads_back_to_itself_in_the_body(body: str, is_html: bool) -> None:
    prepared = prepare(body, is_html=is_html)
    for found in re.finditer(r"[A-Za-z]+", prepared.text):
        word = found.group()
        span = prepared.body_span(*found.span())
        if span is None:
            continue
        source = body[span[0] : span[1]]
        if word in ("url", "email", "user") or "&" in source or "<" in source:
            continue
        letters = "".join(filter(str.isalpha, unicodedata.normalize("NFC", source)))
        assert word in letters


@pytest.mark.parametrize(
    ("body", "words", "source"),
    [
        ("Hello  you", "Hello  you", "Hello  you"),
        ("I don’t know", "don't know", "don’t know"),
        ("a <b>big</b> mess<br>here", "big", "big"),
        ("a <b>big</b> mess<br>here", "a big mess", "a <b>big</b> mess"),
        ("<p>Tom &amp; Jerry</p>", "Tom & Jerry", "Tom &amp; Jerry"),
        ("<blockquote>sorry</blockquote><p>so sorry</p>", "sorry", "sorry"),
        ("> sorry\nreally sorry", "sorry", "sorry"),
        ("see https://a.example/b now", "<url>", "https://a.example/b"),
        ("<script>sorry</script><p>sorry</p>", "sorry", "sorry"),
        ("<div>x</div><!-- sorry > --><div title='sorry'>sorry</div>", "sorry", "sorry"),
        ("x\r\n\r\ny&#39;s", "y's", "y&#39;s"),
        ("Cafe\u0301 noir", "Café", "Cafe\u0301"),
    ],
)
def test_a_span_is_traced_through_every_step(body: str, words: str, source: str) -> None:
    prepared = prepare(body)
    start = prepared.text.index(words)
    span = prepared.body_span(start, start + len(words))
    assert span is not None
    assert body[span[0] : span[1]] == source
    assert span[0] == body.rindex(source)


def test_a_span_outside_the_text_cannot_be_traced() -> None:
    prepared = prepare("<p>word</p>")
    assert prepared.body_span(0, 5) is None
    assert prepared.body_span(2, 2) is None
    assert prepared.body_span(-1, 2) is None


PATTERNS = [
    "a",
    "a ",
    "> ",
    "> a\n",
    "\n",
    " ",
    "<",
    "<a",
    "<div>",
    "<b>",
    "</div>",
    "&",
    "&amp;",
    "@",
    "@a",
    "a@",
    "a@b.c ",
    "http://",
    "www.",
    "On ",
    "On Mon, ",
    "wrote:\n",
    "On 1 wrote: ",
    "From: a\n",
    "-",
    "--\n",
    "---",
    "_",
    "=",
    "##",
    "Kind regards,\n",
    ". Regards, M ",
    " ^A",
    " -A",
    "’",
    "`",
    "\u200b",
    "é",
    "�",
    "😀",
    "a:\n",
    "\r",
    "This email and any\n",
    "confidential ",
    "<!--",
    "<script>",
    "<p>x",
    "<blockquote>",
    "<table><tr><td>",
    "<br>",
    '<div class="gmail_quote">',
    '<div style="display:none">',
    "<p><b id=2>",
    "<span>",
    "<pre>\n",
    "i'm a ",
    "i am on ",
    "your request ",
    "this is an automated ",
    "+1 555 123 4567\n",
    "-----Original Message-----",
    "<b id=1>",
    "<a x='",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("is_html", [False, True])
def test_a_hundred_kilobytes_take_time_linear_in_their_length(pattern: str, is_html: bool) -> None:
    """Quadratic work on such a text takes seconds; the bound leaves room for a slow machine."""
    body = (pattern * (100_000 // len(pattern) + 1))[:100_000]

    def read() -> None:
        text = prepare(body, is_html=is_html).text
        detect(body)
        automated_reason(text, role=Role.CUSTOMER, is_automated=False)

    assert least_seconds(read, enough=0.5) < 0.5


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 50_000 + "x",
        '<div a="' + "x" * 1_000_000 + '">y</div>',
        "<div " + " ".join(f"a{number}=1" for number in range(20_000)) + ">y</div>",
        "".join(f"<b id={number}>" for number in range(5_000)) + "<p>x" * 10_000,
    ],
    ids=["nested", "long attribute", "many attributes", "formatting left open"],
)
def test_hostile_markup_takes_no_longer_than_its_length_asks(body: str) -> None:
    assert prepare(body, is_html=True).text
    assert least_seconds(lambda: prepare(body, is_html=True), enough=1.0) < 1.0
