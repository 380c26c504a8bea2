"""What can be read of people, tickets and what was said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from werkzeug import Response

from . import zendesk_exports
from .zendesk_call import Call, Refused, envelope, not_found
from .zendesk_records import STAFF, Comment, epoch, stamp


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
    entries.sort(key=lambda pair: (pair[0], str(pair[1]["id"])[-12:]))  # ids end in our serial
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


def survey_responses(call: Call) -> Response:
    """Responses begun since `filter[created_at_start]`, in milliseconds; a plan without surveys has none."""
    if not call.account.quirks.has_surveys:
        raise Refused(envelope(403, {"error": {"title": "Forbidden", "message": "Not on this plan."}}))
    since = int(call.asked.get("filter[created_at_start]", "0"))
    rows = [row for at, row in call.account.survey_responses if at.timestamp() * 1000 >= since]
    return call.paged("survey_responses", rows)


def macros(call: Call) -> Response:
    """Macros in use, or those out of use, or both."""
    if not call.account.quirks.has_macros:
        raise Refused(envelope(403, {"error": {"title": "Forbidden", "message": "You do not have access."}}))
    wanted = call.asked.get("active")
    rows = [row for row in call.account.macros if wanted is None or row["active"] is (wanted == "true")]
    return call.paged("macros", rows)


def ticket_forms(call: Call) -> Response:
    return call.paged(
        "ticket_forms", [{"id": id_, "name": name} for id_, name in call.account.ticket_forms.items()]
    )


def deleted_users(call: Call) -> Response:
    """Users who are deleted; those deleted for good have no name and no address any more."""
    gone = [one for one in call.account.users.values() if not one.is_active]
    return call.paged("deleted_users", [call.shown_user(one) for one in gone])


def search_users(call: Call) -> Response:
    """Users by address, or by a ticked field of theirs; similar addresses are found as well."""
    name, _, wanted = call.asked.get("query", "").partition(":")
    wanted = wanted.strip('"').lower()
    living = [one for one in call.account.users.values() if one.is_active]
    if name == "email":
        found = [one for one in living if one.email and wanted.split("@")[0] in one.email.lower()]
    else:
        found = [one for one in living if wanted == "true" and one.fields.get(name) is True]
    return call.paged("users", [call.shown_user(one) for one in found])


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
