"""Files about people on our side are taken only without anything that names one of them."""

from __future__ import annotations

import re

from ...errors import Unsupported
from .kinds import folded
from .sheets import Sheet

_MAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,190}\.[a-z]{2,24}", re.IGNORECASE)
_NAMING = re.compile(
    r"(first|last|full|sur|employee|respondent|participant|recipient|reviewee|agent|display)?names?"
    r"|(recipient(first|last))name|vorname|nachname"
    r"|(employee|staff|worker|payroll|personnel|user)(id|number|no)"
    r"|(recipient)?e?mail(address)?|(ip|ipaddress)|phone(number)?|linkedin"
)
_JUDGING = re.compile(
    r"(performance|manager|individual)(rating|review|appraisal|evaluation|score)(score)?|appraisal|reviewee|calibration"
)
NAMES_SHOWN = 10


def refuse_people(sheet: Sheet) -> None:
    """Raises Unsupported, with line numbers and never a value, where a file names single people."""
    for at, header in enumerate(sheet.columns):
        name = folded(header)
        if _JUDGING.fullmatch(name):
            raise Unsupported(
                f'The column "{header}" rates single people. Reviews of people are not taken: '
                "empathy is measured to help people, not to rank them."
            )
        filled = [line.number for line in sheet.lines if line.cells[at]] if _NAMING.fullmatch(name) else []
        if filled:
            raise Unsupported(
                f'The column "{header}" names people ({_lines(filled)}). Only anonymous files are taken: '
                "export the survey anonymously, or remove the column, and import again. Nothing was imported."
            )
    mails = [line.number for line in sheet.lines if any(_MAIL.search(cell) for cell in line.cells)]
    if mails:
        raise Unsupported(
            f"There are e-mail addresses in {_lines(mails)}. Only anonymous files are taken: remove them and "
            "import again. Nothing was imported."
        )


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:NAMES_SHOWN]))
    more = f" and {len(numbers) - NAMES_SHOWN} more" if len(numbers) > NAMES_SHOWN else ""
    return f"line {shown}{more}" if len(numbers) == 1 else f"lines {shown}{more}"
