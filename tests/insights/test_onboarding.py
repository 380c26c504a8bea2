"""How new customers feel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.insights.months import Months
from connector.insights.onboarding import first_days, newcomers, report
from connector.insights.rows import CustomerAnswer, Interaction, StageEntry, Subscription

from .material import Handmade

JANUARY = Months("2026-01", "2026-01")
FIRST = datetime(2026, 1, 5, 12, tzinfo=UTC)


def came(count: int) -> list[StageEntry]:
    return [StageEntry(f"c{at:02}", "customer", FIRST + timedelta(hours=at)) for at in range(count)]


def ticket(contact: str, sentiment: float | None, *, days: float = 1, tag: str = "billing") -> Interaction:
    hours = int(contact[1:])
    at = FIRST + timedelta(hours=hours, days=days)
    return Interaction(
        f"{contact}-{days}-{sentiment}", at, contact=contact, sentiment=sentiment, tags=frozenset({tag})
    )


def test_the_mean_is_of_customers_not_of_messages() -> None:
    said = [ticket(f"c{at:02}", 0.5) for at in range(8)]
    said += [ticket("c08", -0.5, days=1 + many / 10) for many in range(10)]
    found = report(Handmade(stage_entry_rows=came(12), interaction_rows=said), JANUARY)
    figure = found.figures[0]
    assert figure.n == 9
    assert figure.value == pytest.approx((8 * 0.5 - 0.5) / 9)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high
    assert "3 new customers said nothing we could read" in found.cautions[0]


def test_the_first_instant_counts_and_the_last_does_not() -> None:
    starts = {"c00": FIRST}
    at_once = Interaction("1", FIRST, contact="c00", sentiment=1.0)
    just_before = Interaction(
        "2", FIRST + timedelta(days=30) - timedelta(seconds=1), contact="c00", sentiment=0.5
    )
    at_the_end = Interaction("3", FIRST + timedelta(days=30), contact="c00", sentiment=-1.0)
    (only,) = newcomers(starts, [at_once, just_before, at_the_end], [], days=30)
    assert only.sentiment == pytest.approx(0.75)


def test_survey_comments_count_as_words() -> None:
    answer = CustomerAnswer("a", FIRST, "onboarding", {}, contact="c00", comment_sentiment=-0.4)
    (only,) = newcomers({"c00": FIRST}, [], [answer], days=30)
    assert only.sentiment == pytest.approx(-0.4)


def test_a_customer_came_when_first_known() -> None:
    later = FIRST + timedelta(days=9)
    found = first_days([StageEntry("c00", "customer", later), StageEntry("c00", "lead", FIRST)], [])
    assert found == {"c00": later}
    assert first_days([StageEntry("c00", "customer", later)], [Subscription("c00", FIRST)]) == {"c00": FIRST}


def test_sour_topics_need_five_customers() -> None:
    said = [ticket(f"c{at:02}", -0.6, tag="delivery") for at in range(6)]
    said += [ticket(f"c{at:02}", -0.6, tag="refund") for at in range(6, 9)]
    said += [ticket(f"c{at:02}", 0.6, tag="praise") for at in range(9, 15)]
    (topics,) = report(Handmade(stage_entry_rows=came(15), interaction_rows=said), JANUARY).tables
    assert [name for name, _ in topics.rows] == ["delivery"]


def test_too_few_newcomers_give_no_figure_but_a_reason() -> None:
    found = report(Handmade(stage_entry_rows=came(3), interaction_rows=[ticket("c00", 0.9)]), JANUARY)
    assert found.figures[0].value is None
    assert found.summary == ("Not enough data yet.",)
    nobody = report(Handmade(), JANUARY)
    assert nobody.missing[0].startswith("Nobody's first day is known.")
