"""Measures how fast dashboards and report pages are over a million scored conversations, and what settling,
making the reports and forgetting conversations cost (T-05).

Run: python scripts/bench_reports.py [--conversations 1000000] [--most-milliseconds 300]
The rows are made by a seeded generator and go into a fresh SQLite database; nothing of it is kept.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from connector.bootstrap import Connector
from connector.insights.registry import REPORTS
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.store.fact_tables import fact
from connector.store.tables import conversation, conversation_tag
from connector.web import create_app

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = 480
CONTACTS_PER_HUNDRED = 25
BATCH = 20_000
PERIODS = ((None, None), ("2026-01", "2026-03"), ("2025-03", "2025-12"))
ROUNDS = 3
NAME = "large"
ORIGIN = "http://127.0.0.1"
CHANNELS = ("email", "chat", "web", "sales")
TOPICS = ("billing", "delivery", "returns", "login", "sales")


def filled(folder: Path, count: int) -> Connector:
    """An application over a database with so many conversations, and rows of every other kind."""
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        queue_url=f"sqlite:///{folder}/queue.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
    )
    app = Connector(settings, now=lambda: NOW)
    (folder / "account").mkdir()
    app.connect(NAME, "local", {"path": str(folder / "account")}, None)
    chance = random.Random(7)  # noqa: S311 - the same rows every time
    put(app, conversation, (talk(chance, at, count) for at in range(count)))
    put(app, conversation_tag, (topic(chance, at) for at in range(0, count, 2)))
    put(app, fact, facts(chance, count))
    app.store.note_sync(NAME, finished_at=NOW)
    return app


def put(app: Connector, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows, many at once; a sync of them would take hours."""
    with app.store._database.writing() as connection:  # noqa: SLF001
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                connection.execute(insert(table), batch)
                batch = []
        if batch:
            connection.execute(insert(table), batch)


def moment(chance: random.Random) -> datetime:
    """Some time within the days that the rows cover."""
    return NOW - timedelta(seconds=chance.randrange(DAYS * 86_400))


def talk(chance: random.Random, at: int, count: int) -> dict[str, Any]:
    """One scored conversation."""
    felt_at = moment(chance)
    empathy = chance.choice((None, *range(0, 101, 5)))
    scored = "low" if (empathy or 0) < 40 else "fair" if (empathy or 0) < 70 else "high"
    return {
        "installation_id": 1,
        "conversation_id": f"t{at}",
        "contact_id": f"c{chance.randrange(max(1, count * CONTACTS_PER_HUNDRED // 100))}",
        "updated_at": felt_at,
        "felt_at": felt_at,
        "fingerprint": "0" * 16,
        "ruleset": "1",
        "scored_at": felt_at,
        "version": 1,
        "status": "not_applicable" if empathy is None else "scored",
        "band": "not_applicable" if empathy is None else scored,
        "empathy": empathy,
        "sentiment": round(chance.uniform(-1, 1), 2),
        "frustration": 0.1,
        "intensity": chance.choice((None, 1, 2, 3, 4, 5)),
        "needs_attention": chance.random() < 0.01,
        "reason_text": "The reply names the feeling.",
        "channel": chance.choice(CHANNELS),
        "is_closed": True,
        "handler": chance.choice(("bot", "assisted", "human", "human")),
        "customer_messages": chance.randrange(1, 6),
        "attentive": chance.choice((None, 0.0, 0.25, 0.5, 1.0)),
        "is_canned": chance.random() < 0.1,
    }


def topic(chance: random.Random, at: int) -> dict[str, Any]:
    """One topic of a conversation."""
    return {"installation_id": 1, "conversation_id": f"t{at}", "tag": chance.choice(TOPICS)}


def facts(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """What a platform tells, and what is imported."""
    for at in range(count * 2 // 3):
        values = {"resolution_minutes": chance.randrange(5, 4000), "reopens": int(chance.random() < 0.1)}
        answer = {"satisfaction": chance.choice((0, 100, 100))} if at % 3 == 0 else {}
        yield kept("outcome", f"t{at}", moment(chance), **values, **answer)
    for at in range(count // 10):
        yield from of_a_customer(chance, at)
    for at in range(4000):
        team = chance.choice(("north", "south"))
        yield kept(
            "employee-survey", f"e{at}", moment(chance), team=team, collaboration=chance.randrange(101)
        )
        yield kept(
            "review",
            f"r{at}",
            moment(chance),
            source="google",
            sentiment=chance.uniform(-1, 1),
            rating=80.0,
            is_about_service=True,
            themes=[chance.choice(("listened", "ignored"))],
        )


def of_a_customer(chance: random.Random, at: int) -> Iterator[dict[str, Any]]:
    """A subscription and a stage; every second one also answers a survey and buys."""
    who, began_at = f"c{at}", moment(chance)
    ends_at = began_at + timedelta(days=chance.randrange(600))
    ended = ends_at.isoformat() if ends_at < NOW else None
    yield kept("subscription", f"s{at}", began_at, who, ended_at=ended, monthly_margin=20.0 + at % 30)
    yield kept("stage", f"g{at}", began_at, who, stage=chance.choice(("lead", "customer")))
    if at % 2:
        items = {item: chance.randrange(101) for item in ("understood", "valued", "understood_needs")}
        about = {"survey": "service", "recommend": chance.randrange(11), "conversation": f"t{at}"}
        yield kept("customer-survey", f"a{at}", moment(chance), who, **items, **about)
        yield kept("deal", f"d{at}", moment(chance), who, is_won=True, amount=50.0)


def kept(kind: str, id_: str, at: datetime, who: str | None = None, **values: Any) -> dict[str, Any]:
    """A row as the store keeps it."""
    key = {"installation_id": 1, "kind": kind, "fact_id": id_, "at": at, "contact_id": who}
    return {**key, "values": values, "recorded_at": NOW}


def report_paths() -> list[tuple[str, dict[str, str]]]:
    """Every page and JSON of the reports, over each period."""
    return [
        (f"/reports/{NAME}/{each.name}{form}", {"from": first, "to": last} if first and last else {})
        for each in REPORTS
        for form in ("", "/export.json")
        for first, last in PERIODS
    ]


def dashboard_paths() -> list[tuple[str, dict[str, str]]]:
    """What is looked at every day: the first page, the accounts, and one of them."""
    return [(path, {}) for path in ("/", "/admin/", f"/admin/{NAME}/")]


def answer_times(app: Connector, paths: list[tuple[str, dict[str, str]]]) -> list[float]:
    """Milliseconds of every address, in turn and again."""
    web = create_app(app)
    browser = web.test_client()
    link = app.signing_in.link_for(Visitor(UserRole.ADMIN, None, None, "bench"))
    redeemed = app.signing_in.redeem(link.rpartition("/")[2])
    if redeemed is None:
        raise SystemExit("The link to sign in does not hold.")
    browser.set_cookie(web.extensions["session cookie"], redeemed[0], domain="127.0.0.1")
    times = []
    for _ in range(ROUNDS):
        for path, asked in paths:
            start = time.perf_counter()
            answer = browser.get(path, base_url=ORIGIN, query_string=asked)
            times.append(1000 * (time.perf_counter() - start))
            if answer.status_code not in (200, 202, 403):  # 403: waits for an administrator
                raise SystemExit(f"{path} answered {answer.status_code}.")
    return times


def forgotten(app: Connector, at: int, count: int) -> str:
    """Seconds that it takes to forget some conversations."""
    ids = [f"t{each}" for each in range(at, at + count)]
    start = time.perf_counter()
    app.store.record_page(NAME, records=(), gone=ids, cursor=None, now=NOW)
    return f"{count} in {time.perf_counter() - start:.1f} s"


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(0.95 * len(times))]


def summed_up(times: list[float]) -> str:
    """Median, 95th percentile and slowest."""
    middle = sorted(times)[len(times) // 2]
    return (
        f"median {middle:.1f} ms, p95 {p95(times):.1f} ms, slowest {max(times):.1f} ms, {len(times)} requests"
    )


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Fill, ask, make, ask again; exit code 1 where a page is slower than allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=1_000_000)
    parser.add_argument("--most-milliseconds", type=float, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        app = filled(Path(folder), given.conversations)
        print(f"{given.conversations:,} conversations put in within {time.perf_counter() - start:.0f} s.")
        start = time.perf_counter()
        months = app.reporting(NAME).settle()
        print(
            f"{months} months of a kind settled in {time.perf_counter() - start:.0f} s; peak {peak():.0f} MB."
        )
        dashboards = answer_times(app, dashboard_paths())
        print(f"Dashboards: {summed_up(dashboards)}.")
        waiting, before = answer_times(app, report_paths()), peak()
        print(f"Pages and JSON while nothing is made: {summed_up(waiting)}.")
        for first, last in PERIODS:
            start = time.process_time()
            made = app.reporting(NAME).prepare(first, last)
            spent = time.process_time() - start
            print(f"{made} reports made in {spent:.0f} s of CPU; peak {peak():.0f} MB, {before:.0f} before.")
        times = answer_times(app, report_paths())
        print(f"Pages and JSON of the reports over {len(PERIODS)} periods: {summed_up(times)}.")
        took = ", ".join(forgotten(app, 1_000 * each, each) for each in (1, 10, 100, 1_000))
        print(f"Conversations forgotten: {took}.")
        again = answer_times(app, report_paths())
        print(f"Pages and JSON after that: {summed_up(again)}.")
        times += again
        return 0 if max(p95(dashboards), p95(waiting), p95(times)) <= given.most_milliseconds else 1


if __name__ == "__main__":
    sys.exit(main())
