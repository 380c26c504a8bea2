"""Conversations threads and their messages, which hubspot-api-client does not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...errors import Unreadable
from ...limits import TooLarge
from ...model import Message
from ..http import Http
from .crm import next_after
from .mapping import thread_message
from .paths import THREADS
from .refusals import WAITS, NoSuchPath, Refused, decoded, refusal

THREADS_LIMIT = 500
MESSAGES_LIMIT = 100
_MOST_NAMES = 10_000
_REFUSALS = (400, 403, 404, 409, 414, 422)

Thread = Mapping[str, Any]


def ask(http: Http, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A GET's JSON object. Raises what `Http` raises, and `Refused` and Misconfigured for refusals."""
    while True:
        answer = http.call("GET", path, params=params, accept=(*_REFUSALS, *WAITS))
        if answer.status_code not in WAITS:  # else the gate knows until when
            break
    if not answer.ok:
        raise refusal(answer.status_code, answer.content, path)
    said = decoded(answer.content)
    if said is None:
        raise Unreadable(f"HubSpot answered {path} with something that is not a JSON object.")
    return said


class Threads:
    """The threads of one account, listed for the whole account wherever that is cheaper."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._prefix: str | None = None
        self.names: dict[str, str] = {}
        """What the authors of the messages read so far are called, by actor id."""

    def all(self) -> Iterator[Thread]:
        """Every thread, by id."""
        yield from self._listed({"association": "TICKET", "limit": THREADS_LIMIT})

    def newer(self, begin: datetime) -> Iterator[Thread]:
        """Threads with a message at or after `begin`."""
        after = (begin - timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        yield from self._listed(
            {
                "association": "TICKET",
                "limit": THREADS_LIMIT,
                "sort": "latestMessageTimestamp",
                "latestMessageTimestampAfter": after,
            }
        )

    def of_ticket(self, ticket_id: str) -> list[Thread]:
        """One ticket's threads."""
        params = {"association": "TICKET", "associatedTicketId": ticket_id, "limit": THREADS_LIMIT}
        return [thread for thread in self._listed(params) if ticket_of(thread) in {None, ticket_id}]

    def ticket_of(self, thread_id: str) -> str | None:
        """The ticket a thread belongs to; None when it has none, or is gone."""
        try:
            return ticket_of(self._ask(f"/{thread_id}", {"association": "TICKET"}))
        except Refused as gone:
            if gone.status != 404:
                raise
            return None

    def messages(self, threads: Iterable[Thread]) -> dict[str, list[Message]]:
        """What was said in these threads, by their ids; a thread deleted meanwhile is left out."""
        said: dict[str, list[Message]] = {}
        for thread in threads:
            path = f"/{thread['id']}/messages"
            try:
                rows = list(self._pages(path, {"limit": MESSAGES_LIMIT}))
            except Refused as gone:
                if gone.status != 404:
                    raise
                continue
            here = said.setdefault(str(thread["id"]), [])
            if rows and str(rows[0].get("createdAt")) > str(rows[-1].get("createdAt")):
                rows.reverse()  # newest first, so that messages of one second keep their order
            for row in rows:
                whole = row
                if row.get("truncationStatus") == "TRUNCATED":
                    whole = {**row, **self._original(f"{path}/{row['id']}/original-content")}
                if message := thread_message(whole):
                    here.append(message)
                    self._learn(row)
        return said

    def _learn(self, row: Mapping[str, Any]) -> None:
        if len(self.names) >= _MOST_NAMES:
            self.names.clear()
        for sender in row.get("senders") or []:
            if isinstance(sender, dict) and sender.get("actorId") and sender.get("name"):
                self.names[str(sender["actorId"])] = str(sender["name"])

    def probe(self) -> None:
        """Find out that threads can be read. Raises Misconfigured naming the missing scope."""
        self._ask("", {"limit": 1})

    def _listed(self, params: dict[str, Any]) -> Iterator[Thread]:
        yield from self._pages("", params)

    def _pages(self, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            try:
                answer = self._ask(path, {**params, "after": after} if after else params)
            except TooLarge:
                if params["limit"] == 1:
                    raise
                params = {**params, "limit": params["limit"] // 2}
                continue
            yield from answer.get("results") or []
            before, after = after, next_after(answer)
            if not after:
                return
            if after == before:
                raise Unreadable("HubSpot's list of threads or messages does not move on.")

    def _original(self, path: str) -> dict[str, Any]:
        """The full text of a message that was cut."""
        whole = self._ask(path)
        return {name: whole[name] for name in ("text", "richText") if whole.get(name)}

    def _ask(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask under the prefix that this account answers, found out by the first call (BEHAVIOR.md 2)."""
        for prefix in (self._prefix,) if self._prefix else THREADS:
            try:
                said = ask(self._http, prefix + path, params)
            except NoSuchPath:
                continue
            self._prefix = prefix
            return said
        raise NoSuchPath(
            f"HubSpot answers neither {THREADS[0]} nor {THREADS[1]}, so conversations cannot be read; "
            "this release calls a version it no longer serves."
        )


def ticket_of(thread: Thread) -> str | None:
    """The ticket a thread belongs to; None when it has none."""
    ticket_id = thread.get("associatedTicketId") or (thread.get("threadAssociations") or {}).get(
        "associatedTicketId"
    )
    return str(ticket_id) if ticket_id else None
