"""Our custom fields, read from `manifests/fields.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from .model import Field

OPT_OUT = "empathy_opt_out"


def manifests_folder() -> Path:
    """Where the manifests are: inside the installed package, or beside it in a checkout."""
    installed = Path(__file__).parent / "manifests"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "manifests"


@cache
def all_fields() -> tuple[Field, ...]:
    """Every field of ours, in the order of the file."""
    text = (manifests_folder() / "fields.toml").read_text(encoding="utf-8")
    return tuple(
        Field(
            name=row["name"],
            title=row["title"],
            type=row["type"],
            on=row["on"],
            description=row["description"],
            options=tuple((value, label) for value, label in row.get("options", [])),
            is_extended=row.get("extended", False),
        )
        for row in tomllib.loads(text)["field"]
    )


def fields_to_create(*, extended: bool) -> tuple[Field, ...]:
    """What `fields` creates: the first seven and the opt-out, or with `extended` all of them."""
    return tuple(field for field in all_fields() if extended or not field.is_extended)
