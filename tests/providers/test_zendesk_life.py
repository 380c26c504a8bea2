"""A Zendesk account lives on while it is read, and the reader keeps dying: in the end nothing is missing."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from connector.errors import RetryLater
from connector.fields import fields_to_create
from connector.model import Conversation, Head, Role, Write
from connector.providers.base import Provider
from tests.fakes.zendesk_world import ZendeskWorld

from .contract import VALUES
from .world import Said


class Reader:
    """What a sync remembers: a cursor, and per conversation the messages it has."""

    def __init__(self, world: ZendeskWorld, rng: random.Random) -> None:
        self.cursor: str | None = None
        self.held: dict[str, set[str]] = {}
        self.gathered = 0
        self._world = world
        self._rng = rng
        self._owed: dict[str, None] = {}

    def run(self, *, dies: float = 0.0) -> bool:
        """One process; True when it came to its end."""
        provider = self._world.provider(patience=timedelta(seconds=30))
        try:
            for page in provider.pages(self.cursor, self._is_wanted):
                if self._rng.random() < dies:
                    return False
                for conversation in page.conversations:
                    self._hold(conversation)
                for ticket_id in page.gone:
                    self.held.pop(ticket_id, None)
                self.cursor = page.cursor
            self._write(provider)
        except RetryLater as later:
            self._world.tick(max(1.0, (later.not_before_at - self._world.now()).total_seconds()))
            return False
        return True

    def _is_wanted(self, head: Head) -> bool:
        return head.id not in self.held or not head.is_quiet

    def _hold(self, conversation: Conversation) -> None:
        said = {message.id for message in conversation.messages}
        self.gathered += 1
        if self.held.get(conversation.id) != said:
            self._owed[conversation.id] = None
        self.held[conversation.id] = said

    def _write(self, provider: Provider) -> None:
        values = {**VALUES, "empathy_score": self._rng.randint(0, 100)}
        for row in provider.write([Write(ticket_id, values) for ticket_id in self._owed]):
            self._owed.pop(row.id, None)


def live(world: ZendeskWorld, rng: random.Random, ids: list[str]) -> None:
    """Something happens in the account."""
    for _ in range(rng.randint(0, 6)):
        what, ticket_id = rng.random(), rng.choice(ids)
        ticket = world.account.tickets[int(ticket_id)]
        if what < 0.15 or ticket.status in ("closed", "deleted"):
            has_bot = rng.random() < 0.3
            said = [Said(Role.CUSTOMER, "Hello"), *([Said(Role.BOT, "Beep")] if has_bot else [])]
            ids.append(world.add_conversation(said))
        elif what < 0.5:
            world.add_message(ticket_id, Said(rng.choice([Role.AGENT, Role.CUSTOMER]), "And another thing"))
        elif what < 0.9:
            world.touch(ticket_id)
        elif what < 0.95:
            world.close(ticket_id)
        else:
            world.delete(ticket_id)
        world.tick(rng.choice([0, 0, 1, 20, 70]))


def truth(world: ZendeskWorld) -> dict[str, set[str]]:
    return {
        str(ticket.id): {str(comment.id) for comment in ticket.comments}
        if not ticket.is_messaging
        else {turn.id for turn in ticket.turns}
        for ticket in world.account.tickets.values()
        if not ticket.deleted_at
    }


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_meanwhile_nothing_is_missing_in_the_end(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    world = ZendeskWorld(page_rows=rng.choice([3, 10, 1000]))
    world.account.quirks.duplicates = rng.choice([0, 1, 3])
    world.provider(field_ids=None).ensure_fields(fields_to_create(extended=False))
    ids = [world.add_conversation([Said(Role.CUSTOMER, "Hello")]) for _ in range(12)]
    reader = Reader(world, rng)
    for _ in range(25):
        live(world, rng, ids)
        if rng.random() < 0.2:
            world.cut_off(times=rng.randint(1, 4))
        reader.run(dies=0.3)
    world.app.trouble.cut_off = 0
    for _ in range(6):
        world.tick(90)
        reader.run()
    assert reader.held == truth(world)

    quiet = reader.gathered
    world.tick(120)
    assert reader.run()
    assert reader.gathered == quiet
