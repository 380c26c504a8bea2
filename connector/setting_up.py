"""Setting an account up, step by step: what is scored, what is kept, guidelines, fields, a look, the start.

The command line and the browser take the same steps; only the browser is led through them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from .errors import Misconfigured
from .fields import fields_to_create
from .keeping import policy_in_force
from .model import Installation
from .opening import PLATFORMS, Opened
from .privacy.policy import LONGEST_KEEP, Mode, Policy, Retention
from .privacy.purpose import intended_purpose
from .store import Store
from .store.setups import Done

if TYPE_CHECKING:
    from .opting_out import OptingOut
    from .retention import Retention as Keeper

STEPS: Final = ("scope", "retention", "guidelines", "fields", "preview", "start")
PAGE_PATIENCE: Final = timedelta(seconds=15)
"""How long a page waits for a rate limit: longer, and it says when to try again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the set-up of an account is."""

    installation: Installation
    done: Mapping[str, Done]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of this account: a folder has no fields to make."""
        is_platform = self.installation.provider in PLATFORMS
        return tuple(step for step in STEPS if is_platform or step != "fields")

    @property
    def next_step(self) -> str | None:
        """The first step that is not taken yet; None when all are."""
        return next((step for step in self.steps if step not in self.done), None)

    def may_take(self, step: str) -> bool:
        """Whether all steps before this one are taken; the look is never waited for."""
        before = self.steps[: self.steps.index(step)]
        return all(each in self.done for each in before if each != "preview")


class SettingUp:
    """The steps, each of which may be taken again."""

    def __init__(
        self,
        store: Store,
        retention: Keeper,
        *,
        opting_out: Callable[[str], OptingOut],
        open_account: Callable[[Installation, timedelta], Opened],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._retention = retention
        self._opting_out = opting_out
        self._open = open_account
        self._now = now

    def progress(self, installation: Installation) -> Progress:
        """How far it is."""
        return Progress(installation, self._store.steps(installation.name))

    def choose_scope(self, name: str, wanted: Mapping[str, Sequence[str]], *, by: str) -> Mapping[str, int]:
        """Leave out what `wanted` names by tag, brand and so on, and nothing else. Raises Misconfigured.

        Gives what that changed: how many were added and removed, and how many conversations forgotten.

        Agents who are left out stay so: they are known by a digest alone, and no form shows them.
        """
        listed = self._opting_out(name)
        labels = set(listed.labels(wanted))
        before = {entry.label for entry in listed.entries() if entry.label.partition(":")[0] in wanted}
        gone, new, forgotten = before - labels, labels - before, 0
        if gone:
            listed.remove(gone)
        if new:
            forgotten = listed.add(new, by=by).forgotten
        self._note(name, "scope", by)
        return {"added": len(new), "removed": len(gone), "forgotten": forgotten}

    def choose_retention(self, name: str, mode: str, days: int | None, *, by: str) -> Policy:
        """Put a choice in force, with the overrides there are. Raises Misconfigured."""
        before = policy_in_force(self._store, name)
        wanted = replace(before, retention=_retention(mode, days))
        if before.version == 0 or wanted.as_json() != before.as_json():
            self._retention.change(name, wanted, None, changed_by=by)
        self._note(name, "retention", by)
        return policy_in_force(self._store, name)

    def accept_guidelines(self, name: str, is_accepted: bool, *, by: str) -> None:
        """Note who accepted what the product is for, when, and in which words. Raises Misconfigured."""
        if not is_accepted:
            raise Misconfigured("Tick the box: without it nothing is written to the account.")
        words = intended_purpose().as_markdown()
        digest = hashlib.sha256(words.encode()).hexdigest()
        self._note(name, "guidelines", by, {"statement": digest})

    def create_fields(
        self, installation: Installation, *, extended: bool, by: str, patience: timedelta
    ) -> Mapping[str, str]:
        """Create or adopt our fields in the account. Doing so accepts the guidelines, which is noted."""
        name = installation.name
        extended = extended or installation.is_extended
        provider = self._open(installation, patience).provider
        ids = dict(provider.ensure_fields(fields_to_create(extended=extended)))
        if "guidelines" not in self._store.steps(name):
            self.accept_guidelines(name, True, by=by)
        self._store.set_fields(name, ids, is_extended=extended, now=self._now())
        self._note(name, "fields", by)
        return ids

    def start(self, installation: Installation, *, by: str) -> None:
        """Let the periodic syncs begin; the worker takes the first one up within a minute.

        Raises Misconfigured while a step before is missing.
        """
        if not self.progress(installation).may_take("start"):
            raise Misconfigured("Some steps before this one are not taken yet.")
        self._store.let_start(installation.name)
        self._store.drop_preview(installation.name)
        self._note(installation.name, "start", by)

    def _note(self, name: str, step: str, by: str, content: Mapping[str, str] | None = None) -> None:
        self._store.note_step(name, step, at=self._now(), by=by, content=content)


def _retention(mode: str, days: int | None) -> Retention:
    try:
        chosen = Mode(mode)
    except ValueError:
        raise Misconfigured("Choose what is kept of message text: drop, redact or encrypt.") from None
    if chosen is Mode.DROP:
        return Retention()
    if days is None or not 1 <= days <= LONGEST_KEEP.days:
        raise Misconfigured(f"Say for how many days text is kept, from 1 to {LONGEST_KEEP.days}.")
    return Retention(chosen, timedelta(days=days))
