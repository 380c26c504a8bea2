"""What became of conversations and customers: asked of the platform once a day, kept as numbers and names."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from .errors import ConnectorError, Misconfigured, Unreadable, Unsupported
from .holding import holding
from .insights.words import platform_name
from .macros import EVERY, learn_macros
from .memory import MemoryKeys
from .model import Installation
from .opening import Opened
from .outcomes import ConversationFacts, DealFacts, Fact, Feedback, StageReached, Told, gap
from .privacy.erasure import Digests, pseudonym_of
from .providers.base import Provider
from .store import Store
from .store.facts import OUTCOME, StoredFact
from .store.looks import OUTCOMES
from .store.told import CONVERSATION, DEAL, FEEDBACK, STAGE, LeftOut, ToldPage

log = logging.getLogger(__name__)

_FIELDS: Mapping[Told, tuple[str, ...]] = {
    Told.SATISFACTION: ("satisfaction", "is_two_point"),
    Told.TIMES: ("created_at", "solved_at", "first_reply_minutes", "resolution_minutes"),
    Told.REOPENS: ("reopens",),
    Told.FORM: ("form",),
    Told.HANDLER: ("handler",),
}
NO_SUCH_THING = "{} has none of its own"
_WORTH_SAYING = frozenset(Told) - {Told.FORM, Told.HANDLER}
"""A platform without forms has none to miss, and who answered the messages tell as well."""


class LookKeys(Digests, MemoryKeys, Protocol):
    """The keys under which the platform's texts for pasting, and erased contacts, are recognised."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking."""

    changed: int
    """Facts that are new, or other than before."""
    requests: int


@dataclass(slots=True)
class FollowingUp:
    """The daily look at one account; made of ready objects."""

    name: str
    store: Store
    keys: Callable[[], LookKeys]
    judge: Callable[[str], float | None]
    """How somebody feels who wrote this, -1..1; None where that cannot be read."""
    open: Callable[[Installation, timedelta], Opened]
    now: Callable[[], datetime]

    def is_due(self, installation: Installation) -> bool:
        """Whether it is time to ask again: a day after the last look, and after everything was read once."""
        now = self.now()
        if installation.needs_authorization or installation.waits_for_start:
            return False
        if installation.synced_through_at is None:
            return False
        if installation.not_before_at and installation.not_before_at > now:
            return False
        last = self.store.last_look(self.name, OUTCOMES)
        return last is None or now - last >= EVERY

    def ask(self, installation: Installation, *, patience: timedelta) -> Asked:
        """Ask what became of conversations and customers since the last look, and keep it.

        Raises RetryLater, Reauthorize and Busy; what was kept by then stays. Other refusals are logged by
        kind, and asked about again a day later.
        """
        with holding(self.store, self.name, self.now) as store:
            opened = self.open(installation, patience)
            changed = 0
            try:
                learn_macros(self.name, opened.provider, store, self.keys().memory_key, self.now)
                if opened.provider.capabilities.outcomes:
                    changed = self._take(opened.provider, store)
            except (Unsupported, Misconfigured, Unreadable) as error:
                told = {"installation": self.name, "step": OUTCOMES, "error": type(error).__name__}
                log.warning("could not ask what became of conversations", extra=told)
            finally:
                opened.close()
            store.note_look(self.name, OUTCOMES, self.now())
        return Asked(changed, opened.requests)

    def _take(self, provider: Provider, store: Store) -> int:
        keys = self.keys()
        opted_out: frozenset[str] | None = None
        changed, missing = 0, dict[Told, str]()
        for page in provider.outcomes(store.told_progress(self.name)):
            if opted_out is None and any(map(_is_of_a_contact_alone, page.facts)):
                opted_out = _opted_out(provider)  # their conversations are not here, these facts would be
            facts, gone = self._sorted(page.facts)
            left_out = LeftOut(lambda id_: pseudonym_of(keys, id_), opted_out or frozenset())
            changed += store.keep_told(
                self.name, ToldPage(facts, gone, page.cursor), left_out, now=self.now()
            )
            missing = dict(page.missing)
        for each in sorted(_WORTH_SAYING.difference(provider.capabilities.outcomes)):
            missing[each] = NO_SUCH_THING.format(platform_name(provider.name))
        store.note_missing(self.name, {str(each): why for each, why in missing.items()}, now=self.now())
        return changed

    def _sorted(
        self, facts: Iterable[Fact]
    ) -> tuple[Mapping[str, Sequence[StoredFact]], Mapping[str, Sequence[str]]]:
        kept: dict[str, list[StoredFact]] = defaultdict(list)
        gone: dict[str, list[str]] = defaultdict(list)
        for each in facts:
            match each:
                case ConversationFacts():
                    kept[OUTCOME].append(StoredFact(each.id, each.at, None, outcome_values(each)))
                case StageReached():
                    id_ = f"{each.contact_id}:{each.stage}"
                    kept[STAGE].append(StoredFact(id_, each.at, each.contact_id, {"stage": each.stage}))
                case DealFacts(is_won=None):
                    gone[DEAL].append(each.id)  # open, or open again: nothing came of it yet
                case DealFacts():
                    values = {"is_won": each.is_won, "amount": each.amount, "stage": each.stage}
                    kept[DEAL].append(StoredFact(each.id, each.at, each.contact_id, values))
                case Feedback():
                    kept[FEEDBACK].append(self._answer(each))
        return kept, gone

    def _answer(self, each: Feedback) -> StoredFact:
        values = {
            "survey": each.survey,
            CONVERSATION: each.conversation_id,
            "satisfaction": each.satisfaction,
            "recommend": each.recommend,
            "sentiment": self.judge(each.comment) if each.comment else None,
        }
        return StoredFact(each.id, each.at, each.contact_id, values)


def outcome_values(facts: ConversationFacts) -> dict[str, Any]:
    """The values of the groups that were told, as they are kept."""
    values: dict[str, Any] = {}
    for group in facts.told:
        for name in _FIELDS.get(group, ()):
            value = getattr(facts, name)
            values[name] = value.isoformat() if isinstance(value, datetime) else value
    return values


def gaps_of(missing: Mapping[str, str]) -> tuple[str, ...]:
    """What an account does not give, in sentences."""
    return tuple(gap(each, missing[each]) for each in Told if each in missing)


def _is_of_a_contact_alone(each: Fact) -> bool:
    return not isinstance(each, ConversationFacts) and not (
        isinstance(each, Feedback) and each.conversation_id
    )


def _opted_out(provider: Provider) -> frozenset[str]:
    can_tell = provider.capabilities.opt_out_list
    return frozenset(provider.opted_out_contacts()) if can_tell else frozenset()


def follow_up_when_due(following_up: FollowingUp, installation: Installation, *, patience: timedelta) -> None:
    """Ask, if it is time; what goes wrong is logged by its kind and tried again later."""
    if not following_up.is_due(installation):
        return
    try:
        asked = following_up.ask(installation, patience=patience)
    except ConnectorError as error:
        extra = {"installation": installation.name, "error": type(error).__name__}
        log.info("following up waits", extra=extra)
        return
    extra_done = {"installation": installation.name, "count": asked.changed, "requests": asked.requests}
    log.info("followed up", extra=extra_done)
