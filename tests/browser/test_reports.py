"""The report pages in a real browser: charts drawn, nothing complained about, nobody kept out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.insights.registry import REPORTS
from connector.store.facts import StoredFact
from tests.fakes.wsgi import serve
from tests.web.browsers import OWN, Server, serve_two_accounts

from .axe import serious_findings
from .test_account_pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

MONTHS = 12
A_MONTH = 8
"""Customers heard each month: enough to be told of."""


def fill(server: Server) -> None:
    """A year of surveys, reviews, subscriptions and posts, for the charts to show."""
    store, now = server.app.store, server.app.now()
    days = [now - timedelta(days=31 * month + at + 20) for month in range(MONTHS) for at in range(A_MONTH)]

    def save(kind: str, values: Any) -> None:
        facts = [StoredFact(f"{at}", day, f"contact-{at}", values(at, day)) for at, day in enumerate(days)]
        store.save_facts(OWN, kind, facts, now=now)

    def ended(at: int, day: datetime) -> str | None:
        return (
            (day + timedelta(days=40)).isoformat() if at % 3 == 0 and day + timedelta(days=40) < now else None
        )

    save(
        "customer-survey",
        lambda at, _day: {"understood": 25.0 * (at % 5), "valued": 50.0, "recommend": at % 11},
    )
    save(
        "review",
        lambda at, _day: {
            "source": "google",
            "rating": 25.0 * (at % 5),
            "sentiment": (at % 5 - 2) / 2,
            "themes": ["listened"],
            "is_about_service": True,
        },
    )
    save("subscription", lambda at, day: {"ended_at": ended(at, day), "monthly_margin": 20.0})
    save(
        "employee-survey", lambda at, _day: {"team": "north", "collaboration": 25.0 * (at % 5), "calm": 50.0}
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    server = serve_two_accounts(tmp_path_factory.mktemp("reports"), base_url=None)
    fill(server)
    server.app.reporting(OWN).settle()
    with serve(server.web) as address:
        yield server, address
    server.app.store.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1024, "dark")])
def test_every_report_is_readable_and_raises_no_complaint(
    browser: Any, served: tuple[Server, str], tmp_path: Path, width: int, scheme: str
) -> None:
    server, address = served
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    signed_in(server, address, page, "lead")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    findings: dict[str, list[str]] = {}
    drawn = 0
    for each in REPORTS:
        page.goto(f"{address}/reports/{OWN}/{each.name}")
        assert page.locator("h1").inner_text() == each.question
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{each.name} scrolls sideways"
        drawn += page.locator(".chart canvas").count()
        assert page.locator(".chart canvas").count() == page.locator(".chart").count()
        page.screenshot(path=str(folder / f"report-{each.name}-{width}-{scheme}.png"), full_page=True)
        findings[each.name] = serious_findings(page.main_frame)
    page.goto(f"{address}/reports/")
    findings["list"] = serious_findings(page.main_frame)
    context.close()
    assert complaints == []
    assert drawn >= 5
    assert {name: found for name, found in findings.items() if found} == {}


def test_a_printed_report_shows_its_figures_and_no_form(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    context = browser.new_context()
    page = context.new_page()
    signed_in(server, address, page, "lead")
    page.goto(f"{address}/reports/{OWN}/brand-and-reviews")
    page.emulate_media(media="print")
    assert page.locator("dl.figures").is_visible()
    assert not page.locator("form.period").is_visible()
    assert not page.locator(".chart").first.is_visible()
    assert page.locator("details table").first.is_visible()
    context.close()
