"""Exchanges keys, the master key or one installation's; killed at any point, the next run finishes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import Misconfigured
from .privacy.vault import InstallationKeys, MasterKey, Vault
from .store import Store
from .store.keys import MasterMark

BATCH = 500
"""Contact keys wrapped anew in one transaction."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """How an exchange of keys ended."""

    rewrapped: int
    under_old_key: int
    """Keys that are still wrapped under the old one: 0."""


def vault_for(store: Store, master: MasterKey) -> Vault:
    """The vault under this master key. Raises Misconfigured when the database is under another one.

    The first key that is used marks the database. While the master key is exchanged, the database lets
    either key find the other, so that both are accepted.
    """
    mark = store.master_mark()
    if mark is None or (mark.next_mark is None and not master.is_marked_by(mark.mark)):
        # Nothing depends on another key yet, so that this one may become the database's.
        if all(master.has_wrapped(each.wrapped) for each in store.installation_secrets()):
            store.set_master_mark(MasterMark(master.mark()), replaced=mark)
        mark = store.master_mark()
    if mark is not None and mark.next_mark is not None:
        if master.is_marked_by(mark.mark) and mark.next_under_old is not None:
            return Vault(master.unwrap_master(mark.next_under_old), leaving=master)
        if master.is_marked_by(mark.next_mark) and mark.old_under_next is not None:
            return Vault(master, leaving=master.unwrap_master(mark.old_under_next))
    if mark is None or not master.is_marked_by(mark.mark):
        raise Misconfigured(
            "The master key is not the one that this database is under; restore that key file, "
            "or point CONNECTOR_MASTER_KEY_FILE at it."
        )
    return Vault(master)


def rotate_master_key(store: Store, current: MasterKey, new: MasterKey) -> Rotated:
    """Wrap all installations' keys under the new master key; no text or contact key is touched.

    `current` may be the new key already, when an earlier run was cut short or has finished. Raises
    Misconfigured when it is neither, or when an exchange for another new key is under way.
    """
    vault_for(store, current)
    mark = store.master_mark()
    assert mark is not None  # noqa: S101 - `vault_for` has just made or found it
    if mark.next_mark is None:
        if new.is_marked_by(mark.mark):
            return Rotated(0, _under_other_keys(store, Vault(new)))
        begun = MasterMark(
            mark.mark,
            new.mark(),
            next_under_old=current.wrap_master(new),
            old_under_next=new.wrap_master(current),
        )
        store.set_master_mark(begun, replaced=mark)
        mark = store.master_mark() or begun
    if mark.next_mark is None or not new.is_marked_by(mark.next_mark):
        raise Misconfigured(
            "The master key is being exchanged for another one than this; "
            "pass the same --new-key-file as before to finish that first."
        )
    vault = vault_for(store, new)
    rewrapped = 0
    while _under_other_keys(store, vault):
        for secret in store.installation_secrets():
            if not vault.is_current(secret.wrapped):
                store.rewrap_secret(secret, vault.rewrap(secret.name, secret.wrapped))
                rewrapped += 1
    # With this the old key opens nothing any more: what let it find the new one is gone.
    store.set_master_mark(MasterMark(mark.next_mark), replaced=mark)
    return Rotated(rewrapped, _under_other_keys(store, Vault(new)))


def rotate_installation_key(store: Store, name: str, vault: Vault) -> Rotated:
    """Give one installation a new key: its contact keys are wrapped anew, its token is sealed anew.

    The caller holds the installation, so that no sync makes keys meanwhile. Raises Misconfigured.
    """
    old = vault.open_installation(name, store.wrapped_key(name))
    wrapped = store.next_wrapped_key(name)
    if wrapped is None:
        wrapped = vault.wrap_secret(name, old.successor())
        store.set_next_wrapped_key(name, wrapped)
    new = vault.open_installation(name, wrapped)
    rewrapped = _rewrap_contact_keys(store, name, old, new)
    with store.token_exclusively(name) as locked:
        token = new.seal_token(old.open_token(locked.sealed)) if locked.sealed is not None else None
        store.finish_next_key(name, wrapped, token)
    return Rotated(rewrapped, _contact_keys(store, name, lambda key: not new.wraps(key)))


def _rewrap_contact_keys(store: Store, name: str, old: InstallationKeys, new: InstallationKeys) -> int:
    rewrapped, after = 0, ""
    while keys := store.contact_keys(name, after, limit=BATCH):
        after = keys[-1].owner
        stale = [replace(key, wrapped=old.rewrap(key, new)) for key in keys if not new.wraps(key.wrapped)]
        store.rewrap_contact_keys(name, stale)
        rewrapped += len(stale)
    return rewrapped


def _contact_keys(store: Store, name: str, is_meant: Callable[[bytes], bool]) -> int:
    count, after = 0, ""
    while keys := store.contact_keys(name, after, limit=10 * BATCH):
        after = keys[-1].owner
        count += sum(is_meant(key.wrapped) for key in keys)
    return count


def _under_other_keys(store: Store, vault: Vault) -> int:
    return sum(not vault.is_current(secret.wrapped) for secret in store.installation_secrets())
