"""Serving a WSGI app: to a requests session without sockets, or to other processes over loopback."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse
from werkzeug.serving import WSGIRequestHandler, make_server

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LostAnswer(ConnectionError):
    """The app carried the request out, but its answer never arrives."""


class Lossy:
    """Loses the answers of a share of requests, after they were carried out."""

    def __init__(self, app: WsgiApp, *, share: float, rng: random.Random) -> None:
        self.lost = 0
        self._app = app
        self._share = share
        self._rng = rng

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chunks = self._app(environ, start_response)
        if self._rng.random() < self._share:
            self.lost += 1
            for _ in chunks:
                pass
            raise LostAnswer
        return chunks


class Deadly:
    """Strikes (kills the caller) at one request: before it is carried out, or after and unanswered."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._left = 0
        self._strike: Callable[[], None] | None = None
        self._is_carried_out = False

    def arm(self, strike: Callable[[], None], *, after: int, is_carried_out: bool) -> None:
        """Let `after` requests through, then call `strike` at the next one."""
        self._left, self._is_carried_out, self._strike = after, is_carried_out, strike

    def disarm(self) -> None:
        self._strike = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        strike = self._strike
        if strike is None or self._left > 0:
            self._left -= 1
            return self._app(environ, start_response)
        self._strike = None
        if self._is_carried_out:
            for _ in self._app(environ, start_response):
                pass
        strike()
        raise LostAnswer


class WsgiAdapter(BaseAdapter):
    """Answers a requests session from a WSGI app in this process; `mount` it for the origins to be faked.

    `on_send` sees every prepared request before the app does. A LostAnswer becomes a ConnectionError.
    """

    def __init__(
        self, app: WsgiApp, *, on_send: Callable[[requests.PreparedRequest], None] = lambda _: None
    ) -> None:
        super().__init__()
        self._app = app
        self._on_send = on_send

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self._on_send(request)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started.append((status, headers))

        try:
            chunks = self._app(_environ(request), start_response)
            body = b"".join(chunks)
        except LostAnswer as error:
            raise requests.ConnectionError(error, request=request) from error
        if close := getattr(chunks, "close", None):
            close()
        status, headers = started[-1]
        return _answer(request, status, headers, body)

    def close(self) -> None:
        """Nothing is held open."""


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    where = urlsplit(request.url or "")
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(where.path or "/").decode("latin-1"),
        "QUERY_STRING": where.query,
        "SERVER_NAME": where.hostname,
        "SERVER_PORT": str(where.port or (443 if where.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": where.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": where.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    headers: Mapping[str, Any] = request.headers
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    return environ


def _answer(
    request: requests.PreparedRequest, status: str, headers: list[tuple[str, str]], body: bytes
) -> requests.Response:
    code, _, reason = status.partition(" ")
    answer = requests.Response()
    answer.status_code = int(code)
    answer.reason = reason
    answer.headers = CaseInsensitiveDict(headers)
    answer.url = request.url or ""
    answer.request = request
    answer.encoding = requests.utils.get_encoding_from_headers(answer.headers)
    answer.raw = HTTPResponse(body=io.BytesIO(body), headers=headers, status=int(code), preload_content=False)
    return answer


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Hang up at once, so that a lost answer is not a silent wait."""
        self.close_connection = True


def _surely_closed(app: WsgiApp) -> WsgiApp:
    """The same app, whose files are closed even where a browser hangs up in the middle of one: werkzeug's
    development server then forgets to."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        parts = app(environ, start_response)
        try:
            yield from parts
        finally:
            if close := getattr(parts, "close", None):
                close()

    return answer


@contextmanager
def serve(app: WsgiApp) -> Iterator[str]:
    """Serve `app` to other processes and yield its origin, `http://127.0.0.1:PORT`."""
    server = make_server("127.0.0.1", 0, _surely_closed(app), threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
