"""The rows of one installation, read from the store."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from ..store import Store
from ..store.facts import ShortConversation, StoredFact
from ..store.told import DEAL, FEEDBACK, STAGE
from .material import Choices
from .months import Months, shifted
from .origins import Origins, origins
from .rows import (
    CustomerAnswer,
    Deal,
    EmployeeAnswer,
    Handler,
    Headcount,
    Interaction,
    Post,
    PublicText,
    Referral,
    StageEntry,
    Subscription,
    TeamFigure,
)

T = TypeVar("T")
_NO_ITEM = frozenset(
    ("survey", "team", "contact", "conversation", "handler", "recommend", "sentiment", "satisfaction")
)


class Rows(Protocol):
    """Where rows are read: as they were given out, or as they are."""

    def facts(
        self, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[StoredFact]: ...

    def short_conversations(self, start: datetime, end: datetime) -> Iterator[ShortConversation]: ...


class StoredMaterial:
    """A `Material` over the store, which reads each month once however many reports ask for it."""

    def __init__(self, store: Store, name: str, rows: Rows) -> None:
        self._store = store
        self._name = name
        self._rows = rows
        self.choices = choices_of(store.report_choices(name))
        self._talks: dict[str, Sequence[Interaction]] = {}
        self._facts: dict[tuple[str, str], Sequence[StoredFact]] = {}
        self._same: dict[Hashable, Any] = {}

    def interactions(self, months: Months) -> Sequence[Interaction]:
        """The conversations, each with the outcome that the platform told of it."""
        return [talk for month in months.each() for talk in self._talks_of(month)]

    def customer_answers(self, months: Months) -> Sequence[CustomerAnswer]:
        """The answers of customers: imported ones, and those of the platform that no import holds."""
        imported = list(self._within("customer-survey", months))
        held = {key for each in imported for key in _same_answer(each)}
        told = [each for each in self._within(FEEDBACK, months) if held.isdisjoint(_same_answer(each))]
        return [
            CustomerAnswer(
                id=each.id,
                at=each.at,
                survey=each.values.get("survey") or "",
                items=_items(each.values),
                contact=each.contact_id,
                conversation_id=each.values.get("conversation"),
                team=each.values.get("team"),
                handler=_handler(each.values.get("handler")),
                recommend=each.values.get("recommend"),
                comment_sentiment=each.values.get("sentiment"),
            )
            for each in sorted((*imported, *told), key=lambda each: each.at)
        ]

    def employee_answers(self, months: Months) -> Sequence[EmployeeAnswer]:
        """The anonymous answers of people on our side."""
        return [
            EmployeeAnswer(
                each.id, each.at, each.values.get("survey") or "", each.values["team"], _items(each.values)
            )
            for each in self._within("employee-survey", months)
            if "score" not in each.values
        ]

    def team_figures(self, months: Months) -> Sequence[TeamFigure]:
        """Figures of whole teams, as a survey programme gave them."""
        return [
            TeamFigure(
                each.id,
                each.at,
                each.values["team"],
                each.values.get("question") or "",
                each.values["score"],
                each.values["responses"],
            )
            for each in self._within("employee-survey", months)
            if "score" in each.values
        ]

    def public_texts(self, months: Months) -> Sequence[PublicText]:
        """Reviews and mentions."""
        found = [
            PublicText(
                id=each.id,
                at=each.at,
                source=each.values.get("source") or kind,
                is_review=kind == "review",
                sentiment=each.values.get("sentiment"),
                rating=each.values.get("rating"),
                is_about_service=bool(each.values.get("is_about_service")),
                themes=frozenset(each.values.get("themes") or ()),
            )
            for kind in ("review", "brand-mention")
            for each in self._within(kind, months)
        ]
        return sorted(found, key=lambda each: each.at)

    def posts(self, months: Months) -> Sequence[Post]:
        """Our own posts."""
        names = ("impressions", "likes", "shares", "comments", "is_empathetic")
        return [
            Post(each.id, each.at, *(each.values[name] for name in names))
            for each in self._within("post", months)
        ]

    def headcounts(self, months: Months) -> Sequence[Headcount]:
        """How many people teams had."""
        names = ("team", "at_start", "at_end", "separations")
        return [
            Headcount(each.id, each.at, *(each.values[name] for name in names))
            for each in self._within("headcount", months)
        ]

    def referrals(self, months: Months) -> Sequence[Referral]:
        """Who came because somebody recommended us."""
        return [
            Referral(each.id, each.at, each.contact_id or each.id)
            for each in self._within("referral", months)
        ]

    def deals(self, months: Months) -> Sequence[Deal]:
        """Deals that were closed."""
        return [
            Deal(each.id, each.contact_id, each.at, bool(each.values["is_won"]), each.values.get("amount"))
            for each in self._within(DEAL, months)
        ]

    def stage_entries(self) -> Sequence[StageEntry]:
        """Who reached which stage when."""
        found = self._rows.facts(STAGE)
        return [
            StageEntry(each.contact_id, each.values["stage"], each.at) for each in found if each.contact_id
        ]

    def subscriptions(self) -> Sequence[Subscription]:
        """Since when customers have been customers, and until when."""
        found = []
        for each in self._rows.facts("subscription"):
            ended_at = each.values.get("ended_at")
            found.append(
                Subscription(
                    each.contact_id or each.id,
                    each.at,
                    datetime.fromisoformat(ended_at) if ended_at else None,
                    each.values.get("monthly_margin"),
                )
            )
        return found

    def origins(self, report: str) -> Origins:
        """Where the figures of a report come from, and what is missing."""
        return origins(self._store, self._name, report)

    def oversight(self, months: Months) -> Mapping[str, int]:
        """What watched over the measuring."""
        return self._store.oversight(self._name, months.start_at, months.end_at)

    def _talks_of(self, month: str) -> Sequence[Interaction]:
        if month not in self._talks:
            one = Months(month, month)
            answers = self._satisfaction(Months(month, shifted(month, 1)))  # some answer later
            found = self._rows.short_conversations(one.start_at, one.end_at)
            self._talks[month] = [self._interaction(talk, answers.get(talk.id)) for talk in found]
        return self._talks[month]

    def _interaction(self, talk: ShortConversation, answered: float | None) -> Interaction:
        told = talk.told
        satisfaction = told.get("satisfaction") if answered is None else answered
        return Interaction(
            id=talk.id,
            at=talk.at,
            contact=self._once(talk.contact_id),
            empathy=talk.empathy,
            sentiment=self._once(talk.sentiment),
            intensity=talk.intensity,
            attentive=self._once(talk.attentive),
            is_canned=talk.is_canned,
            band=self._once(talk.band),
            needs_attention=talk.needs_attention,
            channel=self._once(talk.channel),
            tags=self._once(talk.tags),
            stage=self._once(told.get("stage")),
            form=self._once(told.get("form")),
            handler=_handler(told.get("handler") or talk.handler) or Handler.UNKNOWN,
            customer_messages=talk.customer_messages,
            reopens=int(told.get("reopens") or 0),
            satisfaction=None if satisfaction is None else satisfaction / 100,
            is_two_point=bool(told.get("is_two_point")) and answered is None,
            first_reply_minutes=told.get("first_reply_minutes"),
            resolution_minutes=told.get("resolution_minutes"),
        )

    def _once(self, value: T) -> T:
        """The same value as before, so that a million rows share what is alike."""
        same: T = self._same.setdefault(value, value)
        return same

    def _within(self, kind: str, months: Months) -> Iterable[StoredFact]:
        return (each for month in months.each() for each in self._facts_of(kind, month))

    def _facts_of(self, kind: str, month: str) -> Sequence[StoredFact]:
        if (kind, month) not in self._facts:
            one = Months(month, month)
            self._facts[kind, month] = self._rows.facts(kind, one.start_at, one.end_at)
        return self._facts[kind, month]

    def _satisfaction(self, months: Months) -> dict[str, float]:
        """Imported answers about single conversations."""
        return {
            each.values["conversation"]: each.values["satisfaction"]
            for each in self._within("customer-survey", months)
            if each.values.get("conversation") and each.values.get("satisfaction") is not None
        }


def choices_of(content: Mapping[str, Any]) -> Choices:
    """What the admin has told, from its JSON."""
    start = content.get("automated_from")
    defaults = Choices()
    return Choices(
        onboarding_days=int(content.get("onboarding_days", defaults.onboarding_days)),
        automated_from=date.fromisoformat(start) if start else None,
        other_changes=tuple(
            (date.fromisoformat(day), what) for day, what in content.get("other_changes", ())
        ),
        discount_rate=float(content.get("discount_rate", defaults.discount_rate)),
        is_sample=bool(content.get("is_sample")),
    )


def _same_answer(each: StoredFact) -> Iterator[tuple[str, ...]]:
    """What an answer is known by wherever it comes from: its conversation, or its customer and day."""
    if conversation := each.values.get("conversation"):
        yield "conversation", conversation
    elif each.contact_id:
        yield "contact", each.contact_id, each.at.date().isoformat()


def _items(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: value
        for name, value in values.items()
        if name not in _NO_ITEM and isinstance(value, int | float)
    }


def _handler(word: str | None) -> Handler | None:
    return None if not word else Handler(word) if word in tuple(Handler) else Handler.UNKNOWN
