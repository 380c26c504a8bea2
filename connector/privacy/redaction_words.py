"""Reads the words of `redaction.toml`, that redaction goes by."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

_TABLES: Final = tomllib.loads(files(__package__).joinpath("redaction.toml").read_text(encoding="utf-8"))


def entries(table: str, key: str) -> tuple[str, ...]:
    """The entries of one list."""
    return tuple(_TABLES[table][key].split())


def any_of(table: str, key: str) -> str:
    """A pattern for any entry of one list."""
    return "(?:" + "|".join(entries(table, key)) + ")"
