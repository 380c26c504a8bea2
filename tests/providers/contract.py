"""The promises every provider keeps, numbered as in `docs/provider-contract.md`.

A provider's test file subclasses `ProviderContract`, adds a `world` fixture, and its own quirks below.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

import pytest
import requests

from connector.errors import Misconfigured, Reauthorize, RetryLater, Unsupported
from connector.fields import fields_to_create
from connector.model import Conversation, Head, Macro, Message, Outcome, Page, Parked, Role, Write
from connector.outcomes import ConversationFacts, DealFacts, Fact, Feedback, StageReached, Told
from connector.providers.base import Provider

from .world import NotApplicable, Said, World

T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., None])

CANARY = "marmalade-zeppelin-4711"
VALUES = {
    "empathy_score": 71,
    "empathy_band": "high",
    "empathy_sentiment": -0.25,
    "empathy_sentiment_band": "negative",
    "empathy_needs_attention": True,
    "empathy_reason": "The reply names the delay and says when it ends.",
    "empathy_scored_at": "2026-03-02T09:30:00Z",
}
HELLO = (Said(Role.CUSTOMER, "Where is my order?"), Said(Role.AGENT, "It leaves today."))


def promise(number: int) -> Callable[[Test], Test]:
    """The test of one numbered promise; skipped where the platform has no such thing."""

    def keep(test: Test) -> Test:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                test(*args, **kwargs)
            except NotApplicable as reason:
                pytest.skip(f"P{number}: {reason}")

        run.promise = number  # type: ignore[attr-defined]
        return run  # type: ignore[return-value]

    return keep


@dataclass
class Reading:
    """What a whole run over `pages` brought."""

    conversations: list[Conversation] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    def add(self, page: Page) -> None:
        self.conversations += page.conversations
        self.gone += page.gone
        self.parked += page.parked
        self.cursors.append(page.cursor)

    @property
    def ids(self) -> set[str]:
        return {conversation.id for conversation in self.conversations}

    def one(self, conversation_id: str) -> Conversation:
        """The conversation as it was read last."""
        return [each for each in self.conversations if each.id == conversation_id][-1]


@dataclass
class Telling:
    """What a whole run over `outcomes` brought."""

    facts: list[Fact] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    missing: dict[Told, str] = field(default_factory=dict)

    def of(self, conversation_id: str) -> dict[str, Any]:
        """What is told of a conversation, in whichever order it came."""
        told: dict[str, Any] = {}
        for each in self.facts:
            if isinstance(each, ConversationFacts) and each.id == conversation_id:
                told |= {name: value for name in FACTS if (value := getattr(each, name)) is not None}
        return told

    def ids(self) -> set[str]:
        return {each.id for each in self.facts if isinstance(each, ConversationFacts)}


FACTS = ("satisfaction", "first_reply_minutes", "resolution_minutes", "reopens")


def tell(provider: Provider, since: str | None = None) -> Telling:
    telling = Telling()
    for page in provider.outcomes(since):
        telling.facts += page.facts
        telling.cursors.append(page.cursor)
        telling.missing = dict(page.missing)
    return telling


def needs_outcomes(provider: Provider) -> None:
    if not provider.capabilities.outcomes:
        raise NotApplicable("the platform tells no outcomes")


def everything(_: Head) -> bool:
    return True


def read(
    provider: Provider, since: str | None = None, wanted: Callable[[Head], bool] = everything
) -> Reading:
    reading = Reading()
    for page in provider.pages(since, wanted):
        reading.add(page)
    return reading


def settle(world: World, provider: Provider) -> None:
    """Let the platform's index catch up with what was put in."""
    world.tick(provider.capabilities.index_lag.total_seconds() + 2)


def patiently(world: World, action: Callable[[], T], *, tries: int = 12) -> T:
    """What `action` answers once the trouble is over."""
    for _ in range(tries):
        try:
            return action()
        except RetryLater:
            world.tick(61)
    return action()


def said(messages: Iterable[Message]) -> list[tuple[str, str]]:
    return [(message.role.value, message.body) for message in messages]


def by_people(messages: Iterable[Message]) -> list[Message]:
    people = {Role.AGENT, Role.CUSTOMER}
    return [message for message in messages if message.role in people and not message.is_automated]


def write_all(provider: Provider, ids: Sequence[str], values: dict[str, Any]) -> dict[str, Outcome]:
    return {row.id: row.outcome for row in provider.write([Write(each, values) for each in ids])}


class ProviderContract:
    """Subclasses add the fixture `world`."""

    @pytest.fixture
    def provider(self, world: World) -> Provider:
        """A provider whose fields exist, where it needs them."""
        provider = world.provider()
        if provider.capabilities.needs_fields:
            provider.ensure_fields(fields_to_create(extended=False))
        return provider

    # Who am I?

    @promise(1)
    def test_the_account_is_named_and_stays_the_same(self, world: World, provider: Provider) -> None:
        account = provider.check()
        assert account.id
        assert account.name
        assert world.provider().check() == account

    @promise(2)
    def test_a_dead_token_asks_for_authorization(self, world: World, provider: Provider) -> None:
        world.kill_token()
        with pytest.raises(Reauthorize):
            provider.check()
        with pytest.raises(Reauthorize):
            read(world.provider())

    @promise(3)
    def test_a_missing_scope_is_named(self, world: World, provider: Provider) -> None:
        world.take_scope()
        with pytest.raises(Misconfigured, match=r"(?i)scope|permission|role"):
            provider.check()

    # Pages and cursors

    @promise(4)
    def test_an_empty_account_still_gives_a_cursor_to_go_on_from(
        self, world: World, provider: Provider
    ) -> None:
        first = read(provider)
        assert first.conversations == []
        assert first.cursors[-1]
        new = world.add_conversation(HELLO)
        settle(world, provider)
        assert read(provider, first.cursors[-1]).ids == {new}

    @promise(5)
    def test_a_first_run_reads_everything_the_account_has(self, world: World, provider: Provider) -> None:
        a_year_ago = world.now() - timedelta(days=365)
        ids = {world.add_conversation(HELLO, at=a_year_ago + timedelta(days=30 * n)) for n in range(12)}
        settle(world, provider)
        reading = read(provider)
        assert reading.ids == ids
        assert reading.parked == []
        assert all(len(by_people(each.messages)) == 2 for each in reading.conversations)

    @promise(6)
    def test_nothing_is_missed_when_all_changed_in_one_second(self, world: World, provider: Provider) -> None:
        at = world.now() - timedelta(hours=1)
        ids = {world.add_conversation(HELLO[:1], at=at) for _ in range(230)}
        settle(world, provider)
        assert read(provider).ids == ids

    @promise(7)
    def test_resuming_after_any_page_misses_nothing(self, world: World, provider: Provider) -> None:
        ids = set()
        for _ in range(230):
            ids.add(world.add_conversation(HELLO[:1]))
            world.tick(1)
        settle(world, provider)
        before: set[str] = set()
        for page in list(provider.pages(None, everything)):
            before |= {each.id for each in page.conversations}
            assert before | read(world.provider(), page.cursor).ids == ids

    @promise(8)
    def test_a_finished_cursor_finds_only_what_is_new(self, world: World, provider: Provider) -> None:
        for _ in range(5):
            world.add_conversation(HELLO)
        settle(world, provider)
        cursor = read(provider).cursors[-1]
        world.tick(3600 + 2 * provider.capabilities.index_lag.total_seconds())
        quiet = read(world.provider(), cursor)
        again = read(world.provider(), quiet.cursors[-1])
        assert again.conversations == []
        new = world.add_conversation(HELLO)
        settle(world, provider)
        assert read(world.provider(), again.cursors[-1]).ids == {new}

    @promise(9)
    def test_a_new_message_brings_its_conversation_back_whole(self, world: World, provider: Provider) -> None:
        changed, _other = world.add_conversation(HELLO), world.add_conversation(HELLO)
        settle(world, provider)
        cursor = read(provider).cursors[-1]
        world.tick(60)
        world.add_message(changed, Said(Role.CUSTOMER, "Thank you!"))
        settle(world, provider)
        bodies = [message.body for message in read(world.provider(), cursor).one(changed).messages]
        assert [any(text in body for body in bodies) for text in ("order", "today", "Thank")] == [True] * 3

    @promise(10)
    def test_an_empty_page_is_not_the_end(self, world: World, provider: Provider) -> None:
        for _ in range(230):
            world.add_conversation(HELLO[:1])
            world.tick(1)
        last = world.add_conversation(HELLO)
        settle(world, provider)
        assert read(provider, wanted=lambda head: head.id == last).ids == {last}

    @promise(11)
    def test_wanted_is_asked_once_for_each_and_a_no_leaves_it_out(
        self, world: World, provider: Provider
    ) -> None:
        ids = [world.add_conversation(HELLO) for _ in range(6)]
        settle(world, provider)
        asked: list[str] = []

        def wanted(head: Head) -> bool:
            asked.append(head.id)
            return head.id in ids[::2]

        assert read(provider, wanted=wanted).ids == set(ids[::2])
        assert sorted(asked) == sorted(ids)

    @promise(12)
    def test_a_cursor_for_an_instant_finds_what_changed_from_then_on(
        self, world: World, provider: Provider
    ) -> None:
        old = world.add_conversation(HELLO, at=world.now() - timedelta(days=40))
        recent = world.add_conversation(HELLO, at=world.now() - timedelta(days=3))
        settle(world, provider)
        found = read(provider, provider.cursor_at(world.now() - timedelta(days=10))).ids
        assert recent in found
        assert old not in found

    @promise(13)
    def test_a_change_that_is_no_message_brings_no_new_words(self, world: World, provider: Provider) -> None:
        touched = world.add_conversation(HELLO)
        settle(world, provider)
        first = read(provider)
        world.tick(60)
        world.touch(touched)
        settle(world, provider)
        for again in read(world.provider(), first.cursors[-1]).conversations:
            assert again.messages == first.one(again.id).messages

    @promise(14)
    def test_one_conversation_is_the_same_as_in_its_page(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(HELLO, contact_id=world.add_contact())
        settle(world, provider)
        alone, paged = provider.conversation(one), read(provider).one(one)
        assert alone is not None
        assert said(alone.messages) == said(paged.messages)
        assert alone.head.contact_id == paged.head.contact_id
        assert provider.conversation("987654321") is None

    # Messages

    @promise(15)
    def test_messages_come_oldest_first_with_times_in_utc(self, world: World, provider: Provider) -> None:
        there = timezone(timedelta(hours=-7))
        times = [datetime(2026, 2, 27, 23, 58, minute, tzinfo=there) for minute in (10, 20, 30)]
        roles = (Role.CUSTOMER, Role.AGENT, Role.CUSTOMER)
        one = world.add_conversation(
            [Said(role, f"number {n}", at=at) for n, (role, at) in enumerate(zip(roles, times, strict=True))]
        )
        settle(world, provider)
        messages = by_people(read(provider).one(one).messages)
        assert [message.role for message in messages] == list(roles)
        assert [message.sent_at for message in messages] == times
        assert {message.sent_at.tzinfo for message in messages if message.sent_at} == {UTC}

    @promise(16)
    def test_people_are_told_apart_from_each_other_and_from_machines(
        self, world: World, provider: Provider
    ) -> None:
        contact = world.add_contact()
        first, second = world.add_agent(name="First Agent"), world.add_agent(name="Second Agent")
        one = world.add_conversation(
            [
                Said(Role.CUSTOMER, "Hello from the customer"),
                Said(Role.BOT, "Hello from the bot"),
                Said(Role.AGENT, "Hello from the first agent", author_id=first),
                Said(Role.AGENT, "Hello from the second agent", author_id=second),
                Said(Role.SYSTEM, "Hello from the system"),
            ],
            contact_id=contact,
        )
        settle(world, provider)
        conversation = read(provider).one(one)
        customer, *agents = by_people(conversation.messages)
        assert customer.role is Role.CUSTOMER
        assert "from the customer" in customer.body
        assert [agent.role for agent in agents] == [Role.AGENT] * 2
        assert [agent.author_id for agent in agents] == [first, second]
        assert conversation.head.contact_id == contact

    @promise(17)
    def test_private_notes_are_never_taken_for_replies(self, world: World, provider: Provider) -> None:
        one = world.add_conversation([*HELLO, Said(Role.AGENT, "between us", is_public=False)])
        settle(world, provider)
        notes = [m for m in read(provider).one(one).messages if "between us" in m.body]
        assert [note.is_public for note in notes] == [False] * len(notes)
        assert len(notes) == provider.capabilities.private_notes

    @promise(18)
    def test_html_is_marked_as_such(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(
            [*HELLO, Said(Role.AGENT, "<p>On its <b>way</b> &amp; soon there</p>", is_html=True)]
        )
        settle(world, provider)
        last = by_people(read(provider).one(one).messages)[-1]
        assert ("<b>" in last.body and last.is_html) or "On its way & soon there" in last.body

    @promise(19)
    def test_odd_content_survives(self, world: World, provider: Provider) -> None:
        odd = ["", "👩🏽‍🚒 😡", "أين طلبي؟", "zero\u200bwidth", "x" * 1_000_000]
        ids = [
            world.add_conversation([Said(Role.CUSTOMER, text), Said(Role.AGENT, "I see.")]) for text in odd
        ]
        nothing_said = world.add_conversation([])
        settle(world, provider)
        reading = read(provider)
        assert reading.ids == {*ids, nothing_said}
        assert reading.parked == []
        for conversation_id, text in zip(ids, odd, strict=True):
            assert any(text in message.body for message in reading.one(conversation_id).messages)

    @promise(20)
    def test_an_opt_out_shows_before_anything_is_gathered(self, world: World, provider: Provider) -> None:
        out = world.add_conversation(HELLO, contact_id=world.add_contact(opted_out=True))
        in_ = world.add_conversation(HELLO, contact_id=world.add_contact())
        settle(world, provider)
        heads: dict[str, bool] = {}

        def wanted(head: Head) -> bool:
            heads[head.id] = head.is_opted_out
            return not head.is_opted_out

        assert read(provider, wanted=wanted).ids == {in_}
        assert heads == {out: True, in_: False}

    @promise(21)
    def test_deletions_are_told_or_clearly_not(self, world: World, provider: Provider) -> None:
        kept, lost = world.add_conversation(HELLO), world.add_conversation(HELLO)
        settle(world, provider)
        before = world.now() - timedelta(minutes=1)
        cursor = read(provider).cursors[-1]
        world.tick(60)
        world.delete(lost)
        settle(world, provider)
        assert provider.conversation(lost) is None
        again = read(world.provider(), cursor)
        assert lost not in again.ids
        if provider.capabilities.deletions:
            assert lost in {*again.gone, *provider.deleted(before)}
            assert kept not in {*again.gone, *provider.deleted(before)}
        else:
            with pytest.raises(Unsupported):
                list(provider.deleted(before))

    # Writing

    @promise(22)
    def test_a_write_sets_our_fields(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(HELLO)
        assert write_all(provider, [one], VALUES) == {one: Outcome.WRITTEN}
        assert world.values_of(one) == VALUES

    @promise(23)
    def test_writing_twice_is_writing_once(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(HELLO)
        write_all(provider, [one], VALUES)
        assert write_all(provider, [one], VALUES)[one] in (Outcome.WRITTEN, Outcome.UNCHANGED)
        assert world.values_of(one) == VALUES

    @promise(24)
    def test_none_leaves_a_field_blank(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(HELLO)
        write_all(provider, [one], VALUES)
        write_all(provider, [one], {**VALUES, "empathy_score": None, "empathy_band": "not_applicable"})
        rest = {name: value for name, value in VALUES.items() if name != "empathy_score"}
        assert world.values_of(one) == {**rest, "empathy_band": "not_applicable"}

    @promise(25)
    def test_a_write_touches_nothing_else(self, world: World, provider: Provider) -> None:
        one = world.add_conversation(HELLO)
        other = world.add_conversation(HELLO)
        before = world.other_values_of(one)
        write_all(provider, [one], VALUES)
        assert world.other_values_of(one) == before
        assert world.values_of(other) == {}

    @promise(26)
    def test_one_gone_or_closed_conversation_does_not_stop_the_others(
        self, world: World, provider: Provider
    ) -> None:
        first, gone, closed, last = (world.add_conversation(HELLO) for _ in range(4))
        world.delete(gone)
        world.close(closed)
        outcomes = write_all(provider, [first, gone, closed, last], VALUES)
        assert [outcomes[first], outcomes[gone], outcomes[last]] == [
            Outcome.WRITTEN,
            Outcome.GONE,
            Outcome.WRITTEN,
        ]
        assert outcomes[closed] in (Outcome.LOCKED, Outcome.WRITTEN)
        assert bool(world.values_of(closed)) == (outcomes[closed] is Outcome.WRITTEN)
        assert world.values_of(first) == world.values_of(last) == VALUES

    @promise(27)
    def test_any_number_of_rows_is_written_in_order_within_the_batch(
        self, world: World, provider: Provider
    ) -> None:
        ids = [world.add_conversation(HELLO[:1]) for _ in range(provider.capabilities.write_batch + 5)]
        written = provider.write([Write(each, VALUES) for each in ids])
        assert [row.id for row in written] == ids
        assert {row.outcome for row in written} == {Outcome.WRITTEN}
        assert world.values_of(ids[0]) == world.values_of(ids[-1]) == VALUES

    @promise(28)
    def test_no_row_is_sent_twice(self, world: World, provider: Provider) -> None:
        ids = [world.add_conversation(HELLO[:1]) for _ in range(7)]
        write_all(provider, ids, VALUES)
        assert [world.writes_to(each) for each in ids] == [1] * len(ids)

    @promise(29)
    def test_our_own_writes_bring_no_new_words(self, world: World, provider: Provider) -> None:
        ids = [world.add_conversation(HELLO) for _ in range(3)]
        settle(world, provider)
        first = read(provider)
        world.tick(60)
        write_all(provider, ids, VALUES)
        settle(world, provider)
        for again in read(world.provider(), first.cursors[-1]).conversations:
            assert again.messages == first.one(again.id).messages

    @promise(30)
    def test_fields_are_created_once(self, world: World) -> None:
        provider = world.provider()
        fields = fields_to_create(extended=True)
        wanted = {each.name for each in fields if each.on == "conversation"}
        first = provider.ensure_fields(fields)
        assert wanted <= first.keys()
        assert provider.ensure_fields(fields) == first
        assert world.provider().ensure_fields(fields) == first

    @promise(31)
    def test_a_field_of_our_name_but_another_type_is_a_clear_error(self, world: World) -> None:
        world.make_clash()
        with pytest.raises(Misconfigured, match=r"(?i)empathy.*type|type.*empathy"):
            world.provider().ensure_fields(fields_to_create(extended=True))

    @promise(32)
    def test_contact_fields_are_written_or_clearly_not(self, world: World, provider: Provider) -> None:
        row = Write(world.add_contact(), {"empathy_contact_sentiment": -0.5, "empathy_contact_score": 62})
        if provider.capabilities.contact_fields:
            provider.ensure_fields(fields_to_create(extended=True))
            assert [each.outcome for each in provider.write_contacts([row])] == [Outcome.WRITTEN]
        else:
            with pytest.raises(Unsupported):
                provider.write_contacts([row])

    @promise(33)
    def test_a_contacts_history_is_told_newest_first_or_clearly_not(
        self, world: World, provider: Provider
    ) -> None:
        contact = world.add_contact()
        mine = []
        for _ in range(4):
            mine.append(world.add_conversation(HELLO, contact_id=contact))
            world.tick(3600)
        theirs = world.add_conversation(HELLO, contact_id=world.add_contact())
        settle(world, provider)
        if not provider.capabilities.history:
            with pytest.raises(Unsupported):
                provider.history(contact, 3)
            return
        past = provider.history(contact, 3)
        assert len(past) == 3
        assert [each.at for each in past] == sorted((each.at for each in past), reverse=True)
        assert theirs not in {each.id for each in provider.history(contact, 50)}
        assert set(mine) <= {each.id for each in provider.history(contact, 50)}
        assert {each.at.tzinfo for each in past} == {UTC}

    # Trouble

    @promise(34)
    def test_busy_says_when_and_nothing_is_sent_before(self, world: World, provider: Provider) -> None:
        world.be_busy(seconds=90)
        with pytest.raises(RetryLater) as trouble:
            provider.check()
        assert trouble.value.not_before_at >= world.now() + timedelta(seconds=89)
        assert str(trouble.value).endswith(".")
        assert "\n" not in str(trouble.value)
        sent = len(world.requests)
        with pytest.raises(RetryLater):
            read(provider)
        assert len(world.requests) == sent
        world.tick(91)
        assert provider.check().id

    @promise(35)
    def test_down_or_cut_off_is_retried_later_and_soon(self, world: World, provider: Provider) -> None:
        for trouble in (world.be_down, world.cut_off):
            trouble(times=10)
            with pytest.raises(RetryLater) as later:
                provider.check()
            assert world.now() < later.value.not_before_at <= world.now() + timedelta(seconds=60)
            assert patiently(world, provider.check).id

    @promise(36)
    def test_trouble_in_the_middle_of_a_run_loses_nothing(self, world: World, provider: Provider) -> None:
        ids = {world.add_conversation(HELLO) for _ in range(30)}
        settle(world, provider)
        asked = 0
        done: set[str] = set()
        cursor = None

        def wanted(_: Head) -> bool:
            nonlocal asked
            asked += 1
            if asked in (1, 10, 20, 45):
                world.be_busy(seconds=5)
            return True

        def run() -> None:
            nonlocal cursor
            for page in world.provider().pages(cursor, wanted):
                done.update(each.id for each in page.conversations)
                cursor = page.cursor

        patiently(world, run)
        assert asked >= 30
        assert done == ids

    @promise(37)
    def test_a_lost_answer_to_a_write_is_never_taken_for_success(
        self, world: World, provider: Provider
    ) -> None:
        one = world.add_conversation(HELLO)
        settle(world, provider)
        world.cut_off(times=10)
        try:
            outcomes = write_all(provider, [one], VALUES)
        except RetryLater:
            outcomes = {}
        assert outcomes == {}
        later: dict[str, Outcome] = {}
        for _ in range(12):
            later = later or patiently(world, lambda: write_all(world.provider(), [one], VALUES))
            world.tick(61)
        assert later[one] in (Outcome.WRITTEN, Outcome.UNCHANGED)
        assert world.values_of(one) == VALUES

    # Manners

    @promise(38)
    def test_words_never_reach_a_log_or_a_repr(
        self,
        world: World,
        provider: Provider,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        contact = world.add_contact()
        one = world.add_conversation(
            [Said(Role.CUSTOMER, f"secret {CANARY}"), Said(Role.AGENT, f"about {CANARY}")], contact_id=contact
        )
        settle(world, provider)
        pages = list(provider.pages(None, everything))
        alone = provider.conversation(one)
        assert CANARY in pages[0].conversations[0].messages[0].body
        write_all(provider, [one], VALUES)
        out = capsys.readouterr()
        shown = (caplog.text, out.out, out.err, repr(pages), repr(alone), repr(provider))
        assert [CANARY in text for text in shown] == [False] * len(shown)

    @promise(39)
    def test_every_request_has_a_timeout_and_our_name(
        self, world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        timeouts: list[Any] = []
        send = requests.Session.send

        def noting(session: requests.Session, request: Any, **options: Any) -> requests.Response:
            timeouts.append(options.get("timeout"))
            return send(session, request, **options)

        monkeypatch.setattr(requests.Session, "send", noting)
        one = world.add_conversation(HELLO, contact_id=world.add_contact())
        settle(world, provider)
        provider.check()
        read(provider)
        write_all(provider, [one], VALUES)
        if not world.requests:
            raise NotApplicable("nothing is requested from anywhere")
        assert all(timeouts)
        names = {
            {key.lower(): value for key, value in seen.headers.items()}.get("user-agent", "")
            for seen in world.requests
        }
        assert {name.startswith("empathy-connector/") for name in names} == {True}, names

    @promise(40)
    def test_disconnecting_never_raises_for_a_token_that_is_dead(
        self, world: World, provider: Provider
    ) -> None:
        try:
            world.kill_token()
        except NotApplicable:
            provider.disconnect()
            assert provider.check().id
            return
        provider.disconnect()

    # People who are not to be kept

    @promise(41)
    def test_a_contact_is_found_by_the_whole_address_or_clearly_not(
        self, world: World, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        if not provider.capabilities.contact_search:
            with pytest.raises(Unsupported):
                provider.find_contact("sam.canary@shop.example")
            return
        caplog.set_level(logging.DEBUG)
        mine = world.add_contact(email="sam.canary@shop.example")
        world.add_contact(email="sam.canary@other.example")
        world.add_contact()
        settle(world, provider)
        assert list(provider.find_contact("Sam.Canary@shop.example")) == [mine]
        assert list(provider.find_contact("sam.canary")) == []
        shown = f"{caplog.text} {provider!r}"
        try:
            world.be_down(times=10)
        except NotApplicable:
            pass
        else:
            with pytest.raises(RetryLater) as trouble:
                provider.find_contact("sam.canary@shop.example")
            shown += f"{caplog.text} {trouble.value!r}"
        assert "canary" not in shown

    @promise(42)
    def test_deleted_contacts_are_told_or_clearly_not(self, world: World, provider: Provider) -> None:
        if not provider.capabilities.contact_deletions:
            with pytest.raises(Unsupported):
                list(provider.deleted_contacts(world.now()))
            return
        kept, before, lost = (world.add_contact() for _ in range(3))
        world.add_conversation(HELLO, contact_id=lost)
        world.delete_contact(before)
        world.tick(3600)
        since = world.now() - timedelta(minutes=1)
        world.tick(60)
        world.delete_contact(lost)
        settle(world, provider)
        told = set(provider.deleted_contacts(since))
        assert lost in told
        assert kept not in told

    @promise(43)
    def test_contacts_who_opted_out_are_listed_without_any_change_of_a_conversation(
        self, world: World, provider: Provider
    ) -> None:
        if not provider.capabilities.opt_out_list:
            with pytest.raises(Unsupported):
                list(provider.opted_out_contacts())
            return
        provider.ensure_fields(fields_to_create(extended=False))
        out, back, never = (world.add_contact() for _ in range(3))
        world.opt_out(out)
        world.opt_out(back)
        settle(world, provider)
        assert set(provider.opted_out_contacts()) == {out, back}
        world.opt_out(back, is_out=False)
        settle(world, provider)
        assert set(provider.opted_out_contacts()) == {out}
        assert never not in provider.opted_out_contacts()

    @promise(45)
    @pytest.mark.parametrize("kind", ["brand", "queue", "pipeline", "channel"])
    def test_brand_queue_pipeline_and_channel_show_before_anything_is_gathered(
        self, world: World, provider: Provider, kind: str
    ) -> None:
        if kind not in provider.capabilities.labels:
            raise NotApplicable(f"the platform tells no {kind}")
        out, in_ = world.add_conversation(HELLO), world.add_conversation(HELLO)
        world.place_in(out, kind, "71")
        settle(world, provider)
        before = len(world.requests)

        def wanted(head: Head) -> bool:
            return head.attributes.get(kind) != "71"

        reading = read(provider, wanted=wanted)
        assert reading.ids == {in_}
        # `/comments`, the conversation log and threads name their ticket: none is asked of this one alone
        asked = [seen.path for seen in world.requests[before:]]
        assert not [path for path in asked if out in re.split(r"[/?=&,.]", path)]
        world.tick(60)
        world.place_in(in_, kind, "71")
        settle(world, provider)
        assert in_ not in read(world.provider(), reading.cursors[-1], wanted=wanted).ids

    @promise(44)
    def test_blanking_every_field_leaves_nothing_of_ours(self, world: World, provider: Provider) -> None:
        one, other = world.add_conversation(HELLO), world.add_conversation(HELLO)
        write_all(provider, [one, other], VALUES)
        assert write_all(provider, [one], dict.fromkeys(VALUES)) == {one: Outcome.WRITTEN}
        left = {name: value for name, value in world.values_of(one).items() if value is not False}
        assert left == {}
        assert world.values_of(other) == VALUES
        assert write_all(provider, [one], dict.fromkeys(VALUES))[one] in (Outcome.WRITTEN, Outcome.UNCHANGED)

    @promise(46)
    def test_webhooks_are_made_once_each_with_its_secret_or_refused(self, provider: Provider) -> None:
        address = "https://empathy.example.test/webhooks/here"
        if not provider.capabilities.webhooks:
            with pytest.raises(Unsupported):
                provider.ensure_hooks(address)
            return
        made = provider.ensure_hooks(address)
        assert made
        assert all(each.secret and each.id for each in made)
        assert {each.id for each in provider.ensure_hooks(address)} == {each.id for each in made}
        assert not [each for each in made if each.secret in repr(each)]

    @promise(47)
    def test_templates_are_made_once_and_inactive_or_refused(self, provider: Provider) -> None:
        if not provider.capabilities.templates:
            with pytest.raises(Unsupported):
                provider.ensure_templates()
            return
        made = provider.ensure_templates()
        assert made
        assert all(each.is_new and not each.is_active for each in made)
        assert not [each for each in provider.ensure_templates() if each.is_new]

    @promise(48)
    def test_one_conversation_that_is_not_wanted_is_not_read(self, world: World, provider: Provider) -> None:
        provider.ensure_fields(fields_to_create(extended=False))
        out = world.add_contact(opted_out=True)
        one, other = world.add_conversation(HELLO, contact_id=out), world.add_conversation(HELLO)
        settle(world, provider)
        asked: list[Head] = []
        before = len(world.requests)

        def wanted(head: Head) -> bool:
            asked.append(head)
            return not head.is_opted_out

        reader = world.provider()
        reader.ensure_fields(fields_to_create(extended=False))
        assert reader.conversation(one, wanted) is None
        told = " ".join(seen.path for seen in world.requests[before:])
        assert not [word for word in ("comments", "conversation_log", "threads", "emails") if word in told]
        found = reader.conversation(other, wanted)
        assert found is not None
        assert by_people(found.messages)
        assert [(head.id, head.is_opted_out) for head in asked] == [(one, True), (other, False)]

    @promise(49)
    def test_a_thread_leads_to_its_conversation_or_is_refused(self, world: World, provider: Provider) -> None:
        if not provider.capabilities.threads:
            with pytest.raises(Unsupported):
                provider.conversation_of("1")
            return
        one, other = world.add_conversation(HELLO), world.add_conversation(HELLO)
        threads = [world.thread_of(each) for each in (one, other)]
        assert [provider.conversation_of(each) for each in threads] == [one, other]
        assert provider.conversation_of("987654321") is None

    @promise(50)
    def test_what_became_of_conversations_is_told_as_far_as_the_flag_says_or_refused(
        self, world: World, provider: Provider
    ) -> None:
        can = provider.capabilities.outcomes
        if not can:
            with pytest.raises(Unsupported):
                list(provider.outcomes(None))
            return
        one, other = world.add_conversation(HELLO), world.add_conversation(HELLO)
        world.tick(3600)
        world.tell_outcome(one, rating=4, first_reply_minutes=15, resolution_minutes=45)
        if Told.REOPENS in can:
            world.tell_outcome(other, rating="bad", reopens=2)
        settle(world, provider)
        telling = tell(world.provider())
        assert telling.missing == {}
        assert telling.of(one)["satisfaction"] == 75
        assert telling.of(one)["first_reply_minutes"] == pytest.approx(15)
        assert telling.of(one)["resolution_minutes"] == pytest.approx(45)
        if Told.REOPENS in can:
            assert (telling.of(other)["satisfaction"], telling.of(other)["reopens"]) == (0, 2)
        told = {group for each in telling.facts if isinstance(each, ConversationFacts) for group in each.told}
        assert told <= set(can)

    @promise(51)
    def test_stages_deals_and_answers_are_told_with_whose_they_are(
        self, world: World, provider: Provider
    ) -> None:
        needs_outcomes(provider)
        if Told.STAGES not in provider.capabilities.outcomes:
            settle(world, provider)
            assert not [each for each in tell(provider).facts if isinstance(each, StageReached | DealFacts)]
            return
        sam, pat = world.add_contact(), world.add_contact()
        at = world.now() - timedelta(days=3)
        world.reach_stage(sam, "lead", at - timedelta(days=9))
        world.reach_stage(sam, "customer", at)
        won = world.close_deal(sam, is_won=True, amount=120.5, at=at)
        lost = world.close_deal(pat, is_won=False, amount=80, at=at)
        world.answer_survey(pat, recommend=9, comment=CANARY)
        settle(world, provider)
        telling = tell(world.provider())
        stages = {each for each in telling.facts if isinstance(each, StageReached)}
        assert stages == {
            StageReached(sam, "lead", at - timedelta(days=9)),
            StageReached(sam, "customer", at),
        }
        deals = {each.id: each for each in telling.facts if isinstance(each, DealFacts)}
        assert (deals[won].contact_id, deals[won].is_won, deals[won].amount) == (sam, True, 120.5)
        assert (deals[lost].contact_id, deals[lost].is_won, deals[lost].at) == (pat, False, at)
        [answer] = [each for each in telling.facts if isinstance(each, Feedback)]
        assert (answer.contact_id, answer.recommend, answer.comment) == (pat, 9, CANARY)

    @promise(52)
    def test_a_finished_telling_goes_on_with_what_changed_and_every_cursor_is_safe(
        self, world: World, provider: Provider
    ) -> None:
        needs_outcomes(provider)
        talks = [world.add_conversation(HELLO) for _ in range(3)]
        for each in talks:
            world.tell_outcome(each, first_reply_minutes=5)
        settle(world, provider)
        world.tick(3600)
        first = tell(world.provider())
        assert first.ids() >= set(talks)
        for number, cursor in enumerate(first.cursors[:-1]):
            seen = {
                each for page in list(world.provider().outcomes(None))[: number + 1] for each in page.facts
            }
            rest = set(tell(world.provider(), cursor).facts)
            assert {each.id for each in seen | rest if isinstance(each, ConversationFacts)} >= set(talks)
        world.tell_outcome(talks[1], first_reply_minutes=7)
        settle(world, provider)
        again = tell(world.provider(), first.cursors[-1])
        assert again.of(talks[1])["first_reply_minutes"] == pytest.approx(7)
        assert talks[0] not in again.ids()

    @promise(53)
    def test_what_the_account_does_not_give_is_named_and_the_rest_is_told(
        self, world: World, provider: Provider
    ) -> None:
        needs_outcomes(provider)
        one = world.add_conversation(HELLO)
        world.tell_outcome(one, first_reply_minutes=5)
        world.take_surveys()
        settle(world, provider)
        telling = tell(world.provider())
        assert Told.FEEDBACK in telling.missing
        assert all(telling.missing.values())
        assert set(telling.missing) <= set(provider.capabilities.outcomes)
        assert telling.of(one)["first_reply_minutes"] == pytest.approx(5)

    @promise(54)
    def test_a_telling_is_cheap_when_nothing_changed_and_shows_no_comment(
        self, world: World, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        needs_outcomes(provider)
        caplog.set_level(logging.DEBUG)
        one = world.add_conversation(HELLO)
        world.tell_outcome(one, rating=2, comment=CANARY)
        settle(world, provider)
        pages = list(world.provider().outcomes(None))
        said = [each for page in pages for each in page.facts if isinstance(each, Feedback)]
        assert [each.comment for each in said] == [CANARY]
        assert CANARY not in repr(pages) + caplog.text
        assert CANARY not in pages[-1].cursor
        settle(world, provider)
        world.tick(86_400)
        before = len(world.requests)
        list(world.provider().outcomes(pages[-1].cursor))
        assert len(world.requests) - before <= 6

    @promise(55)
    def test_the_texts_kept_for_pasting_are_told_or_refused(
        self, world: World, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        if not provider.capabilities.macros:
            with pytest.raises(Unsupported):
                list(provider.macros())
            return
        assert list(provider.macros()) == []
        one = world.add_macro(f"Dear {{{{name}}}}, {CANARY}")
        other = world.add_macro("<p>We are on it.</p>", is_html=True)
        found = {each.id: each for each in world.provider().macros()}
        assert found == {
            one: Macro(one, f"Dear {{{{name}}}}, {CANARY}"),
            other: Macro(other, "<p>We are on it.</p>", is_html=True),
        }
        assert CANARY not in repr(found) + caplog.text
