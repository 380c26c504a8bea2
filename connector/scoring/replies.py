"""Finds which lines of a message are this reply's own, and which are quoted, forwarded or added by a program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from . import mail_marks
from .mail_marks import Marks

_FACE: Final = re.compile(r">[:;=8]['-]?[()\[\]/\\|cCpPoO@*]|>[._]+[<>]|>\s?\d")
_RULE: Final = re.compile(r"[-_=*~#\s]{3,}")
_EDGES: Final = "-_=*~#>|[]: \t."
_WHEN_OR_WHO: Final = re.compile(
    r"\d{1,2}[:.]\d{2}|(?:19|20)\d{2}|[^\s@<]@[^\s@]|<email>|mailto:|\d{1,2}[./-]\d{1,2}[./-]\d{2}"
)
_INLINE_WROTE: Final = re.compile(
    r"\bOn (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\d{1,4})[^\n:]{0,20}[^\n]{3,160}? wrote:"
)
_INLINE_COPY: Final = re.compile(r"-{3,} ?(?:Original|Forwarded) [Mm]essage ?-{2,}")
_LONGEST_HEADER: Final = 300
_LONGEST_MARKER: Final = 250
_LABEL_LENGTH: Final = 24
_LONGEST_PROGRAM_LINE: Final = 120
_ODD_STARTS: Final = frozenset(">-_=*#|[\t ")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text: where it starts and ends, and what it says without the spaces around it."""

    start: int
    end: int
    says: str


def lines_of(text: str) -> list[Line]:
    """The lines of a text, in order."""
    lines: list[Line] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        lines.append(Line(start, end, line.strip()))
        start = end + 1
    return lines


def may_hold_history(line: str) -> bool:
    """Whether a single line is worth a closer look; nearly all are not."""
    return (
        line[:1] in _ODD_STARTS
        or "wrote:" in line
        or "---" in line
        or "this line" in line
        or "ent from " in line
        or "onfidential" in line
        or "ONFIDENTIAL" in line
        or line[-1:] == ":"
        or _begins_like_a_program(line)
    )


def _begins_like_a_program(line: str) -> bool:
    return len(line) <= _LONGEST_PROGRAM_LINE and _is_program_line(line.strip(), mail_marks.load())


def inline_cut(text: str) -> int | None:
    """Where a quote begins in the middle of a line, as in mail whose line breaks were lost."""
    if "wrote:" in text:
        found = _INLINE_WROTE.search(text)
        if found is not None and _WHEN_OR_WHO.search(found.group()):
            return found.start()
    if "---" in text:
        copy = _INLINE_COPY.search(text)
        if copy is not None:
            return copy.start()
    return None


def own_lines(lines: list[Line]) -> list[Line]:
    """The lines that this message's writer wrote, the answers between quotes included."""
    marks = mail_marks.load()
    whole = " ".join(line.says for line in lines).lower()
    has_marker = any(mark in whole for mark in marks.reply_above)
    kept: list[Line] = []
    index = 0
    count = len(lines)
    while index < count:
        line = lines[index]
        says = line.says
        if not says:
            kept.append(line)
            index += 1
            continue
        if says[0] == ">" and not _FACE.match(says):
            index += 1
            continue
        header = _header_length(lines, index, marks)
        if not header and says[-1] == ":" and len(says) <= _LONGEST_HEADER and _is_dated(lines, index, 1):
            header = int((_next_said(lines, index + 1) or "").startswith(">"))
        if header:
            after = _next_said(lines, index + header)
            is_quoted = after is not None and after.startswith(">")
            if not is_quoted and _is_dated(lines, index, header):
                break
            if is_quoted:
                index += header
                continue
        if (
            (has_marker and _is_marker(says, marks))
            or is_delimiter(line)
            or _begins_history(lines, index, marks)
            or _is_legal(lines, index, marks)
        ):
            break
        if not _is_program_line(says, marks):
            kept.append(line)
        index += 1
    return kept


def is_delimiter(line: Line) -> bool:
    """The "-- " line that mail programs put above a signature."""
    return line.says == "--"


def _is_marker(says: str, marks: Marks) -> bool:
    lowered = says.lower()
    return len(says) <= _LONGEST_MARKER and any(mark in lowered for mark in marks.reply_above)


def _next_said(lines: list[Line], index: int) -> str | None:
    for line in lines[index : index + 4]:
        if line.says:
            return line.says
    return None


def _header_length(lines: list[Line], index: int, marks: Marks) -> int:
    """How many lines "On ..., ... wrote:" takes from here; 0 when this is none."""
    first = lines[index].says
    word = first.split(None, 1)[0].lower().rstrip(",:")
    joined = first
    for length in (1, 2, 3):
        if len(joined) > _LONGEST_HEADER:
            return 0
        if joined[-1] in ":：":
            return length if marks.is_wrote(word, joined) else 0
        if word not in marks.wrote_first or index + length >= len(lines):
            return 0
        following = lines[index + length].says
        if not following or following[0] == ">":
            return 0
        joined = f"{joined} {following}"
    return 0


def _is_dated(lines: list[Line], index: int, length: int) -> bool:
    joined = " ".join(line.says for line in lines[index : index + length])
    return _WHEN_OR_WHO.search(joined) is not None


def _begins_history(lines: list[Line], index: int, marks: Marks) -> bool:
    says = lines[index].says
    if len(says) <= 120 and says.lower().strip(_EDGES) in marks.copies:
        return True
    return _is_header_block(lines, index, marks)


def _is_header_block(lines: list[Line], index: int, marks: Marks) -> bool:
    if _label(lines[index].says, marks) != "from":
        return False
    kinds = {"from"}
    for line in lines[index + 1 : index + 7]:
        if not line.says:
            continue
        kind = _label(line.says, marks)
        if kind is None:
            if len(kinds) > 1:
                break
            continue
        kinds.add(kind)
    if len(kinds) >= 3:
        return True
    above = lines[index - 1].says if index else ""
    return len(kinds) == 2 and _RULE.fullmatch(above) is not None


def _label(says: str, marks: Marks) -> str | None:
    name, colon, _ = says[:_LABEL_LENGTH].replace("：", ":").partition(":")
    return marks.headers.get(name.strip("* \t").lower()) if colon else None


def _is_program_line(says: str, marks: Marks) -> bool:
    return len(says) <= _LONGEST_PROGRAM_LINE and says.lower().lstrip("-_*[( ").startswith(marks.program)


def _is_legal(lines: list[Line], index: int, marks: Marks) -> bool:
    lowered = lines[index].says.lower().lstrip("*_-[( ")
    if not lowered.startswith(marks.legal_starts):
        return False
    paragraph = [lowered]
    for line in lines[index + 1 : index + 12]:
        if not line.says:
            break
        paragraph.append(line.says.lower())
    whole = " ".join(paragraph)[:3_000]
    return sum(word in whole for word in marks.legal_words) >= 2
