"""Turns the HTML of a message into plain lines, without quotes, hidden text and signature blocks."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .edits import Edit

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS: Final = frozenset(("td", "th"))
_UNSEEN: Final = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "noscript",
        "title",
        "meta",
        "link",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "canvas",
        "svg",
        "math",
        "map",
        "select",
        "datalist",
        "textarea",
        "button",
    ]
)
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
    '[style*="visibility: hidden" i],[style*="mso-hide:all" i],[style*="mso-hide: all" i],[aria-hidden="true" i]'
)
QUOTE_LINE: Final = ">"
"""Stands where a quoted block was, so that the lines that introduce it are known for what they are."""

# Enough tags that the parser's work could grow faster than the text; below it nothing needs care.
_MANY_TAGS: Final = 500
_DEEPEST: Final = 200
_LONGEST_ATTRIBUTES: Final = 4_000
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>")
_FORMATTING: Final = frozenset(
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
_KNOWN: Final = _BLOCKS | _CELLS | _UNSEEN | _FORMATTING | frozenset(("span", "img", "del", "var", "cite"))
_ALONE: Final = frozenset(("br", "p", "div", "html", "body", "table", "blockquote", "hr", "li"))
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_MASKED: Final = re.compile(r"<(?=(?:url|email|user|phone|name|number|address|date|order)>)", re.IGNORECASE)
_TAG_END: Final = re.compile(r"""(?:[^<>"']|"[^"]*"|'[^']*'|["'<])*?>""")
_TAG_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PIECE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?|\r\n?|[\s\S]")
_WORD: Final = re.compile(r"\S+")
_SLACK: Final = 2_000
_FAR: Final = 1 << 60
_RAW: Final = frozenset(("script", "style", "title", "textarea", "noscript", "iframe"))


def is_markup(text: str) -> bool:
    """Whether a text of unknown kind clearly is HTML: a block tag, or an inline element opened and closed."""
    opened: set[str] = set()
    for found in _TAG.finditer(text, 0, 50_000):
        closing, name, rest = found.groups()
        name = name.lower()
        if name not in _KNOWN or (rest and not (rest[0].isspace() or rest[0] == "/")):
            continue
        if name in _ALONE:
            return True
        if closing and name in opened:
            return True
        opened.add(name)
    return "<!doctype html" in text[:200].lower()


def entity_edits(text: str) -> list[Edit]:
    """The character references of a plain text, as a feed leaves them ("don&#39;t", "A &amp; B")."""
    edits: list[Edit] = []
    for found in _ENTITY.finditer(text):
        name = found.group()
        new = html.unescape(name)
        if new != name:
            edits.append((found.start(), found.end(), new))
    return edits


def flatten(source: str) -> str:
    """The visible text of an HTML message that holds no unpaired surrogates, one line per block."""
    return _Flat(source).text


class _Flat:
    """The plain text of a parsed message while it is put together, word run by word run."""

    def __init__(self, source: str) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._gap = ""
        self.taken: list[tuple[int, str] | str] = []
        """Each text node in document order: (where its words begin, content) or, left out, the content."""
        self._walk(source)
        self.text = "".join(self._pieces)

    def _walk(self, source: str) -> None:
        root = _parse(source)
        left_out, markers = _left_out(root, source)
        unseen = pre = raw = 0
        is_history = False
        for node, is_entering in _tour(root):
            tag = node.tag
            if tag == "-text":
                content = node.text_content or ""
                if unseen or is_history:
                    if not raw:
                        self.taken.append(content)
                else:
                    self._add(content, is_pre=pre > 0)
                continue
            key = node.mem_id
            is_history = is_history or key in markers
            is_out = tag in _UNSEEN or key in left_out
            step = 1 if is_entering else -1
            if is_out and is_entering and not unseen and not is_history and left_out.get(key):
                self._stand_in()
            unseen += is_out * step
            pre += (tag == "pre") * step
            raw += (tag in _RAW) * step
            if not unseen:
                self._separate(tag, is_entering=is_entering)

    def _stand_in(self) -> None:
        """Leave a sign of the quote, for the lines that introduce it."""
        self._break()
        self._put(QUOTE_LINE)
        self._break()

    def _separate(self, tag: str | None, *, is_entering: bool) -> None:
        if tag in _BLOCKS:
            self._break(is_line=tag == "br" and is_entering)
        elif tag in _CELLS:
            self._gap = self._gap or " "

    def _break(self, *, is_line: bool = False) -> None:
        if is_line and self._gap.startswith("\n"):
            self._gap = "\n\n"
        elif not self._gap.startswith("\n"):
            self._gap = "\n"

    def _put(self, words: str) -> None:
        if self._length:
            self._pieces.append(self._gap)
            self._length += len(self._gap)
        self._gap = ""
        self._pieces.append(words)
        self._length += len(words)

    def _add(self, content: str, *, is_pre: bool) -> None:
        if is_pre and "\n" in content.strip():
            for line in content.split("\n"):
                self._add(line, is_pre=False)
                self._break(is_line=True)
            return
        words = content.split()
        if not words:
            if content:
                self._gap = self._gap or " "
            self.taken.append(content)
            return
        if content[0].isspace():
            self._gap = self._gap or " "
        before = len(self._gap) if self._length else 0
        self.taken.append((self._length + before, content))
        self._put(" ".join(words))
        if content[-1].isspace():
            self._gap = " "


def _tour(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
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


def _parse(source: str) -> LexborNode:
    # Loaded here: most messages are plain text and never need the parser.
    from selectolax.lexbor import LexborHTMLParser

    source = _MASKED.sub("&lt;", source)
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
        if name in _FORMATTING:
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

    return _TAG.sub(kept, source)


def _left_out(root: LexborNode, source: str) -> tuple[dict[int, bool], frozenset[int]]:
    """Nodes to leave out (True: a quote), and those from which on all is history."""
    lowered = source.lower()
    left: dict[int, bool] = {}
    if 'class="' in lowered or "class=" in lowered or "id=" in lowered:
        left.update(dict.fromkeys((node.mem_id for node in root.css(_SIGNATURES)), False))
        markers = frozenset(node.mem_id for node in root.css(_HISTORY))
        for node in root.css(".gmail_quote"):
            _leave_gmail_quote(node, left)
    else:
        markers = frozenset()
    if "style=" in lowered or "hidden" in lowered:
        left.update(dict.fromkeys((node.mem_id for node in root.css(_HIDDEN)), False))
    if markers or "quote" in lowered or "class=" in lowered or "id=" in lowered:
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


class Flattened:
    """The step from HTML to plain lines; the way back is worked out only when somebody asks."""

    __slots__ = ("_segments", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._segments: list[tuple[int, int, int, int]] | None = None

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        if self._segments is None:
            self._segments = list(_aligned(self._source))
        segments = self._segments
        first = bisect_right(segments, (start, _FAR, 0, 0)) - 1
        # A stretch may begin in the space before a word.
        if first < 0 or segments[first][1] <= start:
            first += 1
        last = bisect_right(segments, (end - 1, _FAR, 0, 0)) - 1
        if first >= len(segments) or last < first:
            return None
        flat_start, flat_end, source_start, source_end = segments[first]
        is_exact = flat_end - flat_start == source_end - source_start
        begin = source_start + (max(0, start - flat_start) if is_exact else 0)
        flat_start, flat_end, source_start, source_end = segments[last]
        is_exact = flat_end - flat_start == source_end - source_start
        finish = source_start + min(end, flat_end) - flat_start if is_exact else source_end
        return (begin, finish) if begin < finish else None


def _aligned(source: str) -> Iterator[tuple[int, int, int, int]]:
    """Where each word of the flat text stands in the source: (flat start, flat end, start, end)."""
    visible, places = _visible(source)
    cursor = 0
    for taken in _Flat(source).taken:
        content = taken if isinstance(taken, str) else taken[1]
        if not content:
            continue
        found = visible.find(content, cursor, cursor + len(content) + _SLACK)
        if found < 0:
            continue
        cursor = found + len(content)
        if isinstance(taken, str):
            continue
        flat = taken[0]
        for word in _WORD.finditer(content):
            first, last = found + word.start(), found + word.end() - 1
            yield flat, flat + last - first + 1, places[first][0], places[last][1]
            flat += last - first + 2


def _visible(source: str) -> tuple[str, list[tuple[int, int]]]:
    """The text between the tags with references resolved, and where each of its characters stands."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    length = len(source)
    while at < length:
        tag = source.find("<", at)
        tag = length if tag < 0 else tag
        for found in _PIECE.finditer(source, at, tag):
            piece = found.group()
            read = html.unescape(piece) if piece[0] == "&" else "\n" if piece[0] == "\r" else piece
            for character in read:
                characters.append(character)
                places.append(found.span())
        at = _past_tag(source, tag)
        if at == tag and tag < length:
            characters.append("<")
            places.append((tag, tag + 1))
            at += 1
    return "".join(characters), places


def _past_tag(source: str, tag: int) -> int:
    """Where the tag or comment that begins at `tag` is over; `tag` itself when it begins none."""
    follows = source[tag + 1 : tag + 2]
    if not (follows.isalpha() or follows in ("/", "!", "?")) or not follows:
        return tag
    if _MASKED.match(source, tag):
        return tag
    if source.startswith("<!--", tag):
        end = source.find("-->", tag + 4)
        return len(source) if end < 0 else end + 3
    found = _TAG_END.match(source, tag + 1)
    if found is None:
        return len(source)
    name = _TAG_NAME.match(source, tag + 1)
    if name is not None and name.group().lower() in _RAW:
        end = _lower_find(source, f"</{name.group().lower()}", found.end())
        return len(source) if end < 0 else end
    return found.end()


def _lower_find(source: str, what: str, start: int) -> int:
    found = re.compile(re.escape(what), re.IGNORECASE).search(source, start)
    return found.start() if found else -1
