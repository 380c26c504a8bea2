"""The real command line against a stand-in of Zendesk, in processes of their own."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.fields import all_fields
from tests.fakes.words import own_words
from tests.fakes.wsgi import Deadly, Lossy, serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_limits import Window
from tests.fakes.zendesk_records import Ticket
from tests.fakes.zendesk_tokens import CLIENT_ID, CLIENT_SECRET, Grant

from .drive import Cli, Run, hunt, hunt_bytes, kills_asked_for, seeded
from .zendesk_load import Load, populate

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

FIRST_SEVEN = [one for one in all_fields() if one.on == "conversation" and not one.is_extended]
ALWAYS = (
    "Empathy band",
    "Empathy sentiment band",
    "Empathy needs attention",
    "Empathy reason",
    "Empathy scored at",
)


def connect(cli: Cli, app: ZendeskApp, origin: str, *, token: str | None = None) -> Run:
    grant = app.account.tokens.issue(app.account.admin.id, expires_in=None)
    return cli.run(
        "connect",
        "zendesk",
        "--name",
        "desk",
        "--subdomain",
        app.account.subdomain,
        "--api-origin",
        origin,
        "--token-stdin",
        stdin=token or grant.access_token,
    )


def set_up(cli: Cli, app: ZendeskApp, origin: str) -> None:
    connected = connect(cli, app, origin)
    assert connected.code == 0, connected.err
    made = cli.run("fields", "desk", "--json")
    assert made.code == 0, made.err


def values_by_title(app: ZendeskApp, ticket: Ticket) -> dict[str, Any]:
    app.settle()
    titles = {one.id: one.title for one in app.account.custom_fields()}
    return {titles[key]: value for key, value in ticket.values.items() if value is not None}


def assert_fields_stand(app: ZendeskApp, ticket: Ticket) -> None:
    values = values_by_title(app, ticket)
    assert not [title for title in ALWAYS if title not in values], (ticket.id, values)
    is_scored = values["Empathy band"] in ("empathy_low", "empathy_fair", "empathy_high")
    assert is_scored == ("Empathy score" in values), values
    assert values["Empathy band"] in ticket.tags
    assert len(str(values["Empathy reason"])) <= 255


def assert_nothing_written_twice(app: ZendeskApp, tickets: list[Ticket]) -> None:
    repeated = {key: values for key, values in app.account.history.items() if len(values) > 1}
    ids = {ticket.id for ticket in tickets}
    assert not {key: values for key, values in repeated.items() if key[0] in ids}


def lists_of(report: Mapping[str, Any]) -> tuple[int, int]:
    seen = report["conversations"]
    return seen["seen"], seen["scored"] + seen["unchanged"] + seen["skipped"] + seen["parked"]


class TestFiveHundredTickets:
    def test_all_get_their_fields_once_and_the_echo_costs_almost_nothing(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=500, rng=seeded("five hundred"))
        set_up(cli, zendesk, zendesk_origin)
        first = cli.finish("sync", "desk", "--json")
        assert first.code == 0, first.err
        assert_first_sync_is_whole(zendesk, load, first)
        assert [one for one in load.by_kind["ai_agent"] if "Empathy band" in values_by_title(zendesk, one)]
        assert zendesk.requests <= 120

        zendesk.account.clock.tick(180)
        requests, writes = zendesk.requests, zendesk.account.writes_to.total()
        again = cli.run("sync", "desk", "--json")
        assert again.code == 0, again.err
        assert again.report["conversations"]["scored"] == 0
        assert zendesk.account.writes_to.total() == writes
        assert zendesk.requests - requests <= 12
        assert again.report["requests"] == zendesk.requests - requests

    def test_a_reply_after_the_first_sync_is_the_only_thing_scored_next(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=60, rng=seeded("one reply"))
        set_up(cli, zendesk, zendesk_origin)
        assert cli.finish("sync", "desk", "--json").code == 0
        ticket = load.by_kind["unanswered"][0]
        zendesk.account.clock.tick(300)
        zendesk.account.add_comment(
            ticket, zendesk.account.agent.id, "I am so sorry you had to wait. I have fixed it for you today."
        )
        zendesk.account.clock.tick(120)
        before = zendesk.account.writes_to.copy()
        run = cli.run("sync", "desk", "--json")
        assert run.code == 0, run.err
        assert run.report["conversations"]["scored"] == 1
        assert zendesk.account.writes_to - before == {ticket.id: 1}
        assert "Empathy band" in values_by_title(zendesk, ticket)

    @pytest.mark.slow
    def test_a_thousand_tickets_cost_at_most_a_hundred_and_sixty_requests(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=1000, rng=seeded("a thousand"))
        for ticket in load.by_kind["unanswered"]:  # one in ten is a messaging ticket now
            ticket.channel, ticket.is_messaging = "native_messaging", True
        set_up(cli, zendesk, zendesk_origin)
        first = cli.finish("sync", "desk", "--json")
        assert first.code == 0, first.err
        assert_first_sync_is_whole(zendesk, load, first)
        assert zendesk.requests <= 160


def assert_first_sync_is_whole(app: ZendeskApp, load: Load, run: Run) -> None:
    seen, told = lists_of(run.report)
    assert seen == told == len(load.all())
    assert run.report["conversations"]["parked"] == 0
    assert run.report["writes"]["owed"] == 0
    assert run.report["writes"]["locked"] == len(load.by_kind["closed"])
    answered = load.answered(app.account)
    assert len(answered) > len(load.all()) // 2
    for ticket in load.writable():
        assert_fields_stand(app, ticket)
    for ticket in answered:
        assert app.account.writes_to[ticket.id] == 1
    for ticket in load.by_kind["deleted"]:
        assert not ticket.values
    for ticket in load.by_kind["note"] + load.by_kind["bot"] + load.by_kind["empty"]:
        assert values_by_title(app, ticket)["Empathy band"] == "empathy_not_scored"
    for ticket in load.by_kind["german"]:
        assert values_by_title(app, ticket)["Empathy band"] == "empathy_not_scored"
    scored = [one for one in load.by_kind["messaging"] if "Empathy score" in values_by_title(app, one)]
    assert scored
    assert_nothing_written_twice(app, load.all())
    assert app.jobs.most_rows <= 100
    assert not app.account.limits.violations


@pytest.mark.slow
class TestTightLimits:
    def test_r20_nobody_calls_inside_a_retry_after_window_and_the_work_still_completes(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=120, rng=seeded("tight"))
        zendesk.account.quirks.page_rows = 60
        zendesk.account.limits.windows["incremental"] = Window(1000, 60, "incremental-exports")
        zendesk.account.limits.squeeze(calls=7, seconds=2)
        set_up(cli, zendesk, zendesk_origin)
        done = cli.finish("sync", "desk", "--json", tries=20)
        assert done.code == 0, done.err
        assert zendesk.account.limits.refused > 0
        assert zendesk.account.limits.violations == []
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)
        assert_nothing_written_twice(zendesk, load.all())

    @pytest.mark.slow
    def test_the_documented_ten_exports_a_minute_are_waited_for(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=160, rng=seeded("ten a minute"))
        zendesk.account.quirks.page_rows = 60
        set_up(cli, zendesk, zendesk_origin)
        done = cli.finish("sync", "desk", "--json", tries=20)
        assert done.code == 0, done.err
        assert zendesk.account.limits.violations == []
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)

    def test_a_retry_after_given_as_a_date_is_waited_for(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=20, rng=seeded("date"))
        set_up(cli, zendesk, zendesk_origin)
        zendesk.be_busy(seconds=2, stated="date")
        assert cli.run("sync", "desk", "--json").code == 0
        assert zendesk.account.limits.violations == []
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)

    def test_a_long_retry_after_is_kept_across_runs_without_a_request(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        set_up(cli, zendesk, zendesk_origin)
        zendesk.be_busy(seconds=900)
        first = cli.run("sync", "desk", "--json")
        assert first.code == 3
        assert first.report["retry_after_seconds"] == pytest.approx(900, abs=30)
        requests = zendesk.requests
        second = cli.run("sync", "desk", "--json")
        assert second.code == 3
        assert zendesk.requests == requests
        assert second.report["requests"] == 0
        assert zendesk.account.limits.violations == []


@pytest.mark.slow
class TestKills:
    def test_r01_random_kills_and_lost_answers_lose_nothing(self, cli: Cli, zendesk: ZendeskApp) -> None:
        """Each round makes news, starts a sync and kills it at a random request or a while after."""
        rng = seeded("kills")
        account = zendesk.account
        account.clock.tick(-61 * (kills_asked_for() + 2))  # every round moves it on, and never past ours
        load = populate(account, tickets=200, rng=rng)
        account.quirks.page_rows = 40
        account.limits.windows["incremental"] = Window(10_000, 60, "incremental-exports")
        account.limits.windows["account"] = Window(10_000, 60)  # every restart repeats work; no waiting here
        news: dict[int, int] = {}
        killed = 0
        deadly = Deadly(Lossy(zendesk, share=0.05, rng=rng))
        with serve(deadly) as origin:
            for _ in range(8):  # an answer may be lost even here; nothing is stored half-way then
                if connect(cli, zendesk, origin).code == 0:
                    break
            assert cli.finish("fields", "desk").code == 0
            for turn in range(kills_asked_for()):
                for ticket in rng.sample(load.by_kind["plain"] + load.by_kind["messaging"], 8):
                    news[ticket.id] = news.get(ticket.id, 0) + 1
                    _say_more(zendesk, ticket, turn)
                account.clock.tick(61)
                sync = ("sync", "desk", "--json")
                if turn % 3 == 2:
                    killed += cli.run_and_kill(
                        *sync, progress=lambda: zendesk.requests, rng=rng, most_steps=25
                    )
                else:
                    killed += cli.run_and_strike(*sync, deadly=deadly, rng=rng, most_requests=14)
            account.clock.tick(61)
            last = cli.finish("sync", "desk", "--json")
        assert last.code == 0, last.err
        assert killed >= kills_asked_for() // 2
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)
        for (ticket_id, field_id), values in account.history.items():
            assert len(values) <= 1 + news.get(ticket_id, 0), (ticket_id, field_id, values)
        assert last.report["writes"]["owed"] == 0
        assert_same_as_undisturbed(cli, zendesk)


def _say_more(app: ZendeskApp, ticket: Ticket, turn: int) -> None:
    text = f"I am sorry, I understand how annoying this is. {own_words((turn, ticket.id))}"
    if ticket.is_messaging:
        app.account.add_turn(ticket, "agent", app.account.agent.id, text)
    else:
        app.account.add_comment(ticket, app.account.agent.id, text)


def assert_same_as_undisturbed(cli: Cli, app: ZendeskApp) -> None:
    """A new installation in an empty folder reads the same account and finds nothing to correct."""
    fresh = Cli(cli.folder.parent / "undisturbed")
    fresh.folder.mkdir()
    scored_at = {one.id for one in app.account.custom_fields() if one.title == "Empathy scored at"}
    before = {key: list(values) for key, values in app.account.history.items() if key[1] not in scored_at}
    with serve(app) as origin:
        set_up(fresh, app, origin)
        run = fresh.finish("sync", "desk", "--json")
    assert run.code == 0, run.err
    app.settle()
    after = {key: list(values) for key, values in app.account.history.items() if key[1] not in scored_at}
    assert {key: values for key, values in after.items() if before.get(key) != values} == {}


class TestPrivacy:
    CANARIES = (
        "heliotrope-walrus-customer-words",
        "tangerine-lighthouse-agent-words",
        "cobalt-pelican-private-note",
        "quincunx.marmalade@canary.example",
        "Zebulon Canarywright",
        "vermilion-anvil-subject",
        "ochre-typhoon-chat-words",
    )

    def test_planted_words_tokens_and_addresses_are_in_no_file_and_no_output(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str, tmp_path: Path
    ) -> None:
        account = zendesk.account
        populate(account, tickets=40, rng=seeded("canaries"))
        words, reply, note, address, name, subject, chat = self.CANARIES
        at = account.clock.now() - timedelta(hours=2)
        customer = account.add_user(name, address)
        ticket = account.add_ticket(customer.id, subject=subject, at=at)
        account.add_comment(ticket, customer.id, f"I am angry about {words}, write to {address}", at=at)
        account.add_comment(ticket, account.agent.id, f"Dear {name}, I am sorry about {reply}.", at=at)
        account.add_comment(ticket, account.agent.id, note, is_public=False, at=at)
        talk = account.add_ticket(customer.id, channel="native_messaging", is_messaging=True, at=at)
        account.add_turn(talk, "user", customer.id, f"My {chat} is broken again!", at)
        connect(cli, zendesk, zendesk_origin, token=json.dumps(_renewable(zendesk)))
        assert cli.run("fields", "desk").code == 0
        assert cli.finish("--debug", "sync", "desk", "--json").code == 0
        cli.run("show", "desk", str(ticket.id), "--json")
        cli.run("show", "desk", str(ticket.id))
        cli.run("check", "desk", "--json")
        for grant in account.tokens.grants:
            grant.is_dead = True
        cli.run("--debug", "check", "desk")
        for grant in account.tokens.grants:
            grant.is_dead = False
        account.clock.tick(120)
        zendesk.trouble.down = 50
        cli.run("--debug", "sync", "desk", "--json")
        cli.run("doctor", "--json")
        canaries = (*self.CANARIES, CLIENT_SECRET, *_secrets(account.tokens.grants))
        assert values_by_title(zendesk, ticket)["Empathy reason"]
        assert hunt(tmp_path, canaries) == []
        assert hunt_bytes("\n".join(cli.printed).encode(), canaries) == []
        assert not [one for one in zendesk.arrivals if any(word in one.query for word in canaries)]


def _renewable(app: ZendeskApp, *, expires_in: int = 1800) -> dict[str, Any]:
    grant = app.account.tokens.issue(app.account.admin.id, expires_in=expires_in)
    return {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_in": expires_in,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


def _secrets(grants: list[Grant]) -> list[str]:
    return [secret for one in grants for secret in (one.access_token, one.refresh_token) if secret]


class TestTokens:
    def test_an_expired_token_is_renewed_once_and_the_new_pair_is_kept(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        populate(zendesk.account, tickets=20, rng=seeded("expired"))
        assert connect(cli, zendesk, zendesk_origin, token=json.dumps(_renewable(zendesk))).code == 0
        assert cli.run("fields", "desk").code == 0
        zendesk.account.clock.tick(1900)
        assert cli.finish("sync", "desk", "--json").code == 0
        assert zendesk.account.tokens.refreshes == 1
        assert cli.run("check", "desk").code == 0
        assert zendesk.account.tokens.refreshes == 1

    def test_a_dead_pair_asks_to_be_connected_again_and_then_goes_on(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=20, rng=seeded("dead pair"))
        assert connect(cli, zendesk, zendesk_origin, token=json.dumps(_renewable(zendesk))).code == 0
        assert cli.run("fields", "desk").code == 0
        for grant in zendesk.account.tokens.grants:
            grant.is_dead = True
        refused = cli.run("sync", "desk")
        assert refused.code == 4
        refused.assert_one_sentence()
        assert connect(cli, zendesk, zendesk_origin).code == 0
        assert cli.finish("sync", "desk").code == 0
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)


class TestBadInput:
    def test_a_wrong_token_exits_4_and_stores_nothing(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        refused = connect(cli, zendesk, zendesk_origin, token="not-a-token-of-this-account")
        assert refused.code == 4
        refused.assert_one_sentence()
        assert "not-a-token" not in refused.err
        assert_nothing_stored(cli)

    def test_an_unreachable_host_exits_2_and_stores_nothing(self, cli: Cli, zendesk: ZendeskApp) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
        refused = connect(cli, zendesk, origin)
        assert refused.code == 2
        refused.assert_one_sentence()
        assert_nothing_stored(cli)

    def test_a_wrong_subdomain_exits_2_without_a_request(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        for subdomain in (
            "evil.example/", "a.b", "-desk", "desk-", "UPPER_case", "desk@evil", "desk\n", "", "d" * 64,
            "dësk",
        ):  # fmt: skip
            zendesk.account.subdomain = subdomain
            refused = connect(cli, zendesk, zendesk_origin)
            assert refused.code == 2, subdomain
            refused.assert_one_sentence()
        assert zendesk.requests == 0
        assert_nothing_stored(cli)

    def test_a_field_of_our_name_and_another_type_exits_2_and_makes_no_field(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        zendesk.account.add_ticket_field("text", "Empathy score")
        assert connect(cli, zendesk, zendesk_origin).code == 0
        refused = cli.run("fields", "desk")
        assert refused.code == 2
        refused.assert_one_sentence()
        assert "Empathy score" in refused.err
        assert [one.title for one in zendesk.account.custom_fields()] == ["Empathy score"]
        assert zendesk.account.user_fields == {}

    def test_a_missing_scope_is_named(self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str) -> None:
        grant = zendesk.account.tokens.issue(zendesk.account.admin.id, expires_in=None, scopes=("read",))
        refused = connect(cli, zendesk, zendesk_origin, token=grant.access_token)
        if refused.code == 0:
            refused = cli.run("fields", "desk")
        assert refused.code == 2
        refused.assert_one_sentence()
        assert "scope" in refused.err

    def test_an_agent_who_is_no_admin_is_told_so(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        grant = zendesk.account.tokens.issue(zendesk.account.agent.id, expires_in=None)
        refused = connect(cli, zendesk, zendesk_origin, token=grant.access_token)
        assert refused.code == 2
        refused.assert_one_sentence()
        assert "admin" in refused.err
        assert_nothing_stored(cli)

    def test_the_same_name_with_another_account_exits_2(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        assert connect(cli, zendesk, zendesk_origin).code == 0
        zendesk.account.subdomain = "another"
        refused = connect(cli, zendesk, zendesk_origin)
        assert refused.code == 2
        refused.assert_one_sentence()


def assert_nothing_stored(cli: Cli) -> None:
    listed = cli.run("installations", "--json")
    assert listed.code == 0, listed.err
    assert "desk" not in listed.out


class TestFields:
    def test_creating_the_fields_twice_makes_them_once(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        set_up(cli, zendesk, zendesk_origin)
        made = [one.title for one in zendesk.account.custom_fields()]
        assert sorted(made) == sorted(one.title for one in FIRST_SEVEN)
        assert cli.run("fields", "desk").code == 0
        assert [one.title for one in zendesk.account.custom_fields()] == made
        assert len(zendesk.account.user_fields) == 1

    def test_a_sync_before_the_fields_exist_owes_its_writes(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=20, rng=seeded("owed"))
        assert connect(cli, zendesk, zendesk_origin).code == 0
        early = cli.finish("sync", "desk", "--json")
        assert early.code == 0, early.err
        assert early.err.strip()
        assert early.report["writes"]["owed"] >= len(load.writable())
        assert cli.run("fields", "desk").code == 0
        assert cli.finish("sync", "desk", "--json").code == 0
        for ticket in load.writable():
            assert_fields_stand(zendesk, ticket)

    def test_a_dry_run_changes_nothing_anywhere(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        load = populate(zendesk.account, tickets=20, rng=seeded("dry"))
        set_up(cli, zendesk, zendesk_origin)
        assert cli.finish("sync", "desk", "--dry-run", "--json").code == 0
        assert zendesk.account.writes_to.total() == 0
        whole = cli.finish("sync", "desk", "--json")
        assert whole.report["conversations"]["seen"] == len(load.all())
        assert whole.report["conversations"]["unchanged"] == 0


@pytest.mark.slow
class TestReports:
    def test_a_report_asks_first_what_became_of_the_conversations(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        pytest.importorskip("scipy", reason="the extra [insights] is not installed")
        populate(zendesk.account, tickets=20, rng=seeded("reports"))
        set_up(cli, zendesk, zendesk_origin)
        assert cli.finish("sync", "desk").code == 0
        told = cli.run("insights", "journey", "desk", "--json")
        assert told.code == 0, told.err
        assert told.report["name"] == "journey"
        asked = zendesk.requests
        assert cli.run("insights", "onboarding", "desk", "--json").code == 0
        assert zendesk.requests == asked

    def test_where_that_cannot_be_asked_the_report_says_what_it_waits_for(
        self, cli: Cli, zendesk: ZendeskApp, zendesk_origin: str
    ) -> None:
        pytest.importorskip("scipy", reason="the extra [insights] is not installed")
        populate(zendesk.account, tickets=20, rng=seeded("reports"))
        set_up(cli, zendesk, zendesk_origin)
        assert cli.finish("sync", "desk").code == 0
        for grant in zendesk.account.tokens.grants:
            grant.is_dead = True
        told = cli.run("insights", "journey", "desk", "--json")
        assert told.code != 0
        told.assert_one_sentence()
        assert "what became of its conversations" in told.err
