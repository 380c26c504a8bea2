"""The cursor export of tickets, one API page at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from ...limits import TooLarge
from ..http import Http
from ..outbound import MOST_BULK_BYTES
from .address import needs_admin
from .limits import INCREMENTAL
from .mapping import Record, stamp
from .paging import decoded
from .place import BEGINNING, Place

_PATH = "/api/v2/incremental/tickets/cursor"
_LARGEST_PAGE = 1000
_REFUSALS = (400, 404, 410, 422)
_LAG_SECONDS = 61
"""A start inside the last minute is refused."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """One API page: its tickets in the order of their changes, each once."""

    tickets: tuple[Record, ...] = field(repr=False)
    users: tuple[Record, ...] = field(repr=False)
    after: str | None
    is_last: bool


class Export:
    """Reads API pages; a cursor that Zendesk refuses is replaced by a time before the last ticket seen."""

    def __init__(self, http: Http, *, include: str = "users") -> None:
        self._http = http
        self._include = include
        self._page = _LARGEST_PAGE

    def read(self, place: Place) -> tuple[Batch, Place]:
        """The API page at `place`, and the place it was really read at."""
        params = {
            "per_page": self._page,
            "include": self._include,
            "support_type_scope": "all",  # left out, tickets of AI agents are silently missing (BEHAVIOR 2)
        }
        where = {"cursor": place.after} if place.after else {"start_time": self._start(place.start)}
        try:
            with needs_admin("export tickets"):
                answer = self._http.call(
                    "GET",
                    _PATH,
                    params={**params, **where},
                    buckets=INCREMENTAL,
                    accept=_REFUSALS if place.after else (),
                    most_bytes=MOST_BULK_BYTES,
                )
            if not answer.ok:
                log.warning("Zendesk refused a cursor; reading goes on from before the last ticket seen.")
                return self.read(place.behind())
            body = decoded(answer, _PATH)
        except TooLarge:
            if self._page == 1:
                raise
            self._page //= 2
            return self.read(place)
        newest: dict[str, Record] = {}
        for ticket in body.get("tickets") or ():
            ticket_id = str(ticket.get("id"))
            if not ticket_id.isdecimal():
                continue  # nothing to remember it by
            if ticket_id not in newest or stamp(ticket) >= stamp(newest[ticket_id]):
                newest[ticket_id] = ticket
        after = body.get("after_cursor")
        batch = Batch(
            tickets=tuple(sorted(newest.values(), key=lambda ticket: (stamp(ticket), int(ticket["id"])))),
            users=tuple(body.get("users") or ()),
            after=str(after) if after else None,
            is_last=bool(body.get("end_of_stream", not after)),
        )
        return batch, place

    def _start(self, second: int) -> int:
        return max(BEGINNING, min(second, int(self._http.gate.now().timestamp()) - _LAG_SECONDS))
