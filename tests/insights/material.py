"""Rows made by hand, for the reports to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.insights.material import Choices
from connector.insights.months import Months
from connector.insights.origins import Origins
from connector.insights.rows import (
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


@dataclass(frozen=True)
class Handmade:
    """A `Material` of given rows."""

    choices: Choices = field(default_factory=Choices)
    interaction_rows: Sequence[Interaction] = ()
    customer_answer_rows: Sequence[CustomerAnswer] = ()
    employee_answer_rows: Sequence[EmployeeAnswer] = ()
    public_text_rows: Sequence[PublicText] = ()
    post_rows: Sequence[Post] = ()
    headcount_rows: Sequence[Headcount] = ()
    referral_rows: Sequence[Referral] = ()
    deal_rows: Sequence[Deal] = ()
    stage_entry_rows: Sequence[StageEntry] = ()
    subscription_rows: Sequence[Subscription] = ()
    team_figure_rows: Sequence[TeamFigure] = ()
    oversight_counts: Mapping[str, int] = field(default_factory=dict)

    def interactions(self, months: Months) -> Sequence[Interaction]:
        return _within(self.interaction_rows, months)

    def customer_answers(self, months: Months) -> Sequence[CustomerAnswer]:
        return _within(self.customer_answer_rows, months)

    def employee_answers(self, months: Months) -> Sequence[EmployeeAnswer]:
        return _within(self.employee_answer_rows, months)

    def public_texts(self, months: Months) -> Sequence[PublicText]:
        return _within(self.public_text_rows, months)

    def posts(self, months: Months) -> Sequence[Post]:
        return _within(self.post_rows, months)

    def headcounts(self, months: Months) -> Sequence[Headcount]:
        return _within(self.headcount_rows, months)

    def referrals(self, months: Months) -> Sequence[Referral]:
        return _within(self.referral_rows, months)

    def deals(self, months: Months) -> Sequence[Deal]:
        return [each for each in self.deal_rows if months.holds(each.closed_at)]

    def stage_entries(self) -> Sequence[StageEntry]:
        return self.stage_entry_rows

    def team_figures(self, months: Months) -> Sequence[TeamFigure]:
        return _within(self.team_figure_rows, months)

    def oversight(self, months: Months) -> Mapping[str, int]:
        return self.oversight_counts

    def origins(self, report: str) -> Origins:
        return Origins(sources=("Made by hand.",))

    def subscriptions(self) -> Sequence[Subscription]:
        return self.subscription_rows


def _within(rows: Sequence[Any], months: Months) -> list[Any]:
    found = [each for each in rows if months.holds(_at(each))]
    return sorted(found, key=_at)


def _at(row: Any) -> datetime:
    at: datetime = row.at
    return at
