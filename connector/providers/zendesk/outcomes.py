"""What became of tickets: ratings, times, reopens and forms from the ticket export, and survey answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ...errors import Unreadable, Unsupported
from ...outcomes import UNKNOWN_HANDLER, ConversationFacts, Fact, FactPage, Feedback, Told, five_point
from ..http import Http
from .export import Export
from .mapping import Record, instant, is_deleted, person_id, stamp
from .paging import pages
from .place import Place

TELLS = (Told.SATISFACTION, Told.TIMES, Told.REOPENS, Told.FORM, Told.HANDLER, Told.FEEDBACK)
SURVEYS = "/api/v2/guide/survey_responses"
FORMS = "/api/v2/ticket_forms"
EDITABLE = timedelta(days=7)
"""Answers may be changed for days and are listed by when they were begun, so the last days are read again."""
SURVEY = "Zendesk CSAT"
RATED = {"good": 100.0, "bad": 0.0}
NO_SURVEYS = "its plan or this token has no satisfaction surveys"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the telling stands."""

    place: Place
    answers_from: datetime | None = None
    is_rated: bool = False
    """A ticket has shown that ratings are asked for."""

    @classmethod
    def read(cls, text: str | None) -> Progress:
        """The stored one; the beginning for none, or one that is not ours."""
        try:
            held = json.loads(text or "{}")
            place = Place.read(held.get("place"))
            return cls(place or Place(), instant(held.get("answers")), bool(held.get("rated")))
        except (ValueError, AttributeError):
            return cls(Place())

    def text(self) -> str:
        """As the store keeps it."""
        held = {"place": self.place.text(), "rated": self.is_rated}
        if self.answers_from:
            held["answers"] = self.answers_from.isoformat()
        return json.dumps(held, separators=(",", ":"))


class Outcomes:
    """Tells an account's facts: one request a day for its tickets, one for its surveys, while it is quiet."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._export = Export(http, include="metric_sets")
        self._forms: dict[str, str] | None = None

    def pages(self, since: str | None) -> Iterator[FactPage]:
        """See `Provider.outcomes`."""
        progress = Progress.read(since)
        repeats: set[str] = set()
        while True:
            batch, place = self._export.read(progress.place)
            facts: list[Fact] = []
            is_rated = progress.is_rated
            for ticket in batch.tickets:
                place = place.past(str(ticket["id"]), stamp(ticket))
                if not is_deleted(ticket):
                    is_rated = is_rated or rating_of(ticket) is not None
                    facts += self._facts_of(ticket)
            if batch.after:
                place = place.turned(batch.after, start=place.start)
            progress = replace(progress, place=place, is_rated=is_rated)
            yield FactPage(tuple(facts), progress.text())
            if batch.is_last or batch.after in repeats:
                break
            repeats.add(batch.after or "")
        yield from self._answers(progress)

    def _facts_of(self, ticket: Record) -> Iterator[Fact]:
        facts = facts_of(ticket, self._form_name(ticket))
        if facts is None:
            return
        yield facts
        comment = rated_with(ticket)
        if comment and facts.satisfaction is not None:
            contact_id = person_id(ticket.get("requester_id"))
            yield Feedback(
                f"rating:{facts.id}",
                facts.at,
                SURVEY,
                contact_id,
                facts.id,
                facts.satisfaction,
                None,
                comment,
            )

    def _form_name(self, ticket: Record) -> str | None:
        form_id = ticket.get("ticket_form_id")
        if form_id is None:
            return None
        if self._forms is None:
            self._forms = {}
            try:
                for page in pages(self._http, FORMS):
                    for form in page.get("ticket_forms") or ():
                        self._forms[str(form.get("id"))] = str(form.get("name") or "")[:80]
            except (Unreadable, Unsupported):
                pass  # tickets name their form all the same, by its id
        return self._forms.get(str(form_id)) or str(form_id)

    def _answers(self, progress: Progress) -> Iterator[FactPage]:
        now = self._http.gate.now()
        params = {}
        if progress.answers_from is not None:
            begun = progress.answers_from - EDITABLE
            params["filter[created_at_start]"] = str(int(begun.timestamp() * 1000))
        missing: Mapping[Told, str] = {Told.FEEDBACK: NO_SURVEYS}
        if not progress.is_rated:
            missing = {**missing, Told.SATISFACTION: NO_SURVEYS}
        try:
            for page in pages(self._http, SURVEYS, params=params):
                facts = [fact for row in page.get("survey_responses") or () for fact in answered(row)]
                yield FactPage(tuple(facts), progress.text())
            missing = {}
        except (Unreadable, Unsupported):
            pass  # the account has none (BEHAVIOR 30); its ratings came with its tickets
        yield FactPage((), replace(progress, answers_from=now).text(), missing)


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
