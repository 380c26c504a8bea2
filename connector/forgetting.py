"""Who is not to be kept: opted out, erased, or gone from the platform; during one sync."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .erasing import Erasing, may_have_written
from .errors import Misconfigured, Unreadable, Unsupported
from .fields import OPT_OUT, fields_to_create
from .model import Conversation, FieldValues, Head, Installation, LegalHold, Outcome, Write, Written
from .opting_out import OptingOut, Silence
from .privacy.erasure import Because, Digests, pseudonym_of
from .privacy.policy import is_held, labels_of
from .providers.base import Provider
from .store import Store
from .store.clearings import CONTACT, CONVERSATION
from .store.forgetting import Leaving
from .store.looks import DELETIONS, OPT_OUTS
from .tally import Tally, WriteTally

log = logging.getLogger(__name__)

EVERY = {DELETIONS: timedelta(hours=24), OPT_OUTS: timedelta(minutes=55)}
"""How long after the last look the platform is asked again who is gone, and who opted out."""
PLACES = ("brand", "queue", "pipeline", "channel")
"""What is kept of where a conversation stands, so that it is found when one of these is opted out."""
OVERLAP = timedelta(hours=24)
"""A platform may list a deletion some time after it happened."""
CLEAR_AT_ONCE = 500


@dataclass(slots=True)
class Forgetting:
    """What one run leaves out and takes back."""

    installation: Installation
    provider: Provider
    store: Store
    erasing: Erasing
    keys: Digests
    opting_out: OptingOut
    now: Callable[[], datetime]
    _erased: frozenset[str] = frozenset()
    _opted_out: frozenset[str] = frozenset()
    _labels: dict[str, frozenset[str]] = field(default_factory=dict)
    _holds: Sequence[LegalHold] = ()
    _left_out: dict[str, list[str]] = field(default_factory=dict)
    _silence: Silence = field(init=False)

    def __post_init__(self) -> None:
        self._silence = Silence(self.opting_out.keys)

    def begin_page(self) -> None:
        """Look again who was erased: somebody may have asked for it while the sync runs."""
        self._erased = self.erasing.erased(self.installation.name)
        self._opted_out = self.store.opt_out_labels(self.installation.name)
        self._holds = self.store.legal_holds(self.installation.name)

    def leaves_out(self, head: Head) -> bool:
        """Whether a conversation must not be read, by its opt-out or its contact's erasure; it is noted."""
        self._labels[head.id] = frozenset(
            f"{name}:{head.attributes[name]}" for name in PLACES if name in head.attributes
        )
        because = self._because(head)
        if because is not None and not self._is_held(head):
            self._left_out.setdefault(because, []).append(head.id)
        return because is not None

    def unheard(self, conversation: Conversation) -> Conversation:
        """The conversation without the words of agents who are left out of scoring."""
        return self._silence.over(conversation, self._opted_out)

    def spared(self, conversation_ids: Sequence[str]) -> list[str]:
        """Those of the deleted conversations that no legal hold covers."""
        if not self._holds or not conversation_ids:
            return list(conversation_ids)
        labels = self.store.labels_of(self.installation.name, conversation_ids)
        return [id_ for id_ in conversation_ids if not is_held(labels[id_], self._holds, self.now())]

    def leaving(self) -> Leaving:
        """What was left out since the last call, for the transaction of the page."""
        left_out, self._left_out = self._left_out, {}
        labels, self._labels = self._labels, {}
        return Leaving(self._pseudonym, left_out, may_have_written(self.installation), labels)

    def clear(self, tally: Tally) -> int:
        """Blank the fields of what is forgotten here; how many are left to be blanked."""
        name, extended = self.installation.name, self.installation.is_extended
        everything = extended or not self.provider.capabilities.needs_fields
        if may_have_written(self.installation):
            ours = fields_to_create(extended=everything)
            blank: FieldValues = {each.name: None for each in ours if each.on == "conversation"}
            self._clear(CONVERSATION, self.provider.write, blank, tally.writes)
            if self.provider.capabilities.contact_fields and extended:
                blank = {each.name: None for each in ours if each.on == "contact" and each.name != OPT_OUT}
                self._clear(CONTACT, self.provider.write_contacts, blank, tally.contact_writes)
        return self.store.how_many_clearings(name)

    def look(self, *, always: bool = False) -> None:
        """Ask the platform who is gone (daily) and who opted out (hourly), and forget those.

        `always` asks whatever the time. The first run has nothing yet that could have gone.
        """
        can = self.provider.capabilities
        for what, is_able, forget in (
            (DELETIONS, can.deletions or can.contact_deletions, self._forget_deleted),
            (OPT_OUTS, can.opt_out_list, self._forget_opted_out),
        ):
            name, now = self.installation.name, self.now()
            last = self.store.last_look(name, what)
            if is_able and last is not None and (always or now - last >= EVERY[what]):
                with _tolerated(name, what):
                    forget(last - OVERLAP)
            elif last is not None:
                continue
            self.store.note_look(name, what, now)

    def _forget_deleted(self, since: datetime) -> None:
        can, name = self.provider.capabilities, self.installation.name
        if can.contact_deletions:
            gone = set(self.provider.deleted_contacts(since))
            for contact_id in sorted(gone.intersection(self.store.contact_ids(name))):
                self.erasing.erase(self.installation, contact_id, because=Because.DELETED_THERE, actor="sync")
        if can.deletions:
            ids = self.spared(list(self.provider.deleted(since)))
            self.store.forget_conversations(
                name, ids, clear=False, because=Because.DELETED_THERE, now=self.now()
            )

    def _forget_opted_out(self, _since: datetime) -> None:
        self.opting_out.forget()  # what a legal hold covered, or a crash left
        name = self.installation.name
        out = set(self.provider.opted_out_contacts())
        for contact_id in sorted(out.intersection(self.store.contact_ids(name))):
            if is_held(self.store.theirs(name, contact_id).labels, self._holds, self.now()):
                continue
            self.store.erase_contact(
                name,
                contact_id,
                clear=may_have_written(self.installation),
                because=Because.OPTED_OUT,
                now=self.now(),
            )

    def _because(self, head: Head) -> Because | None:
        if head.is_opted_out or OPT_OUT in head.tags or not self._opted_out.isdisjoint(labels_of(head)):
            return Because.OPTED_OUT
        if self._erased and head.contact_id is not None and self._pseudonym(head.contact_id) in self._erased:
            return Because.REQUEST
        return None

    def _is_held(self, head: Head) -> bool:
        """A legal hold stops deletion; what it covers is kept, and not used."""
        return bool(self._holds) and is_held(labels_of(head), self._holds, self.now())

    def _pseudonym(self, contact_id: str) -> str:
        return pseudonym_of(self.keys, contact_id)

    def _clear(
        self,
        kind: str,
        write: Callable[[Sequence[Write]], Sequence[Written]],
        blank: FieldValues,
        tally: WriteTally,
    ) -> None:
        name, after = self.installation.name, ""
        while batch := self.store.clearings(name, kind, CLEAR_AT_ONCE, after):
            after = batch[-1].id
            written = write([Write(each.id, blank) for each in batch])
            for each in written:
                tally.count(each.outcome)
            refused = [each.id for each in written if each.outcome is Outcome.REJECTED]
            # What is closed for good cannot be blanked by anybody; what is gone has no fields.
            done = [each.id for each in written if each.outcome is not Outcome.REJECTED]
            self.store.settle_clearings(name, kind, done=done, refused=refused)


@contextmanager
def _tolerated(name: str, what: str) -> Iterator[None]:
    """A right that is missing must not stop the sync; the next look is tomorrow."""
    try:
        yield
    except (Unsupported, Misconfigured, Unreadable) as error:
        told = {"installation": name, "step": what, "error": type(error).__name__}
        log.warning("could not ask who is gone", extra=told)
