"""Satisfaction with machines and with people among like conversations: direct standardisation over strata.

A stratum holds the answers of one quarter of a year about one topic and of one complexity. Only those in
which five customers or more of either kind answered are compared, so two periods differ by whole strata of
quarters (L-05). Topics too small for that stand together as the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .months import CUSTOMERS, Months, allowed, quarter_name, quarter_of
from .rows import Handler, Interaction

ESCALATED = "escalated"
OTHER = ""
ARMS = {Handler.BOT: "machine", Handler.ASSISTED: "machine", Handler.HUMAN: "people"}


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """What conversations are compared with: those of the same quarter, first tag and complexity."""

    quarter: str
    topic: str
    is_complex: bool


@dataclass(frozen=True, slots=True)
class Standardised:
    """Machines less people, in points, weighted by the answers of each stratum; and how many answers."""

    points: float
    answers: int


@dataclass(frozen=True, slots=True)
class _Answer:
    talk: Interaction
    arm: str
    stratum: Stratum

    @property
    def person(self) -> str:
        return self.talk.contact or self.talk.id

    @property
    def cell(self) -> str:
        return f"{self.arm} {self.stratum}"


def satisfied(talks: Iterable[Interaction]) -> tuple[int, int]:
    """(satisfied, answered)."""
    answers = [each.satisfaction for each in talks if each.satisfaction is not None]
    return sum(1 for each in answers if each >= 0.5), len(answers)


def is_complex(talk: Interaction) -> bool:
    """Three customer messages, opened again, or escalated."""
    return talk.customer_messages >= 3 or talk.reopens > 0 or ESCALATED in talk.tags


def standardised(talks: Iterable[Interaction], period: Months) -> Standardised | None:
    """The difference within strata, over the whole quarters of the period; None where nothing is alike."""
    kept = allowed(
        _pooled([each for talk in talks for each in _answers(talk, period)]),
        period,
        at=lambda each: quarter_of(each.talk.at).start_at,
        person=lambda each: each.person,
        groups=lambda each: (("cell", each.cell),),
    )
    held: dict[Stratum, dict[str, Sequence[_Answer]]] = defaultdict(dict)
    for cell in kept.values("cell"):
        rows = kept.of("cell", cell)
        held[rows[0].stratum][rows[0].arm] = rows
    total, answers = 0.0, 0
    for arms in held.values():
        if len(arms) == 2:
            (a, n), (b, m) = (satisfied(each.talk for each in arms[arm]) for arm in ("machine", "people"))
            total += (a / n - b / m) * (n + m)
            answers += n + m
    return Standardised(100 * total / answers, answers) if answers else None


def _answers(talk: Interaction, period: Months) -> Iterable[_Answer]:
    quarter = quarter_of(talk.at)
    is_whole = period.first <= quarter.first and quarter.last <= period.last
    if is_whole and talk.satisfaction is not None and talk.handler in ARMS:
        topic = min(talk.tags - {ESCALATED}, default=OTHER)
        yield _Answer(talk, ARMS[talk.handler], Stratum(quarter_name(talk.at), topic, is_complex(talk)))


def _pooled(answers: Sequence[_Answer]) -> list[_Answer]:
    """The same answers, with the topics that too few customers of one kind wrote of put together."""
    people: dict[tuple[Stratum, str], set[str]] = defaultdict(set)
    for each in answers:
        people[each.stratum, each.arm].add(each.person)
    return [
        each
        if all(len(people[each.stratum, arm]) >= CUSTOMERS.people for arm in ("machine", "people"))
        else replace(each, stratum=replace(each.stratum, topic=OTHER))
        for each in answers
    ]
