"""What `make demo` leaves behind: scores, and a year of sample data that fills every report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.bootstrap import Connector
from connector.demo import RECENT, copy_year, keep_year
from connector.insights.registry import REPORTS, SAMPLE, Listed
from connector.insights.report import Figure, Report
from connector.opening import COMMAND_PATIENCE
from connector.sample_year import sample_year
from connector.settings import Settings
from connector.sync import Options
from connector.web.reports import EXPORT_HEADER, rows

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Connector:
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
    )
    app = Connector(settings, now=lambda: NOW)
    (folder / "account").mkdir()
    year = copy_year(folder / "account", NOW)
    app.connect("demo", "local", {"path": str(folder / "account")}, None)
    keep_year(app, "demo", year)
    app.sync("demo", Options(), patience=COMMAND_PATIENCE)
    return app


def groups(report: Report) -> Iterator[tuple[str, list[Figure]]]:
    """The figures of each part of a report."""
    for figure in report.figures:
        yield figure.label, [figure]
    for table in report.tables:
        if table.rows:
            yield table.title, [cell for _, cells in table.rows for cell in cells]
    for series in report.series:
        yield series.title, [figure for _, figure in series.points]


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_after_the_demo_every_part_of_every_report_has_figures(app: Connector, listed: Listed) -> None:
    report = app.reporting("demo").report(listed.name, None, None)
    assert report.missing == ()
    assert "Not enough" not in report.summary[0]
    empty = [title for title, held in groups(report) if all(each.value is None for each in held)]
    assert empty == []


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_every_report_on_sample_data_says_so(app: Connector, listed: Listed) -> None:
    assert SAMPLE in app.reporting("demo").report(listed.name, None, None).summary


def test_a_spreadsheet_of_sample_data_says_so_in_its_first_line() -> None:
    content = {"summary": [SAMPLE], "figures": [], "tables": [], "series": []}
    ((first, *rest),) = rows(content)
    assert first == SAMPLE
    assert len(rest) == len(EXPORT_HEADER) - 1


def test_the_sample_year_is_the_same_everywhere_and_its_rows_say_sample() -> None:
    year, again = sample_year(NOW), sample_year(NOW)
    assert year == again
    assert all(each["id"].startswith("sample-") and "sample" in each["tags"] for each in year.conversations)
    assert all(fact.id.startswith("sample-") for facts in year.facts.values() for fact in facts)


def test_few_conversations_of_the_demo_wait_for_an_answer(app: Connector) -> None:
    assert 0 < app.store.overview("demo", since=NOW - RECENT, now=NOW).attention_count < 25


def test_making_the_demo_again_changes_nothing(app: Connector, tmp_path: Path) -> None:
    before = app.reporting("demo").report("brand-and-reviews", None, None)
    keep_year(app, "demo", copy_year(tmp_path, NOW))
    assert app.reporting("demo").report("brand-and-reviews", None, None) == before


def test_the_year_is_not_guarded(app: Connector) -> None:
    assert app.reporting("demo").report("churn-by-empathy", None, None).is_blocked == ""
