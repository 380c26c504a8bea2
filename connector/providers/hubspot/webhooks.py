"""Whether HubSpot itself made a request: its signature, version 3."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

WINDOW_MS: Final = 300_000
"""How far HubSpot's clock and ours may be apart, or a request be on its way."""
SIGNATURE: Final = "X-HubSpot-Signature-v3"
TIMESTAMP: Final = "X-HubSpot-Request-Timestamp"

_DECODED: Final = {f"%{ord(character):02X}".encode(): character.encode() for character in ":/?@!$'()*,;"}
"""The escapes that HubSpot resolves in an address before it signs it, and no others."""
_ESCAPE: Final = re.compile(b"|".join(_DECODED))
_MILLISECONDS: Final = re.compile(r"[0-9]{1,16}", re.ASCII)
_DIGEST_BYTES: Final = 32


def signed_by_hubspot(
    *,
    method: str,
    uri: bytes,
    body: bytes,
    signature: str | None,
    timestamp: str | None,
    secrets: Iterable[str],
    now: datetime,
) -> bool:
    """Whether one of our client secrets signed exactly this request, within five minutes of now.

    `uri` is the public address as it was called: our own origin, then path and query as they arrived; `body`
    is what was received, unparsed. During a change of secrets both are given.
    """
    if timestamp is None or not _MILLISECONDS.fullmatch(timestamp):
        return False
    if abs(int(now.timestamp() * 1000) - int(timestamp)) > WINDOW_MS:
        return False
    claimed = _digest_of(signature)
    if claimed is None:
        return False
    resolved = _ESCAPE.sub(lambda found: _DECODED[found.group()], uri)
    signed = method.encode("ascii", "replace") + resolved + body + timestamp.encode("ascii")
    made = [hmac.digest(secret.encode(), signed, "sha256") for secret in secrets if secret]
    return any([hmac.compare_digest(each, claimed) for each in made])  # noqa: C419 - each is compared


def _digest_of(signature: str | None) -> bytes | None:
    if signature is None or len(signature) > 64:
        return None
    try:
        digest = base64.b64decode(signature.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    is_canonical = hmac.compare_digest(base64.b64encode(digest), signature.encode("ascii"))
    return digest if len(digest) == _DIGEST_BYTES and is_canonical else None
