"""From messages to a conversation, from conversations to a contact, from a score to field values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ..model import ConversationScore, FieldValue, Status
from .reasons import shortened

WINDOW = timedelta(days=90)
HALF_LIFE = timedelta(days=30)
_SENTIMENT_BANDS = ((-0.6, "very_negative"), (-0.2, "negative"))


def feeling_at_end(sentiments: Sequence[float]) -> float | None:
    """The feeling after the last of these messages: each earlier one weighs half of the next."""
    if not sentiments:
        return None
    weights = [0.5 ** (len(sentiments) - 1 - at) for at in range(len(sentiments))]
    return round(sum(w * s for w, s in zip(weights, sentiments, strict=True)) / sum(weights), 3)


def shift(sentiments: Sequence[float]) -> float | None:
    """How the feeling moved, -2..2: the last third of the messages against the first; None under two."""
    if len(sentiments) < 2:
        return None
    part = max(1, len(sentiments) // 3)
    return round(sum(sentiments[-part:]) / part - sum(sentiments[:part]) / part, 3)


def contact_rollup(
    rows: Iterable[tuple[datetime, float | None, int | None]], now: datetime
) -> dict[str, FieldValue]:
    """The contact fields over 90 days, each conversation weighing half as much every 30 days.

    `rows` are (when, sentiment, empathy) of the contact's conversations; either value may be missing.
    """
    sums = [0.0, 0.0]
    weights = [0.0, 0.0]
    for at, *values in rows:
        age = max(now - at, timedelta(0))
        if age > WINDOW:
            continue
        weight = 0.5 ** (age / HALF_LIFE)
        for slot, value in enumerate(values):
            if value is not None:
                sums[slot] += weight * value
                weights[slot] += weight
    return {
        "empathy_contact_sentiment": round(sums[0] / weights[0], 2) if weights[0] else None,
        "empathy_contact_score": round(sums[1] / weights[1]) if weights[1] else None,
    }


def sentiment_band(sentiment: float | None) -> str:
    """The drop-down value of a sentiment."""
    if sentiment is None:
        return "not_scored"
    for limit, band in _SENTIMENT_BANDS:
        if sentiment <= limit:
            return band
    return "neutral" if sentiment < 0.2 else "positive" if sentiment < 0.6 else "very_positive"


def field_values(score: ConversationScore, *, scored_at: datetime) -> dict[str, FieldValue]:
    """The values of all our conversation fields, by their names in `manifests/fields.toml`."""
    sentiment = None if score.sentiment is None else round(score.sentiment, 2)
    return {
        "empathy_score": score.empathy if score.status is Status.SCORED else None,
        "empathy_band": score.band or score.status.value,
        "empathy_sentiment": sentiment,
        "empathy_sentiment_band": sentiment_band(sentiment),
        "empathy_needs_attention": score.needs_attention,
        "empathy_reason": shortened(score.reason_text),
        "empathy_scored_at": scored_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "empathy_sentiment_shift": None if score.sentiment_shift is None else round(score.sentiment_shift, 2),
        "empathy_intensity": score.intensity,
        "empathy_canned": bool(score.canned),
        "empathy_ruleset": score.ruleset,
    }
