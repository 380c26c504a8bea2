"""Zendesk's cursor-paged lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from ...errors import Unreadable
from ...limits import TooLarge, TooMany, decode_json
from ..http import Http
from .limits import ACCOUNT
from .mapping import Record

PAGE = 100


def is_missing_endpoint(body: Record) -> bool:
    """Whether a 404 says that this plan has no such endpoint, rather than no such record: by name, or by
    a page that is no JSON."""
    error = body.get("error")
    title = error.get("title") if isinstance(error, Mapping) else error
    return title == "InvalidEndpoint" or not body


def pages(
    http: Http,
    path: str,
    *,
    params: Mapping[str, Any] | None = None,
    buckets: tuple[str, ...] = ACCOUNT,
    by_offset: bool = False,
) -> Iterator[Record]:
    """Every page of a list, as Zendesk answers it; `by_offset` for lists without cursors.

    Raises Missing for a 404.
    """
    first: dict[str, Any] = {**(params or {}), "per_page" if by_offset else "page[size]": PAGE}
    step: tuple[str, Mapping[str, Any] | None] | None = (path, first)
    seen: set[str] = set()
    while step and str(step) not in seen:
        try:
            answer = http.call("GET", step[0], params=step[1], buckets=buckets, accept=(404,))
            body = decoded(answer, path)
        except TooLarge:
            size = first["page[size]"] // 2
            if not size or step[1] is None:
                raise
            first["page[size]"] = size
            step = path, {**step[1], "page[size]": size}
            continue
        seen.add(str(step))
        if answer.status_code == 404:
            raise Missing(is_endpoint=is_missing_endpoint(body))
        yield body
        step = _next(body, path, first)


def _next(body: Record, path: str, first: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | None] | None:
    """The next page by its cursor, or by its link, which `Http` refuses when it leads to another host."""
    meta, links = body.get("meta"), body.get("links")
    if not isinstance(meta, Mapping):
        link = body.get("next_page")
    elif not meta.get("has_more"):
        return None
    elif meta.get("after_cursor"):
        return path, {**first, "page[after]": meta["after_cursor"]}
    else:
        link = links.get("next") if isinstance(links, Mapping) else None
    return (str(link), None) if link else None


class Missing(Unreadable):
    """A 404: of a record, or of the whole endpoint on this plan."""

    def __init__(self, *, is_endpoint: bool) -> None:
        super().__init__("There is no such record or endpoint.")
        self.is_endpoint = is_endpoint


def decoded(answer: requests.Response, path: str) -> Record:
    """The object in an answer; an empty one for a 404 without JSON. Raises TooLarge and Unreadable."""
    try:
        body = decode_json(answer.content)
    except TooMany:
        raise TooLarge(f"Zendesk answered {path} with too many values.") from None
    except ValueError:
        body = {} if answer.status_code == 404 else None
    if not isinstance(body, Mapping):
        raise Unreadable(f"Zendesk answered {path} with something that is not a JSON object.")
    return body
