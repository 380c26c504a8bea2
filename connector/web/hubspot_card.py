"""What HubSpot's cards ask us for, through HubSpot: it signs each request, and says whose it is."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from ..errors import Misconfigured
from ..model import Installation
from ..providers.hubspot.events import verify
from ..providers.webhook import Delivery, NotGenuine, NotUnderstood, content_of
from .access import for_platform, the_connector
from .ticket_page import language_of
from .webhooks import received

log = logging.getLogger(__name__)
hubspot_card = Blueprint("hubspot_card", __name__, url_prefix="/hubspot")

_NUMBER: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


@hubspot_card.get("/card")
@for_platform
def card() -> Response:
    """The view of one ticket, for the card beside it."""
    installation, _ = verified_account()
    ticket = _number(request.args.get("ticket"))
    view = the_connector().viewing(installation.name)
    return jsonify(view.show(ticket, language=language_of(request.args.get("language"))))


@hubspot_card.post("/card/dispute")
@for_platform
def dispute() -> Response:
    """Somebody contests the score of a ticket. HubSpot may send this twice; it is done once."""
    installation, delivery = verified_account()
    try:
        sent = content_of(delivery)
    except NotUnderstood:
        abort(400)
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


def verified_account() -> tuple[Installation, Delivery]:
    """The account that HubSpot speaks for, and the request, once its signature over all of it holds.

    401 without one, 404 for an account that is not connected, 503 while the server lacks what it checks with.
    """
    app = the_connector()
    secrets = app.settings.hubspot_secrets()
    if app.settings.base_url is None or not secrets:
        abort(503)
    delivery = received()
    try:
        verify(delivery, secrets, app.now())
    except NotGenuine:
        log.warning("signature refused", extra={"endpoint": request.endpoint})
        abort(401)
    portal = _number(request.args.get("portalId"))
    connected = (each for each in app.store.installations() if each.provider == "hubspot")
    found = next((each for each in connected if each.account_id == portal), None)
    if found is None:
        abort(404)
    return found, delivery


def _number(value: object) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        abort(400)
    return value
