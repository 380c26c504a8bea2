"""The HubSpot stand-in's conversations inbox: threads, messages and actors."""

from __future__ import annotations

from typing import Any

from .hubspot_account import HubSpotAccount
from .hubspot_calls import Answer, Call, batch_answer, decode_cursor, encode_cursor, inputs_of, number_of
from .hubspot_properties import Refused, instant
from .hubspot_records import Thread, iso


def list_threads(account: HubSpotAccount, call: Call) -> Answer:
    query = call.query
    limit = number_of(query, "limit", default=100, largest=500)
    sort = query.get("sort", "id")
    if sort not in ("id", "latestMessageTimestamp"):
        raise Refused("VALIDATION_ERROR", "sort must be id or latestMessageTimestamp")
    rows = [
        thread
        for thread in account.threads.values()
        if thread.is_archived == (query.get("archived", "false") == "true") and _fits(thread, call)
    ]
    if sort == "latestMessageTimestamp":
        if "latestMessageTimestampAfter" not in query:
            raise Refused("VALIDATION_ERROR", "latestMessageTimestampAfter is required with this sort")
        try:
            after_at = instant(query["latestMessageTimestampAfter"])
        except ValueError:
            raise Refused("VALIDATION_ERROR", "latestMessageTimestampAfter is no time") from None
        rows = [thread for thread in rows if thread.latest_at > after_at]
    rows.sort(key=lambda thread: _place(thread, sort))
    if query.get("after"):
        at, record_id = decode_cursor(query["after"]).split("|")
        rows = [thread for thread in rows if _place(thread, sort) > (at, int(record_id))]
    body: dict[str, Any] = {
        "results": [shown_thread(thread, query.get("association")) for thread in rows[:limit]]
    }
    if len(rows) > limit:
        at, number = _place(rows[limit - 1], sort)
        body["paging"] = {"next": {"after": encode_cursor(f"{at}|{number}")}}
    return 200, body


def _place(thread: Thread, sort: str) -> tuple[str, int]:
    at = f"{thread.latest_at:%Y-%m-%dT%H:%M:%S.%f}" if sort == "latestMessageTimestamp" else ""
    return at, int(thread.id)


def _fits(thread: Thread, call: Call) -> bool:
    query = call.query
    return (
        query.get("associatedTicketId", thread.ticket_id) == thread.ticket_id
        and query.get("associatedContactId", thread.contact_id) == thread.contact_id
        and query.get("threadStatus", thread.status) == thread.status
    )


def shown_thread(thread: Thread, association: str | None) -> dict[str, Any]:
    """A thread as answers show it; its ticket only when the association is asked for."""
    body: dict[str, Any] = {
        "id": thread.id,
        "status": thread.status,
        "inboxId": "501",
        "originalChannelId": "1002",
        "originalChannelAccountId": "9001",
        "associatedContactId": thread.contact_id,
        "createdAt": iso(thread.created_at),
        "latestMessageTimestamp": iso(thread.latest_at),
        "spam": thread.is_spam,
        "archived": thread.is_archived,
    }
    if association == "TICKET" and thread.ticket_id is not None:
        body["threadAssociations"] = {"associatedTicketId": thread.ticket_id}
    return body


def _thread(account: HubSpotAccount, record_id: str) -> Thread:
    thread = account.threads.get(record_id)
    if thread is None:
        raise Refused("OBJECT_NOT_FOUND", "No thread with that id", status=404)
    return thread


def read_thread(account: HubSpotAccount, call: Call, record_id: str) -> Answer:
    return 200, shown_thread(_thread(account, record_id), call.query.get("association"))


def list_messages(account: HubSpotAccount, call: Call, record_id: str) -> Answer:
    limit = min(number_of(call.query, "limit", default=100, largest=500), call.knobs.message_page)
    rows = list(_thread(account, record_id).messages)
    if call.query.get("sort", "-createdAt") not in ("createdAt", "-createdAt"):
        raise Refused("VALIDATION_ERROR", "sort must be createdAt or -createdAt")
    if call.query.get("sort") != "createdAt":
        rows.reverse()
    start = int(decode_cursor(call.query["after"])) if call.query.get("after") else 0
    body: dict[str, Any] = {"results": rows[start : start + limit]}
    if start + limit < len(rows):
        body["paging"] = {"next": {"after": encode_cursor(str(start + limit))}}
    return 200, body


def read_original(account: HubSpotAccount, call: Call, record_id: str, message_id: str) -> Answer:
    for message in _thread(account, record_id).messages:
        if message["id"] == message_id:
            plain, rich = account.originals.get(
                (record_id, message_id), (message.get("text", ""), message.get("richText", ""))
            )
            return 200, {"text": plain, "richText": rich}
    raise Refused("OBJECT_NOT_FOUND", "No message with that id", status=404)


def read_actors(account: HubSpotAccount, call: Call) -> Answer:
    asked = [str(record_id) for record_id in inputs_of(call.body, most=100)]
    missing = [record_id for record_id in asked if record_id not in account.actors]
    errors = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Some actors do not exist",
            "context": {"ids": missing},
        }
    ]
    return batch_answer(
        [account.actors[record_id] for record_id in asked if record_id in account.actors],
        errors if missing else [],
        account,
    )
