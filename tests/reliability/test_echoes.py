"""R-05: the platform tells us of each of our own writes, twice over; nothing is written or scored again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connector.model import Role
from connector.sync import Options
from tests.fakes.words import own_words
from tests.fakes.zendesk_limits import Window
from tests.places import NAME
from tests.providers.world import Said

from .oracle import counted_twice
from .telling import SEEN_AFTER, Telling

AT_ONCE = 100


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "tickets", [pytest.param(60, id="few"), pytest.param(10_000, id="ten thousand", marks=pytest.mark.long)]
)
def test_r05_so_many_tickets_are_so_many_writes_though_each_is_told_to_us_and_shown_as_changed(
    tmp_path: Path, tickets: int
) -> None:
    telling = Telling.on("zendesk", tmp_path)
    place, account = telling.place, telling.place.world.account
    for name in ("account", "incremental", "update_tickets"):
        account.limits.windows[name] = Window(10**9, 60, account.limits.windows[name].header)
    ids, contact = [], ""
    for number in range(tickets):
        contact = place.world.add_contact() if number % 20 == 0 else contact
        said = [Said(Role.CUSTOMER, f"Where is my order {number}? I am upset. {own_words(number)}")]
        ids.append(place.world.add_conversation(said, contact_id=contact))
        if number % 50 == 0:
            place.world.tick(1)
    place.world.tick(SEEN_AFTER)
    place.sync(after=0)
    place.world.app.settle()
    assert account.writes_to.total() == tickets
    assert place.app.store.counts(NAME).conversations == tickets
    for start in range(0, tickets, AT_ONCE):  # what the platform tells of our writes
        for id_ in ids[start : start + AT_ONCE]:
            assert telling.deliver(telling.changed(id_, kind="custom_field_changed")).status_code == 200
        telling.work()
    for _ in range(2):
        run = place.sync(after=SEEN_AFTER)
        assert (run.tally.scored, run.tally.writes.written) == (0, 0)
    assert place.app.sync(NAME, Options(), patience=timedelta(0)).requests <= 6
    place.world.app.settle()
    assert account.writes_to.total() == tickets
    assert list(counted_twice(place.app.store)) == []
    assert place.app.store.hints(NAME, 1) == []
    print(f"{tickets} tickets, {account.writes_to.total()} writes")  # noqa: T201
