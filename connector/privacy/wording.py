"""Finds words that judge a person, where ours speak of the wording of a reply (L-02)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

ALLOWED: Final = "wording: quoted"
"""A line with this, in a comment, quotes on purpose what we do not say."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Words that should not stand there."""

    line: int
    words: str
    about: str
    """What they judge."""


def judgements(text: str, *, quoted: Collection[str] = ()) -> Iterator[Judgement]:
    """Every such place in the text, but in lines marked `wording: quoted` and in the `quoted` sentences."""
    for sentence in (*_table()["quoted"], *quoted):
        text = text.replace(sentence, re.sub(r"[^\n]", " ", sentence))
    lines = text.splitlines(keepends=True)
    kept = "".join(" " * (len(line) - 1) + "\n" if ALLOWED in line else line for line in lines)
    for about, pattern in _denied():
        for found in pattern.finditer(kept):
            yield Judgement(kept.count("\n", 0, found.start()) + 1, found.group(), about)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("wording.toml").read_text(encoding="utf-8"))


@cache
def _denied() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = _table()
    patterns = []
    for about, entries in table["denied"].items():
        joined = "|".join(f"(?:{entry})" for entry in entries).replace("PERSON", table["person"])
        # words may be parted by a line's end as well
        spaced = joined.replace(" ", r"\s+")
        patterns.append((about, re.compile(rf"(?<![\w-])(?:{spaced})(?![\w-])", re.IGNORECASE)))
    return tuple(patterns)
