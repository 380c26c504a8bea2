"""Webhooks of the stand-in: making, listing, correcting and deleting them, and the deliveries they make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug import Response

from .zendesk_call import Call, Refused, envelope, not_found

CONDITIONAL = "conditional_ticket_events"
MOST = 10


@dataclass(slots=True)
class Webhook:
    """One webhook of the account."""

    id: str
    asked: dict[str, Any] = field(default_factory=dict)
    secret: str = ""

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, **self.asked}

    def delivery(self, body: dict[str, Any], at: datetime) -> tuple[bytes, dict[str, str]]:
        """A body and its headers, as Zendesk sends them."""
        raw = json.dumps(body).encode()
        stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        mac = hmac.new(self.secret.encode(), stamp.encode() + raw, hashlib.sha256).digest()
        return raw, {
            "X-Zendesk-Webhook-Signature": base64.b64encode(mac).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "Content-Type": "application/json",
        }


def event(kind: str, about: int, *, words: str = "") -> dict[str, Any]:
    """An event as Zendesk tells it: ids are strings, and the words come along."""
    return {
        "type": f"zen:event-type:{kind}",
        "account_id": 12514403,
        "id": "0e2b2b0c-1f5c-4a6e-9a54-3f4f5a6f7b8c",
        "subject": f"zen:{kind.partition('.')[0]}:{about}",
        "detail": {"id": str(about), "status": "OPEN"},
        "event": {"comment": {"id": "18", "body": words, "is_public": True}},
    }


def _checked(asked: dict[str, Any]) -> dict[str, Any]:
    needed = ("name", "status", "endpoint", "http_method", "request_format")
    subscriptions = asked.get("subscriptions") or []
    is_mixed = CONDITIONAL in subscriptions and len(subscriptions) > 1
    if any(not asked.get(name) for name in needed) or not subscriptions or is_mixed:
        raise Refused(envelope(400, {"errors": [{"code": "InvalidWebhook", "title": "not a webhook"}]}))
    return asked


def webhooks(call: Call) -> Response:
    return call.paged("webhooks", [each.shown() for each in call.account.webhooks.values()])


def new_webhook(call: Call) -> Response:
    asked = _checked(call.body("webhook"))
    if len(call.account.webhooks) >= MOST:
        raise Refused(envelope(403, {"errors": [{"code": "WebhookLimit", "title": "10 are allowed"}]}))
    made = Webhook(f"01HXYZ{call.account.next_id()}", asked, f"not-a-secret-{call.account.next_id()}")
    call.account.webhooks[made.id] = made
    return envelope(201, {"webhook": made.shown()})


def change_webhook(call: Call, webhook_id: str) -> Response:
    held, asked = _held(call, webhook_id), _checked(call.body("webhook"))
    if asked["subscriptions"] != held.asked["subscriptions"]:
        raise Refused(envelope(400, {"errors": [{"code": "InvalidWebhook", "title": "cannot be changed"}]}))
    held.asked = asked
    return Response(status=204)


def delete_webhook(call: Call, webhook_id: str) -> Response:
    del call.account.webhooks[_held(call, webhook_id).id]
    return Response(status=204)


def signing_secret(call: Call, webhook_id: str) -> Response:
    secret = {"algorithm": "SHA256", "secret": _held(call, webhook_id).secret}
    return envelope(200, {"signing_secret": secret})


def _held(call: Call, webhook_id: str) -> Webhook:
    if webhook_id not in call.account.webhooks:
        raise not_found()
    found: Webhook = call.account.webhooks[webhook_id]
    return found
