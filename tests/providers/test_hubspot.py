"""The HubSpot account: the contract in its three shapes, and what only HubSpot does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from connector.errors import Misconfigured, Reauthorize, RetryLater, Unreadable
from connector.fields import all_fields, fields_to_create
from connector.model import Head, Outcome, Page, Role, Token, Write
from connector.providers import hubspot
from connector.providers.base import Provider
from connector.providers.gate import Gate
from connector.providers.http import Http, plain_session
from connector.providers.hubspot.paths import THREADS, VERSION
from tests.fakes.clock import Clock
from tests.fakes.hubspot_desk import DeskFiller
from tests.fakes.hubspot_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.hubspot_pool import WsgiPool
from tests.fakes.hubspot_trouble import Arrived, Trouble
from tests.fakes.hubspot_world import FixedTokens, HubSpotWorld
from tests.fakes.wsgi import WsgiAdapter

from .contract import ProviderContract
from .world import Said

PATIENT = timedelta(seconds=120)
PAIR = (Said(Role.CUSTOMER, "Where is it?"), Said(Role.AGENT, "It leaves today."))


class TestThreadsContract(ProviderContract):
    """Every promise, with conversations as inbox threads."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld()


class TestEmailsContract(ProviderContract):
    """Every promise, with conversations as logged e-mails."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld(shape="emails")


class TestDoubledContract(ProviderContract):
    """Every promise, with every inbox mail standing there twice."""

    @pytest.fixture
    def world(self) -> HubSpotWorld:
        return HubSpotWorld(is_doubled=True)


@pytest.fixture
def world() -> HubSpotWorld:
    return HubSpotWorld()


def with_fields(world: HubSpotWorld) -> Provider:
    provider = world.provider(patience=PATIENT)
    provider.ensure_fields(fields_to_create(extended=True))
    return provider


def pages_of(
    provider: Provider, since: str | None = None, wanted: Callable[[Head], bool] = lambda _: True
) -> list[Page]:
    return list(provider.pages(since, wanted))


def paths_since(world: HubSpotWorld, before: int) -> list[str]:
    return [seen.path.partition("?")[0] for seen in world.requests[before:]]


# What it costs


@pytest.mark.parametrize("minutes_ago", [60, 0])
def test_an_echo_of_our_own_writes_costs_few_requests_and_gathers_nothing(
    world: HubSpotWorld, minutes_ago: int
) -> None:
    ids = [world.add_conversation(PAIR) for _ in range(250)]
    world.tick(60 * minutes_ago)
    provider = with_fields(world)
    provider.check()
    pages = pages_of(provider)
    assert {each.id for page in pages for each in page.conversations} == set(ids)
    assert max(len(page.conversations) for page in pages) == 100
    assert provider.write([Write(each, {"empathy_score": 50}) for each in ids])
    assert len(world.requests) <= 1.25 * len(ids) + 60
    before, heads = len(world.requests), []

    def known(head: Head) -> bool:
        heads.append(head)
        return not head.is_quiet

    world.tick(1)
    again = pages_of(world.provider(patience=PATIENT), pages[-1].cursor, known)
    assert [head.is_quiet for head in heads] == [True] * len(ids)
    assert not any(page.conversations for page in again)
    assert len(world.requests) - before <= 10
    world.tick(3600)
    later = pages_of(world.provider(patience=PATIENT), again[-1].cursor, known)
    world.tick(3600)
    before = len(world.requests)
    assert len(pages_of(world.provider(), later[-1].cursor)) == 1
    assert len(world.requests) - before <= 8


def test_no_call_goes_to_an_undated_path(world: HubSpotWorld) -> None:
    DeskFiller(world.account).fill(46)
    provider = with_fields(world)
    provider.check()
    found = [each for page in pages_of(provider) for each in page.conversations]
    provider.write([Write(each.id, {"empathy_score": 1}) for each in found])
    provider.history(next(each.head.contact_id for each in found if each.head.contact_id), 10)
    assert list(provider.deleted(world.now() - timedelta(days=90)))
    assert world.app.undated == world.app.unknown == []
    assert all(f"/{VERSION}" in path for path in paths_since(world, 0))


def test_every_case_of_a_desk_is_read(world: HubSpotWorld) -> None:
    desk = DeskFiller(world.account).fill(60)
    pages = pages_of(with_fields(world), None, lambda head: not head.is_opted_out)
    found = {each.id: each for page in pages for each in page.conversations}
    assert set(found) == desk.alive
    assert not any(page.parked for page in pages)
    for case, counts in {
        "doubled": (1, 1),
        "thread": (1, 1),
        "emails": (1, 1),
        "description": (1, 0),
    }.items():
        for each in desk.by_case[case]:
            roles = [message.role for message in found[each].messages if message.is_public]
            assert (roles.count(Role.CUSTOMER), roles.count(Role.AGENT)) == counts, case
    cut = found[desk.by_case["truncated"][0]]
    assert all(len(message.body) > 40 for message in cut.messages)


# Interruptions


@dataclass
class ClosingInTheMiddle(Trouble):
    """Wants half a minute of peace when the eleventh thread is asked for."""

    asked: int = 0

    def at_the_door(self, arrived: Arrived, *, is_search: bool) -> Any:
        self.asked += arrived.path.partition("?")[0].endswith("/messages")
        if self.asked == 11:
            self.asked += 1
            self.be_busy(seconds=30)
        return super().at_the_door(arrived, is_search=is_search)


def test_a_limit_in_the_middle_keeps_what_was_gathered(world: HubSpotWorld) -> None:
    ids = [world.add_conversation(PAIR) for _ in range(30)]
    world.app.trouble = trouble = ClosingInTheMiddle(now=world.now)
    pages = world.provider().pages(None, lambda _: True)
    first = next(pages)
    with pytest.raises(RetryLater) as later:
        next(pages)
    assert [each.id for each in first.conversations] == ids[:10]
    assert later.value.not_before_at == world.now() + timedelta(seconds=30)
    world.tick(30)
    rest = pages_of(world.provider(), first.cursor)
    assert [each.id for page in rest for each in page.conversations] == ids[10:]
    assert trouble.violations == []


@pytest.mark.parametrize("trouble", ["busy", "lossy", "narrow"])
def test_trouble_delays_the_work_and_loses_nothing(trouble: str) -> None:
    world = HubSpotWorld(burst=10 if trouble == "narrow" else 110)
    desk = DeskFiller(world.account).fill(46)
    world.app.trouble.busy_every = 7 if trouble == "busy" else None
    world.app.trouble.lose_rate = 0.05 if trouble == "lossy" else 0.0
    provider = with_fields(world)
    found = {each.id for page in pages_of(provider) for each in page.conversations}
    assert found >= desk.alive
    written = provider.write([Write(each, {"empathy_band": "fair"}) for each in sorted(found)])
    assert {row.outcome for row in written} == {Outcome.WRITTEN}
    assert world.app.trouble.violations == []


def test_a_run_without_patience_finishes_within_a_narrow_share() -> None:
    world = HubSpotWorld(burst=20)
    ids = [world.add_conversation(PAIR) for _ in range(30)]
    world.provider().check()
    found = [each.id for page in pages_of(world.provider()) for each in page.conversations]
    assert found == ids
    assert world.app.trouble.refusals == 0


def test_a_search_limit_without_a_header_is_waited_for(world: HubSpotWorld) -> None:
    world.add_conversation(PAIR)
    world.app.trouble.be_busy(seconds=None)
    before = world.now()
    assert len(pages_of(world.provider(patience=PATIENT))[0].conversations) == 1
    assert world.now() >= before + timedelta(seconds=10)


def test_a_token_that_runs_out_is_renewed_once_for_the_packages_calls_too(world: HubSpotWorld) -> None:
    class Renewing(FixedTokens):
        renewals = 0

        def renew(self, stale: str) -> str:
            self.renewals += 1
            self._token = world.account.grant("pat-na1-another-fake-token")
            return "pat-na1-another-fake-token"

    tokens = Renewing("pat-na1-expired-fake-token")
    world.add_conversation(PAIR)
    assert len(pages_of(world.provider(tokens=tokens))[0].conversations) == 1
    assert tokens.renewals == 1


# Opt-out and quiet tickets


def test_a_touched_ticket_of_an_opted_out_contact_is_not_read(world: HubSpotWorld) -> None:
    contact = world.add_contact(opted_out=True)
    with_fields(world)
    ticket = world.add_conversation(PAIR, contact_id=contact)
    world.tick(3600)
    cursor = world.provider().cursor_at(world.now())
    world.touch(ticket)
    world.tick(600)
    heads: list[Head] = []
    before = len(world.requests)

    def noted(head: Head) -> bool:
        heads.append(head)
        return not head.is_opted_out

    pages_of(world.provider(), cursor, noted)
    assert [(head.id, head.is_opted_out) for head in heads] == [(ticket, True)]
    assert not any(path.endswith("/messages") for path in paths_since(world, before))


@pytest.mark.parametrize("shape", ["thread", "emails"])
def test_a_message_that_leaves_the_tickets_own_date_alone_is_found(shape: str) -> None:
    world = HubSpotWorld(shape=shape)
    ticket, other = world.add_conversation(PAIR), world.add_conversation(PAIR)
    world.tick(3600)
    cursor = pages_of(world.provider())[-1].cursor
    world.tick(3600)
    stamp = dict(world.account.objects["tickets"][ticket].values)
    world.add_message(ticket, Said(Role.AGENT, "One more thing."))
    assert world.account.objects["tickets"][ticket].values == stamp
    world.tick(600)
    again = [each for page in pages_of(world.provider(), cursor) for each in page.conversations]
    assert [each.id for each in again] == [ticket] != [other]
    assert len(again[0].messages) == 3


# The conversations prefix and wrong addresses


def provider_of(app: Any) -> Provider:
    session = plain_session()
    session.mount("https://", WsgiAdapter(app))
    clock = Clock()
    gate = Gate(hubspot.RATES, read_limits=hubspot.read_limits, now=clock.now, sleep=clock.tick)
    http = Http(hubspot.origin({}), gate=gate, tokens=FixedTokens("pat-na1-fake"), session=session)
    return hubspot.HubSpotProvider(http, settings={}, field_ids=None, pool=WsgiPool(app))


def answering(status: str, body: bytes) -> Callable[..., list[bytes]]:
    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Type", "text/plain")])
        return [body]

    return app


def test_the_guides_spelling_of_the_conversations_prefix_is_found_and_remembered(world: HubSpotWorld) -> None:
    world.add_conversation(PAIR)
    asked: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if path.startswith("/conversations"):
            asked.append(path)
        if path.startswith(THREADS[0]):
            return answering("404 Not Found", b"<html>Not here</html>")(environ, start_response)
        environ["PATH_INFO"] = path.replace(THREADS[1], THREADS[0])
        return world.app(environ, start_response)

    world.account.grant("pat-na1-fake")
    assert len(pages_of(provider_of(app))[0].conversations[0].messages) == 2
    assert [path.startswith(THREADS[0]) for path in asked] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "body"),
    [("200 OK", b'{"hello": 1}'), ("404 Not Found", b"<html></html>"), ("403 Forbidden", b"{}")],
)
def test_an_address_that_is_not_hubspots_is_a_clear_error(status: str, body: bytes) -> None:
    with pytest.raises(Misconfigured, match="HubSpot"):
        provider_of(answering(status, body)).check()


def test_an_answer_that_is_not_json_is_a_clear_error() -> None:
    with pytest.raises(Unreadable, match="not a JSON object"):
        pages_of(provider_of(answering("200 OK", b"<html></html>")))


@pytest.mark.parametrize(
    "scope", ["tickets", "conversations.read", "sales-email-read", "crm.objects.contacts.read"]
)
def test_each_scope_we_need_is_named_when_it_is_missing(world: HubSpotWorld, scope: str) -> None:
    world.taken_scope = scope
    world.take_scope()
    with pytest.raises(Misconfigured, match=scope):
        world.provider().check()


def test_without_the_owners_scope_replies_are_still_read() -> None:
    world = HubSpotWorld(shape="emails")
    world.add_conversation(PAIR)
    world.taken_scope = "crm.objects.owners.read"
    world.take_scope()
    message = pages_of(world.provider())[0].conversations[0].messages[1]
    assert (message.role, (message.author_id or "")[:2]) == (Role.AGENT, "O-")


def test_an_account_that_keeps_its_calls_from_us_is_read_without_them() -> None:
    world = HubSpotWorld(shape="emails")
    ticket = world.add_conversation(PAIR)
    world.account.grant("pat-na1-fake")
    world.tick(3600)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        refuses = "/calls" in environ["PATH_INFO"]
        return (answering("403 Forbidden", b"{}") if refuses else world.app)(environ, start_response)

    provider = provider_of(app)
    assert len(pages_of(provider)[0].conversations[0].messages) == 2
    cursor = provider.cursor_at(world.now() - timedelta(days=1))
    assert [each.id for page in pages_of(provider, cursor) for each in page.conversations] == [ticket]


# Properties


@dataclass
class LosingTheFirstCreation(Trouble):
    """Loses the answer to the first thing that is made at `path`, after it was made."""

    path: str = ""
    requests: list[Arrived] = field(default_factory=list)
    lost: int = 0

    def loses_this_one(self) -> bool:
        last = self.requests[-1]
        if self.lost or (last.method, last.path) != ("POST", self.path):
            return False
        self.lost += 1
        return True


@pytest.mark.parametrize("what", ["tickets", "tickets/groups", "contacts"])
def test_what_was_made_without_an_answer_is_adopted(world: HubSpotWorld, what: str) -> None:
    path = f"/crm/properties/{VERSION}/{what}"
    world.app.trouble = trouble = LosingTheFirstCreation(now=world.now, path=path, requests=world.requests)
    provider = world.provider()
    assert set(provider.ensure_fields(all_fields())) == {each.name for each in all_fields()}
    assert trouble.lost == 1
    held = world.account.properties
    assert {each.name for each in all_fields()} <= {*held["tickets"], *held["contacts"]}


def test_missing_choices_are_added_to_those_that_are_there(world: HubSpotWorld) -> None:
    with_fields(world)
    band = world.account.properties["tickets"]["empathy_band"]
    band["options"] = [
        {"value": "mine", "label": "Mine", "displayOrder": 0, "hidden": False},
        band["options"][0],
    ]
    world.provider().ensure_fields(all_fields())
    values = [each["value"] for each in world.account.properties["tickets"]["empathy_band"]["options"]]
    assert values == ["mine", "low", "fair", "high", "not_applicable", "not_scored"]


def test_a_clash_is_named_before_anything_is_made(world: HubSpotWorld) -> None:
    world.make_clash()
    before = {kind: set(held) for kind, held in world.account.properties.items()}
    with pytest.raises(Misconfigured, match="empathy_score on tickets has the type string/text"):
        world.provider().ensure_fields(all_fields())
    assert {kind: set(held) for kind, held in world.account.properties.items()} == before


def test_fields_that_are_all_there_cost_one_request_for_each_kind(world: HubSpotWorld) -> None:
    with_fields(world)
    before = len(world.requests)
    world.provider().ensure_fields(all_fields())
    assert len(world.requests) - before == 2


# Writes


@pytest.mark.parametrize("bad_row_fails_batch", [False, True])
def test_one_gone_and_one_refused_ticket_do_not_keep_the_others(
    world: HubSpotWorld, bad_row_fails_batch: bool
) -> None:
    provider = with_fields(world)
    world.app.knobs.bad_row_fails_batch = bad_row_fails_batch
    good = [world.add_conversation(PAIR) for _ in range(5)]
    gone, bad = world.add_conversation(PAIR), world.add_conversation(PAIR)
    world.delete(gone)
    rows = [Write(each, {"empathy_band": "low"}) for each in [*good[:2], gone, *good[2:]]]
    written = provider.write([*rows, Write(bad, {"empathy_band": "no such choice"})])
    assert [row.id for row in written] == [*good[:2], gone, *good[2:], bad]
    outcomes = {row.id: row for row in written}
    assert {outcomes[each].outcome for each in good} == {Outcome.WRITTEN}
    assert outcomes[gone].outcome is Outcome.GONE
    assert outcomes[bad].outcome is Outcome.REJECTED
    assert "choice" not in outcomes[bad].note
    assert all(world.writes_to(each) == 1 for each in good)


def test_a_row_the_answer_passes_over_is_read_back(world: HubSpotWorld) -> None:
    provider = with_fields(world)
    one, two = world.add_conversation(PAIR), world.add_conversation(PAIR)
    world.app.knobs.forgotten_results = {two}
    at = "2026-03-02T09:30:00Z"
    values = {"empathy_score": 5, "empathy_sentiment": -0.5, "empathy_scored_at": at, "empathy_reason": None}
    written = provider.write([Write(one, values), Write(two, values)])
    assert [(row.id, row.outcome) for row in written] == [(one, Outcome.WRITTEN), (two, Outcome.WRITTEN)]
    assert world.writes_to(two) == 1


def test_contacts_take_their_roll_up(world: HubSpotWorld) -> None:
    provider = with_fields(world)
    contact = world.add_contact()
    written = provider.write_contacts([Write(contact, {"empathy_contact_sentiment": 0.25, "not_ours": 1})])
    assert [row.outcome for row in written] == [Outcome.WRITTEN]
    values = world.account.objects["contacts"][contact].values
    assert values["empathy_contact_sentiment"] == "0.25"
    assert "not_ours" not in values


def test_nothing_is_asked_when_no_field_of_ours_is_to_be_written(world: HubSpotWorld) -> None:
    provider = with_fields(world)
    before = len(world.requests)
    assert provider.write([Write("1", {"not_ours": 1})])[0].outcome is Outcome.UNCHANGED
    assert provider.write([]) == []
    assert len(world.requests) == before


# Tokens


def signed_in(world: HubSpotWorld) -> tuple[Token, Any]:
    session = plain_session()
    session.mount("https://", WsgiAdapter(world.app))
    world.account.grant("access-fake", refresh_token="refresh-fake")
    return Token("access-fake", "refresh-fake", None, CLIENT_ID, CLIENT_SECRET), session


def test_a_renewed_token_keeps_the_refresh_token(world: HubSpotWorld) -> None:
    token, session = signed_in(world)
    fresh = hubspot.refresh_token(token, origin="https://api.hubapi.com", session=session)
    assert fresh.access_token in world.account.grants
    assert (fresh.refresh_token, fresh.client_secret) == ("refresh-fake", CLIENT_SECRET)
    assert fresh.expires_at is not None
    assert paths_since(world, 0) == [f"/oauth/{VERSION}/token"]


def test_a_refused_renewal_asks_for_authorization(world: HubSpotWorld) -> None:
    token, session = signed_in(world)
    hubspot.revoke_token(token, origin="https://api.hubapi.com", session=session)
    with pytest.raises(Reauthorize):
        hubspot.refresh_token(token, origin="https://api.hubapi.com", session=session)
    with pytest.raises(Reauthorize):
        hubspot.refresh_token(Token("alone"), origin="https://api.hubapi.com", session=session)


@pytest.mark.parametrize("status", ["429 Too Many", "503 Unavailable"])
def test_a_renewal_is_tried_later_when_hubspot_is_busy_or_down(status: str) -> None:
    session = plain_session()
    session.mount("https://", WsgiAdapter(answering(status, json.dumps({}).encode())))
    token = Token("access-fake", "refresh-fake", None, CLIENT_ID, CLIENT_SECRET)
    with pytest.raises(RetryLater):
        hubspot.refresh_token(token, origin="https://api.hubapi.com", session=session)


class Given(FixedTokens):
    """A pair that our app was given."""

    def __init__(self, token: Token) -> None:
        super().__init__(token.access_token)
        self._pair = token

    def held(self) -> Token:
        return self._pair


def test_disconnecting_uninstalls_our_app(world: HubSpotWorld) -> None:
    token, _ = signed_in(world)
    world.provider(tokens=Given(token)).disconnect()
    assert world.account.is_uninstalled
    assert [each.method for each in world.requests if each.path.endswith("/external-install")] == ["DELETE"]
    assert token.refresh_token in world.account.dead_refresh_tokens


@pytest.mark.parametrize("is_down", [True, False])
def test_the_token_is_revoked_though_the_app_cannot_be_uninstalled(
    world: HubSpotWorld, is_down: bool
) -> None:
    token, _ = signed_in(world)
    if is_down:
        world.be_down(times=3)
    else:
        world.account.grant(token.access_token, {"tickets"}, refresh_token=token.refresh_token)
    world.provider(tokens=Given(token), patience=PATIENT).disconnect()
    assert not world.account.is_uninstalled
    assert token.refresh_token in world.account.dead_refresh_tokens


def test_disconnecting_revokes_what_our_app_was_given_and_minds_no_dead_token(world: HubSpotWorld) -> None:
    token, _ = signed_in(world)
    assert token.access_token in world.account.grants
    world.provider(tokens=Given(token)).disconnect()
    assert token.access_token not in world.account.grants
    assert token.refresh_token in world.account.dead_refresh_tokens
    world.provider(tokens=Given(token)).disconnect()
    before = len(world.requests)
    world.provider().disconnect()
    assert len(world.requests) == before
