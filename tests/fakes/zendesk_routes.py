"""What the stand-in answers, path by path."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from . import zendesk_exports
from .zendesk_account import ZendeskAccount
from .zendesk_exports import BadRequest
from .zendesk_records import STAFF, Comment, Ticket, User, epoch, shown_value, stamp
from .zendesk_tokens import Grant
from .zendesk_writes import MOST_JOBS, Jobs, update_ticket, update_user

DEEPEST = 10_000
TICKET_TYPES = (
    "text textarea checkbox date integer decimal regexp partialcreditcard multiselect tagger lookup"
)
USER_TYPES = "text textarea checkbox date integer decimal regexp dropdown multiselect lookup"


class Refused(Exception):
    """The call ends with this answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def envelope(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def not_found() -> Refused:
    return Refused(envelope(404, {"error": "RecordNotFound", "description": "Not found"}))


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request and what it works on."""

    account: ZendeskAccount
    jobs: Jobs
    request: Request
    origin: str
    grant: Grant
    user: User

    @property
    def asked(self) -> dict[str, str]:
        return dict(self.request.args)

    def body(self, name: str) -> Any:
        try:
            return json.loads(self.request.get_data())[name]
        except (ValueError, KeyError, TypeError):
            raise BadRequest("BadRequest", f"The body must hold {name}.") from None

    def ids(self) -> list[int]:
        """The ids of a `?ids=`, at most 100."""
        ids = [int(one) for one in self.asked.get("ids", "").split(",") if one.strip().lstrip("-").isdigit()]
        if not ids or len(ids) > 100:
            raise Refused(
                envelope(400, {"errors": [{"code": "BadRequest", "title": "ids must be 1 to 100"}]})
            )
        return ids

    def ticket(self, ticket_id: int) -> Ticket:
        ticket = self.account.tickets.get(ticket_id)
        if ticket is None or ticket.deleted_at:
            raise not_found()
        return ticket

    def shown_user(self, user: User) -> dict[str, Any]:
        account = self.account
        fields = {
            str(one.key): shown_value(one.type, user.fields.get(str(one.key)))
            for one in account.user_fields.values()
        }
        return user.shown(self.origin, {}) | {"user_fields": fields}

    def shown_ticket(self, ticket: Ticket) -> dict[str, Any]:
        return ticket.shown(self.origin, self.account.custom_fields())

    def paged(self, name: str, rows: Sequence[dict[str, Any]], **beside: Any) -> Response:
        """By cursor when `page[size]` is asked for, else by number; 100 rows at most."""
        asked = self.asked
        here = f"{self.origin}{self.request.path}"
        if "page[size]" in asked or "page[after]" in asked:
            size = int(asked.get("page[size]", "100"))
            if not 1 <= size <= 100:
                raise BadRequest("InvalidPaginationParameter", "page[size] must be between 1 and 100.")
            try:
                first = int(base64.urlsafe_b64decode(asked.get("page[after]", "") or "MA==")) if rows else 0
            except ValueError:
                raise BadRequest("InvalidPaginationParameter", "page[after] is not valid.") from None
            more = len(rows) > first + size
            cursor = base64.urlsafe_b64encode(str(first + size).encode()).decode()
            following = urlencode(asked | {"page[size]": str(size), "page[after]": cursor})
            meta = {"has_more": more, "after_cursor": cursor if more else None, "before_cursor": None}
            links = {"next": f"{here}?{following}" if more else None, "prev": None}
            return envelope(
                200, {name: list(rows[first : first + size]), "meta": meta, "links": links} | beside
            )
        page, size = int(asked.get("page", "1")), min(int(asked.get("per_page", "100")), 100)
        if page * size > DEEPEST:
            raise BadRequest("InvalidPaginationDepth", "Offset paging ends at 10000 rows.")
        shown = rows[(page - 1) * size : page * size]
        following = urlencode(asked | {"page": str(page + 1)})
        return envelope(
            200,
            {
                name: list(shown),
                "next_page": f"{here}?{following}" if len(rows) > page * size else None,
                "previous_page": None,
                "count": len(rows),
            }
            | beside,
        )


def me(call: Call) -> Response:
    return envelope(200, {"user": call.shown_user(call.user)})


def current_token(call: Call) -> Response:
    return envelope(200, {"token": call.account.tokens.shown(call.grant)})


def revoke(call: Call) -> Response:
    call.grant.is_dead = True
    return Response(status=204)


def incremental_tickets(call: Call) -> Response:
    return envelope(200, zendesk_exports.tickets_page(call.account, call.asked, call.origin))


def incremental_events(call: Call) -> Response:
    return envelope(200, zendesk_exports.events_page(call.account, call.asked, call.origin))


def show_users(call: Call) -> Response:
    found = [call.account.users[one] for one in call.ids() if one in call.account.users]
    return envelope(200, {"users": [call.shown_user(user) for user in found], "count": len(found)})


def one_user(call: Call, user_id: int) -> Response:
    if user_id not in call.account.users:
        raise not_found()
    return envelope(200, {"user": call.shown_user(call.account.users[user_id])})


def requested_tickets(call: Call, user_id: int) -> Response:
    if user_id not in call.account.users:
        raise not_found()
    sort = call.asked.get("sort") or call.asked.get("sort_by", "")
    rows = [
        one for one in call.account.tickets.values() if one.requester_id == user_id and not one.deleted_at
    ]
    if sort.lstrip("-") == "updated_at":
        is_descending = sort.startswith("-") or call.asked.get("sort_order") == "desc"
        rows.sort(key=lambda one: one.updated_at, reverse=is_descending)
    return call.paged("tickets", [call.shown_ticket(one) for one in rows])


def one_ticket(call: Call, ticket_id: int) -> Response:
    ticket = call.ticket(ticket_id)
    answer = {"ticket": call.shown_ticket(ticket)}
    if "users" in call.asked.get("include", ""):
        people = {ticket.requester_id, ticket.submitter_id}
        answer["users"] = [call.shown_user(call.account.users[who]) for who in people]  # type: ignore[assignment]
    return envelope(200, answer)


def show_tickets(call: Call) -> Response:
    found = [call.account.tickets[one] for one in call.ids() if one in call.account.tickets]
    rows = [call.shown_ticket(one) for one in found if not one.deleted_at]
    return envelope(200, {"tickets": rows, "count": len(rows)})


def comments(call: Call, ticket_id: int) -> Response:
    ticket = call.ticket(ticket_id)
    said = sorted(ticket.comments, key=lambda one: (one.created_at, one.id))
    if call.asked.get("sort") == "-created_at" or call.asked.get("sort_order") == "desc":
        said.reverse()
    beside: dict[str, Any] = {}
    if "users" in call.asked.get("include", ""):
        authors = {one.author_id for one in said}
        beside["users"] = [
            call.shown_user(user) for who, user in call.account.users.items() if who in authors
        ]
    return call.paged("comments", [one.shown() for one in said], **beside)


def conversation_log(call: Call, ticket_id: int) -> Response:
    if not call.account.quirks.has_conversation_log:
        raise Refused(envelope(404, {"error": "InvalidEndpoint", "description": "Not found"}))
    ticket = call.ticket(ticket_id)
    entries = [(one.created_at, one.shown()) for one in ticket.turns]
    entries += [(one.created_at, one.as_log_entry(_author_type(call, one))) for one in ticket.comments]
    entries.sort(key=lambda pair: (pair[0], str(pair[1]["id"])))
    return call.paged("events", [entry for _, entry in entries])


def _author_type(call: Call, comment: Comment) -> str:
    author = call.account.users.get(comment.author_id or 0)
    if author is None:
        return "bot"
    return "agent" if author.role in STAFF else "user"


def deleted_tickets(call: Call) -> Response:
    since = call.account.clock.now() - timedelta(days=30)
    gone = [one for one in call.account.tickets.values() if one.deleted_at and one.deleted_at >= since]
    gone.sort(
        key=lambda one: (one.deleted_at or since, one.id), reverse="desc" in call.asked.get("sort_order", "")
    )
    rows = [
        {
            "id": one.id,
            "subject": one.subject,
            "actor": {"id": call.account.agent.id, "name": call.account.agent.name},
            "deleted_at": stamp(one.deleted_at),
            "previous_state": one.status_before,
        }
        for one in gone
    ]
    return call.paged("deleted_tickets", rows)


def put_ticket(call: Call, ticket_id: int) -> Response:
    ticket = update_ticket(call.account, ticket_id, call.body("ticket"), by=call.user.id)
    return envelope(200, {"ticket": call.shown_ticket(ticket), "audit": {"ticket_id": ticket_id}})


def put_tickets(call: Call) -> Response:
    return _put_many(call, "ticket", "Bulk Update Ticket", update_ticket)


def put_user(call: Call, user_id: int) -> Response:
    update_user(call.account, user_id, call.body("user"))
    return envelope(200, {"user": call.shown_user(call.account.users[user_id])})


def put_users(call: Call) -> Response:
    def update(account: ZendeskAccount, row_id: int, row: dict[str, Any], *, by: int) -> int:
        return update_user(account, row_id, row)

    return _put_many(call, "user", "Bulk Update User", update)


def _put_many(call: Call, noun: str, kind: str, update: Callable[..., Any]) -> Response:
    if "ids" in call.asked:
        same = call.body(noun)
        rows = [same | {"id": one} for one in call.ids()]
    else:
        rows = call.body(f"{noun}s")
    if not 1 <= len(rows) <= 100:
        raise Refused(
            envelope(400, {"errors": [{"code": "TooManyValues", "title": "1 to 100 rows are allowed"}]})
        )
    if call.jobs.inflight() >= MOST_JOBS:
        busy = envelope(429, {"error": "TooManyJobs", "description": "Too many jobs are queued or running"})
        busy.headers["Retry-After"] = "1"
        call.account.limits.refuse(call.account.clock.now(), 1)
        raise Refused(busy)
    by = call.user.id

    def row_update(row: dict[str, Any]) -> Callable[[], int]:
        def run() -> int:
            update(call.account, int(row["id"]), row, by=by)
            return int(row["id"])

        return run

    job = call.jobs.add(kind, [row_update(row) for row in rows], [int(row["id"]) for row in rows])
    return envelope(200, {"job_status": job.shown(call.origin, status="queued")})


def job_status(call: Call, job_id: str) -> Response:
    found = call.jobs.poll(job_id)
    if found is None:
        raise not_found()
    job, status = found
    return envelope(200, {"job_status": job.shown(call.origin, status=status)})


def job_statuses(call: Call) -> Response:
    wanted = [one for one in call.asked.get("ids", "").split(",") if one][:100]
    found = [pair for pair in map(call.jobs.poll, wanted) if pair]
    return envelope(200, {"job_statuses": [job.shown(call.origin, status=status) for job, status in found]})


def ticket_fields(call: Call) -> Response:
    rows = [one.shown(call.origin, "ticket_fields") for one in call.account.ticket_fields.values()]
    return call.paged("ticket_fields", rows)


def user_fields(call: Call) -> Response:
    rows = [one.shown(call.origin, "user_fields") for one in call.account.user_fields.values()]
    return call.paged("user_fields", rows)


def _invalid(name: str, text: str) -> Refused:
    details = {name: [{"description": text, "error": "InvalidValue"}]}
    return Refused(
        envelope(
            422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        )
    )


def _new_field(asked: dict[str, Any], types: str) -> tuple[str, str, dict[str, Any]]:
    kind, title = asked.get("type", ""), asked.get("title") or ""
    if kind not in types.split():
        raise _invalid("type", f"Type: {kind} is not a field type")
    if not title:
        raise _invalid("title", "Title: cannot be blank")
    if kind in ("tagger", "dropdown", "multiselect") and not asked.get("custom_field_options"):
        raise _invalid("custom_field_options", "Options: cannot be blank")
    rest = {
        name: value
        for name, value in asked.items()
        if name not in ("type", "title", "key", "custom_field_options")
    }
    return kind, title, rest


def new_ticket_field(call: Call) -> Response:
    asked = call.body("ticket_field")
    kind, title, rest = _new_field(asked, TICKET_TYPES)
    field = call.account.add_ticket_field(
        kind, title, options=list(asked.get("custom_field_options", [])), rest=rest
    )
    return envelope(201, {"ticket_field": field.shown(call.origin, "ticket_fields")})


def new_user_field(call: Call) -> Response:
    asked = call.body("user_field")
    kind, title, rest = _new_field(asked, USER_TYPES)
    key = str(asked.get("key", ""))
    if not key or key.isdigit() or not key.replace("_", "").isalnum():
        raise _invalid("key", "Key: may hold letters, digits and underscores, and not only digits")
    if key in [one.key for one in call.account.user_fields.values()]:
        raise _invalid("key", "Key: has already been taken")
    field = call.account.add_user_field(
        kind, title, key, options=list(asked.get("custom_field_options", [])), rest=rest
    )
    return envelope(201, {"user_field": field.shown(call.origin, "user_fields")})


def change_field(call: Call, field_id: int, noun: str = "ticket_field") -> Response:
    fields = call.account.ticket_fields if noun == "ticket_field" else call.account.user_fields
    field = fields.get(field_id)
    if field is None:
        raise not_found()
    asked = call.body(noun)
    if asked.get("type", field.type) != field.type:
        raise _invalid("type", "Type: cannot be changed")
    field.title = asked.get("title", field.title)
    field.is_active = asked.get("active", field.is_active)
    if "custom_field_options" in asked:
        field.options = list(asked["custom_field_options"])
        left = [option["value"] for option in field.options]
        for ticket in call.account.tickets.values():  # options that are not listed go from the tickets too
            if noun == "ticket_field" and ticket.values.get(field_id) not in [None, *left]:
                call.account.set_values(ticket, {field_id: None}, by=call.user.id)
    return envelope(200, {noun: field.shown(call.origin, f"{noun}s")})


def one_field(call: Call, field_id: int, noun: str = "ticket_field") -> Response:
    fields = call.account.ticket_fields if noun == "ticket_field" else call.account.user_fields
    if field_id not in fields:
        raise not_found()
    return envelope(200, {noun: fields[field_id].shown(call.origin, f"{noun}s")})


def change_user_field(call: Call, field_id: int) -> Response:
    return change_field(call, field_id, "user_field")


def one_user_field(call: Call, field_id: int) -> Response:
    return one_field(call, field_id, "user_field")


def search(call: Call) -> Response:
    """The few words of a search that name a person or a kind; 1000 results and no more."""
    words = dict(word.split(":", 1) for word in call.asked.get("query", "").split() if ":" in word)
    rows = [one for one in call.account.tickets.values() if not one.deleted_at]
    if "requester" in words or "requester_id" in words:
        wanted = words.get("requester") or words["requester_id"]
        rows = [one for one in rows if str(one.requester_id) == wanted]
    if words.get("type", "ticket") != "ticket":
        rows = []
    rows.sort(
        key=lambda one: (epoch(one.updated_at), one.id),
        reverse=call.asked.get("sort_order", "desc") == "desc",
    )
    if int(call.asked.get("page", "1")) * min(int(call.asked.get("per_page", "100")), 100) > 1000:
        raise Refused(
            envelope(422, {"error": "invalid", "description": "Search Response Limits: 1000 results at most"})
        )
    return call.paged("results", [call.shown_ticket(one) | {"result_type": "ticket"} for one in rows])


Endpoint = Callable[..., Response]
ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/api/v2/users/me", me),
    ("GET", "/api/v2/oauth/tokens/current", current_token),
    ("DELETE", "/api/v2/oauth/tokens/current", revoke),
    ("GET", "/api/v2/incremental/tickets/cursor", incremental_tickets),
    ("GET", "/api/v2/incremental/ticket_events", incremental_events),
    ("GET", "/api/v2/users/show_many", show_users),
    ("GET", "/api/v2/users/<int:user_id>", one_user),
    ("PUT", "/api/v2/users/<int:user_id>", put_user),
    ("PUT", "/api/v2/users/update_many", put_users),
    ("GET", "/api/v2/users/<int:user_id>/tickets/requested", requested_tickets),
    ("GET", "/api/v2/tickets/<int:ticket_id>", one_ticket),
    ("PUT", "/api/v2/tickets/<int:ticket_id>", put_ticket),
    ("GET", "/api/v2/tickets/show_many", show_tickets),
    ("PUT", "/api/v2/tickets/update_many", put_tickets),
    ("GET", "/api/v2/tickets/<int:ticket_id>/comments", comments),
    ("GET", "/api/v2/tickets/<int:ticket_id>/conversation_log", conversation_log),
    ("GET", "/api/v2/deleted_tickets", deleted_tickets),
    ("GET", "/api/v2/job_statuses/show_many", job_statuses),
    ("GET", "/api/v2/job_statuses/<job_id>", job_status),
    ("GET", "/api/v2/ticket_fields", ticket_fields),
    ("POST", "/api/v2/ticket_fields", new_ticket_field),
    ("GET", "/api/v2/ticket_fields/<int:field_id>", one_field),
    ("PUT", "/api/v2/ticket_fields/<int:field_id>", change_field),
    ("GET", "/api/v2/user_fields", user_fields),
    ("POST", "/api/v2/user_fields", new_user_field),
    ("GET", "/api/v2/user_fields/<int:field_id>", one_user_field),
    ("PUT", "/api/v2/user_fields/<int:field_id>", change_user_field),
    ("GET", "/api/v2/search", search),
)
ENDPOINTS: dict[str, Endpoint] = {endpoint.__name__: endpoint for _, _, endpoint in ROUTES}
URLS = Map(
    [Rule(path, methods=[method], endpoint=endpoint.__name__) for method, path, endpoint in ROUTES]
    + [Rule("/oauth/tokens", methods=["POST"], endpoint="exchange")],
    strict_slashes=False,
)
