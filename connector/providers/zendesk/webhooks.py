"""Zendesk's webhooks: whether a delivery is genuine, and what it tells (BEHAVIOR 28)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from ..webhook import (
    Delivery,
    Event,
    Heard,
    NotGenuine,
    NotUnderstood,
    content_of,
    id_of,
    require_lately,
    require_signed,
)

SIGNATURE = "x-zendesk-webhook-signature"
TIMESTAMP = "x-zendesk-webhook-signature-timestamp"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_TICKET, _ERASED = "zen:event-type:ticket.", "zen:event-type:user.deleted"


def signature(secret: str, timestamp: str, body: bytes) -> bytes:
    """Zendesk's header: base64 of HMAC-SHA256 over timestamp and body, with the secret as it is."""
    mac = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return base64.b64encode(mac.digest())


def verify(delivery: Delivery, secrets: Sequence[str], now: datetime) -> None:
    """Raises NotGenuine unless one of the secrets signed this delivery within five minutes of `now`."""
    timestamp = delivery.headers.get(TIMESTAMP, "")
    if not _TIME.fullmatch(timestamp):
        raise NotGenuine("The delivery says no time.")
    expected = [signature(secret, timestamp, delivery.body) for secret in secrets]
    require_signed(delivery.headers.get(SIGNATURE, ""), expected)
    require_lately(_time(timestamp), now)


def events(delivery: Delivery) -> list[Event]:
    """What a genuine delivery tells; what we do not know tells nothing. Raises NotUnderstood."""
    if not delivery.body:
        return []
    content = content_of(delivery)
    if not isinstance(content, dict):
        raise NotUnderstood("The delivery is no JSON object.")
    if (ticket := id_of(content.get("ticket"))) is not None:
        return [Event(Heard.CONVERSATION, ticket)]  # from a trigger of ours
    kind, detail = content.get("type"), content.get("detail")
    about = id_of(detail.get("id")) if isinstance(detail, dict) else None
    if not isinstance(kind, str) or about is None:
        return []
    if kind == _ERASED:
        return [Event(Heard.CONTACT_ERASED, about)]
    return [Event(Heard.CONVERSATION, about)] if kind.startswith(_TICKET) else []


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
