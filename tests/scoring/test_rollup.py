"""Messages roll up to a conversation, conversations to a contact, scores to field values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.fields import all_fields
from connector.model import ContactPast, Message, Role, Status
from connector.scoring.engine import default_engine
from connector.scoring.frustration import with_context
from connector.scoring.rollup import contact_rollup, feeling_at_end, field_values, sentiment_band, shift

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANGRY = "This is ridiculous! I have waited six weeks and nobody gives me a straight answer!"
CARING = (
    "Six weeks without an answer is far too long, and that is our fault. "
    "I have sent the replacement today and will call you tomorrow at 10 am."
)


def _conversation(*turns: tuple[str, str], past: ContactPast | None = None):
    roles = {"c": Role.CUSTOMER, "a": Role.AGENT, "b": Role.BOT}
    messages = [Message(str(at), roles[who], text) for at, (who, text) in enumerate(turns)]
    return default_engine().score_conversation("x", messages, past=past)


def test_an_upset_customer_without_a_reply_needs_attention() -> None:
    score = _conversation(("c", ANGRY))
    assert score.needs_attention
    assert score.status is Status.NOT_SCORED
    assert score.reason == "no_agent_reply"
    assert score.band == "not_scored"
    assert score.sentiment is not None


def test_a_caring_reply_ends_the_need_for_attention() -> None:
    score = _conversation(("c", ANGRY), ("a", CARING))
    assert not score.needs_attention
    assert score.band in {"fair", "high"}


def test_a_low_reply_or_a_bot_does_not() -> None:
    assert _conversation(("c", ANGRY), ("a", "Please wait patiently.")).needs_attention
    assert _conversation(("c", ANGRY), ("b", CARING)).needs_attention


def test_the_latest_messages_weigh_most() -> None:
    better = _conversation(
        ("c", ANGRY), ("a", CARING), ("c", "Thank you so much, it arrived. Great service!")
    )
    assert better.sentiment is not None
    assert better.sentiment > 0
    assert better.sentiment_shift is not None
    assert better.sentiment_shift > 0.5


def test_messages_are_read_in_the_order_they_were_sent() -> None:
    turns = [
        Message("2", Role.AGENT, CARING, sent_at=NOW),
        Message("1", Role.CUSTOMER, ANGRY, sent_at=NOW - timedelta(hours=1)),
    ]
    score = default_engine().score_conversation("x", turns)
    assert [message.id for message in score.messages] == ["1", "2"]
    assert not score.needs_attention


def test_a_conversation_of_plain_questions_needs_no_empathy() -> None:
    score = _conversation(("c", "What are your opening hours?"), ("a", "We are open from nine to five."))
    assert score.status is Status.NOT_APPLICABLE
    assert score.reason == "no_opportunity"
    assert score.band == "not_applicable"


def test_private_notes_are_not_read() -> None:
    note = Message("n", Role.AGENT, "This customer is annoying.", is_public=False)
    score = default_engine().score_conversation("x", [Message("c", Role.CUSTOMER, ANGRY), note])
    assert score.messages[1].reason == "private"
    assert score.reason == "no_agent_reply"


def test_another_language_is_not_scored() -> None:
    score = _conversation(("c", "Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet mir."))
    assert score.status is Status.NOT_SCORED
    assert score.reason == "language"
    assert score.sentiment is None


def test_the_fields_are_those_of_the_manifest() -> None:
    values = field_values(_conversation(("c", ANGRY), ("a", CARING)), scored_at=NOW)
    assert set(values) == {field.name for field in all_fields() if field.on == "conversation"}
    assert values["empathy_scored_at"] == "2026-11-01T12:00:00Z"
    assert isinstance(values["empathy_reason"], str)
    assert len(values["empathy_reason"]) <= 255


def test_an_unscored_conversation_leaves_the_score_blank() -> None:
    values = field_values(_conversation(("b", "Ticket received.")), scored_at=NOW)
    assert values["empathy_score"] is None
    assert values["empathy_band"] == "not_scored"
    assert values["empathy_sentiment"] is None
    assert values["empathy_sentiment_band"] == "not_scored"
    assert values["empathy_needs_attention"] is False


@pytest.mark.parametrize(
    ("sentiment", "band"),
    [(-0.6, "very_negative"), (-0.2, "negative"), (0.0, "neutral"), (0.2, "positive"), (0.6, "very_positive"),
     (None, "not_scored")],
)  # fmt: skip
def test_sentiment_bands(sentiment: float | None, band: str) -> None:
    assert sentiment_band(sentiment) == band


def test_a_contact_rolls_up_over_ninety_days_with_a_half_life_of_thirty() -> None:
    rows = [(NOW, 1.0, 80), (NOW - timedelta(days=30), -1.0, 20), (NOW - timedelta(days=91), -1.0, 0)]
    assert contact_rollup(rows, NOW) == {
        "empathy_contact_sentiment": pytest.approx(0.33),
        "empathy_contact_score": 60,
    }
    assert contact_rollup([], NOW) == {"empathy_contact_sentiment": None, "empathy_contact_score": None}


def test_a_shift_needs_two_messages() -> None:
    assert shift([0.5]) is None
    assert shift([-0.5, 0.5]) == 1.0
    assert feeling_at_end([]) is None


def test_earlier_contacts_and_waiting_raise_what_is_shown_and_never_what_is_not() -> None:
    past = ContactPast(conversations_30d=4, last_frustration=0.8)
    assert with_context(0.5, past=past) > 0.5
    assert with_context(0.0, past=past) == 0.0
    late = with_context(0.5, sent_at=NOW, unanswered_since_at=NOW - timedelta(days=3))
    assert late > 0.5
    assert with_context(1.0, past=past) == 1.0
