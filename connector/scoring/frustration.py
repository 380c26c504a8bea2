"""What a conversation adds to the frustration of a message: earlier contacts, waiting, the trend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model import ContactPast


def with_context(
    frustration: float,
    *,
    earlier: Sequence[float] = (),
    past: ContactPast | None = None,
    sent_at: datetime | None = None,
    unanswered_since_at: datetime | None = None,
) -> float:
    """The frustration of a message, raised by what came before it; never where the message shows none.

    `earlier` are the frustrations of this customer's earlier messages here; `unanswered_since_at` is when the
    first message that still has no reply was sent.
    """
    if frustration < 0.1:
        return frustration
    added = 0.0
    if past is not None:
        added += 0.03 * min(past.conversations_30d, 5)
        if past.last_frustration is not None and past.last_frustration >= 0.5:
            added += 0.05
    added += 0.03 * min(len(earlier), 4)
    if earlier and frustration > earlier[-1] + 0.05:
        added += 0.04
    if sent_at is not None and unanswered_since_at is not None:
        days = (sent_at - unanswered_since_at).total_seconds() / 86_400
        added += 0.05 if days >= 2 else 0.03 if days >= 0.5 else 0.0
    return round(min(1.0, frustration + added * (1 - frustration)), 3)
