"""A stand-in of Zendesk with years of tickets, which are made up when they are asked for.

Run: PYTHONPATH=. python scripts/large_desk.py [--tickets 1000000]
Prints its address and a token. GET /figures says how much was read and written. Our own writes move a ticket
to the end of the export, as they do at Zendesk, and leave an event each. There is no limit to the calls, and
a job is done when it is first asked about.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import written_talk
from werkzeug import Response

from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_call import Call, envelope
from tests.fakes.zendesk_exports import UNSEEN, start_time
from tests.fakes.zendesk_limits import Window
from tests.fakes.zendesk_records import Change, Comment, Event, Ticket, User, as_html, epoch
from tests.fakes.zendesk_routes import ENDPOINTS, Endpoint

SEED = 4
FIRST_TICKET, FIRST_USER = 1_000, 500_000_000_000
TICKETS_PER_CONTACT = 4
AGENTS = 20
SLOT = 25
"""Seconds between two tickets; what is said in one comes within them."""
MOMENTS = (0, 8, 16)
PAGE = 1000
BOUNDLESS = 10**9
JOBS_KEPT = 100


class LargeDesk:
    """The tickets by number, and what was written to them, in the order of writing."""

    def __init__(
        self, count: int, clock: Clock | None = None, *, is_limited: bool = False, job_seconds: float = 0.0
    ) -> None:
        self.account = ZendeskAccount(clock=clock or Clock(at=None))
        for name, window in self.account.limits.windows.items():
            if not is_limited:
                self.account.limits.windows[name] = Window(BOUNDLESS, 60, window.header)
        self.count, self.job_seconds = count, job_seconds
        self.began = int((self.account.clock.now() - timedelta(days=1)).timestamp()) - count * SLOT
        self.team = [self.account.agent.id] + [
            self.account.add_user(f"Agent {n}", f"agent{n}@agents.example", role="agent", role_type=0).id
            for n in range(AGENTS - 1)
        ]
        self.values: dict[int, bytes] = {}
        self.written_at = array("L", bytes(count * array("L").itemsize))
        self.echoes = array("L")
        self.echoed_at = array("L")
        self.said: dict[int, Comment] = {}
        """Place among the echoes -> what was said meanwhile."""
        self.rows_sent = 0
        self.all_written_at: datetime | None = None
        self.jobs: dict[str, list[dict[str, Any]]] = {}
        self.heard: Callable[[str], None] = lambda _ticket_id: None
        """Called with each ticket that is updated."""

    # what was said

    def ticket(self, number: int) -> Ticket:
        """A ticket with its comments."""
        if spoken := self.account.tickets.get(FIRST_TICKET + number):
            return spoken
        at = self._instant(number, 0)
        said = written_talk.talk(random.Random(SEED * 10**9 + number))  # noqa: S311 - the same every time
        requester, agent = self._requester(number), self.team[number % AGENTS]
        comments = [
            self._comment(number, place, who, text)
            for place, (who, text) in enumerate(zip((requester, agent, requester), said, strict=True))
        ]
        last = self._instant(number, MOMENTS[-1])
        moved = datetime.fromtimestamp(self.written_at[number], UTC) if self.written_at[number] else last
        return Ticket(
            FIRST_TICKET + number,
            f"Question {number}",
            requester,
            requester,
            "email",
            at,
            moved,
            moved,
            status="solved",
            assignee_id=agent,
            comments=comments,
            values={int(key): value for key, value in json.loads(self.values.get(number, b"{}")).items()},
        )

    def say(self, number: int, text: str) -> Ticket:
        """Let the customer add a message now; the ticket is a real one of the account from here on."""
        with self.account.lock:
            ticket = self.account.tickets.setdefault(FIRST_TICKET + number, self.ticket(number))
            self.account.users[ticket.requester_id] = _customer(ticket.requester_id)
            self.said[len(self.echoes)] = self.account.add_comment(ticket, ticket.requester_id, text)
            self._moved(number, epoch(self.account.clock.now()))
            return ticket

    def _moved(self, number: int, at: int) -> None:
        self.written_at[number] = at
        self.echoes.append(number)
        self.echoed_at.append(at)

    def _comment(self, number: int, place: int, author: int, text: str) -> Comment:
        id_ = 10**12 + number * 10 + place
        at = self._instant(number, MOMENTS[place])
        return Comment(id_, author, text, as_html(text), True, "email", at, id_ * 10)

    def _instant(self, number: int, after: int) -> datetime:
        return datetime.fromtimestamp(self.began + number * SLOT + after, UTC)

    def _requester(self, number: int) -> int:
        contacts = max(1, self.count // TICKETS_PER_CONTACT)
        return FIRST_USER + number * 7_919 % contacts

    # what is asked

    def tickets_page(self, call: Call) -> Response:
        """The cursor export: every ticket not written since, then the written ones in that order."""
        asked = call.asked
        place = int(asked["cursor"]) if "cursor" in asked else self._place_of(start_time(self.account, asked))
        until = self._visible()
        page: list[int] = []
        while len(page) < PAGE and place < self.count + until:
            number = place if place < self.count else self.echoes[place - self.count]
            is_here = place >= self.count or not self.written_at[number]
            if is_here:
                page.append(number)
            place += 1
        custom = self.account.custom_fields()
        tickets = [self.ticket(number) for number in page]
        people = {each.requester_id for each in tickets}
        return envelope(
            200,
            {
                "tickets": [each.shown(call.origin, custom) for each in tickets],
                "users": [_customer(who).shown(call.origin, {}) for who in people],
                "after_cursor": str(place),
                "after_url": f"{call.origin}/api/v2/incremental/tickets/cursor.json?cursor={place}",
                "end_of_stream": place >= self.count + until,
            },
        )

    def events_page(self, call: Call) -> Response:
        """The export of events: what was said, then what was written."""
        since = start_time(self.account, call.asked)
        page, is_end = self._events(since)
        end = epoch(page[-1].at) if page else since
        if len(page) >= PAGE and end == since:  # all of one second, however many
            end = since + 1
        shown = [each.shown(whole_comments=True, change_shape="audit") for each in page]
        return envelope(
            200, {"ticket_events": shown, "end_time": end if page else None, "end_of_stream": is_end}
        )

    def _events(self, since: int) -> tuple[list[Event], bool]:
        page: list[Event] = []
        for event in self._events_from(since):
            is_full = len(page) >= PAGE
            if is_full and not (epoch(page[0].at) == since == epoch(event.at)):
                return page, False
            page.append(event)
        return page, True

    def _events_from(self, since: int) -> Iterator[Event]:
        number = min(self.count, max(0, (since - self.began) // SLOT))
        for each in range(number, self.count):
            for comment in self.ticket(each).comments[: len(MOMENTS)]:
                if epoch(comment.created_at) >= since:
                    ticket_id = FIRST_TICKET + each
                    event = Event(comment.audit_id, ticket_id, comment.created_at, comment.author_id, "email")
                    event.comment = comment
                    yield event
        for at in range(self._first_echo(since), self._visible()):
            yield self._echo(at)

    def _echo(self, at: int) -> Event:
        number = self.echoes[at]
        id_ = 10**15 + at * 100
        written_at = datetime.fromtimestamp(self.echoed_at[at], UTC)
        if comment := self.said.get(at):
            event = Event(id_, FIRST_TICKET + number, written_at, comment.author_id, "email")
            event.comment = comment
            return event
        event = Event(id_, FIRST_TICKET + number, written_at, self.account.admin.id, "api")
        values = json.loads(self.values[number])
        event.changes = [Change(id_ + place, *row, None) for place, row in enumerate(values.items(), 1)]
        return event

    def alone(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint about one ticket, which is a real one of the account while it is asked for."""

        def answer(call: Call, ticket_id: int) -> Response:
            tickets, users, number = self.account.tickets, self.account.users, ticket_id - FIRST_TICKET
            if ticket_id in tickets or not 0 <= number < self.count:
                return endpoint(call, ticket_id)
            ticket = tickets[ticket_id] = self.ticket(number)
            users[ticket.requester_id] = _customer(ticket.requester_id)
            try:
                return endpoint(call, ticket_id)
            finally:
                del tickets[ticket_id], users[ticket.requester_id]

        return answer

    def update(self, call: Call) -> Response:
        """Rows of values, kept at once."""
        self.account.clock.tick(self.job_seconds)
        rows, now = call.body("tickets"), epoch(self.account.clock.now())
        results = []
        for row in rows:
            number = int(row["id"]) - FIRST_TICKET
            sent = {
                str(each["id"]): each["value"] for each in row["custom_fields"] if each["value"] is not None
            }
            values = json.dumps(sent).encode()
            self.rows_sent += 1
            self.heard(str(row["id"]))
            if self.values.get(number) != values:
                self.values[number] = values
                self._moved(number, now)
                if spoken := self.account.tickets.get(int(row["id"])):
                    spoken.values = {int(key): value for key, value in sent.items()}
            results.append({"id": int(row["id"]), "action": "update", "success": True, "status": "Updated"})
        if len(self.values) == self.count and self.all_written_at is None:
            self.all_written_at = self.account.clock.now()
        job_id = f"V3-{self.rows_sent:032x}"
        self.jobs[job_id] = results
        if len(self.jobs) > JOBS_KEPT:
            del self.jobs[next(iter(self.jobs))]
        return envelope(200, {"job_status": self._job(job_id, "queued")})

    def job_statuses(self, call: Call) -> Response:
        wanted = [one for one in call.asked["ids"].split(",") if one in self.jobs]
        return envelope(200, {"job_statuses": [self._job(one, "completed") for one in wanted]})

    def job_status(self, _call: Call, job_id: str) -> Response:
        return envelope(200, {"job_status": self._job(job_id, "completed")})

    def _job(self, job_id: str, status: str) -> dict[str, Any]:
        is_done = status == "completed"
        results = self.jobs[job_id]
        return {
            "id": job_id,
            "job_type": "Bulk Update Ticket",
            "url": f"/api/v2/job_statuses/{job_id}.json",
            "total": len(results),
            "progress": len(results) if is_done else None,
            "status": status,
            "message": None,
            "results": results if is_done else None,
        }

    def _place_of(self, since: int) -> int:
        return min(self.count, max(0, (since - self.began) // SLOT))

    def _visible(self) -> int:
        """How many writes are older than the last minute."""
        until = epoch(self.account.clock.now() - UNSEEN)
        return self._first_echo(until + 1)

    def _first_echo(self, since: int) -> int:
        low, high = 0, len(self.echoed_at)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.echoed_at[middle] < since else (low, middle)
        return low

    def figures(self) -> dict[str, Any]:
        """What was written, and what the stand-in itself takes."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "written": len(self.values),
            "changes": len(self.echoes),
            "rows_sent": self.rows_sent,
            "stand_in_cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
            "stand_in_peak_mb": round(used.ru_maxrss / 1024),
        }


def _customer(user_id: int) -> User:
    return User(user_id, f"Customer {user_id}", f"c{user_id}@people.example")


class Served:
    """The stand-in's API over a large desk, and its figures."""

    def __init__(self, desk: LargeDesk) -> None:
        self.desk = desk
        self.app = ZendeskApp(desk.account)
        ENDPOINTS["incremental_tickets"] = desk.tickets_page
        ENDPOINTS["incremental_events"] = desk.events_page
        for name in ("one_ticket", "comments", "conversation_log"):
            ENDPOINTS[name] = desk.alone(ENDPOINTS[name])
        ENDPOINTS["put_tickets"] = desk.update
        ENDPOINTS["job_statuses"] = desk.job_statuses
        ENDPOINTS["job_status"] = desk.job_status

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/figures":
            return self.app(environ, start_response)
        told = self.desk.figures() | {"requests": dict(self.app.counts)}
        return envelope(200, told)(environ, start_response)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    given = parser.parse_args()
    desk = LargeDesk(given.tickets)
    grant = desk.account.tokens.issue(desk.account.admin.id, expires_in=None)
    with serve(Served(desk)) as origin:
        told = {"origin": origin, "token": grant.access_token, "subdomain": desk.account.subdomain}
        print(json.dumps(told), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
