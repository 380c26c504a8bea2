"""What the store keeps of a scored conversation: numbers, places of evidence and digests, no words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .model import Conversation, ConversationScore
from .scoring.lines import conversation_json, note_places
from .scoring.rollup import field_values
from .store import Record


def record_of(
    conversation: Conversation,
    card: ConversationScore,
    *,
    fingerprint: str,
    body_mac: Callable[[str, str, str], str],
    scored_at: datetime,
) -> Record:
    """The row of a conversation; `body_mac` digests (conversation's id, message's id, body) under our key."""
    head = conversation.head
    scorecard = conversation_json(card, with_text=False)
    messages = scorecard.pop("messages")
    bodies = {message.id: message.body for message in conversation.messages}
    for row, message in zip(messages, card.messages, strict=True):
        row["role"] = str(message.role)
        row["sent_at"] = message.sent_at.isoformat() if message.sent_at else None
        note_places(row, message)
        if message.evidence:
            row["body_mac"] = body_mac(head.id, message.id, bodies[message.id])
    return Record(
        conversation_id=head.id,
        contact_id=head.contact_id,
        updated_at=head.updated_at or latest(conversation) or scored_at,
        fingerprint=fingerprint,
        status=card.status,
        scorecard=scorecard,
        messages=messages,
        fields=field_values(card, scored_at=scored_at),
        ruleset=card.ruleset,
        scored_at=scored_at,
        channel=head.channel,
        tags=tuple(sorted(head.tags)),
        is_closed=head.is_closed,
        threads=conversation.threads,
    )


def latest(conversation: Conversation) -> datetime | None:
    """When the latest message was sent."""
    return max((message.sent_at for message in conversation.messages if message.sent_at), default=None)
