"""The words that mail programs and help desks put around a person's words, read once from the lexicons.

mail-parser-reply is not used: 8,000 characters of "On Mon, " keep it busy for over a second, its Korean and
Chinese headers never match, and it drops the answers between quotes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything lower case."""

    reply_above: tuple[str, ...]
    copies: frozenset[str]
    wrote_first: frozenset[str]
    wrote_verbs: tuple[str, ...]
    headers: Mapping[str, str]
    """Label -> `from`, `sent`, `to`, `subject` or `copy`."""
    program: tuple[str, ...]
    legal_starts: tuple[str, ...]
    legal_words: tuple[str, ...]
    openings: frozenset[str]
    """The first three letters of everything here that can open a line."""

    def is_wrote(self, first: str, line: str) -> bool:
        """Whether a line that ends in a colon introduces a quote ("On ..., ... wrote:")."""
        said = line.lower().rstrip(":： ")
        if said.endswith(self.wrote_verbs):
            return True
        # "Am 3. Mai schrieb Jo Doe:" and "Op 3 mei schreef Jo:" have the name last.
        return first in self.wrote_first and any(f" {verb} " in said for verb in self.wrote_verbs)


@cache
def load() -> Marks:
    """The marks of all languages together."""
    folder = Path(__file__).with_name("lexicons") / "mail"
    table = tomllib.loads((folder / "marks.toml").read_text("utf-8"))
    headers = {label: kind for kind, labels in table["headers"].items() for label in labels}
    first = frozenset(word for entry in table["wrote"] for word in entry["first"])
    program = tuple(table["program"]["starts"])
    legal = tuple(table["legal"]["starts"])
    copies = frozenset(table["copies"])
    return Marks(
        reply_above=tuple(table["reply_above"]),
        copies=copies,
        wrote_first=first,
        wrote_verbs=tuple(verb for entry in table["wrote"] for verb in entry["verb"]),
        headers=headers,
        program=program,
        legal_starts=legal,
        legal_words=tuple(table["legal"]["words"]),
        openings=frozenset(
            opening[:3]
            for opening in (
                *(f"{word} " for word in first),
                *headers,
                *(f"{label}:" for label in headers),
                *copies,
                *program,
                *legal,
            )
        ),
    )


@cache
def closings() -> frozenset[str]:
    """The lines that close a letter."""
    text = (Path(__file__).with_name("lexicons") / "mail" / "closings.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
