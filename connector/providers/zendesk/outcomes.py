"""What became of tickets: ratings, times, reopens and forms from the ticket export, and survey answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...errors import Unreadable, Unsupported
from ...outcomes import Fact, FactPage, Feedback, Told
from ..http import Http
from .export import Export
from .mapping import Record, instant, is_deleted, person_id, stamp
from .outcome_mapping import SURVEY, answered, facts_of, rated_with, rating_of
from .paging import pages
from .place import Place

TELLS = (Told.SATISFACTION, Told.TIMES, Told.REOPENS, Told.FORM, Told.HANDLER, Told.FEEDBACK)
SURVEYS = "/api/v2/guide/survey_responses"
FORMS = "/api/v2/ticket_forms"
EDITABLE = timedelta(days=7)
"""Answers may be changed for days and are listed by when they were begun, so the last days are read again."""
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
