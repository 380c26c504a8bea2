"""The answer to a request for access as a page to read: the same data as the JSON, no script, no link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#111;background:#fff}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "dt{font-weight:600}dd{margin:0 0 .5rem 1.5rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    "section{border-top:1px solid #bbb;margin-top:1rem}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)
_DEEPEST_HEADING: Final = 6
_WORDS: Final = {
    "installation": "Account here",
    "made_at": "Made at",
    "recipients": "Who receives it",
    "retention": "How long it is kept",
    "contacts": "What is kept",
    "roll_up": "Values on the contact",
    "is_left_out": "Left out of scoring",
}


def page_of(content: Mapping[str, Any]) -> str:
    """A whole HTML page with every value of `content`, all of it escaped."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What is kept about you</title><style>{_STYLE}</style></head><body>\n"
        "<h1>What is kept about you</h1>\n"
        f"{''.join(_fields(content, 2))}</body></html>\n"
    )


def _fields(content: Mapping[str, Any], level: int) -> Iterator[str]:
    plain = {name: value for name, value in content.items() if not _is_nested(value)}
    if plain:
        rows = "".join(f"<dt>{_title(name)}</dt><dd>{_plain(value)}</dd>" for name, value in plain.items())
        yield f"<dl>{rows}</dl>\n"
    for name, value in content.items():
        if _is_nested(value):
            heading = min(level, _DEEPEST_HEADING)
            yield f"<section><h{heading}>{_title(name)}</h{heading}>\n"
            yield from _nested(value, level + 1)
            yield "</section>\n"


def _nested(value: Mapping[str, Any] | Sequence[Any], level: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _fields(value, level)
    elif all(isinstance(each, Mapping) and not any(map(_is_nested, each.values())) for each in value):
        yield _table(value)
    else:
        for each in value:
            yield "<section>"
            yield from _nested(each, level) if _is_nested(each) else f"<p>{_plain(each)}</p>"
            yield "</section>\n"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{_title(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_plain(row.get(name))}</td>" for name in names) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"


def _is_nested(value: object) -> bool:
    """Whether it needs a section of its own; a list of plain values stands in one line."""
    if isinstance(value, list | tuple):
        return any(isinstance(each, list | tuple | Mapping) for each in value)
    return isinstance(value, Mapping) and bool(value)


def _plain(value: Any) -> str:
    if value is None or value in ([], {}, ()):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return escape(str(value))


def _title(name: str) -> str:
    return escape(_WORDS.get(name) or name.replace("_", " ").capitalize())
