"""Definitions of ticket and user fields: listing, creating, changing."""

from __future__ import annotations

from typing import Any

from werkzeug import Response

from .zendesk_call import Call, Refused, envelope, not_found

TICKET_TYPES = (
    "text textarea checkbox date integer decimal regexp partialcreditcard multiselect tagger lookup"
)
USER_TYPES = "text textarea checkbox date integer decimal regexp dropdown multiselect lookup"


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
