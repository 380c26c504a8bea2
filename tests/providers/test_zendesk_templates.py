"""Triggers and views in a Zendesk account: made once, switched off, and what they would do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Misconfigured
from connector.fields import all_fields, fields_to_create
from connector.providers.zendesk.templates import LABEL, triggers, views
from tests.fakes.zendesk_world import ZendeskWorld

PAGE = (Path(__file__).parents[2] / "docs/workflows.md").read_text(encoding="utf-8")
NUMBERS = {"empathy_band": "222", "empathy_needs_attention": "333"}
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")


@pytest.fixture
def world() -> ZendeskWorld:
    world = ZendeskWorld()
    world.provider().ensure_fields(fields_to_create(extended=False))
    return world


def rules(world: ZendeskWorld) -> list[dict[str, Any]]:
    return [*world.account.rules["triggers"], *world.account.rules["views"]]


def with_fields(world: ZendeskWorld) -> Any:
    provider = world.provider()
    provider.ensure_fields(fields_to_create(extended=False))
    return provider


def test_everything_is_made_switched_off_and_says_what_it_is(world: ZendeskWorld) -> None:
    with_fields(world).ensure_templates()
    assert rules(world)
    assert {each["active"] for each in rules(world)} == {False}
    assert {each["description"] for each in rules(world)} == {LABEL}


def test_what_an_admin_changed_or_switched_on_is_left_alone(world: ZendeskWorld) -> None:
    with_fields(world).ensure_templates()
    mine = world.account.rules["triggers"][0]
    mine["active"], mine["actions"] = True, []
    before = json.dumps(rules(world))
    with_fields(world).ensure_templates()
    assert json.dumps(rules(world)) == before


def test_one_that_was_deleted_is_made_again_and_no_other(world: ZendeskWorld) -> None:
    with_fields(world).ensure_templates()
    gone = world.account.rules["views"].pop()
    made = [each for each in with_fields(world).ensure_templates() if each.is_new]
    assert [(each.kind, each.title) for each in made] == [("view", gone["title"])]


def test_many_triggers_of_others_are_looked_through_for_ours(world: ZendeskWorld) -> None:
    with_fields(world).ensure_templates()
    world.account.rules["triggers"][:0] = [{"id": str(n), "title": f"Theirs {n}"} for n in range(250)]
    assert not any(each.is_new for each in with_fields(world).ensure_templates())


def test_an_account_that_sorts_its_triggers_gets_them_in_a_category(world: ZendeskWorld) -> None:
    world.account.trigger_categories.append({"id": "10026", "name": "Notifications"})
    with_fields(world).ensure_templates()
    assert {each["category_id"] for each in world.account.rules["triggers"]} == {"10026"}


def test_without_fields_the_sentence_says_what_to_do_first() -> None:
    with pytest.raises(Misconfigured, match="run `fields` first"):
        ZendeskWorld().provider().ensure_templates()


def test_a_rule_that_zendesk_does_not_take_is_named_with_the_way_by_hand(world: ZendeskWorld) -> None:
    field = next(
        one for one in world.account.ticket_fields.values() if one.title == "Empathy needs attention"
    )
    provider = with_fields(world)
    field.type = "text"
    with pytest.raises(Misconfigured, match=r"needs attention.*docs/workflows\.md"):
        provider.ensure_templates()


def test_the_page_shows_the_very_bodies_that_are_made() -> None:
    bodies = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)]
    told = {kind: [body[kind] for body in bodies if kind in body] for kind in ("trigger", "view")}
    assert told["trigger"] == [without_label(each) for each in triggers(NUMBERS)]
    assert told["view"] == [without_label(each) for each in views()]


def without_label(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "description"}


class Ticket:
    """A ticket on which Zendesk's triggers run until nothing changes: each once in a round, as documented."""

    def __init__(self, **values: Any) -> None:
        self.tags: set[str] = set(values.pop("tags", ()))
        self.values = {"status": "open", "priority": "normal", "custom_fields_333": "false", **values}
        self.mails = 0

    def holds(self, condition: dict[str, Any]) -> bool:
        field, operator, value = (condition[name] for name in ("field", "operator", "value"))
        if field == "current_tags":
            return (value in self.tags) is (operator == "includes")
        if operator == "less_than":
            order = STATUSES if field == "status" else PRIORITIES
            return order.index(self.values[field]) < order.index(value)
        assert operator == "is"
        return self.values.get(field) == value

    def update(self, rules: list[dict[str, Any]]) -> int:
        """How many triggers ran after an update; each may run once."""
        left, ran = list(rules), 0
        while True:
            due = next((each for each in left if self.is_met(each["conditions"])), None)
            if due is None:
                return ran
            left.remove(due)
            ran += 1
            for action in due["actions"]:
                self.act(action)

    def is_met(self, conditions: dict[str, Any]) -> bool:
        any_of = conditions["any"]
        return all(map(self.holds, conditions["all"])) and (not any_of or any(map(self.holds, any_of)))

    def act(self, action: dict[str, Any]) -> None:
        match action["field"]:
            case "current_tags":
                self.tags.add(action["value"])
            case "remove_tags":
                self.tags.discard(action["value"])
            case "notification_user":
                assert action["value"][0] == "assignee_id"
                self.mails += 1
            case name:
                self.values[name] = action["value"]


RULES = triggers(NUMBERS)


def test_a_low_band_mails_the_assignee_once_until_a_better_reply() -> None:
    ticket = Ticket(custom_fields_222="empathy_low")
    for _ in range(5):
        ticket.update(RULES)
    assert ticket.mails == 1
    ticket.values["custom_fields_222"] = "empathy_fair"
    ticket.update(RULES)
    ticket.values["custom_fields_222"] = "empathy_low"
    ticket.update(RULES)
    assert ticket.mails == 2


def test_a_closed_ticket_and_one_without_a_band_mail_nobody() -> None:
    for values in ({"status": "closed", "custom_fields_222": "empathy_low"}, {}):
        ticket = Ticket(**values)
        ticket.update(RULES)
        assert ticket.mails == 0


@pytest.mark.parametrize(
    ("before", "after"), [("low", "high"), ("normal", "high"), ("high", "high"), ("urgent", "urgent")]
)
def test_attention_raises_the_priority_and_never_lowers_it(before: str, after: str) -> None:
    ticket = Ticket(custom_fields_333="true", priority=before)
    ticket.update(RULES)
    assert ticket.values["priority"] == after
    assert "empathy_attention" in ticket.tags


def test_a_priority_that_somebody_lowered_again_stays_so_until_attention_was_given() -> None:
    ticket = Ticket(custom_fields_333="true")
    ticket.update(RULES)
    ticket.values["priority"] = "low"
    ticket.update(RULES)
    assert ticket.values["priority"] == "low"
    ticket.values["custom_fields_333"] = "false"
    ticket.update(RULES)
    assert "empathy_attention" not in ticket.tags


def test_each_trigger_comes_to_rest_alone_and_with_the_others() -> None:
    for some in [*([each] for each in RULES), RULES]:
        for band in ("empathy_low", "empathy_fair", None):
            for attention in ("true", "false"):
                ticket = Ticket(custom_fields_222=band, custom_fields_333=attention)
                ticket.update(some)
                before = (set(ticket.tags), dict(ticket.values), ticket.mails)
                ticket.update(some)
                assert (ticket.tags, ticket.values, ticket.mails) == before


def test_every_field_that_a_trigger_asks_for_is_made_by_fields() -> None:
    ours = {field.name for field in all_fields()}
    assert NUMBERS.keys() <= ours
