"""Finds which lines of a message are its writer's own, and which are quoted, copied or added by a program."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from . import mail_marks
from .mail_marks import Marks

_FACE: Final = re.compile(r">[:;=8]['-]?[()\[\]/\\|cCpPoO@*]|>[._]+[<>]|>\s?\d")
_RULE: Final = re.compile(r"[-_=*~#\s]{3,}")
_EDGES: Final = "-_=*~#>|[]: \t."
_WHEN_OR_WHO: Final = re.compile(
    r"\d[:.]\d\d|(?:19|20)\d\d|[^\s@<]@[^\s@]|<email>|mailto:|\d[./-]\d{1,2}[./-]\d\d"
)
_ON_A_DATE: Final = re.compile(
    r"On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\d{1,4}\b)"
)
_BROKEN_HEADER: Final = re.compile(r"\A(?:\D*+\d.*[,:@<]|[^,]*+,.*\d)")
_COPY: Final = re.compile(r"(?:Original|Forwarded|ORIGINAL|FORWARDED) (?:[Mm]essage|MESSAGE) ?--")
_LONGEST_HEADER: Final = 300
_LONGEST_MARKER: Final = 250
_LONGEST_INLINE: Final = 200
_LABEL_LENGTH: Final = 24
_LONGEST_PROGRAM_LINE: Final = 85
_ODD_STARTS: Final = frozenset(">-_=*#|[\t ")


class Line(NamedTuple):
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
    wrote = text.find("wrote:")
    while wrote >= 0:
        begin = text.rfind("On ", max(0, wrote - _LONGEST_INLINE), wrote)
        if (
            begin >= 0
            and _ON_A_DATE.match(text, begin)
            and "\n" not in text[begin:wrote]
            and _WHEN_OR_WHO.search(text, begin, wrote)
        ):
            # At the beginning of a line the line rules know better, for they see what follows.
            return None if begin == 0 or text[begin - 1] == "\n" else begin
        wrote = text.find("wrote:", wrote + 6)
    copy = _COPY.search(text) if "---" in text else None
    if copy is not None:
        begin = len(text[: copy.start()].rstrip(" "))
        dashes = begin - len(text[max(0, begin - 40) : begin].rstrip("-")) - max(0, begin - 40)
        if dashes >= 3:
            return begin - dashes
    return None


def own_lines(lines: list[Line]) -> list[Line]:
    """The lines that this message's writer wrote, the answers between quotes included."""
    marks = mail_marks.load()
    whole = " ".join(line.says for line in lines).lower()
    has_marker = any(mark in whole for mark in marks.reply_above)
    kept: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if has_marker and _is_marker(line.says, marks):
            break
        if _is_ordinary(line.says, marks):
            kept.append(line)
            index += 1
            continue
        header = _quote_header(lines, index, marks)
        if header is None or _ends_here(lines, index, marks):
            break
        if header == 0 and not _is_quote(line.says) and not _is_program_line(line.says, marks):
            kept.append(line)
        index += header or 1
    return kept


def _is_ordinary(says: str, marks: Marks) -> bool:
    """Whether nothing about a line calls for a closer look; so it is with nearly all."""
    return not says or (
        says[0].isalpha() and says[-1] not in ":：" and says[:3].lower() not in marks.openings
    )


def _is_quote(says: str) -> bool:
    return says[0] == ">" and not _FACE.match(says)


def _quote_header(lines: list[Line], index: int, marks: Marks) -> int | None:
    """How many lines the header of a quote takes from here; None when all that follows is the quote."""
    says = lines[index].says
    length = _header_length(lines, index, marks)
    is_dated = _is_dated(lines, index, length or 1)
    if not length and not (says[-1] in ":：" and len(says) <= _LONGEST_HEADER and is_dated):
        return 0
    following = _next_said(lines, index + (length or 1))
    if following is not None and _is_quote(following):
        return length or 1
    return None if length and is_dated else 0


def _ends_here(lines: list[Line], index: int, marks: Marks) -> bool:
    """Whether a signature below its delimiter, a copied message or a legal footer begins with this line."""
    says = lines[index].says
    return (
        is_delimiter(lines[index])
        or (len(says) <= _LONGEST_PROGRAM_LINE and says.lower().strip(_EDGES) in marks.copies)
        or _is_header_block(lines, index, marks)
        or (_RULE.fullmatch(says) is not None and _is_header_block(lines, index + 1, marks))
        or _is_legal(lines, index, marks)
    )


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
        if word not in marks.wrote_first or not _BROKEN_HEADER.search(first) or index + length >= len(lines):
            return 0
        following = lines[index + length].says
        if not following or following[0] == ">":
            return 0
        joined = f"{joined} {following}"
    return 0


def _is_dated(lines: list[Line], index: int, length: int) -> bool:
    joined = " ".join(line.says for line in lines[index : index + length])
    return _WHEN_OR_WHO.search(joined) is not None


def _is_header_block(lines: list[Line], index: int, marks: Marks) -> bool:
    if index >= len(lines) or _label(lines[index].says, marks) != "from":
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
