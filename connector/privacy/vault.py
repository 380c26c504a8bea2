"""Keys, and what is sealed under them; the one place that encrypts.

Three levels: the master key wraps one random key for each installation, and from that key a sub-key is
derived for every purpose (tokens, fingerprints, memory). Sealed bytes are AES-256-GCM and say in a header
which format, cipher and key they need; they open only for the installation and purpose they were sealed for.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import Misconfigured, Unreadable
from ..model import Sealed

KEY_BYTES = 32
_MAGIC = b"EC"
_VERSION = 1
_AES_256_GCM = 1
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_COMMITMENT_BYTES = 32
_HEADER_BYTES = len(_MAGIC) + 2 + _KEY_ID_BYTES


class MasterKey:
    """The key that wraps all installations' keys; it never shows itself."""

    __slots__ = ("_box", "queue_secret")

    queue_secret: str
    """For signing the messages of the job queue."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 random bytes."""
        if len(key) != KEY_BYTES:
            raise Misconfigured(f"The master key has {len(key)} bytes instead of {KEY_BYTES}.")
        self._box = _Box(_derive(key, "wrap"))
        self.queue_secret = _derive(key, "queue").hex()

    def __repr__(self) -> str:
        return "MasterKey()"

    @classmethod
    def load(cls, path: Path, encoded: str | None = None, *, may_create: bool) -> MasterKey:
        """The key in `encoded` (base64) where given, else in the file, made when it may be and is missing.

        Raises Misconfigured for a missing, malformed or exposed key, saying what to do.
        """
        if encoded is not None:
            return cls(_decode(encoded, "CONNECTOR_MASTER_KEY"))
        if not path.exists():
            if not may_create:
                raise Misconfigured(
                    f"The master key {path} is missing, and the stored tokens cannot be opened without it; "
                    "restore the file, or point CONNECTOR_MASTER_KEY_FILE at it."
                )
            _create(path)
        return cls(_decode(_read(path), str(path)))

    def wrap(self, installation: str, key: bytes) -> bytes:
        """An installation's key, sealed."""
        return self._box.seal(key, (installation, "installation key"))

    def unwrap(self, installation: str, wrapped: bytes) -> bytes:
        """An installation's key. Raises Misconfigured when this is not the master key that wrapped it."""
        if not self._box.is_named_by(wrapped):
            raise Misconfigured(
                f'The master key is not the one that "{installation}" was connected with; '
                "restore that key file, or disconnect and connect the account again."
            )
        try:
            return self._box.open(wrapped, (installation, "installation key"))
        except Unreadable:
            raise Misconfigured(
                f'The stored key of "{installation}" is damaged; restore the database from a backup, '
                "or disconnect and connect the account again."
            ) from None


class InstallationKeys:
    """What one installation's key does: seal its tokens, and make digests that only it can make."""

    __slots__ = ("_fingerprints", "_installation", "_tokens", "memory_key")

    memory_key: bytes
    """For keyed hashes of the phrases an author has used before."""

    def __init__(self, installation: str, key: bytes) -> None:
        self._installation = installation
        self._tokens = _Box(_derive(key, "token", installation))
        self._fingerprints = hmac.new(_derive(key, "fingerprint", installation), digestmod=hashlib.sha256)
        self.memory_key = _derive(key, "memory", installation)

    def __repr__(self) -> str:
        return f"InstallationKeys({self._installation!r})"

    def seal_token(self, text: str) -> Sealed:
        """A token as JSON, sealed for the database."""
        return Sealed(self._tokens.seal(text.encode(), (self._installation, "token")))

    def open_token(self, sealed: Sealed) -> str:
        """The JSON that was sealed. Raises Unreadable for anything else than this installation's token."""
        return self._tokens.open(sealed, (self._installation, "token")).decode()

    def fingerprint(self, parts: Iterable[bytes | str]) -> str:
        """HMAC-SHA256 over the parts, each with its length, in hex."""
        keyed = self._fingerprints.copy()
        for part in parts:
            content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            keyed.update(len(content).to_bytes(8, "big"))
            keyed.update(content)
        return keyed.hexdigest()


class Vault:
    """Makes and opens the installations' keys under the master key."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def new_installation_key(self, name: str) -> bytes:
        """A new random key for the installation, wrapped."""
        return self._master.wrap(name, secrets.token_bytes(KEY_BYTES))

    def open_installation(self, name: str, wrapped: bytes) -> InstallationKeys:
        """The installation's keys. Raises Misconfigured for another master key or damaged bytes."""
        return InstallationKeys(name, self._master.unwrap(name, wrapped))


class _Box:
    """Seals and opens under one key."""

    __slots__ = ("_cipher", "_commitment", "_header")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derive(key, "cipher"))
        # GCM alone would let one ciphertext open under two keys; this says which key it was.
        self._commitment = _derive(key, "commitment")
        self._header = _MAGIC + bytes((_VERSION, _AES_256_GCM)) + _derive(key, "key id")[:_KEY_ID_BYTES]

    def is_named_by(self, sealed: bytes) -> bool:
        """Whether the header asks for this format, cipher and key."""
        return hmac.compare_digest(sealed[:_HEADER_BYTES], self._header)

    def seal(self, plain: bytes, context: tuple[str, ...]) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, plain, self._bound_to(context))
        return self._header + self._commitment + nonce + ciphertext

    def open(self, sealed: bytes, context: tuple[str, ...]) -> bytes:
        start = _HEADER_BYTES + _COMMITMENT_BYTES
        commitment, nonce = sealed[_HEADER_BYTES:start], sealed[start : start + _NONCE_BYTES]
        if self.is_named_by(sealed) and hmac.compare_digest(commitment, self._commitment):
            with contextlib.suppress(InvalidTag, ValueError):
                return self._cipher.decrypt(nonce, sealed[start + _NONCE_BYTES :], self._bound_to(context))
        raise Unreadable("Sealed bytes are damaged, or were sealed for something else.")

    def _bound_to(self, context: tuple[str, ...]) -> bytes:
        return _joined(self._header, *(part.encode() for part in context))


def _derive(key: bytes, *purpose: str) -> bytes:
    info = _joined(b"empathy-connector", *(part.encode() for part in purpose))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _joined(*parts: bytes) -> bytes:
    # With their lengths, so that ("ab", "c") is not ("a", "bc").
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _decode(encoded: str, where: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise Misconfigured(
            f"{where} does not hold a master key ({KEY_BYTES} bytes in base64); "
            "restore the key from its backup."
        )
    return key


def _read(path: Path) -> str:
    try:
        exposed = stat.S_IMODE(path.stat().st_mode) & 0o077
        if exposed:
            raise Misconfigured(
                f"The master key {path} can be read by other users; run `chmod 600 {path}` and try again."
            )
        return path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise Misconfigured(
            f"The master key {path} cannot be read ({error.strerror}); make it readable for this user alone."
        ) from None


def _create(path: Path) -> None:
    """Make the file, whole or not at all; a file that another process made meanwhile is left alone."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Misconfigured(
            f"The master key {path} cannot be made ({error.strerror}); make its folder writable, "
            "or set CONNECTOR_MASTER_KEY_FILE to another place."
        ) from None
