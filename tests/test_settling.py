"""Reports of settled months on a whole account: what is erased, disputed or comes late shows nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from connector.bootstrap import Connector
from connector.demo import copy_year, keep_year
from connector.insights.registry import REPORTS
from connector.opening import COMMAND_PATIENCE
from connector.privacy.erasure import Because
from connector.settings import Settings
from connector.store.facts import StoredFact
from connector.sync import Options
from connector.web.reports import rows

NAME = "shop"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
SPANS = ((None, None), ("2026-01", "2026-01"))


@pytest.fixture(scope="module")
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: list[datetime]) -> Connector:
    folder: Path = tmp_path_factory.mktemp("settled")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
    )
    app = Connector(settings, now=lambda: clock[0])
    (folder / "account").mkdir()
    year = copy_year(folder / "account", NOW)
    app.connect(NAME, "local", {"path": str(folder / "account")}, None)
    keep_year(app, NAME, year)
    app.sync(NAME, Options(), patience=COMMAND_PATIENCE)
    return app


def every_report(app: Connector) -> dict[Any, Any]:
    """All reports over several periods, as a page, JSON and CSV show them; audits count what was done."""
    told = {}
    for listed in REPORTS:
        for first, last in SPANS:
            content = app.reporting(NAME).report(listed.name, first, last).as_json()
            content["tables"] = [
                each for each in content["tables"] if each["title"] != "Audits and oversight"
            ]
            told[listed.name, first, last] = (
                {**content, "sources": ()},
                [line for line in rows(content) if line[1] != "Audits and oversight"],
            )
    return told


def unsubscribed(app: Connector, count: int, first: int) -> None:
    """So many of those who stayed turn out to have left in January."""
    held = {each.id: each for each in app.store.facts(NAME, "subscription")}
    stayed = [each for each in held.values() if each.values["ended_at"] is None and "customer" in each.id]
    left_at = datetime(2026, 1, 15, tzinfo=UTC).isoformat()
    changed = [
        StoredFact(each.id, each.at, each.contact_id, {**each.values, "ended_at": left_at})
        for each in stayed[first : first + count]
    ]
    app.store.save_facts(NAME, "subscription", changed, now=app.now())


@pytest.mark.slow
def test_what_concerns_fewer_than_five_customers_changes_no_report(
    app: Connector, clock: list[datetime]
) -> None:
    before = every_report(app)
    contacts = sorted({each.contact_id for each in app.store.facts(NAME, "stage") if each.contact_id})[:3]
    for contact_id in contacts:
        app.erasing.erase(app.installation(NAME), contact_id, because=Because.REQUEST, actor="somebody")
    unsubscribed(app, 3, 0)
    clock[0] += timedelta(days=1)
    assert every_report(app) == before
    assert set(app.store.contact_ids(NAME)).isdisjoint(contacts)


@pytest.mark.slow
def test_what_concerns_enough_customers_is_followed(app: Connector, clock: list[datetime]) -> None:
    before = app.reporting(NAME).report("churn-by-empathy", None, None)
    unsubscribed(app, 8, 0)
    clock[0] += timedelta(days=1)
    after = app.reporting(NAME).report("churn-by-empathy", None, None)
    stayed, stays = before.figures[0], after.figures[0]
    assert stayed.value is not None
    assert stays.value is not None
    assert stays.value < stayed.value
