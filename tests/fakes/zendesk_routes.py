"""Updates and their jobs, and the table of all paths of the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug import Response
from werkzeug.routing import Map, Rule

from . import zendesk_fields as fields
from . import zendesk_hooks as hooks
from . import zendesk_reads as reads
from . import zendesk_rules as rules
from .zendesk_account import ZendeskAccount
from .zendesk_call import Call, Refused, envelope, not_found
from .zendesk_writes import MOST_JOBS, update_ticket, update_user


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


Endpoint = Callable[..., Response]
ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/api/v2/users/me", reads.me),
    ("GET", "/api/v2/oauth/tokens/current", reads.current_token),
    ("DELETE", "/api/v2/oauth/tokens/current", reads.revoke),
    ("GET", "/api/v2/incremental/tickets/cursor", reads.incremental_tickets),
    ("GET", "/api/v2/incremental/ticket_events", reads.incremental_events),
    ("GET", "/api/v2/users/show_many", reads.show_users),
    ("GET", "/api/v2/users/<int:user_id>", reads.one_user),
    ("PUT", "/api/v2/users/<int:user_id>", put_user),
    ("PUT", "/api/v2/users/update_many", put_users),
    ("GET", "/api/v2/users/<int:user_id>/tickets/requested", reads.requested_tickets),
    ("GET", "/api/v2/tickets/<int:ticket_id>", reads.one_ticket),
    ("PUT", "/api/v2/tickets/<int:ticket_id>", put_ticket),
    ("GET", "/api/v2/tickets/show_many", reads.show_tickets),
    ("PUT", "/api/v2/tickets/update_many", put_tickets),
    ("GET", "/api/v2/tickets/<int:ticket_id>/comments", reads.comments),
    ("GET", "/api/v2/tickets/<int:ticket_id>/conversation_log", reads.conversation_log),
    ("GET", "/api/v2/guide/survey_responses", reads.survey_responses),
    ("GET", "/api/v2/ticket_forms", reads.ticket_forms),
    ("GET", "/api/v2/deleted_tickets", reads.deleted_tickets),
    ("GET", "/api/v2/deleted_users", reads.deleted_users),
    ("GET", "/api/v2/macros", reads.macros),
    ("GET", "/api/v2/users/search", reads.search_users),
    ("GET", "/api/v2/job_statuses/show_many", job_statuses),
    ("GET", "/api/v2/job_statuses/<job_id>", job_status),
    ("GET", "/api/v2/ticket_fields", fields.ticket_fields),
    ("POST", "/api/v2/ticket_fields", fields.new_ticket_field),
    ("GET", "/api/v2/ticket_fields/<int:field_id>", fields.one_field),
    ("PUT", "/api/v2/ticket_fields/<int:field_id>", fields.change_field),
    ("GET", "/api/v2/user_fields", fields.user_fields),
    ("POST", "/api/v2/user_fields", fields.new_user_field),
    ("GET", "/api/v2/user_fields/<int:field_id>", fields.one_user_field),
    ("PUT", "/api/v2/user_fields/<int:field_id>", fields.change_user_field),
    ("GET", "/api/v2/search", reads.search),
    ("GET", "/api/v2/triggers", rules.triggers),
    ("POST", "/api/v2/triggers", rules.new_trigger),
    ("GET", "/api/v2/views", rules.views),
    ("POST", "/api/v2/views", rules.new_view),
    ("GET", "/api/v2/trigger_categories", rules.trigger_categories),
    ("GET", "/api/v2/webhooks", hooks.webhooks),
    ("POST", "/api/v2/webhooks", hooks.new_webhook),
    ("PUT", "/api/v2/webhooks/<webhook_id>", hooks.change_webhook),
    ("DELETE", "/api/v2/webhooks/<webhook_id>", hooks.delete_webhook),
    ("GET", "/api/v2/webhooks/<webhook_id>/signing_secret", hooks.signing_secret),
)
ENDPOINTS: dict[str, Endpoint] = {endpoint.__name__: endpoint for _, _, endpoint in ROUTES}
URLS = Map(
    [Rule(path, methods=[method], endpoint=endpoint.__name__) for method, path, endpoint in ROUTES]
    + [
        Rule("/oauth/tokens", methods=["POST"], endpoint="exchange"),
        Rule("/oauth/authorizations/new", methods=["GET", "POST"], endpoint="authorize"),
    ],
    strict_slashes=False,
)
