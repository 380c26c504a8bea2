"""What is said to be synced is written back, also when Zendesk holds a ticket back for a minute."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from connector.model import Role
from tests.fakes.zendesk_world import ZendeskWorld
from tests.places import NAME, Place, place_on
from tests.providers.world import Said


def through(place: Place) -> datetime:
    installation = place.app.installation(NAME)
    assert installation.synced_through_at is not None
    return installation.synced_through_at


def a_ticket_with_news_that_the_export_holds_back(folder: Path) -> tuple[Place, str, datetime]:
    place = place_on("zendesk", folder)
    id_ = place.talk(place.world.add_contact())
    place.sync(after=400)
    place.world.add_message(id_, Said(Role.CUSTOMER, "Still nothing, and I am furious about it."))
    said_at = place.world.now()
    place.world.tick(200)
    assert isinstance(place.world, ZendeskWorld)
    place.world.touch(id_)  # somebody else's change: the ticket is in the last minute again
    return place, id_, said_at


def test_nothing_is_claimed_that_the_export_does_not_show_yet(tmp_path: Path) -> None:
    place, id_, said_at = a_ticket_with_news_that_the_export_holds_back(tmp_path)
    before = place.world.values_of(id_)
    place.sync(after=10)
    assert place.world.values_of(id_) == before
    assert through(place) < said_at


def test_a_new_process_remembers_what_is_held_back(tmp_path: Path) -> None:
    place, _, said_at = a_ticket_with_news_that_the_export_holds_back(tmp_path)
    place.sync(after=10)
    place = place.again()
    place.sync(after=10)
    assert through(place) < said_at


def test_what_was_held_back_is_read_and_claimed_a_minute_later(tmp_path: Path) -> None:
    place, id_, said_at = a_ticket_with_news_that_the_export_holds_back(tmp_path)
    before = place.world.values_of(id_)
    place.sync(after=10)
    place.sync(after=130)
    assert place.world.values_of(id_) != before
    assert through(place) > said_at


def test_a_ticket_that_left_the_account_holds_no_claim_back_for_longer_than_an_hour(tmp_path: Path) -> None:
    place, id_, said_at = a_ticket_with_news_that_the_export_holds_back(tmp_path)
    place.sync(after=10)
    assert isinstance(place.world, ZendeskWorld)
    del place.world.account.tickets[int(id_)]  # without a trace, as a test account is reset
    place.sync(after=130)
    assert through(place) < said_at
    place.sync(after=3600)
    assert through(place) > said_at
