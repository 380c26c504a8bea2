"""Where platforms tell us that something changed: verified, kept, answered; somebody looks afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, abort, g, jsonify, request

from ..limits import MEGABYTE
from ..providers.webhook import Delivery, NotGenuine, NotUnderstood
from .access import for_platform, the_connector, the_queue

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks")

actions = Blueprint("actions", __name__, url_prefix="/hubspot")

log = logging.getLogger(__name__)

T = TypeVar("T")


@webhooks.post("/zendesk/<path:name>")
@for_platform
def from_zendesk(name: str) -> tuple[str, int]:
    """A delivery of one of the two webhooks that we made in an account."""
    app = the_connector()
    return _heard(lambda delivery: app.hearing.from_zendesk(name, delivery))


@webhooks.post("/hubspot")
@for_platform
def from_hubspot() -> tuple[str, int]:
    """A delivery to the HubSpot app, for all accounts that installed it; it is kept without the key, too."""
    app = the_connector()
    return _heard(lambda delivery: app.hearing.from_hubspot(delivery, app.settings.hubspot_secrets()))


@actions.post("/actions/score")
@for_platform
def score() -> Response:
    """A HubSpot workflow wants a ticket scored: it is, within seconds; what is known now is the answer."""
    app = the_connector()
    called = _verified(lambda delivery: app.hearing.from_workflow(delivery, app.settings.hubspot_secrets()))
    if called is None:
        abort(404)
    name, ticket = called
    the_queue().look_soon(name)
    found = app.store.conversation(name, ticket)
    card = found.scorecard if found else {}
    fields = {"empathy_band": card.get("band") or "not_scored", "empathy_score": card.get("empathy")}
    outputs = {key: str(value) for key, value in fields.items() if value is not None}
    return jsonify(outputFields={**outputs, "hs_execution_state": "SUCCESS"})


def received() -> Delivery:
    """The request as the platform signed it, addressed to the public address we go by (S-05)."""
    request.max_content_length = MEGABYTE
    query = request.query_string.decode("latin-1")
    address = f"{(the_connector().settings.base_url or '').rstrip('/')}{request.path}"
    return Delivery(
        request.method,
        f"{address}?{query}" if query else address,
        request.get_data(cache=False),
        {name.lower(): value for name, value in request.headers.items()},
    )


def _heard(hear: Callable[[Delivery], list[str]]) -> tuple[str, int]:
    heard = _verified(hear)
    if heard and _is_unlocked():  # else the worker looks once the key is back
        for name in heard:
            the_queue().look_soon(name)
    return "", 200


def _is_unlocked() -> bool:
    return g.get("is_unlocked", False) or the_connector().locked_because() is None


def _verified(hear: Callable[[Delivery], T]) -> T:
    try:
        return hear(received())
    except NotGenuine:
        log.warning("signature refused", extra={"endpoint": request.endpoint})
        abort(401)
    except NotUnderstood:
        abort(400)
