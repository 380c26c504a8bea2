"""The texts of a Zendesk account's active macros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...model import Macro
from ..http import Http
from .mapping import Record
from .paging import pages

MACROS = "/api/v2/macros"
_COMMENTS = {"comment_value": False, "comment_value_html": True}
"""The actions that write a comment; whether they do so in HTML."""


def macros(http: Http) -> Iterator[Macro]:
    """What each active macro writes into a comment (BEHAVIOR 32)."""
    for page in pages(http, MACROS, params={"active": "true"}):
        for macro in page.get("macros") or ():
            yield from _texts(macro)


def _texts(macro: Record) -> Iterator[Macro]:
    for number, action in enumerate(macro.get("actions") or ()):
        if isinstance(action, Mapping) and action.get("field") in _COMMENTS and (text := _text(action)):
            yield Macro(f"{macro.get('id')}:{number}", text, _COMMENTS[str(action["field"])])


def _text(action: Mapping[str, Any]) -> str:
    value = action.get("value")
    if isinstance(value, list):  # a channel, and what is written on it
        value = value[-1] if value else None
    return value if isinstance(value, str) else ""
