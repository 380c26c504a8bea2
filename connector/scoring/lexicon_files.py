"""The files of each language: what its folder among the lexicons says, and its models."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

LEXICONS: Final = Path(__file__).parent / "lexicons"
MODELS: Final = Path(__file__).parent / "models"
_READ: Final = frozenset({".toml", ".json", ".txt"})
ENGLISH: Final = "en"
"""The language that a text is taken for until the gate has named another."""


@cache
def supported() -> frozenset[str]:
    """The languages that can be scored: those with a folder of lexicons and a folder of models."""
    codes = {entry.name for entry in LEXICONS.iterdir() if len(entry.name) in (2, 3)}
    return frozenset(codes.intersection(entry.name for entry in MODELS.iterdir() if entry.is_dir()))


def read_lexicon(language: str, name: str) -> dict[str, Any]:
    """One lexicon file of a language."""
    return tomllib.loads((LEXICONS / language / f"{name}.toml").read_text(encoding="utf-8"))


def model_path(language: str, name: str) -> Path:
    """The file of one model of a language."""
    return MODELS / language / f"{name}.json"


@cache
def files_digest() -> str:
    """What tells these files from those of another version."""
    digest = blake2b(digest_size=4)
    for path in sorted(path for folder in (LEXICONS, MODELS) for path in folder.rglob("*")):
        if path.suffix in _READ:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def words(raw: Mapping[str, Any], name: str) -> frozenset[str]:
    """A list of words in a lexicon; none where a language has no such list."""
    return frozenset(raw.get(name, "").split())


def pattern(raw: Mapping[str, Any], name: str) -> re.Pattern[str]:
    """One of a lexicon's `[patterns]`, without its line ends; one that matches nowhere if missing."""
    return re.compile(raw.get("patterns", {}).get(name, r"(?!)").replace("\n", ""))
