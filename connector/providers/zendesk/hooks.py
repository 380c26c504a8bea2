"""The two webhooks we make in a Zendesk account: one for its events, one for its triggers (BEHAVIOR 28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import Unreadable
from ..base import MadeHook
from ..http import Http
from .address import needs_admin
from .paging import decoded, pages

NAMES = {"events": "Empathy Connector: events", "triggers": "Empathy Connector: triggers"}
EVENTS = (
    "zen:event-type:ticket.created",
    "zen:event-type:ticket.comment_added",
    "zen:event-type:ticket.comment_redacted",
    "zen:event-type:ticket.comment_made_private",
    "zen:event-type:ticket.status_changed",
    "zen:event-type:user.deleted",
)
"""Names that Zendesk documents; those of deleted and merged tickets are not among them."""
SUBSCRIPTIONS = {"events": list(EVENTS), "triggers": ["conditional_ticket_events"]}
"""A webhook has either events or triggers, and that can never be changed."""
_PATH = "/api/v2/webhooks"


def ensure_hooks(http: Http, address: str) -> list[MadeHook]:
    """Make both webhooks, or adopt and correct those that are there. Twice is once."""
    with needs_admin("make webhooks"):
        there = {
            str(each.get("name")): each for page in pages(http, _PATH) for each in page.get("webhooks") or ()
        }
        return [_ensure(http, purpose, there.get(name), address) for purpose, name in NAMES.items()]


def remove_hooks(http: Http) -> None:
    """Delete both webhooks, wherever they are."""
    with needs_admin("delete webhooks"):
        for page in pages(http, _PATH):
            for each in page.get("webhooks") or ():
                if each.get("name") in NAMES.values() and each.get("id"):
                    http.call("DELETE", f"{_PATH}/{each['id']}", accept=(404,))


def _ensure(http: Http, purpose: str, found: Mapping[str, Any] | None, address: str) -> MadeHook:
    wanted = {
        "name": NAMES[purpose],
        "status": "active",
        "endpoint": address,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": SUBSCRIPTIONS[purpose],
    }
    if found is None:
        answer = http.call("POST", _PATH, json={"webhook": wanted}, may_repeat=False)
        found = decoded(answer, _PATH).get("webhook")
    elif any(found.get(name) != wanted[name] for name in ("endpoint", "status")):
        http.call("PUT", f"{_PATH}/{found.get('id')}", json={"webhook": wanted})
    hook_id = str(found.get("id") or "") if isinstance(found, Mapping) else ""
    if not hook_id:
        raise Unreadable("Zendesk made a webhook and did not say which.")
    path = f"{_PATH}/{hook_id}/signing_secret"
    secret = decoded(http.call("GET", path), path).get("signing_secret")
    if not isinstance(secret, Mapping) or not secret.get("secret"):
        raise Unreadable("Zendesk did not tell the secret that a webhook signs with.")
    return MadeHook(purpose, hook_id, str(secret["secret"]))
