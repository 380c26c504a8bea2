"""Groups of the customers there are when a quarter of a year begins, by how they were treated before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import TypeVar

from .customers import Spell, spells
from .intensity_and_engagement import REACH, engagement
from .material import Material
from .months import Months, allowed, shifted
from .perceived_empathy import is_complete, perceived
from .rows import Interaction, Subscription
from .survival import Stay

SEGMENTS = ("lower third", "middle third", "upper third")
CROSSED = tuple(
    f"{engaged}, {felt}"
    for engaged in ("engaged", "less engaged")
    for felt in ("felt empathy", "felt little empathy")
)
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Followed:
    """One customer over one quarter, in the group of customers they were in when it began."""

    spell: Spell
    group: str
    turn: int
    """Which quarter of the report it is, from 0."""

    @property
    def stay(self) -> Stay:
        """The quarter on a scale of quarters."""
        return Stay(self.turn + 1, self.spell.has_left, since=self.turn)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Those customers of one quarter of whom something is known, with their groups."""

    by_empathy: Sequence[tuple[Spell, str]]
    """By thirds of the empathy they received."""
    crossed: Sequence[tuple[Spell, str]]
    """By engagement (upper third or not) and perceived empathy (half or more)."""


def treatment(material: Material, subscriptions: Sequence[Subscription], quarter: Months) -> Treatment:
    """The groups of the customers there are when a quarter begins, by the three months before it."""
    before = Months(shifted(quarter.first, -3), shifted(quarter.first, -1))
    here = {each.contact: each for each in spells(subscriptions, quarter)}
    talks = [each for each in material.interactions(before) if each.contact in here]
    thirds = segments(empathy_received(talks, until=quarter.start_at))
    upper = set(segments(engagement(talks, until=quarter.start_at)).get(SEGMENTS[2], ()))
    answers = (each for each in material.customer_answers(before) if is_complete(each))
    felt = {each.contact: perceived(each) for each in answers if each.contact in here}
    return Treatment(
        [(here[contact], third) for third, contacts in thirds.items() for contact in contacts],
        [
            (here[contact], _crossed(is_engaged=contact in upper, felt=value))
            for contact, value in felt.items()
            if contact is not None
        ],
    )


def _crossed(*, is_engaged: bool, felt: float) -> str:
    engaged = "engaged" if is_engaged else "less engaged"
    return f"{engaged}, {'felt empathy' if felt >= 50 else 'felt little empathy'}"


def grouped(
    quarters: Iterable[Iterable[tuple[Spell, str]]], period: Months, names: Sequence[str]
) -> dict[str, tuple[Followed, ...]]:
    """The customers of each group, from the quarters in which it is large enough."""
    rows = [
        Followed(spell, group, turn)
        for turn, found in enumerate(quarters)
        for spell, group in sorted(found, key=_contact)
    ]
    given = allowed(
        rows,
        period,
        at=lambda each: each.spell.over.start_at,
        person=lambda each: each.spell.contact,
        groups=lambda each: (("group", each.group),),
    )
    return {name: given.of("group", name) for name in names}


def _contact(pair: tuple[Spell, str]) -> str:
    return pair[0].contact


def empathy_received(talks: Iterable[Interaction], *, until: datetime) -> dict[str, float]:
    """Each customer's mean empathy over the 90 days before an instant."""
    found: dict[str, list[int]] = defaultdict(list)
    for talk in talks:
        if talk.contact and talk.empathy is not None and until - REACH <= talk.at < until:
            found[talk.contact].append(talk.empathy)
    return {contact: fmean(values) for contact, values in found.items()}


def segments(values: Mapping[K, float]) -> dict[str, list[K]]:
    """The thirds of some customers, the same value always in the same third."""
    if not values:
        return {}
    ranked = sorted(values.values())
    limits = [ranked[min(len(ranked) - 1, len(ranked) * third // 3)] for third in (1, 2)]
    found: dict[str, list[K]] = defaultdict(list)
    for key, value in values.items():
        found[SEGMENTS[sum(value >= limit for limit in limits)]].append(key)
    return found
