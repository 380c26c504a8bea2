"""R-07: what a person set on the platform is not overwritten while nothing new is said; on all three."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.bootstrap import Connector
from connector.fields import fields_to_create
from connector.model import Installation, Role
from connector.opening import Opened
from connector.settings import Settings
from connector.sync import Options
from tests.fakes.hubspot_world import HubSpotWorld
from tests.fakes.local_world import LocalWorld
from tests.fakes.zendesk_world import ZendeskWorld
from tests.providers.world import Said, World

SAID = (
    Said(Role.CUSTOMER, "My parcel is three weeks late and nobody answers me. I am furious!"),
    Said(Role.AGENT, "As per our policy we cannot help. Calm down."),
)


class OverWorld(Connector):
    """The application, with one account that lives in memory."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings, now=world.now)
        self._world = world

    def open(self, installation: Installation, *, patience: timedelta, is_backfill: bool = False) -> Opened:
        return Opened(self._world.provider(), None)


@dataclass(frozen=True)
class Place:
    """An account, a connector over it, and somebody who changes our field there by hand."""

    world: World
    app: Connector
    set_by_hand: Callable[[str, int, str], None]

    def sync(self, *, full: bool = False) -> int:
        """A sync an hour later; gives how many conversations were written."""
        self.world.tick(3600)
        run = self.app.sync("shop", Options(full=full), patience=timedelta(0))
        assert run.error is None, run.error
        return run.tally.writes.written


def zendesk(folder: Path) -> tuple[World, Callable[[str, int, str], None]]:
    world = ZendeskWorld()

    def set_by_hand(ticket_id: str, score: int, band: str) -> None:
        ours = world.field_ids() or {}
        values = {int(ours["empathy_score"]): score, int(ours["empathy_band"]): f"empathy_{band}"}
        agent = world.account.agent.id
        world.account.set_values(world.account.tickets[int(ticket_id)], values, by=agent, channel="web")

    return world, set_by_hand


def hubspot(folder: Path) -> tuple[World, Callable[[str, int, str], None]]:
    world = HubSpotWorld()

    def set_by_hand(ticket_id: str, score: int, band: str) -> None:
        world.account.change("tickets", ticket_id, {"empathy_score": str(score), "empathy_band": band})

    return world, set_by_hand


def local(folder: Path) -> tuple[World, Callable[[str, int, str], None]]:
    world = LocalWorld(folder / "account")

    def set_by_hand(conversation_id: str, score: int, band: str) -> None:
        path = world.folder / "scores.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            if row["id"] == conversation_id:
                row["fields"] |= {"empathy_score": score, "empathy_band": band}
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    return world, set_by_hand


@pytest.fixture(params=[zendesk, hubspot, local], ids=["zendesk", "hubspot", "local"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    world, set_by_hand = request.param(tmp_path)
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/connector.db",
        master_key_file=tmp_path / "keys/master.key",
        erasure_log=tmp_path / "erasures.log",
    )
    app = OverWorld(settings, world)
    ids = dict(world.provider().ensure_fields(fields_to_create(extended=False)))
    connected = Installation("shop", request.param.__name__, "1", "Shop", {}, connected_at=world.now())
    key = app.vault.new_installation_key("shop")
    app.store.save_installation(connected, sealed_token=None, wrapped_key=key)
    app.store.set_fields("shop", ids, is_extended=False, now=world.now())
    return Place(world, app, set_by_hand)


def values(place: Place, conversation_id: str) -> tuple[Any, Any]:
    held = place.world.values_of(conversation_id)
    return held.get("empathy_score"), held.get("empathy_band")


def said_later(at: datetime) -> Said:
    return Said(Role.CUSTOMER, "Still nothing! This is unacceptable, I am so angry.", at=at)


def test_r07_a_value_set_by_hand_stays_while_nothing_new_is_said(place: Place) -> None:
    conversation = place.world.add_conversation(SAID)
    place.sync()
    assert values(place, conversation)[1] == "low"
    place.set_by_hand(conversation, 90, "high")
    for full in (False, True, False):
        assert place.sync(full=full) == 0
        assert values(place, conversation) == (90, "high")
    place.world.touch(conversation)
    assert place.sync() == 0
    assert values(place, conversation) == (90, "high")


def test_r06_an_app_that_rewrites_our_field_after_every_write_of_ours_does_not_set_off_a_ping_pong(
    place: Place,
) -> None:
    conversation = place.world.add_conversation(SAID)
    written = 0
    for _ in range(6):
        written += place.sync()
        place.set_by_hand(conversation, 90, "high")
    assert written == 1


def test_a_new_message_brings_our_value_back_when_it_is_another_one(place: Place) -> None:
    conversation = place.world.add_conversation(SAID)
    place.sync()
    place.set_by_hand(conversation, 90, "high")
    place.world.tick(60)
    place.world.add_message(conversation, said_later(place.world.now()))
    kind = "I am so sorry. Three weeks without your parcel is not acceptable. I will call you today at 4 pm."
    place.world.tick(60)
    place.world.add_message(conversation, Said(Role.AGENT, kind, at=place.world.now()))
    assert place.sync() == 1
    assert values(place, conversation) != (90, "high")


def test_a_correction_decided_here_reaches_the_platform_and_stays(place: Place) -> None:
    """L-09."""
    conversation = place.world.add_conversation(SAID)
    place.sync()
    disputing = place.app.disputing("shop")
    disputing.contest(conversation, by="Alex", reason="There was a call")
    disputing.decide(conversation, "corrected", empathy=75, by="Kim", reason="There was")
    assert place.sync() == 1
    assert values(place, conversation) == (75, "high")
    for full in (False, True):
        assert place.sync(full=full) == 0
        assert values(place, conversation) == (75, "high")
