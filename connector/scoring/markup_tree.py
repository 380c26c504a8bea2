"""Parses the HTML of a message, however hostile, and finds in it what its writer did not write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_QUOTES: Final = (
    "blockquote,.gmail_attr,.yahoo_quoted,.moz-cite-prefix,.moz-forward-container,.protonmail_quote,"
    ".tutanota_quote,.zmail_extra,.quoted-text,.OutlookMessageHeader,#OLK_SRC_BODY_SECTION,#isForwardContent,"
    "#isReplyContent,#mail-editor-reference-message-container,.ms-outlook-mobile-reference-message"
)
# Everything after these belongs to the message that is being answered.
_HISTORY: Final = "#appendonsend,#divRplyFwdMsg,#stopSpelling,#reply-intro,.WM_ORIGINAL_MESSAGE"
_SIGNATURES: Final = (
    ".gmail_signature,.moz-signature,[data-smartmail=gmail_signature],#Signature,#signature,"
    "#ms-outlook-mobile-signature,.protonmail_signature_block,.email-signature,.signature"
)
_HIDDEN: Final = (
    '[hidden],[style*="display:none" i],[style*="display: none" i],[style*="visibility:hidden" i],'
    '[style*="visibility: hidden" i],[style*="mso-hide:all" i],[style*="mso-hide: all" i]'
)
# Asking the parser takes longer than seeing that it need not be asked: every selector has its word here.
_MAY_BE_QUOTE: Final = re.compile(
    "quote|gmail_attr|moz-|zmail_extra|outlook|olk_src|isforwardcontent|isreplycontent|mail-editor"
)
_MAY_BE_HISTORY: Final = re.compile("appendonsend|divrplyfwdmsg|stopspelling|reply-intro|wm_original_message")
_MAY_BE_HIDDEN: Final = re.compile("hidden|display|mso-hide")
# Enough tags that the parser's work could grow faster than the text; below it nothing needs care.
_MANY_TAGS: Final = 500
_DEEPEST: Final = 200
_LONGEST_ATTRIBUTES: Final = 4_000
TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>")
FORMATTING: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "s",
        "samp",
        "small",
        "strike",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
    ]
)
_NESTING: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "details",
        "dialog",
        "div",
        "dl",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
        "main",
        "nav",
        "ol",
        "pre",
        "section",
        "span",
        "table",
        "ul",
    ]
)
MASKED: Final = re.compile(r"<(?=(?:url|email|user|phone|name|number|address|date|order)>)", re.IGNORECASE)


def parse(source: str) -> LexborNode:
    # Loaded here: most messages are plain text and never need the parser.
    from selectolax.lexbor import LexborHTMLParser

    source = MASKED.sub("&lt;", source)
    if source.count("<") > _MANY_TAGS or source.count("=") > _MANY_TAGS:
        source = _shallow(source)
    root = LexborHTMLParser(source).root
    assert root is not None  # noqa: S101 - the parser builds html, head and body for any input
    return root


def _shallow(source: str) -> str:
    """The source without formatting tags and without nesting beyond what any mail has.

    The parser looks upwards through the open elements at every tag: tens of thousands of nested ones,
    or of formatting elements left open, would cost time (or memory) quadratic in the length.
    """
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        name = found.group(2).lower()
        if name in FORMATTING:
            return ""
        if len(found.group(3)) > _LONGEST_ATTRIBUTES:
            return f"<{found.group(1)}{name}>"
        if name in _NESTING:
            if found.group(1):
                depth = max(0, depth - 1)
            else:
                depth += 1
                if depth > _DEEPEST:
                    return "<br>"
        return found.group()

    return TAG.sub(kept, source)


def tour(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node in document order, elements twice: entering (True) and leaving (False)."""
    node: LexborNode | None = root
    open_nodes: list[LexborNode] = []
    while node is not None:
        yield node, True
        child = node.first_child
        if child is not None:
            open_nodes.append(node)
            node = child
            continue
        if node.tag != "-text":
            yield node, False
        following = node.next
        while following is None:
            if not open_nodes:
                return
            parent = open_nodes.pop()
            yield parent, False
            following = parent.next if open_nodes else None
        node = following


def left_out(root: LexborNode, source: str) -> tuple[dict[int, bool], frozenset[int]]:
    """Nodes to leave out (True: a quote), and those from which on all is history."""
    lowered = source.lower()
    left: dict[int, bool] = {}
    if "signature" in lowered:
        left.update(dict.fromkeys((node.mem_id for node in root.css(_SIGNATURES)), False))
    markers: frozenset[int] = frozenset()
    if _MAY_BE_HISTORY.search(lowered):
        markers = frozenset(node.mem_id for node in root.css(_HISTORY))
    if "gmail_quote" in lowered:
        for node in root.css(".gmail_quote"):
            _leave_gmail_quote(node, left)
    if _MAY_BE_HIDDEN.search(lowered):
        left.update(dict.fromkeys((node.mem_id for node in root.css(_HIDDEN)), False))
    if _MAY_BE_QUOTE.search(lowered):
        left.update(dict.fromkeys((node.mem_id for node in root.css(_QUOTES)), True))
    return left, markers


def _leave_gmail_quote(node: LexborNode, left: dict[int, bool]) -> None:
    """Gmail keeps answers between quotes inside its quote block: what follows the first quote stays."""
    if node.tag == "blockquote" or node.css_first("blockquote") is None:
        left[node.mem_id] = True
        return
    child = node.first_child
    while (
        child is not None
        and child.tag != "blockquote"
        and not (child.tag != "-text" and child.css_first("blockquote") is not None)
    ):
        left[child.mem_id] = True
        child = child.next
