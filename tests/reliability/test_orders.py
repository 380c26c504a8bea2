"""R-19: in whatever order a conversation is changed, deleted, brought back, and its contact erased."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connector.store.tables import outbox
from tests.places import NAME
from tests.standins.drive import seeded

from .oracle import complaints
from .telling import SEEN_AFTER, Telling

STEPS = ("update", "delete", "restore", "privacy", "late webhook", "stale write")
ORDERS = list(itertools.permutations(STEPS))
FEW = 3


@dataclass
class Life:
    """One ticket of one contact, and another one that nothing happens to."""

    telling: Telling
    contact: str = ""
    ticket: str = ""
    other: str = ""
    is_deleted: bool = False
    is_erased: bool = False
    writes: int = 0
    late: bytes = b""
    done: list[str] = field(default_factory=list)

    def begin(self) -> None:
        world = self.telling.place.world
        self.contact = world.add_contact()
        self.ticket = self.telling.place.talk(self.contact, "1")
        self.other = self.telling.talk("other")
        self.late = self.telling.changed(self.ticket, number=1)
        world.tick(SEEN_AFTER)
        self.telling.place.sync(after=0)

    def step(self, name: str, *, is_looked_at: bool) -> None:
        self.done.append(name)
        getattr(self, name.replace(" ", "_"))()
        if is_looked_at:
            self.settle()

    def settle(self) -> None:
        """All that was told is worked off, and a sync reads what was not."""
        self.telling.work()
        self.telling.place.sync(after=SEEN_AFTER)
        self.assert_right()

    def update(self) -> None:
        self.telling.say(self.ticket, ("update", len(self.done)))
        assert self.telling.deliver(self.telling.changed(self.ticket, number=2)).status_code == 200

    def delete(self) -> None:
        self.telling.place.world.delete(self.ticket)
        self.is_deleted = True
        kind = "status_changed" if self.telling.platform == "zendesk" else "deletion"
        self.telling.deliver(self.telling.changed(self.ticket, number=3, kind=kind))
        self.telling.work()
        self.telling.place.sync(after=SEEN_AFTER)
        self.writes = self._writes()

    def restore(self) -> None:
        account = self.telling.place.world.account
        if self.telling.platform == "zendesk":
            ticket = account.tickets[int(self.ticket)]
            if ticket.deleted_at:
                ticket.status, ticket.deleted_at = ticket.status_before, None
                account.set_status(ticket, "open")
        else:
            account.objects["tickets"][self.ticket].archived_at = None
            account.change("tickets", self.ticket, {"hs_ticket_priority": "LOW"})
        self.is_deleted = False
        self.telling.deliver(self.telling.changed(self.ticket, number=4))

    def privacy(self) -> None:
        self.telling.place.world.delete_contact(self.contact)
        self.is_erased = True
        assert self.telling.deliver(self.telling.erased(self.contact)).status_code == 200
        self.telling.work()

    def late_webhook(self) -> None:
        assert self.telling.deliver(self.late).status_code == 200

    def stale_write(self) -> None:
        """As a process that stood still leaves it: older values wait to be written."""
        with self.telling.place.app.store._database.writing() as connection:
            ours = outbox.c.conversation_id == self.ticket
            connection.execute(outbox.update().where(ours).values(is_owed=True, written=None))

    def assert_right(self) -> None:
        place = self.telling.place
        stays = not self.is_deleted and not self.is_erased
        living = [self.other, self.ticket] if stays else [self.other]
        assert complaints(place, living, gone=[] if stays else [self.ticket]) == [], self.done
        if self.is_erased:
            assert place.app.erasing.erased(NAME)
        if self.is_deleted:
            assert self._writes() == self.writes, (self.done, "a deleted record was written to")

    def _writes(self) -> int:
        return int(self.telling.place.world.writes_to(self.ticket))


@pytest.mark.parametrize("platform", ["zendesk", "hubspot"])
@pytest.mark.parametrize(
    "count", [pytest.param(FEW, id="few"), pytest.param(len(ORDERS), id="all", marks=pytest.mark.long)]
)
def test_r19_a_deletion_wins_over_all_that_is_older_in_every_order(
    platform: str, count: int, tmp_path: Path
) -> None:
    rng = seeded("orders")
    for number, order in enumerate(rng.sample(ORDERS, count)):
        folder = tmp_path / str(number)
        folder.mkdir()
        life = Life(Telling.on(platform, folder))
        life.begin()
        for name in order:
            life.step(name, is_looked_at=rng.random() < 0.7)
        life.settle()
        life.telling.place.app.store.close()
