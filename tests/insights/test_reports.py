"""What every report keeps to, and what each is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.errors import Misconfigured
from connector.insights import (
    automation_impact,
    brand_and_reviews,
    churn_by_empathy,
    content_engagement,
    culture_and_ethics,
    intensity_and_engagement,
    journey,
    perceived_empathy,
    recovery_and_advocacy,
    sales_helpfulness,
    team_climate,
)
from connector.insights.customers import kept, mean_margin, month_by_month
from connector.insights.material import Choices
from connector.insights.months import Months
from connector.insights.registry import REPORTS, report_named
from connector.insights.report import Figure, Report
from connector.insights.rows import (
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
)
from connector.insights.strata import standardised

from .material import Handmade

JANUARY = Months("2026-01", "2026-01")
QUARTER = Months("2026-01", "2026-03")
START = datetime(2026, 1, 1, tzinfo=UTC)
NEW_YEAR = START - timedelta(days=400)


def on(day: float) -> datetime:
    """A moment so many days after the first of January."""
    return START + timedelta(days=day)


def figure(found: Report, label: str) -> Figure:
    """The figure whose label begins so."""
    return next(each for each in figures(found) if each.label.startswith(label))


def figures(found: Report) -> Iterator[Figure]:
    yield from found.figures
    for table in found.tables:
        for _, cells in table.rows:
            yield from cells
    for series in found.series:
        yield from (each for _, each in series.points)


def cell(found: Report, title: str, row: str, column: int = 0) -> Figure:
    table = next(each for each in found.tables if each.title.startswith(title))
    return next(cells for name, cells in table.rows if name == row)[column]


def talk(at: float, contact: str, **facts: Any) -> Interaction:
    return Interaction(f"{contact}-{at}", on(at), contact=contact, **facts)


def answer(at: float, who: str, items: dict[str, float], **facts: Any) -> CustomerAnswer:
    return CustomerAnswer(f"{who}-{at}", on(at), "survey", items, contact=who, **facts)


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_a_report_on_nothing_says_so_and_invents_nothing(listed: Any) -> None:
    found = listed.report(Handmade(), QUARTER)
    given = [each for each in figures(found) if each.value is not None and each.n]
    assert given == []
    assert found.summary
    json.dumps(found.as_json())
    assert found.as_json()["period"] == {"from": "2026-01", "to": "2026-03"}


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_no_report_claims_a_cause(listed: Any) -> None:
    assert "cause" not in json.dumps(listed.report(Handmade(), QUARTER).as_json()).casefold()


def test_an_unknown_report_is_answered_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match="choose one of: onboarding, perceived-empathy"):
        report_named("leaderboard")


def test_perceived_empathy_takes_answers_to_both_questions() -> None:
    rows = [answer(day, f"c{day}", {"understood": 80, "valued": 60}) for day in range(9)]
    rows.append(answer(9, "c9", {"understood": 0}))
    found = perceived_empathy.report(Handmade(customer_answer_rows=rows), JANUARY)
    assert figure(found, "Perceived empathy").value == 70
    assert figure(found, "Perceived empathy").n == 9
    assert any("1 answers lack one of the two" in each for each in found.cautions)


def test_perceived_and_observed_empathy_are_compared_conversation_by_conversation() -> None:
    rows, talks = [], []
    for at in range(12):
        talks.append(
            Interaction(f"t{at}", on(at), contact=f"c{at}", empathy=5 * at, band="fair", satisfaction=1.0)
        )
        items = {"understood": 4.0 * at + at % 3, "valued": 4.0 * at + at % 2}
        rows.append(answer(at, f"c{at}", items, conversation_id=f"t{at}"))
    found = perceived_empathy.report(Handmade(customer_answer_rows=rows, interaction_rows=talks), JANUARY)
    correlation = figure(found, "Rank correlation")
    assert correlation.value is not None
    assert correlation.value > 0.9
    assert "associated" in found.summary[0]
    alpha = figure(found, "Cronbach's alpha")
    assert alpha.value is not None
    assert alpha.value > 0.9
    assert cell(found, "Outcomes", "fair").value == 100


def test_engagement_weighs_a_month_ago_half() -> None:
    talks = [
        talk(0, "c", sentiment=1.0, intensity=1),
        talk(30, "c", sentiment=-1.0, intensity=1),
        talk(29, "quiet", sentiment=0.5),
    ]
    found = intensity_and_engagement.engagement(talks, until=on(30) + timedelta(microseconds=1))
    assert found["c"] == pytest.approx(-1 / 3, abs=1e-6)
    assert found["quiet"] == 0
    assert intensity_and_engagement.engagement([talk(0, "c", sentiment=1.0)], until=on(91)) == {}


def test_strong_feelings_are_shares_of_all_conversations_and_voices_are_refused() -> None:
    talks = [talk(day, f"c{day}", sentiment=-0.5, intensity=5, channel="email") for day in range(5)]
    talks += [talk(day, f"c{day}", sentiment=0.0, channel="chat") for day in range(5, 10)]
    found = intensity_and_engagement.report(Handmade(interaction_rows=talks), JANUARY)
    assert figure(found, "Conversations with strong feelings").value == 50
    assert figure(found, "Conversations without any").value == 50
    assert cell(found, "Strong feelings by channel", "email").value == 100
    assert "Voices, faces and physiological signals are refused" in found.cautions[0]


def test_a_customer_who_moves_on_during_a_conversation_is_counted_where_they_were() -> None:
    entries = [StageEntry("c", "lead", on(0)), StageEntry("c", "customer", on(10))]
    stages = journey.Stages(entries)
    assert stages.at(talk(9.9, "c")) == "lead"
    assert stages.at(talk(10, "c")) == "customer"
    assert stages.at(talk(-1, "c")) is None
    assert stages.at(talk(11, "c", stage="renewal")) == "renewal"


def test_the_journey_shows_conversion_and_the_lowest_stage() -> None:
    people = [f"c{at}" for at in range(10)]
    entries = [StageEntry(who, "lead", on(at)) for at, who in enumerate(people)]
    entries += [StageEntry(who, "opportunity", on(15)) for who in people[:5]]
    talks = [talk(12, who, sentiment=0.4) for who in people]
    talks += [talk(20, who, sentiment=-0.6) for who in people[:5]]
    found = journey.report(Handmade(stage_entry_rows=entries, interaction_rows=talks), JANUARY)
    assert cell(found, "Drop-off", "lead", 1).value == 50
    assert cell(found, "Drop-off", "opportunity", 1).value is None
    assert found.summary == ('Customers felt worst at the stage "opportunity" (-0.60 over 5 conversations).',)
    assert journey.in_order(entries, ["trial"]) == ["lead", "opportunity", "trial"]


def subscriptions(count: int, leavers: set[int]) -> list[Subscription]:
    ends = {at: on(5 + at % 20) for at in leavers}
    return [Subscription(f"c{at:03}", NEW_YEAR, ends.get(at), 10.0) for at in range(count)]


def received(count: int) -> list[Interaction]:
    return [talk(-20, f"c{at:03}", empathy=at % 100, band="fair") for at in range(count)]


def test_retention_is_told_by_the_empathy_received_before() -> None:
    leavers = set(range(12)) | {98, 99}
    held = Handmade(subscription_rows=subscriptions(99, leavers), interaction_rows=received(99))
    found = churn_by_empathy.report(held, QUARTER)
    table = "Customers who left, by empathy received"
    assert cell(found, table, "lower third").value == pytest.approx(100 * 12 / 33)
    assert cell(found, table, "upper third").value == pytest.approx(100 * 1 / 33)
    assert found.is_blocked
    assert "association" in found.summary[0]
    risk = figure(found, "Risk of leaving")
    assert risk.value == pytest.approx(12)
    assert risk.low is not None
    assert risk.low > 1
    assert "Fisher's exact p 0.0" in risk.note
    curves = {each.title: each for each in found.series}
    lower = curves["Share still there: lower third"].points
    assert [(quarters, each.n) for quarters, each in lower] == [("0", 33), ("1", 33)]
    assert lower[1][1].value == pytest.approx(100 * 21 / 33)
    assert "1 of 5 departures" in curves["Share still there: upper third"].points[0][1].note
    assert figure(found, "Log-rank").value is None


def test_even_departures_block_nothing() -> None:
    leavers = set(range(0, 99, 9))
    held = Handmade(subscription_rows=subscriptions(99, leavers), interaction_rows=received(99))
    assert not churn_by_empathy.report(held, QUARTER).is_blocked


def test_thirds_are_made_anew_each_quarter_and_customers_count_once_in_each() -> None:
    left_late = {at: on(100 + at) for at in range(10)}
    held = [Subscription(f"c{at:03}", NEW_YEAR, left_late.get(at), 10.0) for at in range(30)]
    before_april = [talk(60, f"c{at:03}", empathy=99 - at, band="fair") for at in range(30)]
    found = churn_by_empathy.report(
        Handmade(subscription_rows=held, interaction_rows=[*received(30), *before_april]),
        Months("2026-01", "2026-06"),
    )
    table = "Customers who left, by empathy received"
    assert [cell(found, table, third).n for third in churn_by_empathy.SEGMENTS] == [20, 20, 20]
    assert cell(found, table, "lower third").value == 0  # nobody left after a quarter of little empathy
    assert cell(found, table, "upper third").value == 50
    curve = next(each for each in found.series if each.title.endswith("upper third"))
    assert [each.value for _, each in curve.points] == [100, 100, 0]


def test_segments_of_a_period_without_a_whole_quarter_are_not_told() -> None:
    held = Handmade(subscription_rows=subscriptions(99, {1}), interaction_rows=received(99))
    found = churn_by_empathy.report(held, Months("2026-02", "2026-04"))
    assert "whole quarter" in found.missing[0]
    assert figure(found, "Customers who stayed").n == 98 * 3


def test_customers_of_today_are_retention_and_those_gained_do_not_hide_a_loss() -> None:
    held = [*subscriptions(100, set(range(5))), *(Subscription(f"n{at}", on(3)) for at in range(25))]
    stayed, gone = churn_by_empathy.stayed(kept(month_by_month(held, JANUARY)))
    assert stayed.value == pytest.approx(95)
    assert gone.value == pytest.approx(5)


def test_a_margin_stays_hidden_until_five_came() -> None:
    held = [Subscription(f"c{at}", on(at), None, 10.0 if at < 5 else 99.0) for at in range(12)]
    assert mean_margin(held, on(8.5)) == (10, 5)
    assert mean_margin(held, on(9.5)) == (pytest.approx((5 * 10 + 5 * 99) / 10), 10)
    assert mean_margin(held, on(3)) is None


def test_an_empty_cell_of_engagement_and_perceived_empathy_has_no_figure() -> None:
    held = Handmade(subscription_rows=subscriptions(30, set()), interaction_rows=received(30))
    found = churn_by_empathy.report(held, QUARTER)
    assert cell(found, "Customers who left, by engagement", "engaged, felt empathy").value is None


def test_adjusting_turns_simpsons_paradox_round() -> None:
    """Machines get the easy questions: better with people in both strata, worse with people in total."""
    talks: list[Interaction] = []

    def add(handler: Handler, tag: str, good: int, bad: int) -> None:
        talks.extend(
            Interaction(
                f"{handler}-{tag}-{at}",
                on(at % 28),
                contact=f"{handler}-{tag}-{at}",
                handler=handler,
                tags=frozenset({tag}),
                satisfaction=1.0 if at < good else 0.0,
            )
            for at in range(good + bad)
        )

    add(Handler.BOT, "password", 234, 36)
    add(Handler.BOT, "refund", 55, 25)
    add(Handler.HUMAN, "password", 81, 6)
    add(Handler.HUMAN, "refund", 192, 71)
    found = automation_impact.report(Handmade(interaction_rows=talks), QUARTER)
    raw = figure(found, "Satisfaction with a machine involved less that with people alone (raw)")
    adjusted = figure(found, "Satisfaction with a machine involved less that with people alone (adjusted)")
    assert raw.value == pytest.approx(100 * (289 / 350 - 273 / 350))
    assert raw.value > 0
    assert adjusted.value is not None
    in_strata = ((234 / 270 - 81 / 87) * 357 + (55 / 80 - 192 / 263) * 343) / 700
    assert adjusted.value == pytest.approx(100 * in_strata)
    assert adjusted.value < 0
    assert "believe the adjusted figure" in found.summary[0]
    short = automation_impact.report(Handmade(interaction_rows=talks), JANUARY)
    label = "Satisfaction with a machine involved less that with people alone (adjusted)"
    assert "whole quarter" in figure(short, label).note


def test_topics_too_small_to_compare_stand_together() -> None:
    talks = [
        talk(at, f"{handler}{at}", handler=handler, tags=frozenset({f"topic{at % 3}"}), satisfaction=good)
        for handler, good in ((Handler.BOT, 0.0), (Handler.HUMAN, 1.0))
        for at in range(6)
    ]
    found = standardised(talks, QUARTER)
    assert found is not None
    assert (found.points, found.answers) == (-100, 12)
    assert standardised([each for each in talks if each.at < on(4)], QUARTER) is None


def test_a_hand_over_counts_once_and_resolution_is_a_median_of_people_alone() -> None:
    talks = [talk(at, f"h{at}", customer_messages=3, resolution_minutes=10.0 * at) for at in range(1, 10)]
    talks.append(talk(10, "h10", customer_messages=3, resolution_minutes=100_000.0))
    talks += [talk(at, f"a{at}", handler=Handler.ASSISTED, resolution_minutes=1.0) for at in range(5)]
    talks += [talk(at, f"b{at}", handler=Handler.BOT) for at in range(5)]
    found = automation_impact.report(Handmade(interaction_rows=talks), JANUARY)
    assert cell(found, "Who handles", "machine, then people").value == 25
    assert cell(found, "Minutes", "Complex, people alone", 1).value == 55
    assert cell(found, "Minutes", "Strong feelings, machine alone", 1).value is None


def weekly(weeks: int, satisfied: int, *, first_day: float) -> list[Interaction]:
    return [
        Interaction(
            f"{first_day}-{week}-{at}",
            on(first_day + 7 * week),
            contact=f"c{week}-{at}",
            satisfaction=1.0 if at < satisfied else 0.0,
        )
        for week in range(weeks)
        for at in range(10)
    ]


def test_a_jump_is_shown_only_with_eight_weeks_on_each_side() -> None:
    change = date(2026, 3, 2)
    choices = Choices(automated_from=change, other_changes=((date(2026, 2, 1), "New opening hours"),))
    months = Months("2026-01", "2026-05")
    few = weekly(8, 6, first_day=4) + weekly(5, 8, first_day=60)
    found = automation_impact.report(Handmade(choices=choices, interaction_rows=few), months)
    assert figure(found, "Satisfied before").value == 60
    assert not [each for each in found.figures if each.label.startswith("Jump")]
    assert "2026-02-01: New opening hours" in found.cautions
    many = weekly(8, 6, first_day=4) + weekly(10, 8, first_day=60)
    found = automation_impact.report(Handmade(choices=choices, interaction_rows=many), months)
    assert figure(found, "Jump").value == pytest.approx(20)


def test_a_sales_team_with_four_answers_is_not_shown() -> None:
    items = {"understood_needs": 80.0, "supported_decision": 60.0, "authentic": 50.0}
    rows = [answer(at, f"n{at}", items, team="north") for at in range(6)]
    rows += [answer(at, f"s{at}", items, team="south") for at in range(4)]
    talks = [
        talk(at, f"n{at}", tags=frozenset({"sales"}), attentive=0.5, is_canned=at == 0) for at in range(5)
    ]
    found = sales_helpfulness.report(Handmade(customer_answer_rows=rows, interaction_rows=talks), JANUARY)
    (table,) = found.tables
    assert [name for name, _ in table.rows] == []  # with south hidden, the total would give it away
    assert figure(found, "Perceived helpfulness").value == 70
    assert figure(found, "Perceived authenticity").value == 50
    assert figure(found, "Sales replies recognised as pasted").value == 20
    larger = [*rows, *(answer(at, f"w{at}", items, team="south") for at in range(10, 12))]
    (table,) = sales_helpfulness.report(Handmade(customer_answer_rows=larger), JANUARY).tables
    assert [name for name, _ in table.rows] == ["north", "south"]


def public(at: int, sentiment: float | None, **facts: Any) -> PublicText:
    return PublicText(f"p{at}", on(at % 28), "reviews", True, sentiment, **facts)


def test_net_sentiment_of_a_hundred_texts_about_service() -> None:
    rows = [public(at, 0.8, themes=frozenset({"listened"})) for at in range(50)]
    rows += [public(at, 0.0) for at in range(50, 70)]
    rows += [public(at, -0.7, themes=frozenset({"rude"})) for at in range(70, 100)]
    rows.append(public(100, -1.0, is_about_service=False))
    found = brand_and_reviews.report(Handmade(public_text_rows=rows), JANUARY)
    assert figure(found, "Net sentiment").value == pytest.approx(20)
    assert cell(found, "What reviews speak of", "listened").value == 50
    assert cell(found, "What reviews speak of", "rude").value == 30
    assert any("1 texts that do not speak" in each for each in found.cautions)
    assert figure(found, "Kind against unkind").value == pytest.approx(100 * (50 - 30) / 80)


def test_reviews_of_quiet_months_are_told_together() -> None:
    rows = [public(at, 0.8) for at in (1, 2, 3)]
    rows += [replace(public(at, -0.8), id=f"f{at}", at=on(31 + at)) for at in range(4)]
    rows += [replace(public(at, 0.1), id=f"m{at}", at=on(60 + at)) for at in range(3)]
    january, quarter = (
        brand_and_reviews.report(Handmade(public_text_rows=rows), months) for months in (JANUARY, QUARTER)
    )
    assert figure(january, "Net sentiment").value is None
    assert any("3 texts wait for others" in each for each in january.cautions)
    assert figure(quarter, "Net sentiment").n == 7
    assert [month for month, _ in quarter.series[0].points] == ["2026-01 to 2026-02"]


def post(at: int, shown: int, likes: int, *, kind: bool) -> Post:
    return Post(f"p{at}", on(at), shown, likes, 0, 0, kind)


def test_posts_without_impressions_are_counted_and_left_out() -> None:
    rows = [post(at, 1000, 50, kind=True) for at in range(5)]
    rows += [post(at, 1000, 20, kind=False) for at in range(5, 10)]
    rows.append(post(10, 0, 3, kind=True))
    found = content_engagement.report(Handmade(post_rows=rows), JANUARY)
    difference = figure(found, "Difference")
    assert difference.value == pytest.approx(3)
    assert difference.low is not None
    assert difference.low > 0
    assert any("1 posts are left out" in each for each in found.cautions)
    assert cell(found, "Engagement rate", "empathy-focused").value == pytest.approx(5)


def employee(at: int, team: str, value: float) -> EmployeeAnswer:
    items = dict.fromkeys(("collaboration", "communication", "mutual_understanding", "felt_respected"), value)
    return EmployeeAnswer(f"{team}{at}", on(at), "climate", team, items)


def test_teams_of_seven_six_four_and_one_never_show_fewer_than_five() -> None:
    sizes = {"north": 7, "south": 6, "west": 4, "solo": 1}
    rows = [employee(at, team, 10.0 * at) for team, size in sizes.items() for at in range(size)]
    found = team_climate.report(Handmade(employee_answer_rows=rows), JANUARY)
    shown = {name for name, cells in found.tables[0].rows if any(each.value is not None for each in cells)}
    assert shown == {"north", "south"}
    assert figure(found, "Collaboration").n == 18  # 18 - 7 - 6 leaves five people together
    hidden = cell(found, "By team", "west")
    assert hidden.value is None
    assert "Too few people" in hidden.note


def test_a_lone_small_team_takes_its_neighbour_with_it() -> None:
    rows = [employee(at, team, 50) for team, size in {"north": 7, "west": 4}.items() for at in range(size)]
    found = team_climate.report(Handmade(employee_answer_rows=rows), JANUARY)
    assert all(each.value is None for _, cells in found.tables[0].rows for each in cells)
    assert figure(found, "Collaboration").n == 11


def test_recovery_repeat_purchase_referrals_and_promoters() -> None:
    answers = [
        answer(at % 28, f"a{at}", {}, recommend=10 if at < 50 else 7 if at < 80 else 3) for at in range(100)
    ]
    deals = [Deal(f"d{at}", f"b{at % 8}", on(1), is_won=True, amount=10.0) for at in range(12)]
    deals += [Deal("refund", "b7", on(2), is_won=True, amount=-10.0), Deal("lost", "b6", on(2), is_won=False)]
    sorry = [talk(1, f"c{at:03}", sentiment=-0.9, band="high" if at < 6 else "low") for at in range(12)]
    referrals = [Referral(f"r{at}", on(at), f"x{at % 6}") for at in range(8)]
    held = Handmade(
        customer_answer_rows=answers,
        deal_rows=deals,
        interaction_rows=sorry,
        referral_rows=referrals,
        subscription_rows=subscriptions(100, {6, 7, 8}),
    )
    found = recovery_and_advocacy.report(held, Months("2026-01", "2026-04"))
    score = figure(found, "Net promoter score")
    assert score.value == 30
    assert (round(score.low or 0, 1), round(score.high or 0, 1)) == (14.7, 45.3)
    assert figure(found, "Buyers who bought again").value == 50
    assert figure(found, "Referrals").value == 6  # the same person referred twice counts once
    few = replace(held, referral_rows=referrals[:4])
    assert figure(recovery_and_advocacy.report(few, Months("2026-01", "2026-04")), "Referrals").value is None
    table = "Customers who stayed 90 days"
    assert cell(found, table, "high").n == 0  # the 90 days of the first quarter are over in June
    later = recovery_and_advocacy.report(held, Months("2026-01", "2026-06"))
    assert cell(later, table, "high").value == 100
    assert cell(later, table, "low").value == 50
    assert figure(found, "Lifetime value").value == pytest.approx(120 / (1 - 0.97**3))


def test_turnover_and_the_loyalty_index_that_is_never_filled_in() -> None:
    counts = [Headcount("1", on(0), "north", 22, 20, 3)]
    found = culture_and_ethics.report(Handmade(headcount_rows=counts), QUARTER)
    turnover = figure(found, "Employees who left").value
    assert turnover is not None
    assert round(turnover, 2) == 14.29
    assert "One of its parts is missing" in figure(found, "Loyalty index").note
    people = [employee(at, "north", 80) for at in range(6)]
    held = Handmade(employee_answer_rows=people, oversight_counts={"audits": 2})
    found = culture_and_ethics.report(held, QUARTER)
    assert figure(found, "Felt respected").value == 80
    assert cell(found, "Audits", "audits").value == 2


def test_the_loyalty_index_stands_on_its_three_parts() -> None:
    assert culture_and_ethics.standardised([1, 1, 1, 1, 1, 3]) == pytest.approx(2.041, abs=0.001)
    assert culture_and_ethics.standardised([1, 2, 3]) is None
    assert culture_and_ethics.standardised([1, 2, 3, 4, 5, None]) is None
