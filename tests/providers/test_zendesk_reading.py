"""Reading a Zendesk account: in bulk, in pieces, and while things go wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from connector.errors import Busy, Misconfigured, RetryLater
from connector.fields import fields_to_create
from connector.model import Conversation, Head, Outcome, Role, Write
from connector.providers.gate import OwnBudget
from connector.providers.zendesk.ledger import Ledger
from connector.providers.zendesk.limits import LOG
from tests.fakes.zendesk_world import ZendeskWorld

from .contract import VALUES, everything, read, settle
from .world import Said

FIELDS = fields_to_create(extended=False)


def fill(world: ZendeskWorld, count: int, *, messaging: int = 0, said: int = 4) -> list[str]:
    """Tickets over half a year, each with `said` messages; the first `messaging` of them by chat."""
    account, rng = world.account, random.Random(7)  # noqa: S311 - reproducible, not secret
    agents = [int(world.add_agent(name=f"Agent {number}")) for number in range(5)]
    began = world.now() - timedelta(days=180)
    ids = []
    for number in range(count):
        at = began + timedelta(minutes=number * 240)
        contact = int(world.add_contact())
        is_chat = number < messaging
        channel = "native_messaging" if is_chat else "email"
        ticket = account.add_ticket(contact, channel=channel, is_messaging=is_chat, at=at)
        for turn in range(said):
            author = contact if turn % 2 == 0 else rng.choice(agents)
            if is_chat:
                account.add_turn(ticket, "user" if turn % 2 == 0 else "agent", author, f"turn {turn}", at)
            else:
                account.add_comment(ticket, author, f"comment {turn}", at=at)
            at += timedelta(hours=rng.choice([1, 5, 30]))
        ids.append(str(ticket.id))
    return ids


def asked(world: ZendeskWorld, pattern: str) -> int:
    return sum(1 for seen in world.requests if re.search(pattern, seen.path))


def in_pieces(
    world: ZendeskWorld, since: str | None = None, *, tries: int = 400
) -> tuple[dict[str, Conversation], str]:
    """What a worker without patience reads, a new process after every RetryLater."""
    found: dict[str, Conversation] = {}
    cursor = since
    for _ in range(tries):
        try:
            for page in world.provider().pages(cursor, everything):
                found |= {conversation.id: conversation for conversation in page.conversations}
                cursor = page.cursor
        except RetryLater as later:
            world.tick(max(1.0, (later.not_before_at - world.now()).total_seconds()))
        else:
            assert cursor is not None
            return found, cursor
    pytest.fail("no end in sight")


@pytest.fixture
def world() -> ZendeskWorld:
    return ZendeskWorld()


def test_a_first_sync_takes_few_requests_and_the_echo_of_its_writes_next_to_none(world: ZendeskWorld) -> None:
    ids = fill(world, 500, messaging=50)
    provider = world.provider(field_ids=None, patience=timedelta(seconds=120))
    provider.check()
    provider.ensure_fields(FIELDS)
    reading = read(provider)
    outcomes = provider.write([Write(ticket_id, VALUES) for ticket_id in reading.ids])
    assert reading.ids == set(ids)
    assert all(len(conversation.messages) == 4 for conversation in reading.conversations)
    assert {row.outcome for row in outcomes} == {Outcome.WRITTEN}
    assert asked(world, "conversation_log") == 50
    assert len(world.requests) <= 30 + 50

    world.requests.clear()
    world.tick(120)
    heads: list[Head] = []
    again = read(
        world.provider(), reading.cursors[-1], lambda head: bool(heads.append(head)) or not head.is_quiet
    )
    assert {head.id for head in heads} == set(ids)
    assert again.ids == set()
    assert len(world.requests) <= 6


@pytest.mark.parametrize("shape", ["audit", "flat"])
@pytest.mark.parametrize("with_tags", [True, False])
def test_our_own_write_to_a_chat_is_quiet_and_a_new_turn_is_not(
    world: ZendeskWorld, shape: str, with_tags: bool
) -> None:
    world.account.quirks.change_shape, world.account.quirks.tag_changes = shape, with_tags
    ids = fill(world, 3, messaging=3)
    provider = world.provider(field_ids=None)
    provider.ensure_fields(FIELDS)
    cursor = read(provider).cursors[-1]
    provider.write([Write(ticket_id, VALUES) for ticket_id in ids])
    world.tick(5)
    world.touch(ids[1])
    world.add_message(ids[2], Said(Role.CUSTOMER, "Hello?"))
    world.tick(120)
    heads: dict[str, Head] = {}
    read(world.provider(), cursor, lambda head: bool(heads.update({head.id: head})))
    assert {ticket_id: head.is_quiet for ticket_id, head in heads.items()} == {
        ids[0]: True,
        ids[1]: False,
        ids[2]: False,
    }


def test_a_change_without_a_message_is_quiet_and_a_comment_is_not(world: ZendeskWorld) -> None:
    ids = fill(world, 2)
    cursor = read(world.provider()).cursors[-1]
    world.touch(ids[0])
    world.add_message(ids[1], Said(Role.AGENT, "Any news?"))
    world.touch(ids[1])
    world.tick(120)
    heads: dict[str, Head] = {}
    again = read(world.provider(), cursor, lambda head: heads.update({head.id: head}) or True)
    assert {ticket_id: head.is_quiet for ticket_id, head in heads.items()} == {ids[0]: True, ids[1]: False}
    assert len(again.one(ids[1]).messages) == 5


def test_without_patience_every_piece_moves_on_until_all_is_read(world: ZendeskWorld) -> None:
    world = ZendeskWorld(incremental_per_minute=10, page_rows=60)
    ids = fill(world, 120, messaging=10)
    found, cursor = in_pieces(world)
    assert set(found) == set(ids)
    assert all(len(conversation.messages) == 4 for conversation in found.values())
    assert not world.account.limits.violations
    world.tick(120)
    assert in_pieces(world, cursor)[0] == {}


@pytest.mark.parametrize("calls", [4, 7])
def test_little_room_beside_other_integrations_is_enough(world: ZendeskWorld, calls: int) -> None:
    ids = fill(world, 40, messaging=15)
    world.account.limits.squeeze(calls=calls, seconds=60)
    found, _ = in_pieces(world)
    assert set(found) == set(ids)
    assert all(len(conversation.messages) == 4 for conversation in found.values())
    assert not world.account.limits.violations


@pytest.mark.parametrize("page_rows", [1000, 150])
def test_a_crash_after_any_page_loses_nothing(page_rows: int) -> None:
    world = ZendeskWorld(page_rows=page_rows)
    ids = fill(world, 310, messaging=5, said=2)
    cursors: list[str | None] = [None, *read(world.provider()).cursors[:-1]]
    assert len(cursors) >= 4
    for number, cursor in enumerate(cursors):
        before = {
            conversation.id
            for page, _ in zip(world.provider().pages(None, everything), range(number), strict=False)
            for conversation in page.conversations
        }
        after = read(world.provider(), cursor)
        assert before | after.ids == set(ids)
        assert all(len(conversation.messages) == 2 for conversation in after.conversations)


def test_a_comment_read_ahead_of_its_ticket_is_not_lost_in_a_crash() -> None:
    # The comment of the second ticket is exported while the first one waits to be delivered; later only
    # a change without any message brings that ticket up.
    world = ZendeskWorld(page_rows=4)
    ids = fill(world, 6, said=1)
    cursor = read(world.provider()).cursors[-1]
    world.add_message(ids[1], Said(Role.CUSTOMER, "One more thing"))
    world.tick(1)
    for ticket_id in (ids[0], *ids[2:]):
        world.touch(ticket_id)
        world.tick(1)
    world.touch(ids[1])
    world.tick(200)
    pages = world.provider().pages(cursor, lambda head: not head.is_quiet)
    cursors = [next(pages).cursor]  # then the process dies
    found: set[str] = set()
    for page in world.provider().pages(cursors[-1], lambda head: not head.is_quiet):
        found |= {conversation.id for conversation in page.conversations}
    assert ids[1] in found


def test_repeated_rows_and_empty_pages_are_neither_read_twice_nor_taken_for_the_end() -> None:
    world = ZendeskWorld(page_rows=50)
    world.account.quirks.duplicates, world.account.quirks.empty_pages = 7, 2
    ids = fill(world, 130, said=1)
    asked_for: list[str] = []
    reading = read(world.provider(), None, lambda head: not asked_for.append(head.id))
    assert reading.ids == set(ids)
    assert len(asked_for) == len(set(asked_for)) == 130


def test_a_cursor_that_zendesk_refuses_falls_back_to_before_the_last_ticket_seen(world: ZendeskWorld) -> None:
    ids = fill(world, 20)
    cursor = read(world.provider()).cursors[-1]
    broken = re.sub(r'"after":"[^"]*"', '"after":"no-such-cursor"', cursor)
    assert broken != cursor
    world.add_message(ids[3], Said(Role.CUSTOMER, "Still there?"))
    world.tick(120)
    again = read(world.provider(), broken)
    assert ids[3] in again.ids
    assert len(again.one(ids[3]).messages) == 5


def test_an_unreadable_cursor_reads_everything_again(world: ZendeskWorld) -> None:
    ids = fill(world, 3)
    assert read(world.provider(), "not a cursor").ids == set(ids)


def test_comments_that_do_not_fit_into_memory_are_asked_for_one_ticket_at_a_time(
    world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(world, 30)
    monkeypatch.setattr("connector.providers.zendesk.ledger._MOST_BYTES", 20_000)
    reading = read(world.provider())
    assert reading.ids == set(ids)
    assert all(len(conversation.messages) == 4 for conversation in reading.conversations)
    assert 0 < asked(world, "/comments") < 30


def test_a_message_is_the_same_whichever_list_it_came_from(world: ZendeskWorld) -> None:
    ids = fill(world, 2)
    provider = world.provider()
    reading = read(provider)
    assert reading.one(ids[0]).messages == getattr(provider.conversation(ids[0]), "messages", None)


def test_tickets_of_ai_agents_have_no_events_and_are_read_all_the_same(world: ZendeskWorld) -> None:
    ids = fill(world, 2)
    world.account.tickets[int(ids[0])].support_type = "ai_agent"
    reading = read(world.provider())
    assert reading.ids == set(ids)
    assert len(reading.one(ids[0]).messages) == 4


def test_a_plan_without_conversation_log_is_asked_once_and_comments_serve(world: ZendeskWorld) -> None:
    world.account.quirks.has_conversation_log = False
    ids = fill(world, 4, messaging=4)
    for ticket_id in ids:
        ticket = world.account.tickets[int(ticket_id)]
        world.account.add_comment(ticket, ticket.requester_id, "the whole chat in one comment")
    world.tick(120)
    reading = read(world.provider())
    assert [len(conversation.messages) for conversation in reading.conversations] == [1, 1, 1, 1]
    assert asked(world, "conversation_log") == 1


def test_an_opted_out_contact_costs_no_request_and_is_known_beforehand(world: ZendeskWorld) -> None:
    contact = world.add_contact(opted_out=True)
    ticket_id = world.add_conversation([Said(Role.CUSTOMER, "Leave me out")], contact_id=contact)
    settle(world, world.provider())
    heads: list[Head] = []
    read(world.provider(), None, lambda head: bool(heads.append(head)))
    assert [(head.id, head.is_opted_out) for head in heads] == [(ticket_id, True)]
    assert asked(world, "/comments|users/show_many") == 0


def test_an_export_that_is_not_allowed_names_the_remedy(world: ZendeskWorld) -> None:
    world.account.users[world.account.admin.id].role = "agent"
    with pytest.raises(Misconfigured, match="admin"):
        read(world.provider())


def test_lost_answers_cost_time_and_no_ticket(world: ZendeskWorld) -> None:
    ids = fill(world, 60, messaging=20)
    rng = random.Random(3)  # noqa: S311 - reproducible, not secret
    original: Callable[..., object] = world._see

    def sometimes(request: object) -> None:
        original(request)
        if rng.random() < 0.2:
            world.cut_off()

    world._see = sometimes  # type: ignore[assignment, method-assign]
    found, _ = in_pieces(world)
    assert set(found) == set(ids)


def test_the_ledger_forgets_what_was_taken(world: ZendeskWorld) -> None:
    ids = fill(world, 3)
    provider = world.provider()
    from connector.providers.zendesk.changes import Ours

    ledger = Ledger(provider._http, start=1, edge=(), ours=Ours(None, frozenset(), frozenset()))
    ledger.read_through(int(world.now().timestamp()))
    ticket = {"id": int(ids[0]), "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    assert len(ledger.comments(ticket) or ()) == 4
    ledger.take(ids[0])
    assert ledger.comments(ticket) is None


@pytest.mark.parametrize("minutes", [-10, -1, 1, 10])
def test_a_clock_that_differs_from_zendesks_costs_no_storm_of_requests(minutes: int) -> None:
    world = ZendeskWorld(page_rows=2)
    ids = fill(world, 5)
    cursor = read(world.provider()).cursors[-1]
    world.tick(3600)
    for ticket_id in ids:
        world.add_message(ticket_id, Said(Role.CUSTOMER, "still broken"))
        world.tick(20)
    world.tick(61)
    before = len(world.requests)
    provider = world.provider()
    gate = provider._http.gate
    gate.now = lambda: world.now() + timedelta(minutes=minutes)
    for _ in range(3):
        cursor = read(provider, cursor).cursors[-1]
        world.tick(61)
    assert len(world.requests) - before <= 40
    found = {each.id: each for each in read(world.provider()).conversations}
    assert len(found[ids[0]].messages) == 5


def test_a_ticket_that_never_had_a_comment_costs_no_request_of_its_own() -> None:
    world = ZendeskWorld()
    fill(world, 3, said=0)
    read(world.provider())
    assert asked(world, r"/comments") == 0


def test_a_long_reading_waits_for_exports_and_asks_for_no_ticket_alone() -> None:
    """With ten exports a minute, of which five are ours, and no more patience than a worker has."""
    world = ZendeskWorld(page_rows=20, incremental_per_minute=10)
    ids = [world.add_conversation([Said(Role.CUSTOMER, f"Where is parcel {n}?")]) for n in range(200)]
    world.tick(300)
    began = world.now()
    pages = list(world.provider(patience=timedelta(seconds=15)).pages(None, lambda _head: True))
    assert {each.id for page in pages for each in page.conversations} == set(ids)
    assert [seen.path for seen in world.requests if "/comments" in seen.path] == []
    assert world.account.limits.refused == 0
    exports = sum("/incremental/" in seen.path for seen in world.requests)
    assert (world.now() - began).total_seconds() <= 60 * exports / 5


def test_a_database_that_is_busy_or_cut_off_parks_no_ticket(
    world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, 2, messaging=2)
    asks = OwnBudget.spend

    def busy(budget: OwnBudget, bucket: str, now: datetime) -> None:
        if bucket == LOG[-1]:
            raise Busy("the database is busy")
        asks(budget, bucket, now)

    monkeypatch.setattr(OwnBudget, "spend", busy)
    with pytest.raises(Busy):
        read(world.provider())
