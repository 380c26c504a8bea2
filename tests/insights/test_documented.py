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
