"""The view beside a ticket, in Zendesk's sidebar and on HubSpot's card, over a million tickets (T-05).

Run: PYTHONPATH=. python scripts/bench_views.py --folder DIR [--requests 2000]
DIR is what `bench_backfill.py --folder DIR` left. The server is a process of its own. For the card
the account is made HubSpot's, since how the scores came there is not what is measured, then Zendesk's again.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import requests
from large_desk import SEED
from processes import HOST, command_line, free_port, running, wait_for_server

from tests.fakes.zendesk_app import claims_of, key_file, token_for

AT_ONCE = (1, 8)
SECRET = "fake-client-secret-of-a-hubspot-app"  # noqa: S105 - of the stand-in
PORTAL = "4711"
MOST_P95_MS, MOST_P99_MS = 300, 2000

Ask = Callable[[str], requests.Response]


def sidebar(origin: str, subdomain: str) -> Ask:
    """Asks for a ticket as the page does that Zendesk opened."""
    token = token_for(claims_of(datetime.now(UTC), subdomain, 7))
    page = requests.post(
        f"{origin}/zendesk/sidebar", data={"token": token}, headers={"Host": HOST}, timeout=30
    )
    page.raise_for_status()
    start = re.search(r'<script type="application/json" id="start">(.*?)</script>', page.text)
    if start is None:
        raise SystemExit("The sidebar says nothing to start with.")
    shows = {"Host": HOST, "Authorization": f"Bearer {json.loads(start[1])['token']}"}

    def ask(ticket: str) -> requests.Response:
        body = {"ticket": ticket, "language": "en"}
        return requests.post(f"{origin}/zendesk/sidebar/ticket", json=body, headers=shows, timeout=30)

    return ask


def card(origin: str) -> Ask:
    """Asks for a ticket as HubSpot does for its card: with a signature over the address."""

    def ask(ticket: str) -> requests.Response:
        path = f"/hubspot/card?ticket={ticket}&userId=7&portalId={PORTAL}"
        timestamp = str(int(time.time() * 1000))
        source = f"GEThttps://{HOST}{path}{timestamp}".encode()
        mac = base64.b64encode(hmac.new(SECRET.encode(), source, hashlib.sha256).digest()).decode()
        headers = {"Host": HOST, "X-HubSpot-Signature-v3": mac, "X-HubSpot-Request-Timestamp": timestamp}
        return requests.get(f"{origin}{path}", headers=headers, timeout=30)

    return ask


def measured(what: str, ask: Ask, tickets: list[str]) -> bool:
    """Print the times of all answers; whether they are within the bars."""
    is_good = True
    for at_once in AT_ONCE:
        with ThreadPoolExecutor(at_once) as callers:
            times = sorted(callers.map(lambda ticket: _milliseconds(ask, ticket), tickets))
        middle, p95, p99 = (times[int(part * len(times))] for part in (0.5, 0.95, 0.99))
        is_good &= p95 < MOST_P95_MS and p99 < MOST_P99_MS
        print(
            f"{what}, {at_once} at once: median {middle:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, "
            f"slowest {times[-1]:.0f} ms of {len(times):,}"
        )
    return is_good


def _milliseconds(ask: Ask, ticket: str) -> float:
    began = time.perf_counter()
    answer = ask(ticket)
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200 or "unread" in answer.text:
        raise SystemExit(f"The view of a ticket answered {answer.status_code}.")
    return took


def make_it(database: Path, provider: str, account_id: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE installation SET provider = ?, account_id = ?", (provider, account_id))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--requests", type=int, default=2000)
    given = parser.parse_args()
    database = given.folder / "work/var/connector.db"
    with closing(sqlite3.connect(database)) as connection:
        [(account_id,)] = connection.execute("SELECT account_id FROM installation")
        ids = [row[0] for row in connection.execute("SELECT conversation_id FROM conversation")]
    chosen = random.Random(SEED).choices(ids, k=given.requests)  # noqa: S311 - the same every time
    print(f"{len(ids):,} conversations; seed {SEED}")
    port = free_port()
    cli = command_line(
        given.folder / "work",
        CONNECTOR_ZENDESK_APP_KEY_FILE=str(key_file(given.folder)),
        CONNECTOR_HUBSPOT_CLIENT_ID="fake-id",
        CONNECTOR_HUBSPOT_CLIENT_SECRET=SECRET,
    )
    with running(cli, ("serve", "--port", str(port))):
        origin = f"http://127.0.0.1:{port}"
        print(f"the server answers after {wait_for_server(port):.1f} s")
        is_good = measured("sidebar", sidebar(origin, account_id), chosen)
        make_it(database, "hubspot", PORTAL)
        try:
            is_good &= measured("card", card(origin), chosen)
        finally:
            make_it(database, "zendesk", account_id)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
