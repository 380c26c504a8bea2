"""How many webhooks the server takes, each on the disk before it is answered (T-01, T-02).

Run: PYTHONPATH=. python scripts/bench_intake.py [--seconds 20] [--senders 8]
The server is the one of `serve`: two gunicorn processes of four threads, SQLite with synchronous=FULL. Signed
deliveries of Zendesk, then a thousand connections at once, then HubSpot's batches of a hundred events.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hmac
import http.client
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from processes import HOST, NAME, command_line, cpu_seconds, family, free_port, running, wait_for_server

from connector.bootstrap import Connector
from connector.model import Installation
from connector.store.hints import Hook
from tests.fakes.zendesk_hooks import Webhook, event
from tests.places import settings_in

SECRET = "not-a-secret"  # noqa: S105
PORTAL = 4242
TICKETS = 5_000
BURST = 1_000
BATCH = 100
BARS = {"per second": 300, "p50": 50, "p99": 500, "slowest": 2000, "events": 5000, "burst": 5}

Delivery = tuple[str, bytes, dict[str, str]]


@dataclass
class Load:
    """Senders that each wait for an answer before the next delivery, and what they were answered."""

    port: int
    make: Callable[[int], Delivery]
    answers: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, seconds: float, senders: int) -> float:
        """Seconds it really took."""
        began = time.perf_counter()
        threads = [threading.Thread(target=self._send, args=(began + seconds,)) for _ in range(senders)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return time.perf_counter() - began

    def _send(self, until: float) -> None:
        while time.perf_counter() < until:
            with self._lock:
                self._number += 1
                number = self._number
            path, body, headers = self.make(number)
            began = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("POST", path, body, {**headers, "Host": HOST})
                told = str(connection.getresponse().status)
            except (OSError, http.client.HTTPException) as error:
                told = type(error).__name__
            connection.close()
            self.answers[told] += 1
            self.times.append(1000 * (time.perf_counter() - began))

    def percentile(self, share: float) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def from_zendesk(number: int) -> Delivery:
    """A signed delivery that names a ticket."""
    told = {**event("ticket.comment_added", 1 + number % TICKETS), "id": str(number)}
    body, headers = Webhook("hook", {}, SECRET).delivery(told, datetime.now(UTC))
    return f"/webhooks/zendesk/{NAME}", body, headers


def from_hubspot(number: int) -> Delivery:
    """A signed batch of events."""
    rows = [
        {
            "portalId": PORTAL,
            "objectId": 1 + (number * BATCH + at) % TICKETS,
            "eventId": number * BATCH + at,
            "subscriptionType": "ticket.propertyChange",
        }
        for at in range(BATCH)
    ]
    body, stamp = json.dumps(rows).encode(), str(int(time.time() * 1000))
    signed = b"POST" + f"https://{HOST}/webhooks/hubspot".encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
    return "/webhooks/hubspot", body, headers | {"Content-Type": "application/json"}


async def burst(port: int) -> tuple[Counter[str], float]:
    """A thousand connections at once, and seconds until the last answer."""
    answers: Counter[str] = Counter()

    async def one(number: int) -> None:
        path, body, headers = from_zendesk(10**9 + number)
        lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(body))}.items()]
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            answers[(await reader.readline()).split()[1].decode()] += 1
            writer.close()
        except (OSError, IndexError) as error:
            answers[type(error).__name__] += 1

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(BURST)))
    return answers, time.perf_counter() - began


def connected(folder: Path) -> Connector:
    """An application over fresh files, with an account of each platform that nobody calls."""
    app = Connector(settings_in(folder))
    for name, provider, account_id in ((NAME, "zendesk", "sample"), ("hub", "hubspot", str(PORTAL))):
        key = app.vault.new_installation_key(name)
        made = Installation(name, provider, account_id, name, {}, connected_at=app.now())
        app.store.save_installation(made, sealed_token=None, wrapped_key=key)
    sealed = app.keys(NAME).seal_hook_secret(SECRET)
    app.store.save_hooks(NAME, [Hook("events", "1", f"https://{HOST}", sealed)], now=app.now())
    return app


def told(name: str, load: Load, took: float, each: int = 1) -> float:
    """Print the figures of a load; how much there was a second."""
    rate = each * sum(load.answers.values()) / took
    print(
        f"{name}: {rate:,.0f} a second for {took:.0f} s, p50 {load.percentile(0.5):.1f} ms, "
        f"p99 {load.percentile(0.99):.1f} ms, slowest {load.percentile(1):.0f} ms, {dict(load.answers)}"
    )
    return rate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--senders", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, port = Path(scratch) / "work", free_port()
        cli = command_line(folder, CONNECTOR_HUBSPOT_CLIENT_SECRET=SECRET)
        app = connected(folder)
        with running(cli, ("serve", "--port", str(port))) as [server]:
            wait_for_server(port)
            zendesk, hubspot = Load(port, from_zendesk), Load(port, from_hubspot)
            took = zendesk.run(given.seconds, given.senders)
            per_second = told("Zendesk's deliveries", zendesk, took)
            cpu = sum(map(cpu_seconds, family(server.pid)))
            print(f"CPU: server {cpu:.0f} s, load {time.process_time():.0f} s, of {took:.0f} s on two cores")
            kept = len(app.store.hints(NAME, 10**6))
            answers, last = asyncio.run(burst(port))
            print(f"{BURST:,} connections at once: {dict(answers)}, the last answered after {last:.1f} s")
            events = told("HubSpot's events", hubspot, hubspot.run(given.seconds / 2, given.senders), BATCH)
        app.store.close()
    good = [
        per_second >= BARS["per second"],
        zendesk.percentile(0.5) < BARS["p50"],
        zendesk.percentile(0.99) < BARS["p99"],
        zendesk.percentile(1) < BARS["slowest"],
        set(zendesk.answers) | set(hubspot.answers) | set(answers) == {"200"},
        kept == min(TICKETS, sum(zendesk.answers.values())),
        last < BARS["burst"],
        events >= BARS["events"],
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
