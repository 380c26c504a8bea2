"""A desk, its database, and a sync whenever asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from connector.contacts import Contacts
from connector.erasing import Erasing
from connector.forgetting import Forgetting
from connector.keeping import Keeping
from connector.memory import StoredMemory
from connector.model import Installation
from connector.opting_out import OptingOut
from connector.privacy.erasure import ErasureLog
from connector.privacy.keys import InstallationKeys
from connector.store import Store
from connector.surviving import Surviving
from connector.sync import Options, Sync
from connector.tally import Tally
from connector.writing_back import WritingBack

from .clock import Clock
from .desk import START, Desk, Thanks

NAME = "desk"


class Keys:
    """Fingerprints under a fixed key."""

    memory_key = b"fake memory key"

    def fingerprint(self, parts: Iterable[bytes | str]) -> str:
        digest = hashlib.blake2b(key=b"fake key")
        for part in parts:
            digest.update(repr(part).encode())
        return digest.hexdigest()

    def body_mac(self, conversation_id: str, message_id: str, body: str) -> str:
        return self.fingerprint(("body", conversation_id, message_id, body))


class Office:
    """A desk, its database, and a sync whenever asked."""

    def __init__(self, folder: Path, *, field_ids: dict[str, str] | None = None) -> None:
        self.keys = InstallationKeys(NAME, b"k" * 32)
        self.desk = Desk()
        self.engine = Thanks()
        self.clock = Clock(START + timedelta(days=1))
        self.store = Store.open(f"sqlite:///{folder}/desk.db")
        installation = Installation(NAME, "desk", "desk-1", "The desk", {}, connected_at=START)
        self.store.save_installation(installation, sealed_token=None, wrapped_key=b"fake")
        log = ErasureLog(folder / "erasures.log")
        self.erasing = Erasing(self.store, log, lambda _name: self.keys, self.clock.now)
        if field_ids is not None:
            self.store.set_fields(NAME, field_ids, is_extended=False, now=START)

    def sync(self, **options: Any) -> Tally:
        self.clock.tick(60)
        return self.make_sync(**options).run()

    def make_sync(self, **options: Any) -> Sync:
        installation = self.store.installation(NAME)
        assert installation is not None
        contacts, tally = Contacts(installation, self.desk, self.store, self.clock.now), Tally()
        return Sync(
            installation=installation,
            provider=self.desk,
            store=self.store,
            engine=self.engine,
            keys=Keys(),
            memory=StoredMemory(self.store, NAME, Keys()),
            contacts=contacts,
            writing=WritingBack(installation, self.desk, self.store, contacts, tally, self.clock.now),
            forgetting=Forgetting(
                installation,
                self.desk,
                self.store,
                self.erasing,
                self.keys,
                OptingOut(installation, self.store, self.keys, self.desk.capabilities, self.clock.now),
                self.clock.now,
            ),
            keeping=Keeping(self.store, NAME, self.keys, self.clock.now),
            surviving=Surviving(self.store, NAME, self.clock.now),
            now=self.clock.now,
            options=Options(**options),
            tally=tally,
        )
