"""Webhooks: a delivery is verified, what it tells is kept before it is answered, and somebody looks later."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .errors import ConnectorError
from .model import Installation
from .providers.webhook import WINDOW, Delivery, Event, Heard, NotGenuine
from .store import Store
from .store.hints import Hint
from .store.threads import THREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .erasing import Erasing
    from .privacy.vault import InstallationKeys
    from .sync import Options

log = logging.getLogger(__name__)

HEARD_FOR = 3 * WINDOW
"""A delivery older than this is refused by its time, so it need not be remembered."""
MOST_HINTS = 100
"""Looked at in one go: while it lasts, nobody else can sync the account."""
MOST_SECRETS = 1000
ERASURES = (Heard.CONTACT_ERASED, Heard.THREAD_ERASED)
"""Looked at before anything else."""


class Hearing:
    """Hears what platforms tell."""

    def __init__(
        self, store: Store, keys: Callable[[str], InstallationKeys], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._keys = keys
        self._now = now
        self._secrets: dict[bytes, str] = {}
        """Opened once: a flood of webhooks asks for the same few, and a new one is sealed anew."""

    def from_zendesk(self, name: str, delivery: Delivery) -> list[str]:
        """Names of the accounts to look at after a delivery to one account's own address.

        Raises NotGenuine, the same for an account that does not exist, and NotUnderstood.
        """
        from .providers.zendesk import webhooks

        installation = self._store.installation(name)
        if installation is None or installation.provider != "zendesk":
            raise NotGenuine("There is no such account.")
        webhooks.verify(delivery, self._secrets_of(name), self._now())
        signature = delivery.headers[webhooks.SIGNATURE]
        return self._hear(installation, signature, webhooks.events(delivery))

    def from_hubspot(self, delivery: Delivery, secrets: Sequence[str]) -> list[str]:
        """The same for a delivery to the app: its events name their accounts."""
        from .providers.hubspot import events

        signature = events.verify(delivery, secrets, self._now())
        return self._from_accounts(signature, events.events(delivery))

    def from_workflow(self, delivery: Delivery, secrets: Sequence[str]) -> tuple[str, str] | None:
        """(account, conversation) that a HubSpot workflow wants scored; None for an account not connected.

        Raises NotGenuine and NotUnderstood.
        """
        from .providers.hubspot import events

        signature = events.verify_action(delivery, secrets, self._now())
        called = events.called_for(delivery)
        accounts = [
            each.name
            for each in self._store.installations()
            if each.provider == "hubspot" and each.account_id == called.account_id
        ]
        self._from_accounts(signature, [called])
        return (accounts[0], called.id) if accounts else None

    def _from_accounts(self, signature: str, told: Sequence[Event]) -> list[str]:
        heard: list[str] = []
        for installation in self._store.installations():  # an account may be connected under two names
            if installation.provider == "hubspot":
                events = [event for event in told if event.account_id == installation.account_id]
                heard += self._hear(installation, signature, events)
        return heard

    def _hear(self, installation: Installation, signature: str, events: Sequence[Event]) -> list[str]:
        if not events:
            return []
        now = self._now()
        is_new = self._store.hear(
            installation.name,
            ((str(event.told), event.id) for event in events),
            digest=hashlib.sha256(f"{installation.name}\0{signature}".encode()).digest(),
            now=now,
            forget_before=now - HEARD_FOR,
        )
        return [installation.name] if is_new else []

    def _secrets_of(self, name: str) -> list[str]:
        sealed = [
            each for hook in self._store.hooks(name) for each in (hook.sealed, hook.sealed_before) if each
        ]
        known = {each: self._secrets[each] for each in sealed if each in self._secrets}
        if len(known) < len(sealed):
            keys = self._keys(name)
            known = {each: keys.open_hook_secret(each) for each in sealed}
            self._secrets = {**self._secrets, **known} if len(self._secrets) < MOST_SECRETS else known
        return list(known.values())


class Looking:
    """Looks at what was heard of one installation."""

    def __init__(
        self,
        store: Store,
        erasing: Erasing,
        *,
        sync: Callable[[str, Options], Exception | None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._erasing = erasing
        self._sync = sync
        self._now = now

    def look(self, name: str) -> bool:
        """Do what the hints ask for; whether some are left for another time."""
        erased = self._erase(name, self._store.hints(name, MOST_HINTS, told=ERASURES))
        self._store.drop_hints(name, erased)
        hints = self._store.hints(name, MOST_HINTS)  # what was torn apart by an erasure is read again now
        done: list[Hint] = []
        for told, options in _asked_by(hints):
            error = self._sync(name, options)
            if error is not None:
                log.info("hints wait", extra={"installation": name, "error": type(error).__name__})
                break
            done += told
        self._store.drop_hints(name, done)
        return len(done) < len(hints)

    def _erase(self, name: str, hints: Sequence[Hint]) -> list[Hint]:
        from .privacy.erasure import Because

        done = []
        installation = self._store.installation(name)
        is_read_now = bool(hints) and self._store.is_held(name, self._now())  # asked before what is known
        known = set(self._store.contact_ids(name)) if hints else set()
        known |= {f"{THREAD}{each}" for each in self._store.threads(name)} if hints else set()
        for each in hints:
            subject = f"{THREAD}{each.id}" if each.told == Heard.THREAD_ERASED else each.id
            try:
                if installation is not None and (is_read_now or subject in known):
                    self._erasing.erase(installation, subject, because=Because.DELETED_THERE, actor="webhook")
            except ConnectorError as error:
                log.warning("erasure waits", extra={"installation": name, "error": type(error).__name__})
                continue
            done.append(each)
        return done


def _asked_by(hints: Sequence[Hint]) -> Iterator[tuple[list[Hint], Options]]:
    """What to sync for which hints: first what was named, which needs no index of the platform's."""
    from .sync import Options

    conversations = [each for each in hints if each.told == Heard.CONVERSATION]
    threads = [each for each in hints if each.told == Heard.THREAD]
    if conversations or threads:
        named, of_threads = (tuple(each.id for each in some) for some in (conversations, threads))
        yield [*conversations, *threads], Options(only=named, threads=of_threads)
    if whole := [each for each in hints if each.told == Heard.SOMETHING]:
        yield whole, Options()
