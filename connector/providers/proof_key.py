"""PKCE (RFC 7636): the code is worth nothing to whoever does not hold the verifier."""

from __future__ import annotations

import base64
import hashlib


def challenge(verifier: str) -> str:
    """The S256 digest of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
