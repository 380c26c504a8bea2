"""A conversation brings the names of its own people, so that they can be taken out of kept text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.model import Conversation, Role
from connector.providers.base import Provider
from connector.providers.local import LocalProvider
from tests.fakes.hubspot_world import HubSpotWorld
from tests.fakes.local_world import LocalWorld
from tests.fakes.zendesk_world import ZendeskWorld

from .contract import settle
from .world import Said


def settled(world: Any) -> Provider:
    provider: Provider = world.provider()
    settle(world, provider)
    return provider


def conversations_of(provider: Provider) -> list[Conversation]:
    return [each for page in provider.pages(None, lambda _: True) for each in page.conversations]


WORLDS = ["local", "zendesk", "hubspot"]


def a_world(name: str, folder: Path) -> Any:
    if name == "local":
        return LocalWorld(folder)
    return ZendeskWorld() if name == "zendesk" else HubSpotWorld()


@pytest.mark.parametrize("name", WORLDS)
def test_a_conversation_knows_what_its_contact_is_called(name: str, tmp_path: Path) -> None:
    world = a_world(name, tmp_path)
    contact = world.add_contact(name="Zoë Quillfeather", email="zoe@sample.example")
    other = world.add_contact(name="Bram Otterly", email="bram@sample.example")
    world.add_conversation([Said(Role.CUSTOMER, "Hello")], contact_id=contact)
    world.add_conversation([Said(Role.CUSTOMER, "Hello")], contact_id=other)
    found = conversations_of(settled(world))
    assert sorted("Zoë Quillfeather" in each.people for each in found) == [False, True]
    assert all("Quillfeather" not in repr(each) for each in found)


@pytest.mark.parametrize("name", ["zendesk", "hubspot"])
def test_one_conversation_asked_for_alone_knows_the_same_people(name: str, tmp_path: Path) -> None:
    world = a_world(name, tmp_path)
    contact = world.add_contact(name="Zoë Quillfeather", email="zoe@sample.example")
    id_ = world.add_conversation(
        [Said(Role.CUSTOMER, "Hello"), Said(Role.AGENT, "Hello Zoë")], contact_id=contact
    )
    alone: Conversation | None = world.provider().conversation(id_)
    together = conversations_of(settled(world))
    assert alone is not None
    assert [set(each.people) for each in together] == [set(alone.people)]


def test_the_agent_of_a_zendesk_ticket_is_among_its_people() -> None:
    world = ZendeskWorld()
    contact, agent = world.add_contact(name="Zoë Quillfeather"), world.add_agent(name="Alexis Brandt")
    world.add_conversation(
        [Said(Role.CUSTOMER, "Hi"), Said(Role.AGENT, "Hi", author_id=agent)], contact_id=contact
    )
    (found,) = conversations_of(settled(world))
    assert "Alexis Brandt" in found.people


def test_names_cost_hubspot_no_request() -> None:
    world = HubSpotWorld()
    contact = world.add_contact(name="Zoë Quillfeather", email="zoe@sample.example")
    world.add_conversation([Said(Role.CUSTOMER, "Hello")], contact_id=contact)
    conversations_of(settled(world))
    read = [each for each in world.requests if "objects/2026-09/contacts/batch/read" in each.path]
    assert len(read) == 1


def test_names_of_a_local_line_and_of_an_exported_ticket_are_known(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "messages": [], "people": ["Ada Example", 7, " ", "Ada Example"]},
        {"id": "2", "requester": {"id": 5, "name": "Bo Sample"}, "comments": [{"author": {"name": "Cy"}}]},
        {"id": "3", "messages": [], "people": "no list"},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = {each.id: each.people for each in conversations_of(LocalProvider(tmp_path))}
    assert found == {"1": ("Ada Example",), "2": ("Bo Sample", "Cy"), "3": ()}


def test_a_renamed_local_contact_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "contact_id": "c", "messages": []}\n', "utf-8")
    provider = LocalProvider(tmp_path)
    contacts = tmp_path / "contacts.jsonl"
    seen = []
    for name in ("Ada", "Adalbert"):
        contacts.write_text(json.dumps({"id": "c", "name": name}) + "\n", "utf-8")
        seen.append(provider.conversation("1"))
    assert [each.people if each else None for each in seen] == [("Ada",), ("Adalbert",)]
