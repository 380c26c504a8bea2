"""No cell of an exported table can run in a spreadsheet (S-23)."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.privacy.spreadsheet import csv_text, safe_cell

DANGEROUS = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "  =1",
        "\u00a0=1", "\ufeff=1",
        "\u200b=cmd|' /C calc'!A0", "\x00=1", "−1", "-inf",
    ],
)  # fmt: skip
def test_s23_what_could_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", " ", "a=b", "1-2", "x@y.example", "'=1", "<email>", "ä", "5", "   plain"]
)
def test_s23_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_s23_our_own_numbers_stay_numbers_and_nothing_is_empty() -> None:
    cells = [safe_cell(value) for value in (-5, -0.25, 0, 12, True, False, None)]
    assert cells == ["-5", "-0.25", "0", "12", "true", "false", ""]
    assert safe_cell(float("-inf")) == "'-inf"
    assert safe_cell(float("nan")) == "nan"


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=4
        )
    )
)
def test_s23_a_table_reads_back_and_no_cell_of_it_runs(rows: list[list[str]]) -> None:
    text = csv_text(["=a", "b"], rows)
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back[0] == ["'=a", "b"]
    assert back[1:] == [[safe_cell(cell) for cell in row] for row in rows]
    for row in back:
        assert not any(cell.strip(" \u00a0")[:1] in tuple(DANGEROUS) for cell in row if cell.strip(" \u00a0"))


@given(st.sampled_from(DANGEROUS), st.text(max_size=10))
def test_s23_whatever_follows_a_dangerous_start_is_shielded(start: str, rest: str) -> None:
    assert safe_cell(start + rest).startswith("'")
    assert safe_cell("  " + start + rest).startswith("'")


def test_s23_lines_end_and_cells_are_quoted_by_rfc_4180() -> None:
    assert csv_text(["a", "b"], [['say "hi"', "x,y"], ["one\r\ntwo", -3]]) == (
        'a,b\r\n"say ""hi""","x,y"\r\n"one\r\ntwo",-3\r\n'
    )
