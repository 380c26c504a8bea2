"""Triggers and views for an admin to look at and switch on: made inactive, and never touched again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...errors import Misconfigured
from ..base import MadeTemplate
from ..http import Http
from .address import needs_admin
from .paging import decoded, pages

ALERTED: Final = "empathy_alerted"
"""Set with an alert, so that it does not come again with every later update of the ticket."""
ATTENTION: Final = "empathy_attention"
"""Stands for the checkbox, which views cannot test."""
CATEGORY: Final = "Empathy Connector"
LABEL: Final = "A template of Empathy Connector: look at it, change what you like, then switch it on."
_NOTE: Final = [
    "assignee_id",
    "A second look at ticket {{ticket.id}}?",
    (
        "The last replies may not have met how the customer feels. "
        'The field "Empathy reason" says why: {{ticket.link}}'
    ),
]

Rule = dict[str, Any]


def triggers(field_ids: Mapping[str, str]) -> list[Rule]:
    """The triggers, for an account whose fields have these ids. Raises Misconfigured without them."""
    band, attention = (_condition(field_ids, name) for name in ("empathy_band", "empathy_needs_attention"))
    return [
        _trigger(
            "Empathy: low, tell the assignee",
            [_is(band, "empathy_low"), _tag(ALERTED, is_there=False), _below("closed")],
            [{"field": "notification_user", "value": _NOTE}, {"field": "current_tags", "value": ALERTED}],
        ),
        _trigger(
            "Empathy: answered, alert again next time",
            [_tag(ALERTED)],
            [{"field": "remove_tags", "value": ALERTED}],
            either=[_is(band, "empathy_fair"), _is(band, "empathy_high")],
        ),
        _trigger(  # before the next one, which is for those that are urgent already
            "Empathy: needs attention, raise the priority",
            [_is(attention, "true"), _tag(ATTENTION, is_there=False), _below("high", of="priority")],
            [{"field": "priority", "value": "high"}, {"field": "current_tags", "value": ATTENTION}],
        ),
        _trigger(
            "Empathy: needs attention",
            [_is(attention, "true"), _tag(ATTENTION, is_there=False)],
            [{"field": "current_tags", "value": ATTENTION}],
        ),
        _trigger(
            "Empathy: attention was given",
            [_is(attention, "false"), _tag(ATTENTION)],
            [{"field": "remove_tags", "value": ATTENTION}],
        ),
    ]


def views() -> list[Rule]:
    """The views; they find tickets by tags, the triggers' and the drop-down's."""
    return [
        _view("Empathy: needs attention", ATTENTION),
        _view("Empathy: low replies", "empathy_low"),
    ]


def ensure_templates(http: Http, field_ids: Mapping[str, str]) -> list[MadeTemplate]:
    """Make what is not there yet, by its title. What is there is left as it is: it may be in use."""
    rules = triggers(field_ids)
    with needs_admin("make triggers and views"):
        category = _category(http)
        made = _ensure(http, "trigger", rules, {"category_id": category} if category else {})
        return made + _ensure(http, "view", views(), {})


def _ensure(http: Http, kind: str, rules: Sequence[Rule], also: Mapping[str, Any]) -> list[MadeTemplate]:
    path = f"/api/v2/{kind}s"
    there: dict[str, bool] = {}
    for page in pages(http, path):
        for each in page.get(f"{kind}s") or ():
            there.setdefault(str(each.get("title") or "").strip(), bool(each.get("active")))
    for rule in rules:
        if rule["title"] not in there:
            _make(http, path, kind, {**rule, **also})
    return [
        MadeTemplate(
            kind,
            rule["title"],
            is_new=rule["title"] not in there,
            is_active=there.get(rule["title"], False),
        )
        for rule in rules
    ]


def _make(http: Http, path: str, kind: str, rule: Rule) -> None:
    answer = http.call("POST", path, json={kind: rule}, may_repeat=False, accept=(400, 422))
    if not answer.ok:
        raise Misconfigured(
            f'Zendesk does not take the {kind} "{rule["title"]}" as we write it (status '
            f"{answer.status_code}); docs/workflows.md says how to make it by hand."
        )


def _category(http: Http) -> str | None:
    """Where triggers go: needed once an account has categories, refused before (BEHAVIOR 29)."""
    path = "/api/v2/trigger_categories"
    answer = http.call("GET", path, accept=(403, 404))
    there = decoded(answer, path).get("trigger_categories") if answer.ok else None
    if not there:
        return None
    ours = next((each for each in there if each.get("name") == CATEGORY), there[0])
    return str(ours["id"])


def _condition(field_ids: Mapping[str, str], name: str) -> str:
    if name not in field_ids:
        raise Misconfigured("This account lacks a field of ours; run `fields` first.")
    return f"custom_fields_{field_ids[name]}"


def _trigger(title: str, every: list[Rule], actions: list[Rule], *, either: Sequence[Rule] = ()) -> Rule:
    conditions = {"all": every, "any": list(either)}
    return {
        "title": title,
        "description": LABEL,
        "active": False,
        "conditions": conditions,
        "actions": actions,
    }


def _view(title: str, tag: str) -> Rule:
    columns = ["status", "requester", "subject", "updated"]
    return {
        "title": title,
        "description": LABEL,
        "active": False,
        "all": [_below("solved"), _tag(tag)],
        "any": [],
        "output": {"columns": columns, "sort_by": "updated", "sort_order": "asc"},
    }


def _is(field: str, value: str) -> Rule:
    return {"field": field, "operator": "is", "value": value}


def _tag(tag: str, *, is_there: bool = True) -> Rule:
    return {"field": "current_tags", "operator": "includes" if is_there else "not_includes", "value": tag}


def _below(value: str, *, of: str = "status") -> Rule:
    return {"field": of, "operator": "less_than", "value": value}
