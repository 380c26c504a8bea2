"""A desk in memory and an engine that counts thanks: enough to watch the eight steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connector.errors import RetryLater, Unreadable
from connector.model import (
    Account,
    ContactPast,
    Conversation,
    ConversationScore,
    Field,
    Head,
    Message,
    MessageScore,
    Outcome,
    Page,
    Parked,
    PastConversation,
    Role,
    Status,
    Write,
    Written,
)
from connector.providers.base import Capabilities, OAuth, Wanted
from connector.scoring.canned import ReplyMemory

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def said(*texts: str, author_id: str = "agent-1") -> tuple[Message, ...]:
    """An agent's messages, a minute apart."""
    return tuple(
        Message(str(n), Role.AGENT, text, sent_at=START + timedelta(minutes=n), author_id=author_id)
        for n, text in enumerate(texts)
    )


@dataclass
class Desk:
    """A provider over a dictionary. The cursor is the number of changes seen so far."""

    capabilities: ClassVar[Capabilities] = Capabilities(history=True, contact_fields=True)
    name: ClassVar[str] = "desk"
    oauth: ClassVar[OAuth | None] = None

    changes: list[Conversation] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    page_size: int = 2
    busy_after_pages: int | None = None
    silent_rows: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    writes: list[Mapping[str, object]] = field(default_factory=list)
    contact_writes: list[Write] = field(default_factory=list)
    gathered: list[str] = field(default_factory=list)
    history_requests: int = 0

    def change(self, conversation_id: str, *texts: str, **head: object) -> None:
        """Put a conversation in, or change it."""
        about = replace(Head(conversation_id, updated_at=START + timedelta(hours=len(self.changes))), **head)
        self.changes.append(Conversation(about, said(*texts)))

    def check(self) -> Account:
        return Account("desk-1", "The desk")

    def pages(self, since: str | None, wanted: Wanted) -> Iterator[Page]:
        at, pages = int(since or 0), 0
        while True:
            if self.busy_after_pages == pages:
                raise RetryLater("The desk is busy.", not_before_at=START + timedelta(days=9))
            chunk = self.changes[at : at + self.page_size]
            at += len(chunk)
            here = [
                each for each in chunk if each.id not in self.gone | self.unreadable and wanted(each.head)
            ]
            self.gathered += [each.id for each in here]
            yield Page(
                conversations=tuple(here),
                cursor=str(at),
                gone=tuple(each.id for each in chunk if each.id in self.gone),
                parked=tuple(Parked(each.id, "Unreadable") for each in chunk if each.id in self.unreadable),
            )
            pages += 1
            if at >= len(self.changes):
                return

    def cursor_at(self, instant: datetime) -> str:
        return str(sum(1 for each in self.changes if (each.head.updated_at or START) < instant))

    def conversation(self, conversation_id: str, wanted: Wanted | None = None) -> Conversation | None:
        if conversation_id in self.unreadable:
            raise Unreadable("It cannot be read.")
        found = [each for each in self.changes if each.id == conversation_id and each.id not in self.gone]
        if not found or (wanted is not None and not wanted(found[-1].head)):
            return None
        return found[-1]

    def history(self, contact_id: str, limit: int) -> Sequence[PastConversation]:
        self.history_requests += 1
        return [PastConversation(f"past-{contact_id}", "mail", START - timedelta(days=3))][:limit]

    def ensure_fields(self, fields: Sequence[Field]) -> Mapping[str, str]:
        return {each.name: each.name for each in fields}

    def write(self, batch: Sequence[Write]) -> Sequence[Written]:
        answers = []
        for row in batch:
            if row.id in self.silent_rows:
                continue
            if row.id in self.locked:
                answers.append(Written(row.id, Outcome.LOCKED))
            elif row.id in self.gone:
                answers.append(Written(row.id, Outcome.GONE))
            else:
                self.writes.append({"id": row.id, **row.values})
                answers.append(Written(row.id, Outcome.WRITTEN))
        return answers

    def write_contacts(self, batch: Sequence[Write]) -> Sequence[Written]:
        self.contact_writes += batch
        return [Written(row.id, Outcome.WRITTEN) for row in batch]

    def deleted(self, since: datetime) -> Iterator[str]:
        yield from self.gone

    def disconnect(self) -> None:
        """Nothing to revoke."""


class Thanks:
    """Scores ten points for each "thanks"; stumbles over "boom"."""

    ruleset = "thanks-1"

    def __init__(self) -> None:
        self.pasts: dict[str, ContactPast | None] = {}
        self.asks: frozenset[int] = frozenset()

    def score_conversation(
        self,
        conversation_id: str,
        messages: Sequence[Message],
        *,
        past: ContactPast | None = None,
        memory: ReplyMemory | None = None,
    ) -> ConversationScore:
        self.pasts[conversation_id] = past
        if memory is not None and self.asks:
            memory.copies(messages[0].author_id or "", messages[0].id, self.asks)
        texts = " ".join(each.body for each in messages)
        if "boom" in texts:
            raise ZeroDivisionError(texts)
        empathy = 10 * texts.count("thanks")
        shared = {
            "status": Status.SCORED,
            "reason": None,
            "reason_text": "The reply gives thanks.",
            "language": "en",
            "sentiment": None,
            "frustration": None,
            "intensity": None,
            "empathy": empathy,
            "band": "low",
            "dimensions": {},
            "dismissive": 0.0,
            "canned": False,
            "evidence": (),
            "ruleset": self.ruleset,
        }
        return ConversationScore(
            id=conversation_id,
            sentiment_shift=None,
            needs_attention=False,
            messages=tuple(
                MessageScore(id=m.id, role=m.role, text_used=m.body, sent_at=m.sent_at, **shared)
                for m in messages
            ),
            **shared,
        )
