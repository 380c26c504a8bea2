"""The two incremental exports: tickets by cursor, ticket events by time."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from .zendesk_account import ZendeskAccount
from .zendesk_records import FieldDefinition, Ticket, epoch

UNSEEN = timedelta(seconds=60)
"""What happened in the last minute is never returned."""


class BadRequest(Exception):
    """The request is refused with 400: (error name, description)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Position:
    """Where a cursor stands: after the row (seconds, ticket id); `again` rows before it are shown again."""

    seconds: int
    ticket_id: int
    again: int = 0
    turn: int = 0
    """Tells cursors of empty pages apart."""

    def text(self) -> str:
        packed = json.dumps([self.seconds, self.ticket_id, self.again, self.turn]).encode()
        return base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def read(cls, text: str) -> Position:
        try:
            return cls(*json.loads(base64.urlsafe_b64decode(text.encode())))
        except (ValueError, TypeError, binascii.Error) as error:
            raise BadRequest("InvalidCursor", "The cursor is invalid.") from error


def start_time(account: ZendeskAccount, asked: dict[str, str]) -> int:
    text = asked.get("start_time", "")
    if not text.isdigit():
        raise BadRequest("InvalidValue", "start_time must be a number of seconds since 1970.")
    if int(text) > epoch(account.clock.now() - UNSEEN):
        raise BadRequest("StartTimeTooRecent", "Too recent start_time. Use one older than 60 seconds.")
    return int(text)


def tickets_page(account: ZendeskAccount, asked: dict[str, str], origin: str) -> dict[str, Any]:
    """One page of `GET /api/v2/incremental/tickets/cursor`."""
    size = int(asked.get("per_page", "1000"))
    if not 1 <= size <= 1000:
        raise BadRequest("InvalidValue", "per_page must be between 1 and 1000.")
    size = min(size, account.quirks.page_rows)
    at = Position.read(asked["cursor"]) if "cursor" in asked else Position(start_time(account, asked), 0)
    rows = sorted(
        (ticket for ticket in account.tickets.values() if _shows(account, ticket, asked)), key=_place
    )
    before = [row for row in rows if _place(row) <= (at.seconds, at.ticket_id)]
    after = [row for row in rows if _place(row) > (at.seconds, at.ticket_id)]
    again = before[len(before) - min(at.again, len(before)) :]
    if account.quirks.empty_pages > 0:
        account.quirks.empty_pages -= 1
        page, is_end, reached = [], False, Position(at.seconds, at.ticket_id, at.again, at.turn + 1)
    else:
        fresh = after[: max(1, size - len(again))]
        page, is_end = [*again, *fresh], len(fresh) == len(after)
        last = _place(fresh[-1]) if fresh else (at.seconds, at.ticket_id)
        reached = Position(*last, again=0 if is_end else account.quirks.duplicates)
    kept = {
        key: asked[key]
        for key in ("per_page", "include", "support_type_scope", "exclude_deleted")
        if key in asked
    }
    custom = account.custom_fields()
    answer: dict[str, Any] = {
        "tickets": [_shown(account, row, asked, origin, custom) for row in page],
        "after_cursor": reached.text(),
        "after_url": f"{origin}/api/v2/incremental/tickets/cursor.json?"
        + urlencode(kept | {"cursor": reached.text()}),
        "before_cursor": None,
        "before_url": None,
        "end_of_stream": is_end,
    }
    if "users" in asked.get("include", "").split(","):
        people = {who for row in page for who in (row.requester_id, row.submitter_id, row.assignee_id)}
        answer["users"] = [account.users[who].shown(origin, {}) for who in people if who in account.users]
    return answer


def _shown(
    account: ZendeskAccount, row: Ticket, asked: dict[str, str], origin: str, custom: list[FieldDefinition]
) -> dict[str, Any]:
    shown = row.shown(origin, custom)
    if not account.quirks.has_surveys:
        shown["satisfaction_rating"] = None
    if "metric_sets" in asked.get("include", "").split(","):
        shown["metric_set"] = row.metric_set()
    return shown


def _place(ticket: Ticket) -> tuple[int, int]:
    return epoch(ticket.generated_at), ticket.id


def _shows(account: ZendeskAccount, ticket: Ticket, asked: dict[str, str]) -> bool:
    if ticket.generated_at > account.clock.now() - UNSEEN:
        return False
    scope = asked.get("support_type_scope", "agent")
    if scope not in ("all", "agent", "ai_agent"):
        raise BadRequest("InvalidValue", "support_type_scope must be all, agent or ai_agent.")
    if scope not in ("all", ticket.support_type):
        return False
    return not (ticket.deleted_at and asked.get("exclude_deleted") == "true")


def events_page(account: ZendeskAccount, asked: dict[str, str], origin: str) -> dict[str, Any]:
    """One page of `GET /api/v2/incremental/ticket_events`: time-based, so its edges overlap.

    A page ends with its last second's events only in part, and `end_time` is that second; one second
    with more events than fit comes as one longer page, or the next page would be the same.
    """
    since = start_time(account, asked)
    size = min(int(asked.get("per_page", "1000")), 1000, account.quirks.page_rows)
    whole = "comment_events" in asked.get("include", "").split(",")
    scope = asked.get("support_type_scope", "agent")
    until = account.clock.now() - UNSEEN
    rows = sorted(
        (
            one
            for one in account.events
            if epoch(one.at) >= since and one.at <= until and _is_asked_for(account, one.ticket_id, scope)
        ),
        key=lambda one: (epoch(one.at), one.id),
    )
    page = rows[:size]
    if len(rows) > size and epoch(page[-1].at) == since:
        page = [one for one in rows if epoch(one.at) == since]
        end_time = since + 1
    else:
        end_time = epoch(page[-1].at) if page else since
    is_end = len(page) == len(rows)
    kept = {key: asked[key] for key in ("include", "per_page", "support_type_scope") if key in asked}
    following = urlencode(kept | {"start_time": str(end_time)})
    return {
        "ticket_events": [
            one.shown(whole_comments=whole, change_shape=account.quirks.change_shape) for one in page
        ],
        "next_page": f"{origin}/api/v2/incremental/ticket_events.json?{following}" if page else None,
        "end_time": end_time if page else None,
        "count": len(page),
        "end_of_stream": is_end,
    }


def _is_asked_for(account: ZendeskAccount, ticket_id: int, scope: str) -> bool:
    return scope == "all" or account.tickets[ticket_id].support_type == scope
