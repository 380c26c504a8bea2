"""zenpy, made to speak through our own calls: one origin, one gate, one token, our timeouts and retries."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from ...errors import Unreadable
from ..http import Http, plain_session
from .limits import ACCOUNT, UPDATE, USER_UPDATE

_ROW_ERRORS = (400, 404, 409, 413, 422)
"""Answers that the caller reads for itself; everything else is an exception of ours before zenpy sees it."""


class Bridge(BaseAdapter):
    """Carries zenpy's requests to the account's origin through `Http`.

    zenpy builds addresses of `SUBDOMAIN.zendesk.com`, and follows links that the server gives; both are
    rewritten to the origin, and any other host is refused. What lies underneath (connection pools, or a
    test's WSGI adapter) is whatever is mounted on `http.session`.
    """

    def __init__(self, http: Http, *, subdomain: str) -> None:
        super().__init__()
        self._http = http
        self._hosts = {f"{subdomain}.zendesk.com", urlsplit(http.origin).netloc}

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **_: Any
    ) -> requests.Response:
        address = urlsplit(request.url or "")
        if address.netloc not in self._hosts:
            raise Unreadable("Zendesk sent a link to another host; it was not followed.")
        method = request.method or "GET"
        path = address.path.removesuffix(".json")  # the documented form, as in all our other calls
        answer = self._http.call(
            method,
            path + (f"?{address.query}" if address.query else ""),
            buckets=_buckets(method, path),
            accept=_ROW_ERRORS,
            may_repeat=method != "POST",
            headers=_content_type(request.headers),
            data=request.body,
        )
        if answer.is_redirect:
            raise Unreadable(f"Zendesk sends {address.path} elsewhere; check the subdomain.")
        if answer.content:
            self._http.decoded(answer, address.path)  # zenpy decodes it without limits
        answer.request, answer.url = request, request.url or ""  # zenpy looks for its own host in there
        return answer

    def close(self) -> None:
        """The connections belong to `http.session`."""


def client(http: Http, *, subdomain: str) -> Any:
    """A zenpy client without caches, waits or environment variables of its own."""
    from zenpy import Zenpy

    logging.getLogger("zenpy").setLevel(logging.WARNING)  # it logs bodies at DEBUG (BEHAVIOR 13)
    session = plain_session()
    bridge = Bridge(http, subdomain=subdomain)
    session.mount("https://", bridge)
    session.mount("http://", bridge)
    return Zenpy(subdomain=subdomain, session=session, anonymous=True, disable_cache=True)


def _buckets(method: str, path: str) -> tuple[str, ...]:
    if method == "PUT" and path.startswith("/api/v2/tickets/"):
        return UPDATE
    return USER_UPDATE if method == "PUT" and path.startswith("/api/v2/users/") else ACCOUNT


def _content_type(headers: Mapping[str, str]) -> dict[str, str]:
    given = headers.get("Content-Type")
    return {"Content-Type": given} if given else {}
