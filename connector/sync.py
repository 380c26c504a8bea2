"""One sync in eight steps: pull, select, clean, score, protect, record, checkpoint, write back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from .contacts import Contacts
from .errors import Busy, ConnectorError, Reauthorize, RetryLater, Unreadable, Unsupported
from .forgetting import Forgetting
from .keeping import Keeping, Kept
from .memory import StoredMemory
from .model import (
    ContactPast,
    Conversation,
    ConversationScore,
    Head,
    Installation,
    Message,
    Page,
    Parked,
)
from .providers.base import Provider
from .providers.webhook import Heard
from .recording import record_of
from .scoring.canned import ReplyMemory
from .store import Record, Store
from .store.rows import Known
from .surviving import PARKED_ATTEMPTS, Surviving
from .tally import Tally
from .writing_back import WRITE_AT_ONCE, WritingBack

MOST_TOLD = 50
"""What webhooks told is taken between two pages, so much at a time."""


class Fingerprints(Protocol):
    """Keyed digests under the installation's key."""

    def fingerprint(self, parts: Iterable[bytes | str]) -> str: ...

    def body_mac(self, conversation_id: str, message_id: str, body: str) -> str: ...


class Scorer(Protocol):
    """Scores a conversation, purely: same messages, past, memory and ruleset, same scorecard."""

    @property
    def ruleset(self) -> str: ...

    def score_conversation(
        self,
        conversation_id: str,
        messages: Sequence[Message],
        *,
        past: ContactPast | None = None,
        memory: ReplyMemory | None = None,
    ) -> ConversationScore: ...


@dataclass(frozen=True, slots=True)
class Options:
    """What this run was asked to do."""

    full: bool = False
    since: datetime | None = None
    """Only what changed from here on; the stored cursor does not move."""
    dry_run: bool = False
    only: tuple[str, ...] | None = None
    """Only these conversations, as a webhook named them; the stored cursor does not move."""
    threads: tuple[str, ...] = ()
    """With `only`: and the conversations that these threads belong to."""
    limit: int | None = None
    """Only so many conversations, for a look; the rest is not asked for."""


def is_noted(options: Options) -> bool:
    """Whether it is noted how far such a run has come, and that it came to its end."""
    return not options.dry_run and not options.since


@dataclass(slots=True)
class Sync:
    """One run over one installation; made of ready objects."""

    installation: Installation
    provider: Provider
    store: Store
    engine: Scorer
    keys: Fingerprints
    memory: StoredMemory
    contacts: Contacts
    writing: WritingBack
    keeping: Keeping
    forgetting: Forgetting
    surviving: Surviving
    now: Callable[[], datetime]
    tally: Tally
    """The same that `writing` counts in."""
    progress: Callable[[Tally, Page], None] = lambda _tally, _page: None
    listen: Callable[[ConversationScore], None] = lambda _card: None
    """Heard of every scored conversation."""
    options: Options = Options()
    _unchanged: list[tuple[str, datetime | None]] = field(default_factory=list)
    _same_text: set[str] = field(default_factory=set)
    _waits_since: datetime | None = None
    _left: int | None = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.options.limit

    def run(self) -> Tally:
        """Do all eight steps until the provider has no more pages.

        Raises what the provider raises; whatever was recorded by then stays, and is not done again.
        """
        if self.options.only is not None:
            return self.run_for(self.options.only)
        started_at = self.now()
        cursor = self._start_cursor()
        self.contacts.may_ask_platform = cursor is not None
        self.forgetting.begin_page()
        with nullcontext() if self.options.dry_run else self.surviving.run():
            self._retry_parked()
            for page in self.provider.pages(cursor, self.wanted):  # 1 pull, with 2 select before gathering
                self.take(page)
                self._waits_since = page.waits_since
                self.surviving.page_done()
                self._take_told()
                self.progress(self.tally, page)
                if self._is_enough():
                    break
        self.write_back(at_least=1)
        self.forget()
        self._note_finished(started_at)
        return self.tally

    def run_for(self, conversation_ids: Sequence[str]) -> Tally:
        """Do steps 2 to 8 for these conversations alone."""
        self.contacts.may_ask_platform = True
        self.forgetting.begin_page()
        self._take_named(conversation_ids, self.options.threads)
        return self.tally

    def take(self, page: Page) -> None:
        """Steps 2 to 8 for one page."""
        parked = list(page.parked)
        self.keeping.begin_page()
        self.forgetting.begin_page()
        changed = self.select(page.conversations)
        records = []
        for conversation, fingerprint in changed:
            if not self.surviving.may_try(conversation.id):
                self.tally.parked += 1
                continue
            try:
                card = self.score(conversation)
                kept, key = self.protect(conversation, card)
            except (Busy, RetryLater, Reauthorize):  # not this conversation's fault
                self.memory.taken()
                raise
            except Exception as error:  # noqa: BLE001 - one conversation must not stop the page
                self.memory.taken()
                parked.append(Parked(conversation.id, type(error).__name__))
                continue
            self.surviving.survived(conversation.id)
            record = self._record(conversation, fingerprint, card)
            records.append(replace(record, kept=kept, key=key))
            self.tally.count_scored(card)
            self.listen(card)
        self.record(page, records, parked)
        self.write_back(at_least=WRITE_AT_ONCE)

    def wanted(self, head: Head) -> bool:
        """Step 2, before any request for this conversation alone: to be left out, or surely unchanged?"""
        if self._is_enough():
            return False
        if self.forgetting.leaves_out(head):
            self.tally.skipped += 1
            return False
        if self._left is not None:
            self._left -= 1
        if self.options.full:
            return True
        known = self.store.known(self.installation.name, [head.id]).get(head.id)
        if known is None:
            return True
        is_unmoved = (
            self.provider.capabilities.stamps_messages
            and head.updated_at is not None
            and head.updated_at == known.updated_at
        )
        if head.is_quiet or is_unmoved:
            self.tally.unchanged += 1
            self._unchanged.append((head.id, head.updated_at))
            self.keeping.see(head)
            return False
        return True

    def select(self, conversations: Sequence[Conversation]) -> list[tuple[Conversation, str]]:
        """Step 2, after the gathering: keep what was said or changed since it was last scored."""
        known = self.store.known(self.installation.name, [each.id for each in conversations])
        changed = []
        for whole in conversations:
            if self.forgetting.leaves_out(whole.head):  # asked for while it was gathered, or parked
                self.tally.skipped += 1
                continue
            conversation = self.forgetting.unheard(whole)
            fingerprint = self.fingerprint(conversation)
            before = known.get(conversation.id)
            if before is not None and before.fingerprint == fingerprint:
                self.tally.unchanged += 1
                self._unchanged.append((conversation.id, conversation.head.updated_at))
                self.keeping.see(conversation.head)
            else:
                changed.append((conversation, fingerprint))
                if before is not None and self._is_same_text(conversation, before):
                    self._same_text.add(conversation.id)
        return changed

    def fingerprint(self, conversation: Conversation, ruleset: str | None = None) -> str:
        """What the score depends on, as a keyed digest; the time of change and our fields are left out."""
        parts: list[bytes | str] = [ruleset or self.engine.ruleset]
        for message in conversation.messages:
            flags = f"{message.role}{int(message.is_public)}{int(message.is_automated)}"
            parts += [message.id, flags, message.body.encode("utf-8", "surrogatepass")]
        return self.keys.fingerprint(parts)

    def _is_same_text(self, conversation: Conversation, before: Known) -> bool:
        # A person's correction outlives a change of our rules, though not new words.
        is_other_ruleset = before.ruleset != self.engine.ruleset
        return is_other_ruleset and self.fingerprint(conversation, before.ruleset) == before.fingerprint

    def score(self, conversation: Conversation) -> ConversationScore:
        """Steps 3 and 4: clean and score, in the light of how this contact's last conversations went."""
        return self.engine.score_conversation(
            conversation.id,
            conversation.messages,
            past=self.contacts.past(conversation),
            memory=self.memory.of(conversation.id),
        )

    def protect(self, conversation: Conversation, card: ConversationScore) -> Kept:
        """Step 5, before anything touches a disk: sealed words and their key, or nothing."""
        return ((), None) if self.options.dry_run else self.keeping.protect(conversation, card)

    def record(self, page: Page, records: Sequence[Record], parked: Sequence[Parked]) -> None:
        """Steps 6 and 7: the page's scores, what is owed for them and the cursor, in one transaction."""
        self.tally.skipped += len(page.gone)
        self.tally.parked += len(parked)
        unchanged, self._unchanged = self._unchanged, []
        leaving = self.forgetting.leaving()
        if self.options.dry_run:
            return
        self.store.record_page(
            self.installation.name,
            records=records,
            gone=self.forgetting.spared(page.gone),
            parked=parked,
            unchanged=unchanged,
            cursor=None if self.options.since else page.cursor or None,
            now=self.now(),
            judging=self.keeping.judging(),
            leaving=leaving,
        )
        self.contacts.roll_up(records)

    def write_back(self, *, at_least: int) -> None:
        """Step 8: write what is owed once `at_least` rows are; a crash leaves them owed."""
        if not self.options.dry_run:
            self.writing.write(at_least=at_least)

    def forget(self) -> None:
        """Find out who is gone or opted out since, and blank the fields of what is forgotten."""
        if self.options.dry_run or self.options.since:
            return
        self.forgetting.look(always=self.options.full)
        self.tally.writes.owed += self.forgetting.clear(self.tally)
        self.writing.write_contacts()  # of whom something was forgotten

    def _is_enough(self) -> bool:
        return self._left is not None and self._left <= 0

    def _start_cursor(self) -> str | None:
        if self.options.since:
            return self.provider.cursor_at(self.options.since)
        return None if self.options.full else self.store.cursor(self.installation.name)

    def _retry_parked(self) -> None:
        if self.options.dry_run or self.options.since:
            return
        for row in self.store.parked(self.installation.name):
            if row.attempts >= PARKED_ATTEMPTS and not self.options.full:
                self.tally.parked += 1
                continue
            self.store.begin_attempt(self.installation.name, row.id, self.now())
            try:
                self._take_one(row.id)
            except ConnectorError:  # the platform's trouble, not this conversation's
                self.store.take_attempt_back(self.installation.name, row)
                raise

    def _take_named(self, conversation_ids: Sequence[str], threads: Sequence[str]) -> None:
        threaded = [self.provider.conversation_of(each) for each in threads]
        for conversation_id in dict.fromkeys([*conversation_ids, *filter(None, threaded)]):
            self._take_one(conversation_id)
        self.write_back(at_least=1)

    def _take_told(self) -> None:
        # Nobody else may read this account meanwhile, and a first run takes hours.
        if self.options.dry_run or self.options.since or self.options.limit is not None:
            return
        name = self.installation.name
        if hints := self.store.hints(name, MOST_TOLD, told=(Heard.CONVERSATION, Heard.THREAD)):
            conversations = [each.id for each in hints if each.told == Heard.CONVERSATION]
            self._take_named(conversations, [each.id for each in hints if each.told == Heard.THREAD])
            self.store.drop_hints(name, hints)

    def _take_one(self, conversation_id: str) -> None:
        left_out: list[str] = []

        def wanted(head: Head) -> bool:
            if self.forgetting.leaves_out(head):
                self.tally.skipped += 1
                left_out.append(head.id)
            return not left_out

        try:
            conversation = self.provider.conversation(conversation_id, wanted)
        except (Unreadable, Unsupported) as error:
            self.take(Page((), cursor="", parked=(Parked(conversation_id, type(error).__name__),)))
            return
        if left_out:
            self.take(Page((), cursor=""))
        elif conversation is None:
            gone = self.forgetting.spared([conversation_id])
            self.store.record_page(
                self.installation.name, records=[], gone=gone, parked=[], cursor=None, now=self.now()
            )
        else:
            self.take(Page((conversation,), cursor=""))

    def _record(self, conversation: Conversation, fingerprint: str, card: ConversationScore) -> Record:
        record = record_of(
            conversation,
            card,
            fingerprint=fingerprint,
            body_mac=self.keys.body_mac,
            scored_at=self.now(),
        )
        is_same_text = conversation.id in self._same_text
        return replace(record, is_same_text=is_same_text, replies=self.memory.taken())

    def _note_finished(self, started_at: datetime) -> None:
        if not is_noted(self.options):
            return
        through = started_at - self.provider.capabilities.index_lag
        if self._waits_since is not None:
            through = min(through, self._waits_since - timedelta(seconds=1))
        is_all_written = self.tally.writes.owed == 0
        self.store.note_sync(
            self.installation.name,
            finished_at=self.now(),
            synced_through_at=through if is_all_written else None,
        )
