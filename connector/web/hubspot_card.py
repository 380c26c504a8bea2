"""What HubSpot's cards ask us for, through HubSpot: it signs each request, and says whose it is."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from ..errors import Misconfigured
from ..model import Installation
from .access import for_platform, the_connector
from .ticket_page import language_of

log = logging.getLogger(__name__)
hubspot_card = Blueprint("hubspot_card", __name__, url_prefix="/hubspot")

LARGEST: Final = 8_192
_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


@hubspot_card.get("/card")
@for_platform
def card() -> Response:
    """The view of one ticket, for the card beside it."""
    installation, ticket = verified_account(), _number(request.args.get("ticket"))
    view = the_connector().viewing(installation.name)
    return jsonify(view.show(ticket, language=language_of(request.args.get("language"))))


@hubspot_card.post("/card/dispute")
@for_platform
def dispute() -> Response:
    """Somebody contests the score of a ticket. HubSpot may send this twice; it is done once."""
    installation = verified_account()
    sent = request.get_json(silent=True)
    body: dict[str, Any] = sent if isinstance(sent, dict) else {}
    ticket = _number(body.get("ticket"))
    user = _number(request.args.get("userId"))
    try:
        review = (
            the_connector()
            .viewing(installation.name)
            .contest(ticket, str(body.get("choice")), by=f"HubSpot user {user}")
        )
    except Misconfigured:
        abort(400)
    return jsonify(review=review)


def verified_account() -> Installation:
    """The account that HubSpot speaks for, once its signature over the whole request holds.

    401 without one, 404 for an account that is not connected, 503 while the server lacks what it checks with.
    """
    from ..providers.hubspot.webhooks import SIGNATURE, TIMESTAMP, signed_by_hubspot

    request.max_content_length = LARGEST
    body, query = request.get_data(), request.query_string
    app = the_connector()
    base, secret = app.settings.base_url, app.settings.client("hubspot")[1]
    if base is None or secret is None:
        abort(503)
    is_signed = signed_by_hubspot(
        method=request.method,
        uri=base.rstrip("/").encode() + request.path.encode() + (b"?" + query if query else b""),
        body=body,
        signature=request.headers.get(SIGNATURE),
        timestamp=request.headers.get(TIMESTAMP),
        secrets=[secret],
        now=app.now(),
    )
    if not is_signed:
        log.warning("hubspot signature refused", extra={"endpoint": request.endpoint})
        abort(401)
    portal = _number(request.args.get("portalId"))
    connected = (each for each in app.store.installations() if each.provider == "hubspot")
    found = next((each for each in connected if each.account_id == portal), None)
    if found is None:
        abort(404)
    return found


def _number(value: object) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        abort(400)
    return value
