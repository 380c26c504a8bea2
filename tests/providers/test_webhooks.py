"""Whether a delivery is genuine, and what it tells."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.providers.hubspot import events as hubspot
from connector.providers.webhook import Delivery, Event, Heard, NotGenuine, NotUnderstood
from connector.providers.zendesk import webhooks as zendesk
from tests.fakes.zendesk_hooks import Webhook, event

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECRET, OTHER = "not-a-secret-1", "not-a-secret-2"
URI = "https://empathy.example.test/webhooks/hubspot"


def from_zendesk(body: bytes = b"{}", *, at: str = "2026-11-22T10:00:00Z", secret: str = SECRET) -> Delivery:
    """Signed by an implementation of its own: `openssl dgst -sha256 -hmac` over timestamp and body."""
    mac = hmac.digest(secret.encode(), at.encode() + body, hashlib.sha256)
    headers = {zendesk.SIGNATURE: base64.b64encode(mac).decode(), zendesk.TIMESTAMP: at}
    return Delivery("POST", "https://empathy.example.test/webhooks/zendesk/desk", body, headers)


def from_hubspot(
    body: bytes = b"[]", *, uri: str = URI, at: datetime = NOW, secret: str = SECRET
) -> Delivery:
    stamp = str(int(at.timestamp() * 1000))
    mac = hmac.digest(secret.encode(), b"POST" + uri.encode() + body + stamp.encode(), hashlib.sha256)
    headers = {
        "x-hubspot-signature-v3": base64.b64encode(mac).decode(),
        "x-hubspot-request-timestamp": stamp,
    }
    return Delivery("POST", uri, body, headers)


Verify = Callable[..., object]
BOTH = pytest.mark.parametrize(
    ("verify", "make"),
    [(zendesk.verify, from_zendesk), (hubspot.verify, from_hubspot)],
    ids=["zendesk", "hubspot"],
)


@BOTH
@pytest.mark.parametrize(
    "body", [b"", b"{}", b' {"a" : 1 , "a":2}\r\n', b"\xef\xbb\xbf{}", b"\xff\xfe\x00", b"\n"], ids=repr
)
def test_the_raw_body_is_what_was_signed(verify: Verify, make: Callable[..., Delivery], body: bytes) -> None:
    """S-01"""
    delivery = make(body)
    verify(delivery, [SECRET], NOW)
    verify(delivery, [OTHER, SECRET], NOW)
    with pytest.raises(NotGenuine):
        verify(replace(delivery, body=body + b" "), [SECRET], NOW)
    with pytest.raises(NotGenuine):
        verify(delivery, [OTHER], NOW)
    with pytest.raises(NotGenuine):
        verify(delivery, [], NOW)


@BOTH
@pytest.mark.parametrize(
    "signature", ["", "é" * 44, "A" * 1_000_000, "====", "a,b", "\x00", "none", "\udce4"]
)
def test_malformed_signatures_are_refused_and_nothing_breaks(
    verify: Verify, make: Callable[..., Delivery], signature: str
) -> None:
    """S-02"""
    delivery = make()
    name = next(name for name in delivery.headers if "signature" in name and "timestamp" not in name)
    for headers in ({**delivery.headers, name: signature}, {}):
        with pytest.raises(NotGenuine):
            verify(replace(delivery, headers=headers), [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 31_536_000])
def test_the_window_has_two_sides(seconds: int) -> None:
    """S-03"""
    at = NOW + timedelta(seconds=seconds)
    with pytest.raises(NotGenuine):
        zendesk.verify(from_zendesk(at=f"{at:%Y-%m-%dT%H:%M:%SZ}"), [SECRET], NOW)
    with pytest.raises(NotGenuine):
        hubspot.verify(from_hubspot(at=at), [SECRET], NOW)


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "nan",
        "inf",
        "1e400",
        "-1",
        "9" * 30,
        "2026-11-22",
        "2026-13-40T99:99:99Z",
        "2026-11-22T10:00:00+00:00",
        "٢٠٢٦-11-22T10:00:00Z",
        "2026-11-22T10:00:00Z\n",
        "1700000000000.5",
    ],
)
def test_hostile_timestamps_are_refused_though_signed(stamp: str) -> None:
    """S-03"""
    mac = base64.b64encode(hmac.digest(SECRET.encode(), stamp.encode() + b"{}", hashlib.sha256)).decode()
    delivery = Delivery("POST", "", b"{}", {zendesk.SIGNATURE: mac, zendesk.TIMESTAMP: stamp})
    with pytest.raises(NotGenuine):
        zendesk.verify(delivery, [SECRET], NOW)
    signed = b"POST" + URI.encode() + b"[]" + stamp.encode()
    mac = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    headers = {"x-hubspot-signature-v3": mac, "x-hubspot-request-timestamp": stamp}
    with pytest.raises(NotGenuine):
        hubspot.verify(Delivery("POST", URI, b"[]", headers), [SECRET], NOW)


def test_ten_thousand_flips_of_one_bit_are_never_accepted() -> None:
    """S-07"""
    rng = random.Random(7)  # noqa: S311 - repeatable
    body = json.dumps([{"portalId": 1, "objectId": 5, "subscriptionType": "object.creation"}]).encode()
    cases: list[tuple[Verify, Delivery]] = [
        (zendesk.verify, from_zendesk(body)),
        (hubspot.verify, from_hubspot(body, uri=f"{URI}?portalId=1")),
    ]
    for turn in range(10_000):
        verify, delivery = cases[turn % 2]
        part = rng.choice(
            ["body", *delivery.headers, *(("method", "uri") if verify is hubspot.verify else ())]
        )
        if part == "body":
            changed = replace(delivery, body=flipped(delivery.body, rng))
        elif part in delivery.headers:
            headers = {
                **delivery.headers,
                part: flipped(delivery.headers[part].encode(), rng).decode("latin-1"),
            }
            changed = replace(delivery, headers=headers)
        else:
            text = flipped(getattr(delivery, part).encode(), rng).decode("latin-1")
            changed = replace(delivery, **{part: text})
        with pytest.raises(NotGenuine):
            verify(changed, [SECRET], NOW)


def flipped(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b'{"a":NaN}', b'{"a":' + b"9" * 5000 + b"}", b"\xff", b'{"a":1e400}'],
    ids=lambda body: repr(body[:12]),
)
def test_hostile_json_is_not_understood_and_nothing_breaks(body: bytes) -> None:
    """S-08"""
    with pytest.raises(NotUnderstood):
        hubspot.events(from_hubspot(body))
    with pytest.raises(NotUnderstood):
        hubspot.called_for(from_hubspot(body))
    if body:
        with pytest.raises(NotUnderstood):
            zendesk.events(from_zendesk(body))


def test_zendesk_tells_of_tickets_and_erased_users_with_ids_as_text() -> None:
    def told(content: object) -> list[Event]:
        return zendesk.events(from_zendesk(json.dumps(content).encode()))

    assert told(event("ticket.comment_added", 5158)) == [Event(Heard.CONVERSATION, "5158")]
    assert told(event("user.deleted", 77)) == [Event(Heard.CONTACT_ERASED, "77")]
    assert told({"ticket": "5158"}) == [Event(Heard.CONVERSATION, "5158")]
    assert told({"ticket": "5158; rm"}) == []
    assert told(event("organization.created", 1)) == []
    assert told({"type": 5, "detail": {"id": True}}) == []
    assert zendesk.events(from_zendesk(b"")) == []


def test_hubspot_tells_of_tickets_threads_and_erased_contacts_of_each_account() -> None:
    rows: list[dict[str, Any]] = [
        {"portalId": 1, "objectId": 5, "subscriptionType": "object.creation", "objectTypeId": "0-5"},
        {"portalId": 1, "objectId": 5, "subscriptionType": "object.propertyChange", "objectTypeId": "0-5"},
        {"portalId": 1, "objectId": 6, "subscriptionType": "object.creation", "objectTypeId": "0-1"},
        {"portalId": 2, "objectId": 9, "subscriptionType": "conversation.newMessage", "messageId": "m"},
        {"portalId": 2, "objectId": 9, "subscriptionType": "conversation.privacyDeletion"},
        {"portalId": 2, "objectId": 8, "subscriptionType": "contact.privacyDeletion"},
        {"portalId": 1, "primaryObjectId": 5, "mergedObjectIds": [7], "subscriptionType": "ticket.merge"},
        {"objectId": 8, "subscriptionType": "contact.privacyDeletion"},
        "nonsense",  # type: ignore[list-item]
    ]
    assert hubspot.events(from_hubspot(json.dumps(rows).encode())) == [
        Event(Heard.CONVERSATION, "5", "1"),
        Event(Heard.THREAD, "9", "2"),
        Event(Heard.THREAD_ERASED, "9", "2"),
        Event(Heard.CONTACT_ERASED, "8", "2"),
        Event(Heard.CONVERSATION, "7", "1"),
    ]


def test_a_workflows_call_may_be_signed_as_hubspot_documents_it_for_that_address_alone() -> None:
    """S-05"""
    call = {"origin": {"portalId": 1}, "object": {"objectId": 5, "objectType": "TICKET"}}
    body = json.dumps(call).encode()
    old = hashlib.sha256(f"{SECRET}POST{URI}".encode() + body).hexdigest()
    headers = {"x-hubspot-signature": old, "x-hubspot-signature-version": "v2"}
    delivery = Delivery("POST", URI, body, headers)
    assert hubspot.verify_action(delivery, [OTHER, SECRET], NOW) == old
    assert hubspot.called_for(delivery) == Event(Heard.CONVERSATION, "5", "1")
    hubspot.verify_action(from_hubspot(body), [SECRET], NOW)
    for wrong in (
        {**headers, "x-hubspot-signature-version": "v1"},
        {**headers, "x-hubspot-signature": old[1:] + old[:1]},
        {},
    ):
        with pytest.raises(NotGenuine):
            hubspot.verify_action(replace(delivery, headers=wrong), [SECRET], NOW)
    with pytest.raises(NotGenuine):
        hubspot.verify(delivery, [SECRET], NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "detail",
                        "id",
                        "ticket",
                        "portalId",
                        "objectId",
                        "origin",
                        "object",
                        "subscriptionType",
                    ]
                ),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_json_is_told_only_ids_come_out(content: object) -> None:
    body = json.dumps(content).encode()
    for read in (zendesk.events, hubspot.events):
        try:
            found = read(Delivery("POST", URI, body, {}))
        except NotUnderstood:
            continue
        assert all(not each.id or each.id.isdigit() for each in found)


def test_the_fake_signs_as_the_documents_say() -> None:
    body, headers = Webhook("1", {}, SECRET).delivery({"ticket": "5"}, NOW)
    zendesk.verify(
        Delivery("POST", "", body, {name.lower(): value for name, value in headers.items()}), [SECRET], NOW
    )
