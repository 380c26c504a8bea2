"""Keys, and what is sealed under them; with `envelope`, `master` and `keys` the one place that encrypts.

Three levels: the master key wraps one random key for each installation; from that key a sub-key is derived
for every purpose (tokens, contact keys, fingerprints, memory); the sub-key for contact keys wraps one random
key for each contact, under which the contact's texts are sealed.
"""

from __future__ import annotations

import secrets

from ..errors import Misconfigured
from .envelope import KEY_BYTES
from .keys import ContactKey, InstallationKeys, Place
from .master import MasterKey

__all__ = ["ContactKey", "InstallationKeys", "MasterKey", "Place", "Vault"]


class Vault:
    """Makes and opens the installations' keys under the master key.

    While the master key is being exchanged there are two, and what either has wrapped can be opened; new
    keys are wrapped under the one that will stay.
    """

    def __init__(self, master: MasterKey, *, leaving: MasterKey | None = None) -> None:
        self._master = master
        self._leaving = leaving

    def new_installation_key(self, name: str) -> bytes:
        """A new random key for the installation, wrapped."""
        return self.wrap_secret(name, secrets.token_bytes(KEY_BYTES))

    def open_installation(self, name: str, wrapped: bytes) -> InstallationKeys:
        """The installation's keys. Raises Misconfigured for another master key or damaged bytes."""
        return InstallationKeys(name, self._unwrap(name, wrapped))

    def wrap_secret(self, name: str, secret: bytes) -> bytes:
        """An installation's secret, wrapped under the master key that stays."""
        return self._master.wrap(name, secret)

    def rewrap(self, name: str, wrapped: bytes) -> bytes:
        """The same installation key under the master key that stays. Raises Misconfigured."""
        return self.wrap_secret(name, self._unwrap(name, wrapped))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether an installation's key is wrapped under the master key that stays."""
        return self._master.has_wrapped(wrapped)

    def _unwrap(self, name: str, wrapped: bytes) -> bytes:
        for master in (self._master, self._leaving):
            if master is not None and master.has_wrapped(wrapped):
                secret = master.unwrap(name, wrapped)
                if len(secret) not in {KEY_BYTES, 2 * KEY_BYTES}:
                    raise Misconfigured(
                        f'The stored key of "{name}" has an unknown form; upgrade this program.'
                    )
                return secret
        return self._master.unwrap(name, wrapped)
