"""A platform that repeats everything it knows in its errors: our token, and people's words."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug import Request, Response

from tests.fakes.wsgi import WsgiApp

ATTACHMENTS = "/attachments/"


def _nested(said: str) -> str:
    return "[" * 5000 + json.dumps(said) + "]" * 5000


def _misshapen(said: str) -> str:
    names = ("tickets", "ticket_events", "users", "comments", "results", "events", "ticket", "end_time")
    rows = [said, {"id": said, "properties": said, "updated_at": said, "child_events": said}]
    return json.dumps(dict.fromkeys(names, rows) | {"count": said, "after_cursor": {"x": said}})


FAULTS: Mapping[str, Callable[[str], Response]] = {
    "unauthorized": lambda said: Response(json.dumps({"error": said}), 401, {"X-Said": "x"}),
    "forbidden": lambda said: Response(json.dumps({"requiredScopes": [said], "message": said}), 403),
    "refused": lambda said: Response(json.dumps({"category": said, "errors": [{"code": said}]}), 422),
    "busy": lambda said: Response(said, 429, {"Retry-After": "1"}),
    "down": lambda said: Response(said, 500),
    "page": lambda said: Response(f"<html>{said}</html>", 503, {"Content-Type": "text/html"}),
    "elsewhere": lambda said: Response(
        "", 302, {"Location": f"http://127.0.0.1:9/{ATTACHMENTS}?{said[:80]}"}
    ),
    "broken": lambda said: Response('{"tickets": [{"id": ' + json.dumps(said)),
    "list": lambda said: Response(json.dumps([said])),
    "misshapen": lambda said: Response(_misshapen(said)),
    "nested": lambda said: Response(_nested(said)),
    "number": lambda said: Response('{"count": ' + "9" * 6000 + ', "tickets": ' + json.dumps([said]) + "}"),
}


class Indiscreet:
    """Stands before a stand-in: adds attachments to its answers, and now and then a fault that tells all."""

    def __init__(self, app: WsgiApp, *, words: str, attachment: str) -> None:
        self.requests = 0
        self.fetched: list[str] = []
        self._app = app
        self._words = words
        self._attachment = attachment
        self._fault: Callable[[str], Response] | None = None
        self._after = 0
        self._times = 0

    def arm(self, fault: str, *, after: int, times: int = 1) -> None:
        """Let `after` requests through, and answer the next `times` with this fault."""
        self._fault, self._after, self._times = FAULTS[fault], after, times

    def disarm(self) -> None:
        self._fault = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        self.requests += 1
        if ATTACHMENTS in request.path:
            self.fetched.append(request.path)
        if self._fault is not None:
            self._after -= 1
            if self._after < 0 and self._times > 0:
                self._times -= 1
                said = (
                    f"{request.headers.get('Authorization')} {self._words} {request.get_data(as_text=True)}"
                )
                return self._fault(said)(environ, start_response)
        return self._with_attachments(Response.from_app(self._app, environ))(environ, start_response)

    def _with_attachments(self, answer: Response) -> Response:
        """The same answer, with an attachment and an inline image on everything that has a body."""
        try:
            value = json.loads(answer.get_data())
        except ValueError:
            return answer
        self._add(value)
        answer.set_data(json.dumps(value))
        return answer

    def _add(self, value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                self._add(inner)
        if not isinstance(value, dict):
            return
        for inner in list(value.values()):
            self._add(inner)
        for name in ("html_body", "richText"):
            if isinstance(value.get(name), str):
                link = f"http://127.0.0.1:9{ATTACHMENTS}{self._attachment}"
                value[name] += f'<img src="{link}"><a href="{link}">{self._attachment}</a>'
                value["attachments"] = [{"file_name": self._attachment, "content_url": link, "url": link}]
