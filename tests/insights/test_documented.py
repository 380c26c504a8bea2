"""The page about the measures tells of every one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.insights.registry import REPORTS

PAGE = (Path(__file__).parents[2] / "docs/measures.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_every_report_has_a_paragraph_and_its_measures_a_row(listed: object) -> None:
    name, measures = listed.name, listed.measures  # type: ignore[attr-defined]
    assert f"**{name}.**" in PAGE
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and f"insights {name}`" in line]
    assert set(re.findall(r"[A-Z]+\d+[a-c]?", rows[0].split("|")[1])) == set(measures)


MEASURES = (
    *(f"T{at}" for at in range(1, 9)),
    *(f"FU{at}" for at in (1, 2, 3, "4a", "4b", "4c", *range(5, 11))),
    *(f"J{at}" for at in range(1, 6)),
    *(f"MK{at}" for at in range(1, 5)),
    *(f"U{at}" for at in range(1, 9)),
    *(f"TL{at}" for at in range(1, 7)),
    *(f"AD{at}" for at in range(1, 7)),
    *(f"EA{at}" for at in range(1, 9)),
    *(f"CU{at}" for at in range(1, 7)),
    *(f"E{at}" for at in range(1, 12)),
    *("RF1", "RF2", "EX1", "EX2", "EX3", "REF"),
)
"""Every measure that was asked for."""


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_has_one_row_that_says_where_it_is(measure: str) -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| ")]
    found = [row for row in rows if measure in row[1].replace(",", " ").split()]
    assert len(found) == 1
    assert found[0][2].strip()
