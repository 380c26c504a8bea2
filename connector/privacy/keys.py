"""The keys of one installation, and of each of its contacts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..errors import Unreadable, Unsupported
from ..model import Sealed, WrappedKey
from .envelope import KEY_BYTES, Box, derive, key_id_of

MOST_USES: Final = 2**31
"""Random nonces are safe for 2^32 texts under one key; this stays well below."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a sealed text belongs to: it opens there, and nowhere else."""

    conversation_id: str
    message_id: str
    part: str
    policy_version: int
    record_type: str = "message"
    purpose: str = "retention"

    def parts(self) -> tuple[str, ...]:
        """The place as the cipher is told."""
        return (
            self.record_type,
            self.conversation_id,
            self.message_id,
            self.part,
            self.purpose,
            str(self.policy_version),
        )


class ContactKey:
    """The key under which one contact's texts are sealed: destroying it destroys them all."""

    __slots__ = ("_box", "_installation", "_owner", "uses")

    uses: int
    """How many texts were sealed under this key."""

    def __init__(self, installation: str, owner: str, key: bytes, *, uses: int = 0) -> None:
        self._installation = installation
        self._owner = owner
        self._box = Box(derive(key, "text", installation, owner))
        self.uses = uses

    def __repr__(self) -> str:
        return f"ContactKey({self._box.key_id})"

    def seal(self, text: str, place: Place) -> Sealed:
        """A text, sealed for its place. Raises Unsupported once the key has sealed too many."""
        if self.uses >= MOST_USES:
            raise Unsupported("A contact's key has sealed as many texts as is safe; no more are kept.")
        self.uses += 1
        return Sealed(self._box.seal(text.encode("utf-8", "surrogatepass"), self._context(place)))

    def open(self, sealed: Sealed, place: Place) -> str:
        """The text. Raises Unreadable for damage, and for any other place, contact or installation."""
        return self._box.open(sealed, self._context(place)).decode("utf-8", "surrogatepass")

    def _context(self, place: Place) -> tuple[str, ...]:
        return (self._installation, self._owner, *place.parts())


class InstallationKeys:
    """What one installation's key does: seal its tokens and contact keys, and make digests of its own.

    The secret is a key, or after a change of keys the new key and the first one. Only digests still come
    from the first one: they name conversations, contacts and replies, and would mean nothing if they changed.
    """

    __slots__ = (
        "_bodies",
        "_contacts",
        "_fingerprints",
        "_installation",
        "_key",
        "_root",
        "_tokens",
        "memory_key",
    )

    memory_key: bytes
    """For keyed hashes of the phrases an author has used before."""

    def __init__(self, installation: str, secret: bytes) -> None:
        key, self._root = secret[:KEY_BYTES], secret[KEY_BYTES:] or secret
        self._installation = installation
        self._tokens = Box(derive(key, "token", installation))
        self._contacts = Box(derive(key, "contact keys", installation))
        self._fingerprints = hmac.new(
            derive(self._root, "fingerprint", installation), digestmod=hashlib.sha256
        )
        self._bodies = hmac.new(derive(self._root, "bodies", installation), digestmod=hashlib.sha256)
        self._key = key
        self.memory_key = derive(self._root, "memory", installation)

    def __repr__(self) -> str:
        return f"InstallationKeys({self._installation!r})"

    @property
    def key_id(self) -> str:
        """Names the key that the contacts' keys are wrapped under, without telling anything of it."""
        return self._contacts.key_id

    def successor(self) -> bytes:
        """The secret that is to replace this one: a new random key, and what digests are made from."""
        return secrets.token_bytes(KEY_BYTES) + self._root

    def seal_token(self, text: str) -> Sealed:
        """A token as JSON, sealed for the database."""
        return Sealed(self._tokens.seal(text.encode(), (self._installation, "token")))

    def open_token(self, sealed: Sealed) -> str:
        """The JSON that was sealed. Raises Unreadable for anything else than this installation's token."""
        return self._tokens.open(sealed, (self._installation, "token")).decode()

    def seal_hook_secret(self, text: str) -> Sealed:
        """The secret a webhook of ours signs with, sealed for the database."""
        return Sealed(self._tokens.seal(text.encode(), (self._installation, "hook secret")))

    def open_hook_secret(self, sealed: bytes) -> str:
        """The secret that was sealed. Raises Unreadable for anything else, a sealed token too."""
        return self._tokens.open(sealed, (self._installation, "hook secret")).decode()

    def new_contact_key(self, owner: str) -> WrappedKey:
        """A new random key for the texts of `owner`: a contact, or a conversation without one."""
        key = secrets.token_bytes(KEY_BYTES)
        key_id = Box(derive(key, "text", self._installation, owner)).key_id
        return WrappedKey(owner, key_id, self._wrap(owner, key_id, key), is_new=True)

    def open_contact_key(self, wrapped: WrappedKey) -> ContactKey:
        """The key of a contact. Raises Unreadable for damage, and for another contact or installation."""
        key = self._contacts.open(wrapped.wrapped, self._context(wrapped.owner, wrapped.key_id))
        return ContactKey(self._installation, wrapped.owner, key, uses=wrapped.uses)

    def wraps(self, wrapped: bytes) -> bool:
        """Whether a contact's key is wrapped under this installation's key."""
        return self._contacts.is_named_by(wrapped)

    def rewrap(self, wrapped: WrappedKey, successor: InstallationKeys) -> bytes:
        """A contact's key, wrapped under the successor of this installation's key. Raises Unreadable."""
        key = self._contacts.open(wrapped.wrapped, self._context(wrapped.owner, wrapped.key_id))
        return successor._wrap(wrapped.owner, wrapped.key_id, key)

    def fingerprint(self, parts: Iterable[bytes | str]) -> str:
        """HMAC-SHA256 over the parts, each with its length, in hex."""
        keyed = self._fingerprints.copy()
        for part in parts:
            content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            keyed.update(len(content).to_bytes(8, "big"))
            keyed.update(content)
        return keyed.hexdigest()

    def body_key(self, conversation_id: str, message_id: str) -> bytes:
        """The key of one message's `body_mac`: the browser of somebody who reads that message may have it."""
        keyed = self._bodies.copy()
        for part in (conversation_id, message_id):
            content = part.encode("utf-8", "surrogatepass")
            keyed.update(len(content).to_bytes(8, "big") + content)
        return keyed.digest()

    def body_mac(self, conversation_id: str, message_id: str, body: str) -> str:
        """HMAC-SHA256 of a body as the platform gave it, in hex: tells whether it changed since."""
        key = self.body_key(conversation_id, message_id)
        return hmac.digest(key, body.encode("utf-8", "surrogatepass"), "sha256").hex()

    @property
    def view_key(self) -> bytes:
        """Signs what a browser shows on its later calls; another one after every change of keys."""
        return derive(self._key, "view", self._installation)

    def _wrap(self, owner: str, key_id: str, key: bytes) -> bytes:
        return self._contacts.seal(key, self._context(owner, key_id))

    def _context(self, owner: str, key_id: str) -> tuple[str, ...]:
        return (self._installation, "contact key", owner, key_id)


def require_key_of(sealed: Sealed, wrapped: WrappedKey) -> None:
    """Raise Unreadable when a text asks for another key than its contact's: nothing is tried on it."""
    if key_id_of(sealed) != wrapped.key_id:
        raise Unreadable("A kept text asks for a key that is not its contact's.")
