"""S-01...S-08: only what HubSpot signed with our secret, just now, and byte for byte."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from connector.providers.hubspot.webhooks import signed_by_hubspot

SECRET = "-".join("y" * length for length in (8, 4, 4, 4, 12))
URI = b"https://www.example.com/webhook_uri"
BODY = b"{'example_field':'example_value'}"
AT = 1_693_657_560_000
KNOWN = {
    1_693_657_560_000: "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    1_700_000_300_000: "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw=",
}
"""Vectors that HubSpot's own library makes."""
PLAIN = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$"}
PLAIN |= {"%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";"}


def independent(method: str, uri: str, body: bytes, timestamp: str, secret: str = SECRET) -> str:
    """What HubSpot documents, step by step, written without a look at the code under test."""
    for escape, character in PLAIN.items():
        uri = uri.replace(escape, character)
    source = method.encode() + uri.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()


def is_signed(**changes: Any) -> bool:
    given: dict[str, Any] = {
        "method": "POST",
        "uri": URI,
        "body": BODY,
        "signature": KNOWN[AT],
        "timestamp": str(AT),
        "secrets": [SECRET],
        "now": datetime.fromtimestamp(AT / 1000, UTC),
    }
    return signed_by_hubspot(**{**given, **changes})


@pytest.mark.parametrize("at", KNOWN)
def test_hubspots_own_vectors_hold(at: int) -> None:
    now = datetime.fromtimestamp(at / 1000, UTC)
    assert is_signed(signature=KNOWN[at], timestamp=str(at), now=now)


def test_300_addresses_of_every_kind_hold_as_documented() -> None:
    rng = random.Random(3)  # noqa: S311 - reproducible, not secret
    letters = "abc :/?@!$'()*,;+ &=%~é漢\"<>#[]|ü"
    for _ in range(300):
        words = ["".join(rng.choices(letters, k=rng.randint(0, 12))) for _ in range(4)]
        safe = rng.choice(["", "+", ":/", "@"])
        query = "&".join(f"{name}={quote(word, safe=safe)}" for name, word in zip("abcd", words, strict=True))
        uri = f"https://empathy.example.com/hubspot/card?{query}"
        body = rng.choice([b"", '{"choice":"é"}'.encode(), rng.randbytes(40), b"\xef\xbb\xbf{}\r\n"])
        method = rng.choice(["GET", "POST"])
        signature = independent(method, uri, body, str(AT))
        assert is_signed(method=method, uri=uri.encode(), body=body, signature=signature), uri


def test_only_twelve_escapes_are_resolved() -> None:
    for kept in ("%20", "%26", "%3D", "%25", "%2B", "%23", "%C3%A9"):
        uri = f"https://empathy.example.com/hubspot/card?a={kept}"
        assert is_signed(uri=uri.encode(), signature=independent("POST", uri, BODY, str(AT)))
        resolved = uri.replace(kept, "x")
        assert not is_signed(uri=uri.encode(), signature=independent("POST", resolved, BODY, str(AT)))


def test_10000_flipped_bits_are_noticed() -> None:
    """S-07."""
    rng = random.Random(7)  # noqa: S311 - reproducible, not secret
    parts = {"method": b"POST", "uri": URI, "body": BODY, "timestamp": str(AT).encode()}
    parts["signature"] = KNOWN[AT].encode()
    accepted = 0
    for _ in range(10_000):
        name = rng.choice(list(parts))
        flipped = bytearray(parts[name])
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        value: Any = bytes(flipped) if name in ("uri", "body") else flipped.decode("latin-1")
        accepted += is_signed(**{name: value})
    assert accepted == 0


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "now", "NaN", "inf", "-1", "1e400", "1.5", " 1693657560000", "١٦٩٣٦٥٧٥٦٠٠٠٠", "9" * 17, "0"],
)
def test_a_time_that_is_none_is_refused(timestamp: str | None) -> None:
    """S-03."""
    signature = independent("POST", URI.decode(), BODY, timestamp or "")
    assert not is_signed(timestamp=timestamp, signature=signature)


@pytest.mark.parametrize(("seconds", "is_fine"), [(0, True), (300, True), (301, False)])
@pytest.mark.parametrize("direction", [1, -1])
def test_the_window_has_two_sides(seconds: int, is_fine: bool, direction: int) -> None:
    now = datetime.fromtimestamp(AT / 1000, UTC) + timedelta(seconds=direction * seconds)
    assert is_signed(now=now) is is_fine


@pytest.mark.parametrize(
    "signature",
    [None, "", "é", "x" * 1_000_000, "not base64!", KNOWN[AT].rstrip("="), KNOWN[AT] + "=", " " + KNOWN[AT],
     KNOWN[AT] + "\n", KNOWN[AT].replace("+", "-").replace("/", "_"), KNOWN[AT].lower()],
)  # fmt: skip
def test_a_signature_that_is_none_is_refused(signature: str | None) -> None:
    """S-02."""
    assert not is_signed(signature=signature)


def test_another_secret_signs_nothing_and_two_hold_during_a_change() -> None:
    assert not is_signed(secrets=["another"])
    assert not is_signed(secrets=[])
    assert not is_signed(secrets=[""], signature=independent("POST", URI.decode(), BODY, str(AT), ""))
    assert is_signed(secrets=["another", SECRET])
