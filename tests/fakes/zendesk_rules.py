"""Triggers and views of the stand-in."""

from __future__ import annotations

from typing import Any

from werkzeug import Response

from .zendesk_call import Call, Refused, envelope

OPERATORS = {
    "current_tags": {"includes", "not_includes"},
    "status": {"is", "is_not", "less_than", "greater_than"},
    "priority": {"is", "is_not", "less_than", "greater_than"},
}
ACTIONS = {"notification_user", "notification_webhook", "current_tags", "remove_tags", "priority"}


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
    if any(action.get("field") not in ACTIONS for action in asked["actions"]):
        raise _invalid("that is no action")
    return _made(call, "trigger", asked, [*asked["conditions"]["all"], *asked["conditions"]["any"]])


def new_view(call: Call) -> Response:
    asked = call.body("view")
    return _made(call, "view", asked, [*asked["all"], *asked["any"]])


def _made(call: Call, kind: str, asked: dict[str, Any], conditions: list[dict[str, Any]]) -> Response:
    custom = {f"custom_fields_{each.id}": each.type for each in call.account.custom_fields()}
    # only drop-downs and checkboxes can be compared, and checkboxes not in views
    comparable = {"tagger"} if kind == "view" else {"tagger", "checkbox"}
    for each in conditions:
        name, operator = each["field"], each["operator"]
        if name in custom:
            if custom[name] not in comparable or operator not in {"is", "is_not"}:
                raise _invalid(f"{name} cannot be compared")
        elif operator not in OPERATORS.get(name, ()):
            raise _invalid(f"{name} is no field, or has no such operator")
    made = {"id": call.account.next_id(), **asked}
    call.account.rules[f"{kind}s"].append(made)
    return envelope(201, {kind: made})


def _invalid(description: str) -> Refused:
    return Refused(envelope(422, {"error": "RecordInvalid", "description": description}))
