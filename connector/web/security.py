"""What every answer carries, errors included."""

from __future__ import annotations

import logging

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from ..errors import ConnectorError

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(web: Flask) -> None:
    """Put the security headers on every answer, and a plain page in the place of every error."""

    @web.after_request
    def add_headers(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if answer.mimetype != "text/css":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @web.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        return render_template("error.html", sentence=f"{error.name}."), error.code or 500

    @web.errorhandler(ConnectorError)
    def unavailable(error: ConnectorError) -> tuple[str, int]:
        log.error("page unavailable", extra={"error": type(error).__name__})
        return render_template("error.html", sentence=str(error)), 503

    @web.errorhandler(Exception)
    def failed(error: Exception) -> tuple[str, int]:
        log.error("page failed", extra={"error": type(error).__name__})
        sentence = "Something unexpected went wrong; the server's log names the kind of error."
        return render_template("error.html", sentence=sentence), 500
