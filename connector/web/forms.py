"""What changes something is a POST from a form of ours: with its token, from our own origin, as form data."""

from __future__ import annotations

import logging
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf.csrf import CSRFProtect

from ..bootstrap import Connector
from .access import Way, current_visitor, rule_of
from .cookies import is_https

log = logging.getLogger(__name__)

READS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
FROM_FORMS = frozenset({Way.ANYBODY, Way.SESSION})
LARGEST_FORM = 64_000


def protect_forms(web: Flask) -> None:
    """Refuse every POST that no form of ours has made; routes that a platform calls verify a signature."""
    web.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)  # the referrer is never sent
    tokens = CSRFProtect(web)

    @web.before_request
    def require_own_form() -> None:
        rule = rule_of(web.view_functions.get(request.endpoint or ""))
        if request.method in READS or rule is None or rule.way not in FROM_FORMS:
            return
        request.max_content_length = LARGEST_FORM
        if request.mimetype not in FORM_TYPES:
            abort(415)
        if not is_same_origin(web):
            log.warning("foreign form refused", extra={"actor": current_visitor().actor})
            abort(403)
        tokens.protect()


def is_same_origin(web: Flask) -> bool:
    """Whether a page of ours sent the request.

    Pages that send no referrer have their forms' Origin sent as `null`; then Sec-Fetch-Site decides, which
    no page can set.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is None:
        return False
    if site is None:
        return origin == own_origin(web)
    return site == "same-origin" and origin in {own_origin(web), "null"}


def own_origin(web: Flask) -> str:
    """Scheme, host and port of this server, as browsers see it."""
    app = cast("Connector", web.extensions["connector"])
    if is_https(web):
        return f"https://{urlsplit(app.settings.base_url or '').netloc}"
    return f"http://{request.host}"
