"""Triggers and views of the stand-in."""

from __future__ import annotations

from typing import Any

from werkzeug import Response

from .zendesk_call import Call, Refused, envelope


def triggers(call: Call) -> Response:
    return call.paged("triggers", call.account.rules["triggers"])


def views(call: Call) -> Response:
    return call.paged("views", call.account.rules["views"])


def trigger_categories(call: Call) -> Response:
    return call.paged("trigger_categories", call.account.trigger_categories)


def new_trigger(call: Call) -> Response:
    asked = call.body("trigger")
    if not asked.get("actions") or not (asked["conditions"]["all"] or asked["conditions"]["any"]):
        raise _invalid("a trigger needs conditions and actions")
    if bool(call.account.trigger_categories) != ("category_id" in asked):
        raise _invalid("category_id is needed where there are categories, and nowhere else")
    return _made(call, "trigger", asked, [*asked["conditions"]["all"], *asked["conditions"]["any"]])


def new_view(call: Call) -> Response:
    asked = call.body("view")
    return _made(call, "view", asked, [*asked["all"], *asked["any"]])


def _made(call: Call, kind: str, asked: dict[str, Any], conditions: list[dict[str, Any]]) -> Response:
    known = {f"custom_fields_{each.id}" for each in call.account.custom_fields()}
    for each in conditions:
        if each["field"].startswith("custom_fields_") and each["field"] not in known:
            raise _invalid(f"{each['field']} is no field")
    made = {"id": call.account.next_id(), **asked}
    call.account.rules[f"{kind}s"].append(made)
    return envelope(201, {kind: made})


def _invalid(description: str) -> Refused:
    return Refused(envelope(422, {"error": "RecordInvalid", "description": description}))
