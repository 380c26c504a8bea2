"""Turns the HTML of a message into plain lines, without quotes, hidden text and signature blocks."""

from __future__ import annotations

import html
import re
from typing import Final

from .edits import Edit
from .markup_tree import FORMATTING, TAG, left_out, parse, tour

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
QUOTE_LINE: Final = ">"
"""Stands where a quoted block was, so that the lines that introduce it are known for what they are."""
_KNOWN: Final = _BLOCKS | _CELLS | _UNSEEN | FORMATTING | frozenset(("span", "img", "del", "var", "cite"))
_ALONE: Final = frozenset(("br", "p", "div", "html", "body", "table", "blockquote", "hr", "li"))
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
RAW: Final = frozenset(("script", "style", "title", "textarea", "noscript", "iframe"))


def is_markup(text: str) -> bool:
    """Whether a text of unknown kind clearly is HTML: a block tag, or an inline element opened and closed."""
    opened: set[str] = set()
    for found in TAG.finditer(text, 0, 50_000):
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


class Flat:
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
        root = parse(source)
        left, markers = left_out(root, source)
        unseen = pre = raw = 0
        is_history = False
        for node, is_entering in tour(root):
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
            is_out = tag in _UNSEEN or key in left
            step = 1 if is_entering else -1
            if is_out and is_entering and not unseen and not is_history and left.get(key):
                self._stand_in()
            unseen += is_out * step
            pre += (tag == "pre") * step
            raw += (tag in RAW) * step
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
