"""L-05: no figure of two reports over different months differs by a few customers or colleagues alone.

What the figures are made of varies from row to row: not everybody answers, is known to be solved, or shows a
feeling. So each figure of each report is compared over many made-up accounts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.insights.material import Choices
from connector.insights.months import Months
from connector.insights.registry import REPORTS
from connector.insights.report import Figure, Report
from connector.insights.rows import (
    CustomerAnswer,
    Deal,
    EmployeeAnswer,
    Handler,
    Interaction,
    PublicText,
    Referral,
    StageEntry,
    Subscription,
)
from connector.insights.team_climate import INDICES

from .material import Handmade

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 181
WHOLE = Months("2026-01", "2026-06")
PARTS = (
    Months("2026-01", "2026-03"),
    Months("2026-04", "2026-06"),
    Months("2026-01", "2026-05"),
    Months("2026-02", "2026-06"),
)
OF_OUR_OWN_POSTS = "content-engagement"
ACCOUNTS = 12


def account(seed: int) -> Handmade:
    """A quarter of a small business in which everything that may be missing sometimes is."""
    rng = random.Random(seed)  # noqa: S311 - reproducible
    people = [f"p{number}" for number in range(rng.choice([8, 15, 30, 60]))]

    def at() -> datetime:
        return START + timedelta(days=rng.randrange(DAYS), hours=rng.randrange(24))

    def some(*values: Any, missing: int = 2) -> Any:
        return rng.choice([*[None] * missing, *values])

    talks = [
        Interaction(
            str(number),
            at(),
            contact=rng.choice(people),
            empathy=some(20, 50, 90),
            sentiment=some(-0.8, 0.0, 0.7),
            intensity=some(1, 3, 5, missing=3),
            band=rng.choice(["low", "fair", "high", "not_applicable"]),
            attentive=some(0.2, 0.8),
            needs_attention=rng.random() < 0.1,
            channel=rng.choice(["mail", "chat"]),
            tags=frozenset(rng.sample(["sales", "escalated", "billing"], rng.randrange(3))),
            form=some("one", "two"),
            handler=rng.choice([Handler.BOT, Handler.HUMAN, Handler.ASSISTED]),
            customer_messages=rng.randrange(5),
            satisfaction=some(0.0, 1.0, missing=5),
            first_reply_minutes=some(5.0, 60.0),
            resolution_minutes=some(30.0, 600.0),
        )
        for number in range(rng.randrange(40, 500))
    ]
    asked = ["understood", "valued", "understood_needs", "supported_decision", "authentic"]
    answers = [
        CustomerAnswer(
            f"a{number}",
            at(),
            "asked",
            {item: float(rng.randrange(0, 101, 25)) for item in rng.sample(asked, 3)},
            contact=rng.choice(people),
            conversation_id=some(*(each.id for each in talks)),
            team=some("north", "south"),
            recommend=some(3, 7, 10),
        )
        for number in range(rng.randrange(120))
    ]
    items = [item for index in INDICES.values() for item in index]
    colleagues = [
        EmployeeAnswer(
            f"e{number}",
            at(),
            "climate",
            rng.choice(["north", "south", "west"]),
            {item: float(rng.randrange(0, 101, 25)) for item in rng.sample(items, rng.randrange(1, 5))},
        )
        for number in range(rng.randrange(90))
    ]
    return Handmade(
        choices=Choices(automated_from=(START + timedelta(days=rng.randrange(DAYS))).date()),
        interaction_rows=talks,
        customer_answer_rows=answers,
        employee_answer_rows=colleagues,
        subscription_rows=[
            Subscription(each, at() - timedelta(days=rng.choice([0, 100, 200])), some(at()), some(10.0, 30.0))
            for each in people
        ],
        deal_rows=[
            Deal(f"d{number}", rng.choice(people), at(), rng.random() < 0.8, some(10.0, -5.0))
            for number in range(rng.randrange(120))
        ],
        referral_rows=[
            Referral(f"r{number}", at(), rng.choice(people)) for number in range(rng.randrange(40))
        ],
        public_text_rows=sorted(
            (
                PublicText(
                    f"t{number}",
                    at(),
                    rng.choice(["one", "two"]),
                    rng.random() < 0.7,
                    some(-0.8, 0.0, 0.8),
                    rating=some(0.0, 50.0, 100.0),
                    is_about_service=rng.random() < 0.8,
                    themes=frozenset(
                        rng.sample(["understood", "listened", "rude", "ignored"], rng.randrange(3))
                    ),
                )
                for number in range(rng.randrange(80))
            ),
            key=lambda each: each.at,
        ),
        stage_entry_rows=[
            StageEntry(rng.choice(people), rng.choice(["lead", "customer", "evangelist"]), at())
            for _ in range(rng.randrange(80))
        ],
    )


def shown(report: Report) -> Iterable[tuple[tuple[str, ...], Figure]]:
    """Every figure that is given, by where it stands."""
    named = [((each.label,), each) for each in report.figures]
    for table in report.tables:
        for row, figures in table.rows:
            columns = zip(table.columns[1:], figures, strict=True)
            named += [((table.title, row.split(" (")[0], column), figure) for column, figure in columns]
    named += [((each.title, point), figure) for each in report.series for point, figure in each.points]
    return [(name, figure) for name, figure in named if figure.value is not None]


@pytest.mark.parametrize(
    "listed", [each for each in REPORTS if each.name != OF_OUR_OWN_POSTS], ids=lambda each: each.name
)
def test_no_figure_of_two_periods_differs_by_fewer_than_five(listed: Any) -> None:
    compared = 0
    for seed in range(ACCOUNTS):
        material = account(seed)
        whole = dict(shown(listed.made(material, WHOLE)))
        for part in PARTS:
            for name, figure in shown(listed.made(material, part)):
                if name in whole:
                    compared += 1
                    more = abs(whole[name].n - figure.n)
                    assert more == 0 or more >= 5, (seed, part, name, figure.n, whole[name].n)
    assert compared
