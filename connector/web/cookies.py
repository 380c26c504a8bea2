"""Two cookies: one names the session of somebody signed in, one ties forms to the browser they went to."""

from __future__ import annotations

import logging
from typing import Any, cast

from flask import Flask, Request, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response

from ..bootstrap import Connector
from ..errors import ConnectorError

log = logging.getLogger(__name__)

NO_KEY_NEEDED = ("/healthz", "/readyz", "/metrics", "/static/", "/webhooks/")


def is_https(web: Flask) -> bool:
    """Whether browsers reach this server over https; behind a proxy the request cannot say."""
    app = cast("Connector", web.extensions["connector"])
    return bool(app.settings.base_url and app.settings.base_url.startswith("https://"))


def use_cookies(web: Flask) -> None:
    """Name the cookies, and sign the form cookie under the master key."""
    prefix = "__Host-" if is_https(web) else ""
    web.config.update(
        SESSION_COOKIE_NAME=f"{prefix}connector-form",
        SESSION_COOKIE_SECURE=is_https(web),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    web.extensions["session cookie"] = f"{prefix}connector-session"
    web.session_interface = FormSessions()


class FormSessions(SecureCookieSessionInterface):
    """Flask's own signed cookie; its key is looked up when the first page needs it, for it may be missing."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The browser's cookie, as it was sent; None where no form can be."""
        if request.path.startswith(NO_KEY_NEEDED):
            return None
        if app.secret_key is None:
            connected = cast("Connector", app.extensions["connector"])
            try:
                app.secret_key = connected.master_key.web_secret
            except ConnectorError:
                log.warning("no key for forms")
        return super().open_session(app, request)


def session_id() -> str | None:
    """The session that the browser claims; it may be any text."""
    return request.cookies.get(cookie_name()) or None


def cookie_name() -> str:
    """What the cookie of a signed-in browser is called here."""
    return str(current_app.extensions["session cookie"])


def remember(answer: Response, id_: str) -> None:
    """Have the browser keep the session until it is closed; when it ends is the server's to say."""
    answer.set_cookie(cookie_name(), id_, **_attributes())


def forget(answer: Response) -> None:
    """Have the browser drop the session."""
    answer.delete_cookie(cookie_name(), **_attributes())


def _attributes() -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "Lax", "secure": is_https(current_app)}
