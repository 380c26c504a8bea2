"""L-06, C-10: who opted out, was erased, or is gone from the platform, on all three platforms."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connector.errors import RetryLater
from connector.model import Role
from connector.privacy.erasure import Because
from connector.store import Store
from connector.sync import Options

from .places import KIND, NAME, WORLDS, Place, place_on
from .providers.world import Said

DAY = 24 * 3600.0


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_on(request.param, tmp_path)


def erase(place: Place, contact_id: str) -> None:
    place.app.erasing.erase(place.installation, contact_id, because=Because.REQUEST, actor="test")


def test_an_erased_contacts_fields_are_blanked_by_the_next_sync_and_nobody_elses(place: Place) -> None:
    """P-07."""
    sam, pat = place.world.add_contact(), place.world.add_contact()
    one, two, other = place.talk(sam), place.talk(sam), place.talk(pat)
    place.sync()
    assert not any(map(place.is_blank, (one, two, other)))
    before = dict(place.world.values_of(other))
    erase(place, sam)
    run = place.sync()
    assert (run.tally.writes.written, run.tally.writes.owed) == (2, 0)
    assert all(map(place.is_blank, (one, two)))
    assert place.world.values_of(other) == before
    assert place.app.store.how_many_clearings(NAME) == 0
    assert place.sync().tally.writes.written == 0


def test_the_roll_up_on_the_contact_is_blanked_as_well(place: Place) -> None:
    if not place.world.provider().capabilities.contact_fields:
        pytest.skip("a folder has no contact fields")
    sam = place.world.add_contact()
    place.talk(sam)
    assert place.sync().tally.contact_writes.written == 1
    erase(place, sam)
    assert place.sync().tally.contact_writes.written == 1
    place.sync()
    assert place.app.store.how_many_clearings(NAME) == 0


def test_a_full_sync_a_new_message_and_a_new_conversation_do_not_bring_an_erased_contact_back(
    place: Place,
) -> None:
    sam, pat = place.world.add_contact(), place.world.add_contact()
    old, other = place.talk(sam), place.talk(pat)
    place.sync()
    erase(place, sam)
    place.sync()
    new = place.talk(sam)
    place.world.add_message(old, Said(Role.CUSTOMER, "Hello? Is anybody there?"))
    run = place.sync()
    assert (run.tally.scored, run.tally.skipped) == (0, 2)
    run = place.sync(full=True)
    assert (run.tally.unchanged, run.tally.skipped, run.tally.scored) == (1, 2, 0)
    assert place.known(sam) == []
    assert place.known(pat) == [other]
    assert all(map(place.is_blank, (old, new)))


def test_a_readmitted_contact_is_scored_again(place: Place) -> None:
    sam = place.world.add_contact()
    place.talk(sam)
    place.sync()
    erase(place, sam)
    place.sync()
    assert place.app.erasing.readmit(place.installation, sam, actor="test")
    assert not place.app.erasing.readmit(place.installation, sam, actor="test")
    new = place.talk(sam)
    assert place.sync().tally.scored >= 1
    assert new in place.known(sam)
    erase(place, sam)
    place.sync()
    assert place.known(sam) == []
    assert place.is_blank(new)


def test_a_contact_deleted_there_is_erased_within_a_day(place: Place) -> None:
    sam, pat = place.world.add_contact(), place.world.add_contact()
    one, other = place.talk(sam), place.talk(pat)
    place.sync()
    place.sync()
    place.world.delete_contact(sam)
    place.sync()
    assert place.known(sam) == [one]
    place.sync(after=DAY)
    assert place.known(sam) == []
    assert place.known(pat) == [other]
    assert place.is_blank(one)
    [proof] = place.app.erasing.proving.verify(NAME).entries
    assert proof.entry["because"] == "deleted_there"
    assert proof.entry["actor"] == "sync"
    place.sync(after=DAY)
    assert len(place.app.erasing.proving.verify(NAME).entries) == 1


def test_a_full_sync_asks_at_once_who_is_gone(place: Place) -> None:
    sam = place.world.add_contact()
    place.talk(sam)
    place.sync()
    place.world.delete_contact(sam)
    place.sync(full=True)
    assert place.known(sam) == []


def test_a_contact_who_opts_out_is_forgotten_within_the_hour_without_any_other_change(place: Place) -> None:
    sam, pat = place.world.add_contact(), place.world.add_contact()
    one, other = place.talk(sam), place.talk(pat)
    place.sync()
    place.world.opt_out(sam)
    place.sync()
    assert place.known(sam) == []
    assert place.known(pat) == [other]
    assert place.is_blank(one)
    assert not place.is_blank(other)


def test_lifting_the_opt_out_scores_at_the_next_change(place: Place) -> None:
    sam = place.world.add_contact()
    one = place.talk(sam)
    place.sync()
    place.world.opt_out(sam)
    place.sync()
    place.world.opt_out(sam, is_out=False)
    place.world.tick(60)
    place.world.add_message(one, Said(Role.CUSTOMER, "I am still waiting, and still angry."))
    assert place.sync().tally.scored == 1
    assert place.known(sam) == [one]
    assert not place.is_blank(one)
    assert place.app.store.how_many_clearings(NAME) == 0


def test_a_new_conversation_of_somebody_who_opted_out_is_never_scored(place: Place) -> None:
    sam = place.world.add_contact(opted_out=True)
    one = place.talk(sam)
    run = place.sync()
    assert (run.tally.skipped, run.tally.scored, run.tally.writes.written) == (1, 0, 0)
    assert place.known(sam) == []
    assert place.is_blank(one)
    assert place.app.store.how_many_clearings(NAME) == 0


def test_an_opt_out_between_the_reading_and_the_writing_is_respected_at_the_next_look(place: Place) -> None:
    sam = place.world.add_contact()
    one = place.talk(sam)
    write = type(place.world.provider()).write

    def opting_out(self: object, batch: object) -> object:
        place.world.opt_out(sam)
        return write(self, batch)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(place.world.provider()), "write", opting_out)
        place.sync()
    place.sync()
    assert place.known(sam) == []
    assert place.is_blank(one)


def test_an_opted_out_tag_clears_the_ticket(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    one = place.talk(place.world.add_contact())
    place.sync()
    place.world.account.tickets[int(one)].tags.append("empathy_opt_out")
    place.world.touch(one)
    run = place.sync()
    assert (run.tally.skipped, run.tally.scored) == (1, 0)
    assert place.app.store.conversation(NAME, one) is None
    assert place.is_blank(one)


def test_a_closed_ticket_cannot_be_blanked_and_does_not_stay_owed(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    sam = place.world.add_contact()
    one = place.talk(sam)
    place.sync()
    place.world.close(one)
    erase(place, sam)
    run = place.sync()
    assert (run.tally.writes.locked, run.tally.writes.owed) == (1, 0)
    assert place.app.store.how_many_clearings(NAME) == 0


def test_a_clearing_survives_a_busy_platform(place: Place) -> None:
    if place.folder.joinpath("account").exists():
        pytest.skip("a folder is never busy")
    sam = place.world.add_contact()
    one = place.talk(sam)
    place.sync()
    erase(place, sam)
    place.world.be_down(times=40)
    place.world.tick(3600)
    run = place.app.sync(NAME, Options(), patience=timedelta(0))
    assert isinstance(run.error, RetryLater)
    assert place.app.store.how_many_clearings(NAME) == 2
    for _ in range(40):
        place.world.tick(120)
        if place.app.sync(NAME, Options(), patience=timedelta(0)).error is None:
            break
    assert place.is_blank(one)


def test_a_dry_run_forgets_nothing(place: Place) -> None:
    sam = place.world.add_contact()
    one = place.talk(sam)
    place.sync()
    place.world.opt_out(sam)
    place.world.delete_contact(place.world.add_contact())
    place.world.tick(2 * DAY)
    place.app.sync(NAME, Options(dry_run=True, full=True), patience=timedelta(0))
    assert place.known(sam) == [one]
    assert not place.is_blank(one)


def test_a_quiet_sync_asks_little_and_little_more_on_the_day_of_the_look(place: Place) -> None:
    """Six requests on Zendesk and eight on HubSpot, an hourly look at opt-outs included."""
    most = {"zendesk": 6, "hubspot": 8, "local": 0}[place.installation.provider]
    for _ in range(3):
        place.talk(place.world.add_contact())
    place.sync()
    place.sync()
    sent = len(place.world.requests)
    place.sync()
    assert len(place.world.requests) - sent <= most
    sent = len(place.world.requests)
    place.sync(after=DAY)
    assert len(place.world.requests) - sent <= most + 3 * bool(most)


def test_an_erasure_while_a_page_is_scored_wins(place: Place) -> None:
    """The page was read before anybody asked; its transaction comes after."""
    sam = place.world.add_contact()
    place.talk(sam)
    record_page = Store.record_page

    def erasing_first(store: Store, *args: object, **options: object) -> None:
        if options.get("records"):
            erase(place, sam)
        record_page(store, *args, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "record_page", erasing_first)
        place.sync()
    assert place.known(sam) == []
    assert place.app.store.contact_ids(NAME) == []
    assert KIND
