"""Zendesk's tickets and survey answers as what became of a conversation; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ...outcomes import UNKNOWN_HANDLER, ConversationFacts, Fact, Feedback, Told, five_point
from .mapping import Record, instant, person_id

SURVEY = "Zendesk CSAT"
RATED = {"good": 100.0, "bad": 0.0}


def facts_of(ticket: Record, form: str | None) -> ConversationFacts | None:
    """What one ticket of the export tells; None for one without any time."""
    at = instant(ticket.get("updated_at")) or instant(ticket.get("created_at"))
    if at is None:
        return None
    metrics = ticket.get("metric_set")
    metrics = metrics if isinstance(metrics, Mapping) else {}
    told = {Told.TIMES, Told.REOPENS} if metrics else set()
    rating = RATED.get(rating_of(ticket) or "")
    if rating is not None:
        told.add(Told.SATISFACTION)
    if form is not None:
        told.add(Told.FORM)
    handler = handler_in(ticket, metrics)
    if handler is not None:
        told.add(Told.HANDLER)
    reopens = metrics.get("reopens")
    return ConversationFacts(
        id=str(ticket["id"]),
        at=at,
        told=frozenset(told),
        satisfaction=rating,
        is_two_point=rating is not None,
        created_at=instant(ticket.get("created_at")),
        solved_at=instant(metrics.get("solved_at")),
        first_reply_minutes=first_reply_in(metrics),
        resolution_minutes=calendar(metrics.get("full_resolution_time_in_minutes")),
        reopens=reopens if isinstance(reopens, int) and reopens >= 0 else None,
        form=form,
        handler=handler,
    )


def rating_of(ticket: Record) -> str | None:
    """A rating's state: `good`, `bad`, `offered`, `unoffered`; None where none are asked for."""
    rating = ticket.get("satisfaction_rating")
    score = rating.get("score") if isinstance(rating, Mapping) else None
    return str(score).lower() if score else None


def rated_with(ticket: Record) -> str | None:
    """The comment beside a rating."""
    rating = ticket.get("satisfaction_rating")
    comment = rating.get("comment") if isinstance(rating, Mapping) else None
    return comment if isinstance(comment, str) and comment.strip() else None


def handler_in(ticket: Record, metrics: Record) -> str | None:
    """Who answered, where the platform says more than the messages do: an AI agent alone, or people after it;
    a kind we do not know is called unknown."""
    kind = ticket.get("support_type")
    if kind == "ai_agent":
        return "assisted" if metrics.get("replies") else "bot"
    return None if kind in (None, "", "agent") else UNKNOWN_HANDLER


def first_reply_in(metrics: Record) -> float | None:
    """Messaging counts in seconds, everything else in minutes."""
    found = calendar(metrics.get("reply_time_in_minutes"))
    if found is not None:
        return found
    seconds = calendar(metrics.get("reply_time_in_seconds"))
    return None if seconds is None else seconds / 60


def calendar(value: object) -> float | None:
    """The calendar figure of a metric."""
    figure = value.get("calendar") if isinstance(value, Mapping) else None
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return None
    return float(figure) if figure >= 0 else None


def answered(row: Record) -> Iterator[Fact]:
    """What one survey response tells of its ticket."""
    ticket_id = ticket_in(row)
    answers = [each for each in row.get("answers") or () if isinstance(each, Mapping)]
    if ticket_id is None or not answers:
        return
    times = [at for each in answers if (at := instant(each.get("updated_at") or each.get("created_at")))]
    at = max(times, default=datetime.fromtimestamp(0, UTC))
    rated = [rating for each in answers if (rating := on_scale(each)) is not None]
    said = [each.get("value") for each in answers if each.get("type") == "open_ended"]
    comment = next((text for text in said if isinstance(text, str) and text.strip()), None)
    satisfaction = rated[0] if rated else None
    if satisfaction is not None:
        yield ConversationFacts(ticket_id, at, frozenset({Told.SATISFACTION}), satisfaction)
    if comment:
        responder = person_id(row.get("responder_id"))
        yield Feedback(
            f"survey:{row.get('id')}", at, SURVEY, responder, ticket_id, satisfaction, None, comment
        )


def on_scale(answer: Record) -> float | None:
    """A rating as 0..100, on the scale of its question where that is given, else from 1 to 5."""
    if answer.get("type") != "rating_scale":
        return None
    question = answer.get("question")
    options = question.get("options") if isinstance(question, Mapping) else None
    values = [
        each["rating"]
        for each in (options if isinstance(options, list) else ())
        if isinstance(each, Mapping) and isinstance(each.get("rating"), int | float)
    ]
    if len(set(values)) > 1:
        return five_point(answer.get("rating"), lowest=min(values), highest=max(values))
    return five_point(answer.get("rating"))


def ticket_in(row: Record) -> str | None:
    """The ticket that a response is about."""
    for subject in row.get("subjects") or ():
        if isinstance(subject, Mapping):
            name = str(subject.get("zrn") or f"zen:{subject.get('type')}:{subject.get('id')}")
            id_ = name.rpartition(":")[2]
            if ":ticket:" in name and id_.isdecimal():
                return id_
    return None
