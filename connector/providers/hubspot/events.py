"""What HubSpot's webhooks and workflows tell, once it is sure that HubSpot sent them (BEHAVIOR 23)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..webhook import Delivery, Event, Heard, NotGenuine, NotUnderstood, content_of, id_of, require_signed
from .webhooks import SIGNATURE, TIMESTAMP, signed_by_hubspot

OLD_SIGNATURE, OLD_VERSION = "x-hubspot-signature", "x-hubspot-signature-version"
TICKETS = "0-5"
MOST_EVENTS = 1000


def verify(delivery: Delivery, secrets: Sequence[str], now: datetime) -> str:
    """The signature, version 3. Raises NotGenuine unless a secret made it within five minutes of `now`."""
    signature = delivery.headers.get(SIGNATURE.lower())
    is_signed = signed_by_hubspot(
        method=delivery.method,
        uri=delivery.uri.encode("latin-1", "replace"),
        body=delivery.body,
        signature=signature,
        timestamp=delivery.headers.get(TIMESTAMP.lower()),
        secrets=secrets,
        now=now,
    )
    if signature is None or not is_signed:
        raise NotGenuine("The request was not signed with our secret within the last five minutes.")
    return signature


def verify_action(delivery: Delivery, secrets: Sequence[str], now: datetime) -> str:
    """The same for a workflow's call, which HubSpot documents to be signed with version 2 (S-05)."""
    if SIGNATURE.lower() in delivery.headers:
        return verify(delivery, secrets, now)
    if delivery.headers.get(OLD_VERSION) != "v2":
        raise NotGenuine("The request is not signed.")
    given = delivery.headers.get(OLD_SIGNATURE, "")
    require_signed(given, [old_signature(secret, delivery) for secret in secrets])
    return given


def old_signature(secret: str, delivery: Delivery) -> bytes:
    """Version 2: hexadecimal SHA-256 over secret, method, address and body."""
    signed = f"{secret}{delivery.method}{delivery.uri}".encode() + delivery.body
    return hashlib.sha256(signed).hexdigest().encode()


def events(delivery: Delivery) -> list[Event]:
    """What a genuine delivery tells, each with its account; the rest tells nothing. Raises NotUnderstood."""
    content = content_of(delivery)
    if not isinstance(content, list) or len(content) > MOST_EVENTS:
        raise NotUnderstood("The delivery is no list of events.")
    found: dict[Event, None] = {}
    for each in content:
        if isinstance(each, dict) and (account := id_of(each.get("portalId"))) is not None:
            found.update(dict.fromkeys(_told(each, account)))
    return list(found)


def called_for(delivery: Delivery) -> Event:
    """The ticket that a workflow calls about. Raises NotUnderstood."""
    content = content_of(delivery)
    origin, about = _part(content, "origin"), _part(content, "object")
    account, ticket = id_of(origin.get("portalId")), id_of(about.get("objectId"))
    if account is None or ticket is None or about.get("objectType") != "TICKET":
        raise NotUnderstood("The call names no ticket.")
    return Event(Heard.CONVERSATION, ticket, account)


def _part(content: Any, name: str) -> dict[str, Any]:
    part = content.get(name) if isinstance(content, dict) else None
    return part if isinstance(part, dict) else {}


def _told(event: dict[str, Any], account: str) -> list[Event]:
    name = event.get("subscriptionType") or event.get("eventType")
    thing, _, what = name.partition(".") if isinstance(name, str) else ("", "", "")
    if name == "contact.privacyDeletion":
        contact = id_of(event.get("objectId"))
        return [Event(Heard.CONTACT_ERASED, contact, account)] if contact else []
    if thing == "conversation":  # names a thread, not the ticket it belongs to
        thread = id_of(event.get("objectId"))
        told = Heard.THREAD_ERASED if what == "privacyDeletion" else Heard.THREAD
        return [Event(told, thread, account) if thread else Event(Heard.SOMETHING, "", account)]
    if thing == "ticket" or (thing == "object" and event.get("objectTypeId") == TICKETS):
        merged = event.get("mergedObjectIds") if what == "merge" else None
        named = [event.get(name) for name in ("objectId", "primaryObjectId", "newObjectId")]
        named += merged if isinstance(merged, list) else []
        return [Event(Heard.CONVERSATION, id_, account) for each in named if (id_ := id_of(each))]
    return []
