"""Carries retention out: changes of policy, and the purge of what is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from .errors import ConnectorError
from .keeping import policy_in_force
from .model import ClockReading, LegalHold
from .privacy.guard import read_clocks, why_halted
from .privacy.policy import Policy, due, due_at, held_labels
from .store import Store

log = logging.getLogger(__name__)

BATCH = 1_000
"""Texts deleted in one transaction: a sync that wants to write waits for no more than these."""
PAUSE_SECONDS = 0.02
"""Between two transactions, so that a sync that waits gets its turn."""
LOG_PATIENCE_SECONDS = 10.0
KEYS_NAMED = 100
"""Destroyed keys that a proof lists by their ids; a digest covers them all."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge removed of one installation."""

    installation: str
    texts: int = 0
    keys: tuple[str, ...] = ()
    """Ids of the contact keys that were destroyed, because nothing under them was left."""
    policy_version: int = 0
    is_log_truncated: bool = False

    def as_entry(self) -> dict[str, Any]:
        """The purge as it goes into the chain of proofs; nothing in it names a person."""
        ids = sorted(self.keys)
        return {
            "what": "purge",
            "policy_version": self.policy_version,
            "counts": {"texts": self.texts, "keys": len(ids)},
            "destroyed_keys": ids[:KEYS_NAMED],
            "destroyed_keys_digest": sha256("\n".join(ids).encode()).hexdigest(),
            "verified": {"checkpoint_busy": not self.is_log_truncated},
        }


@dataclass(frozen=True, slots=True)
class PurgeRun:
    """How a purge went."""

    installations: tuple[Purged, ...] = ()
    halted_because: str | None = None
    is_log_truncated: bool = True
    """Nothing of what was deleted is left in the database's log."""
    seconds: float = 0.0

    @property
    def texts(self) -> int:
        return sum(each.texts for each in self.installations)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would do to what is kept now."""

    kept: int = 0
    deleted: int = 0
    """Texts that go at once."""
    sooner: int = 0
    """Texts that stay, but for a shorter time than was meant before."""


class Retention:
    """Policies and purges over one store.

    `on_purged` hears of every installation that lost something, once it is gone; `pause` lets others write.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        clocks: Callable[[datetime], ClockReading] = read_clocks,
        on_purged: Callable[[Purged], None] = lambda _purged: None,
        pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS),
    ) -> None:
        self._store = store
        self._now = now
        self._clocks = clocks
        self._on_purged = on_purged
        self._pause = pause

    def preview(self, name: str, policy: Policy, holds: Sequence[LegalHold]) -> Preview:
        """What would happen to the kept texts of an installation under this policy and these holds."""
        now = self._now()
        kept = deleted = sooner = 0
        for rows in self._store.kept_rows(name):
            kept += len(rows)
            for row in rows:
                if due(row.record, policy, holds, now):
                    deleted += 1
                elif due_at(row.record, policy) < row.record.due_at:
                    sooner += 1
        return Preview(kept, deleted, sooner)

    def change(
        self, name: str, policy: Policy, holds: Sequence[LegalHold] | None, *, changed_by: str
    ) -> PurgeRun:
        """Put a policy in force, and at once delete what it no longer allows.

        What was deleted before does not come back, and no text stays longer than was promised for it.
        """
        self._store.add_policy(name, policy.as_json(), changed_by=changed_by, now=self._now(), holds=holds)
        return self.purge([name], confirmed=True)

    def purge(self, names: Collection[str] | None = None, *, confirmed: bool = False) -> PurgeRun:
        """Delete every text that is due, then the keys that no text needs; the same again if killed.

        Unless `confirmed`, it halts when the clock cannot be trusted. Gives what was done.
        """
        started = time.monotonic()
        now = self._now()
        clocks = self._clocks(now)
        chosen = [each.name for each in self._store.installations() if names is None or each.name in names]
        held = {name: held_labels(self._store.legal_holds(name), now) for name in chosen}
        for name in chosen:
            self._apply(name)
        if not confirmed:
            because = why_halted(
                clocks,
                self._store.last_clock(),
                due=sum(self._store.due_count(name, now, held[name]) for name in chosen),
                kept=self._store.kept_count(),
            )
            if because is not None:
                self._store.note_halted(because)
                return PurgeRun(halted_because=because, seconds=time.monotonic() - started)
        purged = tuple(self._purge_one(name, now, held[name]) for name in chosen)
        self._store.note_clock(clocks)
        is_truncated = self._store.truncate_log(patience=LOG_PATIENCE_SECONDS)
        purged = tuple(replace(each, is_log_truncated=is_truncated) for each in purged)
        told = [each for each in purged if each.texts or each.keys]
        for each in told:
            self._on_purged(each)
        if told and is_truncated:
            self._store.truncate_log(patience=0)  # of what was noted about the purge; nothing of the texts
        return PurgeRun(purged, is_log_truncated=is_truncated, seconds=time.monotonic() - started)

    def purge_overdue(self) -> None:
        """Delete what fell due while nothing ran, before anything else is done or served.

        What stands in the way is logged, for it must not keep the pages from saying so.
        """
        try:
            run = self.purge()
        except ConnectorError as error:
            log.warning("purge failed", extra={"error": type(error).__name__})
            return
        if run.halted_because is not None:
            log.warning("purge halted until somebody confirms it: run empathy-connector purge")
        elif not run.is_log_truncated:
            log.warning("purge done, but the database's log could not be emptied yet")
        elif run.texts:
            log.info("purged", extra={"count": run.texts, "seconds": round(run.seconds, 1)})

    def _apply(self, name: str) -> None:
        """Judge every kept text by the policy in force, unless that was done before."""
        stored = self._store.policy(name)
        if stored is None or stored.applied_at is not None:
            return
        policy = policy_in_force(self._store, name)
        for rows in self._store.kept_rows(name):
            sooner = [(row, at) for row in rows if (at := due_at(row.record, policy)) < row.record.due_at]
            if sooner:
                self._store.move_due(name, sooner)
                self._pause()
        self._store.note_policy_applied(name, policy.version, self._now())

    def _purge_one(self, name: str, now: datetime, held: Collection[str]) -> Purged:
        texts = 0
        while deleted := self._store.purge_texts(name, now, held, limit=BATCH):
            texts += deleted
            self._pause()
        keys: list[str] = []
        after: str | None = ""
        while after is not None:
            destroyed, after = self._store.purge_keys(name, after, limit=BATCH)
            keys += destroyed
            if after is not None:
                self._pause()
        after = ""
        while after is not None:
            after = self._store.purge_labels(name, after, limit=BATCH)
            if after is not None:
                self._pause()
        stored = self._store.policy(name)
        return Purged(name, texts, tuple(keys), stored.version if stored else 0)
