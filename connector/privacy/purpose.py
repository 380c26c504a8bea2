"""What the product is for: one statement, the same wherever it is shown."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de")
"""The languages the product explains itself in."""


@dataclass(frozen=True, slots=True)
class IntendedPurpose:
    """The statement, and the uses it rules out."""

    statement: str
    not_for: str
    prohibited: tuple[str, ...]

    def as_markdown(self) -> str:
        """The statement as the README has it, lines unbroken."""
        points = "\n".join(f"- {point}" for point in self.prohibited)
        return f"{self.statement}\n\n{self.not_for}\n\n{points}"


@cache
def intended_purpose(language: str = "en") -> IntendedPurpose:
    """The statement in one of `LANGUAGES`."""
    text = files(__package__).joinpath("intended_purpose.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)[language]
    return IntendedPurpose(said["statement"], said["not_for"], tuple(said["prohibited"]))
