"""Customers as the subscriptions tell of them, in rows of a month or a quarter of a year.

Whoever is a customer when a month begins is one row of that month, and either stays through it or leaves. A
row lies in one month alone, so the figures of two periods differ by whole months of customers: never by the
few who came or left between two dates (L-05). The same holds for quarters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from statistics import fmean

from .months import CUSTOMERS, Months
from .numbers import retention
from .rows import Subscription


@dataclass(frozen=True, slots=True)
class Spell:
    """One customer over one month or quarter, at whose beginning they were one."""

    contact: str = field(repr=False)
    over: Months
    has_left: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What months of customers, each of enough of them, say together."""

    share: float
    """0..1 who are still there after all of these months: the product of each month's retention."""
    months: int
    customer_months: int

    @property
    def yearly(self) -> float:
        """The share who stay for a year at this pace."""
        return float(self.share ** (12 / self.months))


def is_customer(subscription: Subscription, at: datetime) -> bool:
    """Whether it ran at that moment."""
    return subscription.started_at <= at and (subscription.ended_at is None or subscription.ended_at > at)


def spells(subscriptions: Iterable[Subscription], over: Months) -> list[Spell]:
    """Everybody who was a customer when these months began, once, and whether they had left by their end."""
    stays: dict[str, bool] = {}
    for each in subscriptions:
        if is_customer(each, over.start_at):
            stays[each.contact] = stays.get(each.contact, False) or is_customer(each, over.end_at)
    return [Spell(contact, over, not has_stayed) for contact, has_stayed in sorted(stays.items())]


def month_by_month(subscriptions: Sequence[Subscription], period: Months) -> list[list[Spell]]:
    """The customers of each month that had enough of them."""
    months = (spells(subscriptions, Months(month, month)) for month in period.each())
    return [those for those in months if len(those) >= CUSTOMERS.people]


def kept(months: Sequence[Sequence[Spell]]) -> Kept | None:
    """How many of the customers stayed, (E - N) / S of each month; None without a month."""
    if not months:
        return None
    shares = [retention(len(those), sum(not each.has_left for each in those), 0) or 0.0 for those in months]
    return Kept(prod(shares), len(months), sum(map(len, months)))


def mean_margin(subscriptions: Iterable[Subscription], until: datetime) -> tuple[float, int] | None:
    """The mean monthly margin of those who ever became customers before an instant, and how many they are.

    They count in fives, in the order in which they came: a margin stays with its customer, so the mean of
    those who are here today would tell, beside last month's, the margin of the one who came since.
    """
    came = sorted(
        (each.started_at, each.monthly_margin)
        for each in subscriptions
        if each.started_at < until and each.monthly_margin is not None
    )
    counted = came[: len(came) - len(came) % CUSTOMERS.people]
    return (fmean(margin for _, margin in counted), len(counted)) if counted else None
