"""Rolls the messages of a conversation up into its scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..model import ContactPast, ConversationScore, Message, MessageScore, Role, Status
from . import reasons
from .canned import ReplyMemory
from .frustration import with_context
from .lexicon_files import ENGLISH
from .look import Look
from .rollup import feeling_at_end, shift
from .rubric import DIMENSIONS
from .sentiment import read_customer

if TYPE_CHECKING:
    from .engine import Engine


def score(
    engine: Engine,
    conversation_id: str,
    messages: Sequence[Message],
    *,
    past: ContactPast | None,
    memory: ReplyMemory | None,
) -> ConversationScore:
    """The scorecard of a conversation; see `Engine.score_conversation`."""
    scores: list[MessageScore] = []
    weights: list[tuple[MessageScore, float]] = []
    pending: list[str] = []
    pending_since_at: datetime | None = None
    has_reply_since = True
    earlier: list[float] = []
    missed: list[MessageScore] = []
    answered, feeling = None, None
    for message in in_order(messages):
        if message.role is Role.CUSTOMER:
            made, read = engine.read_customer(message)
            if read is not None:
                if has_reply_since:
                    pending, pending_since_at, has_reply_since = [], message.sent_at, False
                made = _in_context(made, earlier, past, pending_since_at)
                earlier.append(made.frustration or 0.0)
                pending.append(made.text_used)
                answered = Look("\n".join(pending), made.language or ENGLISH)
                feeling = read if len(pending) == 1 else read_customer(answered)
        elif message.role is Role.AGENT:
            made = engine.score_in_context(message, answered=answered, feeling=feeling, memory=memory)
            if made.reason == "opted_out":
                has_reply_since = True
            if made.status is not Status.NOT_SCORED:
                has_reply_since = True
                weights.append((made, float(feeling.opportunity) if feeling else 1.0))
                if feeling is not None and feeling.opportunity == 2 and _passes_over(made):
                    missed.append(made)
        else:
            made = engine.score_message(message)
        scores.append(made)
    return _sum_up(engine, conversation_id, scores, weights, missed)


def in_order(messages: Sequence[Message]) -> list[Message]:
    """Messages by the time they were sent; one without a time stays behind the one before it."""
    latest = datetime.min.replace(tzinfo=UTC)
    keyed = []
    for at, message in enumerate(messages):
        latest = message.sent_at or latest
        keyed.append((latest, at, message))
    return [message for _, _, message in sorted(keyed, key=lambda row: row[:2])]


def _in_context(
    made: MessageScore, earlier: Sequence[float], past: ContactPast | None, since_at: datetime | None
) -> MessageScore:
    frustration = with_context(
        made.frustration or 0.0,
        earlier=earlier,
        past=past,
        sent_at=made.sent_at,
        unanswered_since_at=since_at,
    )
    return replace(made, frustration=frustration) if frustration != made.frustration else made


def _sum_up(
    engine: Engine,
    conversation_id: str,
    scores: Sequence[MessageScore],
    weights: Sequence[tuple[MessageScore, float]],
    missed: Sequence[MessageScore],
) -> ConversationScore:
    customers = [s for s in scores if s.role is Role.CUSTOMER and s.status is Status.SCORED]
    sentiments = [s.sentiment for s in customers if s.sentiment is not None]
    scored = [(s, weight) for s, weight in weights if s.status is Status.SCORED and s.empathy is not None]
    status, reason = _status(scores, scored, weights)
    empathy = None
    if scored:
        total = sum(max(weight, 0.5) for _, weight in scored)
        empathy = round(sum(max(weight, 0.5) * (s.empathy or 0) for s, weight in scored) / total)
    replies = [s for s, _ in weights]
    return ConversationScore(
        id=conversation_id,
        status=status,
        reason=reason,
        reason_text=_reason_text(status, reason, scored, scores),
        language=next((s.language for s in scores if s.language is not None), None),
        sentiment=feeling_at_end(sentiments),
        sentiment_shift=shift(sentiments),
        frustration=customers[-1].frustration if customers else None,
        intensity=max((s.intensity for s in customers if s.intensity is not None), default=None),
        empathy=empathy,
        band=engine.rubric.band(empathy) if empathy is not None else status.value,
        dimensions={
            name: max(s.dimensions[name] for s in replies if s.dimensions is not None) for name in DIMENSIONS
        }
        if replies
        else None,
        dismissive=max((s.dismissive or 0.0 for s in replies), default=None),
        canned=any(s.canned for s in replies) if replies else None,
        needs_attention=_needs_attention(engine, scores, missed),
        evidence=tuple(e for s in scores for e in s.evidence or ()),
        ruleset=engine.ruleset,
        messages=tuple(scores),
    )


def _status(
    scores: Sequence[MessageScore],
    scored: Sequence[tuple[MessageScore, float]],
    replies: Sequence[tuple[MessageScore, float]],
) -> tuple[Status, str | None]:
    if scored:
        return Status.SCORED, None
    if replies:
        return Status.NOT_APPLICABLE, "no_opportunity"
    if any(s.reason == "opted_out" for s in scores):
        return Status.NOT_SCORED, "opted_out"
    unread = [s.reason for s in scores if s.role is Role.AGENT and s.reason == "language"]
    if unread or (scores and all(s.reason == "language" for s in scores)):
        return Status.NOT_SCORED, "language"
    return Status.NOT_SCORED, "no_agent_reply"


def _reason_text(
    status: Status,
    reason: str | None,
    scored: Sequence[tuple[MessageScore, float]],
    scores: Sequence[MessageScore],
) -> str:
    if status is not Status.SCORED:
        language = next((s.language for s in scores if s.reason == "language"), None)
        return reasons.not_scored(reason or "no_agent_reply", language=language)
    lowest = min(scored, key=lambda row: (row[0].empathy or 0) - 20 * row[1])[0]
    if len(scored) == 1:
        return lowest.reason_text
    return reasons.shortened(f"{len(scored)} replies; the one to look at first: {lowest.reason_text}")


def _passes_over(reply: MessageScore) -> bool:
    """Whether a reply neither acknowledges what it answers nor says what comes next."""
    levels = reply.dimensions or {}
    return not any(levels.get(name) for name in ("emotional_reaction", "interpretation", "help"))


def _needs_attention(engine: Engine, scores: Sequence[MessageScore], missed: Sequence[MessageScore]) -> bool:
    """Somebody so frustrated, or passed over in distress, has had no fair or high reply since."""
    waiting = False
    for made in scores:
        is_upset = made.role is Role.CUSTOMER and (made.frustration or 0.0) >= engine.rubric.attention
        if is_upset or any(made is each for each in missed):
            waiting = True
        elif made.role is Role.AGENT and made.band in {"fair", "high"}:
            waiting = False
    return waiting
