"""What of an HTML message is its writer's own words."""

from __future__ import annotations

import re

import pytest

from connector.scoring import markup_tree
from connector.scoring.text import prepare


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Hello</p><p>you</p>", "Hello\nyou"),
        ("Hello<br>you<br><br>there", "Hello\nyou\n\nthere"),
        ("<div>a</div><ul><li>b</li><li>c</li></ul>", "a\nb\nc"),
        ("<b>a</b><i>b</i> <span>c</span>", "ab c"),
        ("<p>a\n   b</p>", "a b"),
        ("<pre>a\nb</pre>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<p>Tom &amp; Jerry&nbsp;don&rsquo;t &lt;3</p>", "Tom & Jerry don't <3"),
        ("<style>p{}</style><script>x()</script><p>a</p><!-- c -->", "a"),
        ("<html><head><title>t</title></head><body>a</body></html>", "a"),
        ('<p>a</p><div style="display:none">b</div>', "a"),
        ("<p>a</p><div hidden>b</div>", "a"),
        ("<p>a <url> b</p>", "a <url> b"),
        ('<p>see <a href="https://example.com">our page</a></p>', "see our page"),
        ("<p>a</p><blockquote>b</blockquote><p>c</p>", "a\nc"),
        ('<p>a</p><div class="gmail_quote">b</div>', "a"),
        (
            (
                '<p>a</p><div class="gmail_quote"><div class="gmail_attr">On x wrote:<br></div>'
                "<blockquote>b</blockquote><div>c</div><blockquote>d</blockquote></div>"
            ),
            "a\nc",
        ),
        ('<p>a</p><div id="appendonsend"></div><hr><div>b</div>', "a"),
        ('<p>a</p><div><div id="divRplyFwdMsg">b</div></div><p>c</p>', "a"),
        ('<p>a</p><div class="yahoo_quoted">b</div>', "a"),
        (
            '<p>a</p><div class="moz-cite-prefix">x wrote:</div><blockquote type="cite">b</blockquote>',
            "a",
        ),
        ('<p>a</p><div class="gmail_signature">b</div>', "a"),
        ('<p>a</p><div class="moz-signature">b</div>', "a"),
        ("<p>a</p><p>On Mon, 5 Jan 2026 at 10:00, Bob wrote:</p><p>&gt; b</p>", "a"),
        ("<p>a</p><p>From: Bob<br>Sent: Monday<br>To: Kim<br>Subject: It</p><p>b</p>", "a"),
        ("<p>a</p><p>Sent from my iPhone</p>", "a"),
        ("<p>I am sorry.</p><p>Kind regards,<br>Mara Lee</p>", "I am sorry."),
        ("<blockquote>b</blockquote>", ""),
        ("<p></p>", ""),
        ("a<p", "a"),
        ("<p>unclosed <b>a", "unclosed a"),
        ("<P>A</P><BR/>b", "A\n\nb"),
        ('<img src="x">', ""),
    ],
)
def test_markup_becomes_lines(body: str, text: str) -> None:
    assert prepare(body, is_html=True).text == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Hello <b>you</b></p>", "Hello you"),
        ("Hello<br/>you", "Hello\nyou"),
        ("This is <b>bold</b> of you", "This is bold of you"),
        ("I <3 this", "I <3 this"),
        ("if a<b and c>d", "if a<b and c>d"),
        ("<joke>funny</joke>", "<joke>funny</joke>"),
        ("the <b key does nothing", "the <b key does nothing"),
        ("<url> is broken", "<url> is broken"),
    ],
)
def test_text_is_read_as_markup_only_where_it_clearly_is(body: str, text: str) -> None:
    assert prepare(body).text == text


@pytest.mark.parametrize(
    ("selectors", "may_be"),
    [
        (markup_tree._QUOTES, markup_tree._MAY_BE_QUOTE),
        (markup_tree._HISTORY, markup_tree._MAY_BE_HISTORY),
        (markup_tree._HIDDEN, markup_tree._MAY_BE_HIDDEN),
        (markup_tree._SIGNATURES, re.compile("signature")),
    ],
)
def test_the_parser_is_asked_wherever_one_of_its_selectors_could_match(
    selectors: str, may_be: re.Pattern[str]
) -> None:
    for selector in selectors.split(","):
        assert may_be.search(selector.lower()), selector
