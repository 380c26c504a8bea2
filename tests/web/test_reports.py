"""The report pages."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.insights.registry import REPORTS
from connector.jobs.work import make_reports_asked_for
from connector.store.facts import StoredFact

from .browsers import NOW, OWN, Server, later

IN_JANUARY = NOW - timedelta(days=45)
PERIOD = "?from=2026-01&to=2026-01"
XSS = "<img src=x onerror=alert(1)>"


def save(server: Server, kind: str, *facts: StoredFact) -> None:
    server.app.store.save_facts(OWN, kind, facts, now=server.app.now())


def reviews(count: int, source: str = "google") -> list[StoredFact]:
    values = {
        "source": source,
        "sentiment": 0.8,
        "rating": 100.0,
        "themes": ["listened"],
        "is_about_service": True,
    }
    return [StoredFact(f"{source}{at}", IN_JANUARY, None, values) for at in range(count)]


def gap(server: Server) -> None:
    """Customers of one third all leave, those of the others stay."""
    server.app.store.save_facts(
        OWN,
        "subscription",
        [
            StoredFact(
                f"s{at}",
                NOW - timedelta(days=400),
                f"contact-{at}",
                {"ended_at": IN_JANUARY.isoformat() if at < 10 else None},
            )
            for at in range(30)
        ],
        now=server.app.now(),
    )


@pytest.mark.parametrize("listed", REPORTS, ids=lambda each: each.name)
def test_every_report_has_a_page_even_on_nothing(server: Server, listed: object) -> None:
    name = listed.name  # type: ignore[attr-defined]
    page = server.browser("lead").get(f"/reports/{OWN}/{name}")
    assert page.status_code == 200
    assert listed.question in page.text.replace("&#39;", "'")  # type: ignore[attr-defined]
    assert "How this can mislead" in page.text


def test_the_list_names_the_questions(server: Server) -> None:
    page = server.browser("lead").get("/reports/").text
    assert page.count('href="/reports/shop/') == len(REPORTS)
    assert "/reports/elsewhere/" not in page


def test_a_page_shows_figures_with_interval_and_n_and_the_same_is_in_the_exports(server: Server) -> None:
    save(server, "review", *reviews(12))
    browser = server.browser("lead")
    page = browser.get(f"/reports/{OWN}/brand-and-reviews{PERIOD}").text
    assert "12 public texts say more good than bad" in page
    assert "n = 12" in page
    told = browser.get(f"/reports/{OWN}/brand-and-reviews/export.json{PERIOD}").json
    assert told["figures"][0]["value"] == 100
    answer = browser.get(f"/reports/{OWN}/brand-and-reviews/export.csv{PERIOD}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["value"] == "100.0"
    assert rows[0]["n"] == "12"


def test_names_from_files_are_inert(server: Server) -> None:
    save(server, "review", *reviews(6, XSS), *reviews(6, "=cmd()"))
    browser = server.browser("lead")
    page = browser.get(f"/reports/{OWN}/brand-and-reviews{PERIOD}").text
    assert XSS not in page
    assert "&lt;img src=x" in page
    answer = browser.get(f"/reports/{OWN}/brand-and-reviews/export.csv{PERIOD}").text
    assert "'=cmd()" in answer


def test_a_wrong_period_says_so_and_the_usual_one_is_shown(server: Server) -> None:
    page = server.browser("lead").get(f"/reports/{OWN}/journey?from=spring")
    assert page.status_code == 200
    assert "spring is not a month" in page.text
    assert server.browser("lead").get(f"/reports/{OWN}/journey/export.json?to=2099-01").status_code == 400
    assert server.browser("lead").get(f"/reports/{OWN}/leaderboard").status_code == 404
    assert server.browser("lead").get(f"/reports/{OWN}/journey/export.exe").status_code == 404


def test_an_export_that_could_be_misused_waits_for_an_administrator(server: Server) -> None:
    gap(server)
    content = server.app.reporting(OWN).report("churn-by-empathy", "2026-01", "2026-01").as_json()
    content["is_blocked"] = "Look at this."
    server.app.store.keep_report(OWN, "churn-by-empathy", "2026-01", "2026-01", content, now=server.app.now())
    path = f"/reports/{OWN}/churn-by-empathy"
    lead, admin = server.browser("lead"), server.browser("admin")
    assert "blocked until an administrator" in lead.get(path + PERIOD).text
    assert lead.get(f"{path}/export.csv{PERIOD}").status_code == 403
    assert lead.post(f"{path}/acknowledge").status_code == 403
    assert admin.post(f"{path}/acknowledge").status_code == 303
    server.app.store.keep_report(OWN, "churn-by-empathy", "2026-01", "2026-01", content, now=server.app.now())
    assert lead.get(f"{path}/export.csv{PERIOD}").status_code == 200


def test_a_report_made_by_the_worker_is_shown_until_it_is_old(server: Server) -> None:
    assert server.app.reporting(OWN).prepare() == len(REPORTS)
    made = server.app.reporting(OWN).shown("journey", "2025-02", "2026-01")
    later(server, hours=20)
    assert server.app.reporting(OWN).shown("journey", "2025-02", "2026-01").made_at == made.made_at
    later(server, hours=20)
    assert server.app.reporting(OWN).shown("journey", "2025-02", "2026-01").made_at > made.made_at


def test_over_a_large_account_a_report_is_made_by_a_job_and_meanwhile_the_page_waits(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.reporting.AT_ONCE", 4)
    browser, path = server.browser("lead"), f"/reports/{OWN}/journey"
    page = browser.get(path + PERIOD)
    assert page.status_code == 202
    assert page.headers["Refresh"] == "5"
    assert "This report is being made" in page.text
    assert "The worker that makes reports does not run" in page.text
    answer = browser.get(f"{path}/export.json{PERIOD}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "5")
    assert server.web.extensions["queue"].count() == 1  # asked for once
    make_reports_asked_for(server.app, OWN, "journey", "2026-01", "2026-01")
    assert browser.get(path + PERIOD).status_code == 200
    assert browser.get(f"/reports/{OWN}/onboarding{PERIOD}").status_code == 200
    later(server, hours=40)
    assert "it is being made anew" in server.browser("lead").get(path + PERIOD).text
