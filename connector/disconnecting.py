"""Takes an installation out: its keys first, then every row, then the proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from .errors import Misconfigured
from .model import Installation
from .privacy.erasure import Because, ErasureLog, Kind
from .privacy.keys import InstallationKeys
from .proving import Proving
from .store import Store

LOG_PATIENCE_SECONDS = 30.0
"""How long the database's own log may be held by readers before the proof says that it was."""


class Disconnecting:
    """Erases whole installations, in an order that a crash cannot undo."""

    def __init__(
        self,
        store: Store,
        log: ErasureLog,
        proving: Proving,
        keys: Callable[[str], InstallationKeys],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._log = log
        self._proving = proving
        self._keys = keys
        self._now = now

    def disconnect(self, installation: Installation, *, actor: str) -> None:
        """Erase all of an installation, its keys first. Raises Misconfigured under a legal hold."""
        name = installation.name
        holds = [h.id for h in self._store.legal_holds(name) if h.begins_at <= self._now() < h.ends_at]
        if holds:
            raise Misconfigured(
                f'"{name}" is under legal hold ({", ".join(holds)}): nothing of it may be deleted; '
                "end the hold with `empathy-connector policy` first."
            )
        self._log.append(
            Kind.DISCONNECTION,
            installation=name,
            connected_at=installation.connected_at.isoformat(),
            at=self._now().isoformat(),
            actor=actor,
        )
        self.remove(installation, actor=actor)

    def catch_up(self) -> None:
        """Finish what a crash left of disconnections: empty the database's log, and prove them."""
        lines = self._log.read()
        for name in lines.proven():
            self._proving.put_back(name)
        for name, connected_at in lines.unproven_disconnections():
            self._prove(name, connected_at, actor="erasure log", counts={}, key_ids=())

    def remove(self, installation: Installation, *, actor: str) -> None:
        """Delete the keys and all rows, and prove it; the erasure log has been told before."""
        name = installation.name
        counts = self._store.everything(name)
        key_ids = self._key_ids(name)
        self._store.destroy_installation_keys(name)
        self._store.remove_installation(name)
        self._prove(name, installation.connected_at.isoformat(), actor=actor, counts=counts, key_ids=key_ids)

    def _key_ids(self, name: str) -> list[str]:
        """The installation's key, under which all others of it are wrapped; none when it is gone already."""
        try:
            return [self._keys(name).key_id]
        except Misconfigured:
            return []

    def _prove(
        self, name: str, connected_at: str, *, actor: str, counts: Mapping[str, int], key_ids: Sequence[str]
    ) -> None:
        found = self._store.installation(name)
        is_left = found is not None and found.connected_at.isoformat() == connected_at
        entry = {
            "what": "disconnection",
            "connected_at": connected_at,
            "because": Because.DISCONNECTED,
            "actor": actor,
            "counts": dict(counts),
            "destroyed_keys": list(key_ids),
            "verified": {
                "installation_rows": int(is_left),
                "checkpoint_busy": not self._store.truncate_log(patience=LOG_PATIENCE_SECONDS),
            },
        }
        self._proving.add(name, entry)
