"""What every answer carries, errors included."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from ..errors import ConnectorError
from .cookies import is_https

log = logging.getLogger(__name__)

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS_FOR_A_YEAR = "max-age=31536000"
API = "/api/"
KEPT_HEADERS = frozenset({"Allow", "Location", "Retry-After"})
TOO_OFTEN = "Too many tries in a short time; wait a minute, and try again."
SHOW_A_PERMIT = "A token is needed: Authorization: Bearer TOKEN. empathy-connector api-token makes one."
SIGN_IN_FIRST = (
    "Please sign in first. Whoever runs the server makes a link for you: empathy-connector sign-in."
)
NOT_YOURS = "This is for people with another role."
OLD_FORM = "This form is too old, or was not made for you; go back, load the page again, and send it again."


def allow(**sources: str) -> None:
    """Widen the content policy of this one answer: `allow(frame_ancestors="https://shop.zendesk.com")`."""
    g.policy = {**g.get("policy", {}), **{name.replace("_", "-"): value for name, value in sources.items()}}


def protect(web: Flask) -> None:
    """Put the security headers on every answer, and a plain page in the place of every error."""

    @web.before_request
    def name_the_request() -> None:
        g.request_id = secrets.token_hex(6)

    @web.after_request
    def add_headers(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", policy_with(g.get("policy", {})))
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if is_https(web):
            answer.headers["Strict-Transport-Security"] = HTTPS_FOR_A_YEAR
        if answer.mimetype != "text/css":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @web.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return told(error, sentence_for(error))

    @web.errorhandler(ConnectorError)
    def unavailable(error: ConnectorError) -> Response:
        log.error("page unavailable", extra={"error": type(error).__name__, "request_id": request_id()})
        return told(ServiceUnavailable(), f"The page cannot be made now (error {request_id()}).")

    @web.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.error("page failed", extra={"error": type(error).__name__, "request_id": request_id()})
        return told(
            InternalServerError(),
            f"Something unexpected went wrong; the server's log says what kind under {request_id()}.",
        )


def policy_with(sources: Mapping[str, str]) -> str:
    """The content policy, with some of its directives replaced or added."""
    return "; ".join(f"{name} {value}" for name, value in {**POLICY, **sources}.items())


def request_id() -> str:
    """What a page and the log call the same failure."""
    return str(g.get("request_id", "-"))


def sentence_for(error: HTTPException) -> str:
    """What is wrong and what to do, in one sentence."""
    if isinstance(error, CSRFError):
        return OLD_FORM
    is_api = request.path.startswith(API)
    told_often = {401: SHOW_A_PERMIT if is_api else SIGN_IN_FIRST, 403: NOT_YOURS, 429: TOO_OFTEN}
    said = error.description if is_api and error.code == 400 else None
    return said or told_often.get(error.code or 500, f"{error.name}.")


def told(error: HTTPException, sentence: str) -> Response:
    """An error as a page, or for programs as a problem (RFC 9457)."""
    code = error.code or 500
    if request.path.startswith(API):
        answer = jsonify(type="about:blank", title=error.name, status=code, detail=sentence)
        answer.mimetype = "application/problem+json"
    else:
        answer = make_response(render_template("error.html", sentence=sentence))
    answer.status_code = code
    for name, value in error.get_headers():
        if name in KEPT_HEADERS:
            answer.headers[name] = value
    if code == 401 and request.path.startswith(API):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
