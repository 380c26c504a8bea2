"""What HubSpot's refusals mean: one exception for each, without a word of what the account holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import Misconfigured, Reauthorize, Unreadable
from ...limits import decode_json

_SCOPE = re.compile(r"[a-z][a-z0-9._-]{0,99}\Z")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}\Z")


WAITS = (423, 429, 477)
"""Locked, too many, moving house: the gate holds the next call until the instant the answer names."""


class Refused(Unreadable):
    """An answer of status 4xx that its caller may know what to do with."""

    def __init__(self, status: int, answer: Mapping[str, Any], path: str) -> None:
        self.status = status
        self.answer = answer
        self.note = note(answer) or str(status)
        super().__init__(f"HubSpot answered {path} with status {status} ({self.note}).")


class NoSuchPath(Misconfigured):
    """HubSpot answered with a page of HTML: the path itself does not exist, whatever the record."""


class Lost(Exception):
    """The answer to a request that creates something never came, or was a 5xx: look before trying again."""


def refusal(status: int, body: bytes, path: str) -> Exception:
    """The exception for an answer that is neither a success nor about limits."""
    answer = decoded(body)
    if status == 401:
        return Reauthorize("HubSpot refuses our token; connect this account again.")
    if status == 403:
        scopes = ", ".join(missing_scopes(answer or {}))
        if scopes:
            return Misconfigured(
                f"The HubSpot token lacks the scope {scopes}; add it to the app, then connect again."
            )
        return Misconfigured(
            f"HubSpot does not allow {path}: a scope, permission or plan is missing; "
            "compare the app's scopes with those in the documentation."
        )
    if status == 404 and answer is None:
        return NoSuchPath(f"HubSpot has no path {path}; this release calls a version it no longer serves.")
    return Refused(status, answer or {}, path)


def decoded(body: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer; None when it is something else, such as a page of HTML."""
    try:
        answer = decode_json(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def note(answer: Mapping[str, Any]) -> str:
    """The category and codes of a refusal. Messages are left out: they quote values."""
    errors = answer.get("errors")
    rows = [row for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []
    names = [answer.get("category"), answer.get("subCategory")]
    for row in rows:
        names += [row.get("category"), row.get("subCategory"), row.get("code")]
    codes = [name for name in names if isinstance(name, str) and _CODE.match(name)]
    return ", ".join(dict.fromkeys(codes))[:120]


def missing_scopes(answer: Mapping[str, Any]) -> list[str]:
    """The scopes a 403 asks for, wherever in the body they stand."""
    return list(dict.fromkeys(name for name in _scopes(answer, is_scope=False) if _SCOPE.match(name)))


def _scopes(value: Any, *, is_scope: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scopes(inner, is_scope="scope" in str(key).lower())
    elif isinstance(value, list):
        for inner in value:
            yield from _scopes(inner, is_scope=is_scope)
    elif isinstance(value, str) and is_scope:
        yield from re.split(r"[\s,\[\]]+", value)
