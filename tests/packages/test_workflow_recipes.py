"""The recipes of docs/workflows.md name fields and values that exist, and are safe to paste."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.fields import all_fields
from connector.providers.zendesk.values import option

PAGE = (Path(__file__).parents[2] / "docs/workflows.md").read_text(encoding="utf-8")
BODIES = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)]
TRIGGERS = [body["trigger"] for body in BODIES if "trigger" in body]
VIEWS = [body["view"] for body in BODIES if "view" in body]
FLOWS = [body for body in BODIES if body.get("type") == "PLATFORM_FLOW"]
FIELDS = {field.name: field for field in all_fields()}
NUMBERS = {"custom_fields_222": "empathy_band", "custom_fields_333": "empathy_needs_attention"}


def conditions(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from rule.get("conditions", rule)["all"]
    yield from rule.get("conditions", rule)["any"]


def test_every_body_is_of_a_known_kind() -> None:
    assert (len(TRIGGERS), len(VIEWS), len(FLOWS)) == (5, 2, 1)
    assert len(BODIES) == 8


@pytest.mark.parametrize("rule", [*TRIGGERS, *VIEWS], ids=lambda rule: rule["title"])
def test_a_zendesk_rule_starts_inactive_and_tests_what_fields_creates(rule: dict[str, Any]) -> None:
    assert rule["active"] is False
    for condition in conditions(rule):
        field = FIELDS.get(NUMBERS.get(condition["field"], ""))
        if field is None:
            assert condition["field"] in {"current_tags", "status", "priority"}
        elif field.type == "choice":
            values = {option(field, value) for value, _ in field.options}
            assert condition["value"] in values
        else:
            assert field.type == "checkbox"
            assert condition["value"] in {"true", "false"}
            assert rule in TRIGGERS, "views cannot test a checkbox"


@pytest.mark.parametrize("rule", TRIGGERS, ids=lambda rule: rule["title"])
def test_a_trigger_ends_what_started_it(rule: dict[str, Any]) -> None:
    """Without a guard it would run again with every later update."""
    [(field, tag)] = [
        (action["field"], action["value"])
        for action in rule["actions"]
        if action["field"] in {"current_tags", "remove_tags"}
    ]
    guard = "not_includes" if field == "current_tags" else "includes"
    assert {"field": "current_tags", "operator": guard, "value": tag} in rule["conditions"]["all"]


def test_a_zendesk_view_has_the_condition_that_zendesk_asks_for() -> None:
    for view in VIEWS:
        assert "status" in {condition["field"] for condition in view["all"]}


def test_no_recipe_writes_to_the_customer_or_about_a_person() -> None:
    for trigger in TRIGGERS:
        for action in trigger["actions"]:
            if action["field"] == "notification_user":
                assert action["value"][0] == "assignee_id"
            else:
                assert action["field"] in {"current_tags", "remove_tags", "priority"}


def test_the_hubspot_workflow_starts_disabled_from_the_band() -> None:
    [flow] = FLOWS
    assert flow["isEnabled"] is False
    assert flow["objectTypeId"] == "0-5"
    [branch] = flow["enrollmentCriteria"]["listFilterBranch"]["filterBranches"]
    [condition] = branch["filters"]
    assert condition["property"] == "empathy_band"
    assert set(condition["operation"]["values"]) <= dict(FIELDS["empathy_band"].options).keys()
    assert flow["startActionId"] in {action["actionId"] for action in flow["actions"]}


def test_the_titles_of_the_page_are_those_of_the_fields() -> None:
    named = set(re.findall(r"\*(Empathy [a-z ]+)\*", PAGE))
    assert named
    assert named <= {field.title for field in FIELDS.values()}
