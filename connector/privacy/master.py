"""The master key: where it is kept, and what it wraps."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import stat
from pathlib import Path

from ..errors import Misconfigured, Unreadable
from .envelope import KEY_BYTES, Box, derive

_MARK = ("master key",)


class MasterKey:
    """The key that wraps all installations' keys; it never shows itself."""

    __slots__ = ("_box", "_content", "queue_secret", "web_secret")

    queue_secret: str
    """For signing the messages of the job queue."""
    web_secret: bytes
    """For what browsers bring back; another master key signs everybody out."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 random bytes."""
        if len(key) != KEY_BYTES:
            raise Misconfigured(f"The master key has {len(key)} bytes instead of {KEY_BYTES}.")
        self._content = key
        self._box = Box(derive(key, "wrap"))
        self.queue_secret = derive(key, "queue").hex()
        self.web_secret = derive(key, "web")

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

    @property
    def key_id(self) -> str:
        """Names the key without telling anything of it."""
        return self._box.key_id

    def mark(self) -> bytes:
        """A check value: it shows whether a key is this one, before anything depends on it."""
        return self._box.seal(b"", _MARK)

    def is_marked_by(self, mark: bytes) -> bool:
        """Whether `mark` was made by this key."""
        try:
            return self._box.open(mark, _MARK) == b""
        except Unreadable:
            return False

    def wrap(self, installation: str, key: bytes) -> bytes:
        """An installation's key, sealed."""
        return self._box.seal(key, (installation, "installation key"))

    def unwrap(self, installation: str, wrapped: bytes) -> bytes:
        """An installation's key. Raises Misconfigured when this is not the master key that wrapped it."""
        if not self.has_wrapped(wrapped):
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

    def has_wrapped(self, wrapped: bytes) -> bool:
        """Whether the wrapped key asks for this master key."""
        return self._box.is_named_by(wrapped)

    def wrap_master(self, other: MasterKey) -> bytes:
        """Another master key, sealed under this one: while keys are exchanged, each opens the other."""
        return self._box.seal(other._content, ("other master key",))

    def unwrap_master(self, wrapped: bytes) -> MasterKey:
        """The master key that was sealed under this one. Raises Unreadable."""
        return MasterKey(self._box.open(wrapped, ("other master key",)))


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
