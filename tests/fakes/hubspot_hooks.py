"""Deliveries as HubSpot makes them: arrays of events, signed with the app's secret (version 3)."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_serial = itertools.count(1)


def event(kind: str, object_id: str, *, portal_id: str, **more: Any) -> dict[str, Any]:
    """One event; ids are numbers, as HubSpot sends them."""
    return {
        "eventId": next(_serial),
        "subscriptionId": 1,
        "portalId": int(portal_id),
        "appId": 991,
        "occurredAt": 1_795_000_000_000,
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": int(object_id) if object_id.isdigit() else object_id,
        **more,
    }


def delivery(
    events: Sequence[Mapping[str, Any]], uri: str, secret: str, now: datetime
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request to `uri`."""
    body = json.dumps(list(events)).encode()
    stamp = str(int(now.timestamp() * 1000))
    signed = b"POST" + uri.encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()
    return body, {
        "X-HubSpot-Signature-v3": signature,
        "X-HubSpot-Request-Timestamp": stamp,
        "Content-Type": "application/json",
    }
