"""A urllib3 pool manager without sockets: every request goes to a WSGI application."""

from __future__ import annotations

import io
import json as jsonlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import ProtocolError
from werkzeug.test import Client, EnvironBuilder

from .wsgi import LostAnswer


class WsgiPool:
    """What hubspot-api-client asks of `urllib3.PoolManager`; `urlopen` and `request` mean the same here.

    A request whose answer is lost raises ProtocolError, as a closed connection does.
    """

    def __init__(self, app: Any) -> None:
        self._client = Client(app)
        self.timeouts: list[Any] = []
        """The timeout of each request, None where it had none."""

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        **urlopen_kw: Any,
    ) -> urllib3.HTTPResponse:
        sent = {name: str(value) for name, value in (headers or {}).items()}
        if json is not None:
            body = jsonlib.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        if fields and method.upper() in ("GET", "HEAD", "DELETE", "OPTIONS"):
            url += ("&" if "?" in url else "?") + urlencode(fields)
        elif fields:
            body = urlencode(fields)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        self.timeouts.append(urlopen_kw.get("timeout"))
        return self.urlopen(method, url, body=body, headers=sent)

    def urlopen(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> urllib3.HTTPResponse:
        base, _slash, rest = url.partition("://")[2].partition("/")
        path, _mark, query = rest.partition("?")
        data = body.encode() if isinstance(body, str) else body
        builder = EnvironBuilder(
            path="/" + path,
            query_string=query,
            base_url=f"http://{base}",
            method=method.upper(),
            headers=dict(headers or {}),
            data=data,
        )
        try:
            answer = self._client.open(builder)
        except LostAnswer as error:
            raise ProtocolError("Connection aborted.", error) from error
        return urllib3.HTTPResponse(
            body=io.BytesIO(answer.get_data()),
            headers=urllib3.HTTPHeaderDict(answer.headers.items()),
            status=answer.status_code,
            reason=answer.status.partition(" ")[2],
            preload_content=False,
            request_method=method.upper(),
            request_url=url,
        )

    def clear(self) -> None:
        """Nothing is kept open."""
