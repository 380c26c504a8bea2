"""Where a report's rows come from, as the reports see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from .months import Months
from .origins import Origins
from .rows import (
    CustomerAnswer,
    Deal,
    EmployeeAnswer,
    Headcount,
    Interaction,
    Post,
    PublicText,
    Referral,
    StageEntry,
    Subscription,
    TeamFigure,
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the admin has told us that no data holds."""

    onboarding_days: int = 30
    """How long a customer counts as new."""
    automated_from: date | None = None
    """The day from which machines answer customers; None while they do not, or nobody said so."""
    other_changes: tuple[tuple[date, str], ...] = ()
    """What else changed, and when: listed beside every comparison of before and after."""
    discount_rate: float = 0.1
    """Of one year, for the lifetime value."""
    is_sample: bool = False
    """All rows are invented, for the demo."""


class Material(Protocol):
    """The rows of one installation; each answer covers the months asked for, oldest first."""

    choices: Choices

    def interactions(self, months: Months) -> Sequence[Interaction]: ...

    def customer_answers(self, months: Months) -> Sequence[CustomerAnswer]: ...

    def employee_answers(self, months: Months) -> Sequence[EmployeeAnswer]: ...

    def public_texts(self, months: Months) -> Sequence[PublicText]: ...

    def posts(self, months: Months) -> Sequence[Post]: ...

    def headcounts(self, months: Months) -> Sequence[Headcount]: ...

    def referrals(self, months: Months) -> Sequence[Referral]: ...

    def deals(self, months: Months) -> Sequence[Deal]: ...

    def stage_entries(self) -> Sequence[StageEntry]:
        """All of them: a stage is entered long before it matters."""

    def team_figures(self, months: Months) -> Sequence[TeamFigure]: ...

    def oversight(self, months: Months) -> Mapping[str, int]:
        """What watches over the measuring, counted: audits, disputes, withheld figures, changed policies."""

    def origins(self, report: str) -> Origins:
        """Where the figures of a report come from, and what is missing."""

    def subscriptions(self) -> Sequence[Subscription]:
        """All of them, whenever they began."""
