"""Prepares a message for scoring: its writer's own words, cleaned, and the way back to the body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from . import characters, edits, markup, markup_origin, masks, replies, signatures

LONGEST: Final = 20_000
"""Longer texts keep their head and tail, with the note `shortened`."""
_HEAD_SHARE: Final = 0.6
_MOST_READ: Final = 50_000
"""Of even longer texts only so much is looked at for quotes and signatures."""
_ELLIPSIS: Final = "\n...\n"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The words of one message that count; `repr` shows none of them."""

    text: str = field(repr=False)
    notes: tuple[str, ...] = ()
    """`shortened`: head and tail of a very long text; `signature_kept`: a guess that would have taken
    nearly everything was dropped."""
    _steps: tuple[edits.Step, ...] = field(default=(), repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """No word, number or sign of feeling is left."""
        return not self.text

    def body_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where in the original body the words of text[start:end] stand, or None when that cannot be told."""
        if not 0 <= start < end <= len(self.text):
            return None
        span: tuple[int, int] | None = (start, end)
        for step in reversed(self._steps):
            if span is None:
                return None
            span = step.back(*span)
        return span


def prepare(body: str, *, is_html: bool = False) -> Prepared:
    """The words of this message alone: no markup, quotes, signatures or invisible characters.

    `is_html` says what the source calls it; a text that clearly is markup is read as such anyway.
    """
    steps: list[edits.Step] = []
    notes: list[str] = []
    text = body
    if is_html or ("<" in text and markup.is_markup(text)):
        flattened = markup_origin.Flattened(characters.without_surrogates(text))
        text = flattened.text
        steps.append(flattened)
    elif "&" in text and ";" in text:
        text = _edited(text, markup.entity_edits(text), steps)
    if len(text) > _MOST_READ:
        text = _shortened(text, _MOST_READ, notes, steps)
    if not text.isascii() or not text.isprintable() or "`" in text:
        text = _edited(text, characters.odd_edits(text), steps)
        text = _edited(text, characters.composing_edits(text), steps)
    if "\n" in text or replies.may_hold_history(text) or signatures.may_end_so(text):
        text = _edited(text, _cuts(text, notes), steps)
    elif text and (text[0] == " " or text[-1] == " "):
        text = _edited(text, _removals(text, replies.lines_of(text)), steps)
    if "@" in text or "://" in text or "ww." in text or "WWW." in text or "ailto:" in text:
        text = _edited(text, masks.mask_edits(text), steps)
    if len(text) > LONGEST:
        text = _shortened(text, LONGEST, notes, steps)
    return Prepared(text, tuple(notes), tuple(steps))


def _edited(text: str, changes: list[edits.Edit], steps: list[edits.Step]) -> str:
    if not changes:
        return text
    steps.append(edits.Edited(changes))
    return edits.apply(text, changes)


def _cuts(text: str, notes: list[str]) -> list[edits.Edit]:
    """What has to go for this reply's own lines to remain, without blank lines around them."""
    end = replies.inline_cut(text)
    lines = replies.lines_of(text if end is None else text[:end])
    kept = replies.own_lines(lines)
    kept = signatures.without_signature(kept, notes)
    return _removals(text, kept)


def _removals(text: str, kept: list[replies.Line]) -> list[edits.Edit]:
    """The edits that leave the kept lines, at most one blank line between them, and no space around."""
    changes: list[edits.Edit] = []
    at = 0
    blank = 0
    has_text = False
    for line in kept:
        if not line.says:
            blank += 1
            continue
        indent = line.start + text[line.start : line.end].find(line.says)
        between = ("\n\n" if blank else "\n") if has_text else ""
        if text[at:indent] != between:
            changes.append((at, indent, between))
        at = indent + len(line.says)
        has_text = True
        blank = 0
    if at < len(text):
        changes.append((at, len(text), ""))
    return changes


def _shortened(text: str, longest: int, notes: list[str], steps: list[edits.Step]) -> str:
    """The head and tail of a text, cut at spaces where there are some near."""
    if "shortened" not in notes:
        notes.append("shortened")
    head = int(longest * _HEAD_SHARE)
    tail = len(text) - (longest - head - len(_ELLIPSIS))
    start = text.rfind(" ", head - 200, head)
    end = text.find(" ", tail, tail + 200)
    cut = (start if start > 0 else head, end + 1 if end > 0 else tail, _ELLIPSIS)
    return _edited(text, [cut], steps)
