"""Sealed bytes: AES-256-GCM with a header that says which format, cipher and key they need."""

from __future__ import annotations

import contextlib
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import Unreadable

KEY_BYTES: Final = 32
_MAGIC: Final = b"EC"
_VERSION: Final = 1
_AES_256_GCM: Final = 1
_KEY_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_COMMITMENT_BYTES: Final = 32
_HEADER_BYTES: Final = len(_MAGIC) + 2 + _KEY_ID_BYTES


class Box:
    """Seals and opens under one key; what is sealed opens in its own context and in no other."""

    __slots__ = ("_cipher", "_commitment", "_header", "key_id")

    key_id: str
    """Names the key, in hex, without telling anything of it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(derive(key, "cipher"))
        # GCM alone would let one ciphertext open under two keys; this says which key it was.
        self._commitment = derive(key, "commitment")
        key_id = derive(key, "key id")[:_KEY_ID_BYTES]
        self._header = _MAGIC + bytes((_VERSION, _AES_256_GCM)) + key_id
        self.key_id = key_id.hex()

    def __repr__(self) -> str:
        return f"Box({self.key_id})"

    def is_named_by(self, sealed: bytes) -> bool:
        """Whether the header asks for this format, cipher and key."""
        return hmac.compare_digest(sealed[:_HEADER_BYTES], self._header)

    def seal(self, plain: bytes, context: tuple[str, ...]) -> bytes:
        """Header, commitment, nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, plain, self._bound_to(context))
        return self._header + self._commitment + nonce + ciphertext

    def open(self, sealed: bytes, context: tuple[str, ...]) -> bytes:
        """What was sealed. Raises Unreadable for damage, another key or another context."""
        start = _HEADER_BYTES + _COMMITMENT_BYTES
        commitment, nonce = sealed[_HEADER_BYTES:start], sealed[start : start + _NONCE_BYTES]
        if self.is_named_by(sealed) and hmac.compare_digest(commitment, self._commitment):
            with contextlib.suppress(InvalidTag, ValueError):
                return self._cipher.decrypt(nonce, sealed[start + _NONCE_BYTES :], self._bound_to(context))
        raise Unreadable("Sealed bytes are damaged, or were sealed for something else.")

    def _bound_to(self, context: tuple[str, ...]) -> bytes:
        return joined(self._header, *(part.encode("utf-8", "surrogatepass") for part in context))


def key_id_of(sealed: bytes) -> str:
    """The name, in hex, of the key that sealed bytes ask for."""
    return sealed[_HEADER_BYTES - _KEY_ID_BYTES : _HEADER_BYTES].hex()


def derive(key: bytes, *purpose: str) -> bytes:
    """A key of its own for one purpose, by HKDF."""
    info = joined(b"empathy-connector", *(part.encode("utf-8", "surrogatepass") for part in purpose))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def joined(*parts: bytes) -> bytes:
    """The parts with their lengths, so that ("ab", "c") is not ("a", "bc")."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
