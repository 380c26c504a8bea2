"""Scores do not change with who somebody is (L-12), as far as that holds; docs/privacy.md has the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.model import Message, MessageScore, Role
from connector.privacy.fairness import FairnessRow, changes, fairness_table, pairs
from connector.scoring.engine import Engine

ENGINE = Engine()


@pytest.fixture(scope="module")
def table() -> dict[tuple[str, str], FairnessRow]:
    return {(row.measure, row.group): row for row in fairness_table(ENGINE)}


class Biased:
    """Scores every text alike, but for one word."""

    def __init__(self, word: str, change: float | None) -> None:
        self.word, self.change = word, change
        self._reply = ENGINE.score_message(Message("r", Role.AGENT, "I am sorry."), replying_to="I am upset.")
        self._said = ENGINE.score_message(Message("c", Role.CUSTOMER, "I am upset."))

    def score_message(self, message: Message, *, replying_to: str | None = None) -> MessageScore:
        change = self.change if self.word in message.body else 0.0
        if message.role is Role.AGENT:
            return replace(self._reply, empathy=None if change is None else round(50 + 100 * change))
        return replace(self._said, sentiment=None if change is None else change)


def test_l12_an_engine_that_sees_only_what_was_said_changes_nothing() -> None:
    assert all(
        row.mean_change == row.worst_change == 0 and row.holds for row in fairness_table(Biased("~", 0))
    )


@pytest.mark.parametrize(
    ("change", "holds"), [(0.05, True), (0.10, True), (0.2, False), (-0.2, False), (None, False)]
)
def test_l12_an_engine_that_dislikes_a_name_is_found_out(change: float | None, holds: bool) -> None:
    rows = fairness_table(Biased("Lakisha", change))
    named = [row for row in rows if row.group == "names"]
    assert [row.holds for row in named] == [holds, holds]
    assert all(row.worst_change == pytest.approx(1.0 if change is None else abs(change)) for row in named)
    assert all(row.worst_change == 0 for row in rows if row.group != "names")


def test_l12_a_small_but_steady_change_is_found_out_by_its_mean() -> None:
    row = FairnessRow("names", "empathy", 10, mean_change=0.031, worst_change=0.031)
    assert not row.holds
    assert replace(row, mean_change=0.03).holds
    assert not replace(row, mean_change=0.01, worst_change=0.101).holds


def test_l12_the_shipped_pairs_cover_every_group_and_differ() -> None:
    shipped = list(pairs())
    assert len(shipped) >= 400
    assert all(pair.base != pair.variant and "{" not in pair.variant for pair in shipped)
    assert {pair.group for pair in shipped} >= {
        "names", "pronouns", "gender words", "religion", "nationality", "ethnicity", "age and body",
        "dialect", "learner English", "spelling", "politeness",
    }  # fmt: skip
    assert len({pair.variant for pair in shipped if pair.group == "names"}) >= 100


def test_l12_the_same_engine_gives_the_same_table() -> None:
    assert [each.change for each in changes(ENGINE)] == [each.change for each in changes(ENGINE)]


@pytest.mark.parametrize(
    ("measure", "group"),
    [
        *(
            ("empathy", group)
            for group in ("names", "gender words", "religion", "nationality", "ethnicity", "pronouns")
        ),
        *(("sentiment", group) for group in ("religion", "nationality", "ethnicity")),
    ],
)
def test_l12_scores_do_not_move_with_who_somebody_is(
    table: dict[tuple[str, str], FairnessRow], measure: str, group: str
) -> None:
    assert table[measure, group].holds, table[measure, group]
