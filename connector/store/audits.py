"""What an ethics audit counts: policies, kept texts, languages, and who replied where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, case, func, select

from .disputes import is_disputed
from .part import Part, number_of
from .policies import StoredPolicy
from .privacy_tables import kept_text, policy
from .tables import conversation, installation, message, reply


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """How many messages in a language were read, and how many of those have no score."""

    language: str
    messages: int
    not_scored: int


@dataclass(frozen=True, slots=True)
class KeptCount:
    """How many texts are kept in one form, and when the first of them must go."""

    mode: str
    texts: int
    first_due_at: datetime


@dataclass(frozen=True, slots=True)
class ScoredReply:
    """One reply of one person in a scored conversation; `author` is a keyed digest."""

    author: str = field(repr=False)
    at: datetime
    """When it was first read: this never changes."""
    channel: str | None
    empathy: int = field(repr=False)


class Audits(Part):
    """Queries over one installation that only an audit asks."""

    def policy_history(self, name: str) -> list[StoredPolicy]:
        """Every version of the policy, oldest first."""
        with self._database.reading() as connection:
            ours = policy.c.installation_id == number_of(connection, name)
            rows = connection.execute(select(policy).where(ours).order_by(policy.c.version))
            return [
                StoredPolicy(row.version, row.content, row.changed_at, row.changed_by, row.applied_at)
                for row in rows
            ]

    def fields_accepted_at(self, name: str) -> datetime | None:
        """When an admin accepted the guidelines and had the fields made."""
        with self._database.reading() as connection:
            found: datetime | None = connection.scalar(
                select(installation.c.fields_at).where(installation.c.id == number_of(connection, name))
            )
            return found

    def kept_by_mode(self, name: str) -> list[KeptCount]:
        """The kept texts in numbers."""
        with self._database.reading() as connection:
            query = (
                select(kept_text.c.mode, func.count(), func.min(kept_text.c.due_at))
                .where(kept_text.c.installation_id == number_of(connection, name))
                .group_by(kept_text.c.mode)
                .order_by(kept_text.c.mode)
            )
            return [KeptCount(*row) for row in connection.execute(query)]

    def language_counts(self, name: str) -> list[LanguageCount]:
        """Messages by the language they were taken for; those without words of their own have none."""
        with self._database.reading() as connection:
            language = message.c.language
            missing = func.sum(case((message.c.is_scored, 0), else_=1))
            query = (
                select(language, func.count(), missing)
                .where(message.c.installation_id == number_of(connection, name), language.is_not(None))
                .group_by(language)
                .order_by(language)
            )
            return [LanguageCount(*row) for row in connection.execute(query)]

    def scored_replies(self, name: str) -> Iterator[ScoredReply]:
        """Every remembered reply of a scored conversation that nobody disputes."""
        with self._database.reading() as connection:
            same = and_(
                reply.c.installation_id == conversation.c.installation_id,
                reply.c.conversation_id == conversation.c.conversation_id,
            )
            query = (
                select(reply.c.author, reply.c.recorded_at, conversation.c.channel, conversation.c.empathy)
                .join(conversation, same)
                .where(
                    reply.c.installation_id == number_of(connection, name),
                    conversation.c.empathy.is_not(None),
                    ~is_disputed(),
                )
                .order_by(reply.c.recorded_at, reply.c.conversation_id, reply.c.message_id)
            )
            for row in connection.execute(query):
                yield ScoredReply(*row)
