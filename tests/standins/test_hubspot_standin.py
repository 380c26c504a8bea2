"""The real command line against a stand-in of HubSpot, in processes of their own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.fields import all_fields
from tests.fakes.clock import Clock
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.hubspot_desk import Desk, DeskFiller
from tests.fakes.hubspot_oauth import CLIENT_ID, CLIENT_SECRET
from tests.fakes.hubspot_records import ALL_SCOPES
from tests.fakes.words import own_words
from tests.fakes.wsgi import Lossy, serve

from .drive import REPOSITORY, Cli, Run, hunt, hunt_bytes, kills_asked_for, seeded

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

TOKEN = "pat-eu1-00000000-not-a-real-token"
FIRST_SEVEN = [one.name for one in all_fields() if one.on == "conversation" and not one.is_extended]
ALWAYS = (
    "empathy_band",
    "empathy_sentiment_band",
    "empathy_needs_attention",
    "empathy_reason",
    "empathy_scored_at",
)
BANDS = ("low", "fair", "high")


@pytest.fixture
def hubspot() -> HubSpotApp:
    """An empty fake account on the real clock, whose burst limit is no hindrance."""
    app = HubSpotApp(HubSpotAccount(clock=Clock(at=None)))
    app.account.grant(TOKEN)
    app.trouble.burst = 4000
    return app


@pytest.fixture
def origin(hubspot: HubSpotApp) -> Iterator[str]:
    with serve(hubspot) as address:
        yield address


def connect(cli: Cli, origin: str, token: str = TOKEN) -> Run:
    return cli.run(
        "connect", "hubspot", "--name", "desk", "--api-origin", origin, "--token-stdin", stdin=token
    )


def set_up(cli: Cli, origin: str) -> None:
    connected = connect(cli, origin)
    assert connected.code == 0, connected.err
    made = cli.run("fields", "desk", "--json")
    assert made.code == 0, made.err


def pass_time(cli: Cli, app: HubSpotApp, *, seconds: int) -> None:
    """Both clocks move: the platform's, and that of every command from now on."""
    app.account.clock.tick(seconds)
    ahead = int(cli.settings.get("AHEAD", "0")) + seconds
    (cli.folder / "sitecustomize.py").write_text(
        "import datetime, os, time_machine\n"
        "ahead = datetime.timedelta(seconds=int(os.environ['AHEAD']))\n"
        "time_machine.travel(datetime.datetime.now(datetime.UTC) + ahead).start()\n"
    )
    cli.settings = {"PYTHONPATH": f"{cli.folder}:{REPOSITORY}", "AHEAD": str(ahead)}


def values_of(app: HubSpotApp, ticket_id: str) -> dict[str, str]:
    held = app.account.objects["tickets"][ticket_id].values
    return {name: held[name] for name in FIRST_SEVEN if held.get(name)}


def assert_fields_stand(app: HubSpotApp, ticket_id: str) -> None:
    values = values_of(app, ticket_id)
    assert not [name for name in ALWAYS if name not in values], (ticket_id, values)
    assert (values["empathy_band"] in BANDS) == ("empathy_score" in values), values
    assert len(values["empathy_reason"]) <= 255


def assert_nothing_written_twice(app: HubSpotApp, *, allowing: int = 1) -> None:
    changes: dict[tuple[str, str], int] = {}
    for write in app.account.writes:
        changes[write.id, write.name] = changes.get((write.id, write.name), 0) + write.changed
    assert {key: count for key, count in changes.items() if count > allowing} == {}


def writes_to(app: HubSpotApp, ticket_id: str) -> int:
    return len({write.request for write in app.account.writes if write.id == ticket_id})


def assert_desk_is_scored(app: HubSpotApp, desk: Desk) -> None:
    for ticket_id in desk.alive:
        assert_fields_stand(app, ticket_id)
    for case in ("bot", "note", "auto-reply", "empty", "description"):
        for ticket_id in desk.by_case[case]:
            assert values_of(app, ticket_id)["empathy_band"] == "not_scored", case
    for case in ("thread", "emails", "emails and calls", "doubled", "truncated", "huge", "odd", "closed"):
        bands = [values_of(app, ticket_id)["empathy_band"] for ticket_id in desk.by_case[case]]
        assert not bands or any(band in BANDS for band in bands), (case, bands)
    for case in ("deleted", "opted out"):
        for ticket_id in desk.by_case[case]:
            assert values_of(app, ticket_id) == {}
            assert writes_to(app, ticket_id) == 0
    assert app.undated == []
    assert app.unknown == []
    assert app.trouble.violations == []


class TestFiveHundredTickets:
    @pytest.mark.slow
    def test_all_get_their_fields_once_and_the_echo_costs_almost_nothing(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(500)
        set_up(cli, origin)
        before = len(hubspot.requests)
        first = cli.finish("sync", "desk", "--json")
        assert first.code == 0, first.err
        assert len(desk.human) > 300
        assert_desk_is_scored(hubspot, desk)
        assert_nothing_written_twice(hubspot)
        for ticket_id in desk.alive:
            assert writes_to(hubspot, ticket_id) == 1
        assert first.report["writes"]["owed"] == 0
        assert first.report["conversations"]["parked"] == 0
        assert first.report["requests"] == len(hubspot.requests) - before
        assert len(hubspot.requests) <= 1.25 * desk.threads + 60
        assert_opted_out_threads_unread(hubspot, desk)

        for seconds in (0, 900, 6300):
            pass_time(cli, hubspot, seconds=seconds)
            requests, writes = len(hubspot.requests), len(hubspot.account.writes)
            again = cli.run("sync", "desk", "--json")
            assert again.code == 0, again.err
            assert again.report["conversations"]["scored"] == 0
            assert len(hubspot.account.writes) == writes
            assert len(hubspot.requests) - requests <= 14

    @pytest.mark.slow
    def test_a_message_or_mail_after_the_first_sync_is_the_only_thing_scored_next(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        filler = DeskFiller(hubspot.account)
        desk = filler.fill(60)
        set_up(cli, origin)
        assert cli.finish("sync", "desk", "--json").code == 0
        pass_time(cli, hubspot, seconds=1200)
        account = hubspot.account
        bot, mail = desk.by_case["bot"][0], desk.by_case["emails"][0]
        thread = next(one for one in account.threads.values() if one.ticket_id == bot)
        answer = "I am so sorry you had to wait, that must be annoying. I have fixed it for you today."
        account.add_thread_message(thread, actor="A-100", text=answer)
        text = "I am furious and fed up!! This is the third time it broke and nobody helps. Unacceptable!"
        filler.log_email(mail, text, is_from_agent=False)
        pass_time(cli, hubspot, seconds=1200)
        before = len(account.writes)
        run = cli.run("sync", "desk", "--json")
        assert run.code == 0, run.err
        assert run.report["conversations"]["scored"] == 2
        assert {write.id for write in account.writes[before:]} <= {bot, mail}
        assert values_of(hubspot, bot)["empathy_band"] in BANDS
        assert values_of(hubspot, mail)["empathy_needs_attention"] == "true"

    def test_a_mail_that_is_also_a_message_counts_once(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(20)
        set_up(cli, origin)
        assert cli.finish("sync", "desk", "--json").code == 0
        shown = json.loads(cli.run("show", "desk", desk.by_case["doubled"][0], "--json").out)
        assert [message["dimensions"] is None for message in shown["messages"]] == [True, False]
        cut = [one.path for one in hubspot.requests if one.path.endswith("/original-content")]
        assert len(cut) == len(desk.by_case["truncated"])


def assert_opted_out_threads_unread(app: HubSpotApp, desk: Desk) -> None:
    """Who opted out is decided before any request for that ticket alone."""
    silent = set(desk.by_case["opted out"] + desk.by_case["deleted"])
    ids = [thread.id for thread in app.account.threads.values() if thread.ticket_id in silent]
    assert ids
    asked = [
        one.path for one in app.requests if any(f"/threads/{record_id}/" in one.path for record_id in ids)
    ]
    assert asked == []


@pytest.mark.slow
class TestTightLimits:
    def test_r20_nobody_calls_inside_a_retry_after_window_and_the_work_still_completes(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(60)
        hubspot.trouble.busy_every = 9
        hubspot.trouble.retry_after_seconds = 1
        hubspot.trouble.search_burst = 2
        set_up(cli, origin)
        done = cli.finish("sync", "desk", "--json", tries=20)
        assert done.code == 0, done.err
        assert hubspot.trouble.refusals > 0
        assert_desk_is_scored(hubspot, desk)
        assert_nothing_written_twice(hubspot)

    @pytest.mark.slow
    def test_the_documented_burst_limit_is_never_reached(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(160)
        hubspot.trouble.burst = 110
        set_up(cli, origin)
        done = cli.finish("sync", "desk", "--json", tries=20)
        assert done.code == 0, done.err
        assert hubspot.trouble.refusals == 0
        assert_desk_is_scored(hubspot, desk)

    def test_a_long_retry_after_is_kept_across_runs_without_a_request(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        set_up(cli, origin)
        hubspot.trouble.be_busy(seconds=900)
        first = cli.run("sync", "desk", "--json")
        assert first.code == 3
        assert first.report["retry_after_seconds"] == pytest.approx(900, abs=30)
        requests = len(hubspot.requests)
        second = cli.run("sync", "desk", "--json")
        assert second.code == 3
        assert second.report["requests"] == 0
        assert len(hubspot.requests) == requests
        assert hubspot.trouble.violations == []


class TestOddAccounts:
    @pytest.mark.slow
    def test_small_pages_a_low_result_wall_and_answers_that_leave_rows_out_lose_nothing(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(240)
        knobs = hubspot.knobs
        knobs.message_page, knobs.association_page, knobs.result_wall = 1, 1, 200
        knobs.unlinked_are_errors = False
        knobs.forgotten_results = set(desk.by_case["thread"][:3])
        set_up(cli, origin)
        early = cli.finish("sync", "desk", "--json")
        assert early.code == 0, early.err
        assert early.report["writes"]["owed"] in (0, 3)
        knobs.forgotten_results = set()
        pass_time(cli, hubspot, seconds=900)
        done = cli.finish("sync", "desk", "--json")
        assert done.code == 0, done.err
        assert done.report["writes"]["owed"] == 0
        assert_desk_is_scored(hubspot, desk)
        assert_nothing_written_twice(hubspot)

    @pytest.mark.slow
    def test_what_the_index_shows_late_is_still_found(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        filler = DeskFiller(hubspot.account)
        filler.fill(20)
        hubspot.account.index_lag = timedelta(seconds=90)
        set_up(cli, origin)
        fresh = [
            filler.add(case, 40 + n, hubspot.account.now()) for n, case in enumerate(("thread", "emails"))
        ]
        assert cli.finish("sync", "desk", "--json").code == 0
        pass_time(cli, hubspot, seconds=60)
        fresh.append(filler.add("description", 50, hubspot.account.now()))
        assert cli.finish("sync", "desk", "--json").code == 0
        pass_time(cli, hubspot, seconds=900)
        assert cli.finish("sync", "desk", "--json").code == 0
        for ticket_id in fresh:
            assert_fields_stand(hubspot, ticket_id)
        assert_nothing_written_twice(hubspot)

    @pytest.mark.slow
    def test_a_ticket_deleted_between_reading_and_writing_is_gone_and_no_failure(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(20)
        assert connect(cli, origin).code == 0
        assert cli.finish("sync", "desk", "--json").code == 0
        gone = desk.by_case["thread"][0]
        hubspot.account.archive("tickets", gone)
        assert cli.run("fields", "desk").code == 0
        done = cli.finish("sync", "desk", "--json")
        assert done.code == 0, done.err
        assert done.report["writes"]["owed"] == 0
        assert values_of(hubspot, gone) == {}
        for ticket_id in desk.alive - {gone}:
            assert_fields_stand(hubspot, ticket_id)


class TestBadRows:
    @pytest.mark.slow
    @pytest.mark.parametrize("fails_whole_batch", [False, True])
    def test_r17_a_refused_row_is_told_and_the_others_are_written(
        self, cli: Cli, hubspot: HubSpotApp, origin: str, fails_whole_batch: bool
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(40)
        hubspot.knobs.bad_row_fails_batch = fails_whole_batch
        refused = desk.by_case["thread"][3]
        hubspot.account.ruled_out.add(refused)
        set_up(cli, origin)
        done = cli.finish("sync", "desk", "--json")
        assert done.code == 1, done.err
        assert done.report["writes"]["rejected"] == 1
        assert done.report["writes"]["owed"] == 0
        assert values_of(hubspot, refused) == {}
        for ticket_id in desk.alive - {refused}:
            assert_fields_stand(hubspot, ticket_id)
        assert_nothing_written_twice(hubspot)


@pytest.mark.slow
class TestKills:
    def test_r01_random_kills_and_lost_answers_lose_nothing(self, cli: Cli, hubspot: HubSpotApp) -> None:
        """Each round makes news, starts a sync and kills it at a random request of that run."""
        rng = seeded("kills")
        account = hubspot.account
        desk = DeskFiller(account).fill(160)
        told = sorted(desk.by_case["thread"] + desk.by_case["doubled"])
        news: dict[str, int] = {}
        killed = 0
        with serve(Lossy(hubspot, share=0.05, rng=rng)) as origin:
            for _ in range(8):  # an answer may be lost even here; nothing is stored half-way then
                if connect(cli, origin).code == 0:
                    break
            assert cli.finish("fields", "desk").code == 0
            for turn in range(kills_asked_for()):
                for ticket_id in rng.sample(told, 8):
                    news[ticket_id] = news.get(ticket_id, 0) + 1
                    say_more(hubspot, ticket_id, turn)
                pass_time(cli, hubspot, seconds=900)
                killed += cli.run_and_kill(
                    "sync",
                    "desk",
                    "--json",
                    progress=lambda: len(hubspot.requests),
                    rng=rng,
                    most_steps=60,
                )
            pass_time(cli, hubspot, seconds=900)
            last = cli.finish("sync", "desk", "--json")
        assert last.code == 0, last.err
        assert killed >= 1
        for ticket_id in desk.alive:
            assert_fields_stand(hubspot, ticket_id)
        counts: dict[tuple[str, str], int] = {}
        for write in account.writes:
            counts[write.id, write.name] = counts.get((write.id, write.name), 0) + write.changed
        for (ticket_id, name), count in counts.items():
            assert count <= 1 + news.get(ticket_id, 0), (ticket_id, name, count)
        assert last.report["writes"]["owed"] == 0
        assert_same_as_undisturbed(cli, hubspot, desk)


def say_more(app: HubSpotApp, ticket_id: str, turn: int) -> None:
    thread = next(one for one in app.account.threads.values() if one.ticket_id == ticket_id)
    text = f"I am sorry, I understand how annoying this is. {own_words((turn, ticket_id))}"
    app.account.add_thread_message(thread, actor="A-101", text=text)


def assert_same_as_undisturbed(cli: Cli, app: HubSpotApp, desk: Desk) -> None:
    """A new installation in an empty folder reads the same account and finds nothing to correct."""
    fresh = Cli(cli.folder.parent / "undisturbed", settings=cli.settings)
    fresh.folder.mkdir()

    def standing() -> dict[str, dict[str, str]]:
        return {
            ticket_id: {k: v for k, v in values_of(app, ticket_id).items() if k != "empathy_scored_at"}
            for ticket_id in desk.alive
        }

    before = standing()
    with serve(app) as origin:
        set_up(fresh, origin)
        run = fresh.finish("sync", "desk", "--json")
    assert run.code == 0, run.err
    assert standing() == before


class TestPrivacy:
    MARK = "heliotrope-walrus-canary"
    REPLY = "tangerine-lighthouse-agent-words"
    NOTE = "cobalt-pelican-private-note"

    @pytest.mark.slow
    def test_planted_words_tokens_and_addresses_are_in_no_file_and_no_output(
        self, cli: Cli, hubspot: HubSpotApp, origin: str, tmp_path: Path
    ) -> None:
        account = hubspot.account
        desk = DeskFiller(account, mark=self.MARK).fill(60)
        thread = next(iter(account.threads.values()))
        account.add_thread_message(thread, actor="A-100", text=f"I am so sorry about {self.REPLY}.")
        account.add_thread_message(thread, actor="A-100", text=self.NOTE, kind="COMMENT")
        pair = renewable(hubspot)
        assert connect(cli, origin, json.dumps(pair)).code == 0
        assert cli.run("fields", "desk").code == 0
        assert cli.finish("--debug", "sync", "desk", "--json").code == 0
        ticket_id = desk.by_case["thread"][0]
        cli.run("show", "desk", ticket_id, "--json")
        cli.run("show", "desk", ticket_id)
        cli.run("check", "desk", "--json")
        account.grants.clear()
        account.dead_refresh_tokens.add(pair["refresh_token"])
        assert cli.run("--debug", "check", "desk").code == 4
        account.dead_refresh_tokens.clear()
        assert connect(cli, origin, json.dumps(renewable(hubspot))).code == 0
        hubspot.trouble.be_down(times=40)
        assert cli.run("--debug", "sync", "desk", "--json").code == 3
        cli.run("doctor", "--json")
        canaries = (
            self.MARK,
            self.REPLY,
            self.NOTE,
            CLIENT_SECRET,
            pair["access_token"],
            pair["refresh_token"],
        )
        assert values_of(hubspot, ticket_id)["empathy_reason"]
        assert hunt(tmp_path, canaries) == []
        assert hunt_bytes("\n".join(cli.printed).encode(), canaries) == []
        assert not [one for one in hubspot.requests if any(word in one.path for word in canaries)]


def renewable(app: HubSpotApp) -> dict[str, Any]:
    refresh_token = "refresh-00000000-not-a-real-token"
    app.account.grant("access-00000000-not-a-real-token", refresh_token=refresh_token)
    return {
        "access_token": "access-00000000-not-a-real-token",
        "refresh_token": refresh_token,
        "expires_in": 1800,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


class TestTokens:
    def test_a_dead_token_is_renewed_and_the_new_one_is_kept(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        DeskFiller(hubspot.account).fill(20)
        assert connect(cli, origin, json.dumps(renewable(hubspot))).code == 0
        assert cli.run("fields", "desk").code == 0
        hubspot.account.grants["access-00000000-not-a-real-token"].expires_at = hubspot.account.now()
        assert cli.finish("sync", "desk", "--json").code == 0
        assert hubspot.count("/oauth/") == 1
        assert cli.run("check", "desk").code == 0
        assert hubspot.count("/oauth/") == 1
        assert hubspot.undated == []

    def test_a_revoked_grant_asks_to_be_connected_again_and_then_goes_on(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(20)
        pair = renewable(hubspot)
        assert connect(cli, origin, json.dumps(pair)).code == 0
        assert cli.run("fields", "desk").code == 0
        del hubspot.account.grants[pair["access_token"]]
        refused = cli.run("sync", "desk")
        assert refused.code == 4
        refused.assert_one_sentence()
        assert connect(cli, origin).code == 0
        assert cli.finish("sync", "desk").code == 0
        for ticket_id in desk.alive:
            assert_fields_stand(hubspot, ticket_id)

    def test_disconnecting_revokes_the_pair_that_was_connected(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        pair = renewable(hubspot)
        assert connect(cli, origin, json.dumps(pair)).code == 0
        assert cli.run("disconnect", "desk").code == 0
        assert pair["access_token"] not in hubspot.account.grants
        assert hubspot.account.dead_refresh_tokens == {pair["refresh_token"]}


class TestBadInput:
    def test_a_wrong_token_exits_4_and_stores_nothing(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        refused = connect(cli, origin, "not-a-token-of-this-account")
        assert refused.code == 4
        refused.assert_one_sentence()
        assert "not-a-token" not in refused.err
        assert_nothing_stored(cli)

    def test_an_unreachable_host_exits_2_and_stores_nothing(self, cli: Cli) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        refused = connect(cli, address)
        assert refused.code == 2
        refused.assert_one_sentence()
        assert_nothing_stored(cli)

    @pytest.mark.parametrize("scope", ["tickets", "conversations.read", "crm.objects.contacts.read"])
    def test_a_missing_scope_is_named(self, cli: Cli, hubspot: HubSpotApp, origin: str, scope: str) -> None:
        hubspot.account.grant(TOKEN, ALL_SCOPES - {scope})
        refused = connect(cli, origin)
        assert refused.code == 2
        refused.assert_one_sentence()
        assert scope in refused.err
        assert_nothing_stored(cli)

    def test_a_property_of_our_name_and_another_type_exits_2_and_makes_nothing(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        held = hubspot.account.properties["tickets"]
        held["empathy_score"] = held["subject"] | {"name": "empathy_score", "label": "Our own score"}
        before = set(held)
        assert connect(cli, origin).code == 0
        refused = cli.run("fields", "desk")
        assert refused.code == 2
        refused.assert_one_sentence()
        assert "empathy_score" in refused.err
        assert set(held) == before
        assert "empathy_opt_out" not in hubspot.account.properties["contacts"]

    def test_the_same_name_with_another_account_exits_2(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        assert connect(cli, origin).code == 0
        hubspot.account.portal_id = "4242999"
        refused = connect(cli, origin)
        assert refused.code == 2
        refused.assert_one_sentence()


def assert_nothing_stored(cli: Cli) -> None:
    listed = cli.run("installations", "--json")
    assert listed.code == 0, listed.err
    assert "desk" not in listed.out


class TestFields:
    def test_creating_the_fields_twice_makes_them_once(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        set_up(cli, origin)
        assert cli.run("fields", "desk").code == 0
        held = hubspot.account.properties["tickets"]
        ours = {name: one["groupName"] for name, one in held.items() if name.startswith("empathy_")}
        assert ours == dict.fromkeys(FIRST_SEVEN, "empathy_connector")
        assert "empathy_opt_out" in hubspot.account.properties["contacts"]

    def test_a_sync_before_the_fields_exist_owes_its_writes(
        self, cli: Cli, hubspot: HubSpotApp, origin: str
    ) -> None:
        desk = DeskFiller(hubspot.account).fill(20)
        assert connect(cli, origin).code == 0
        early = cli.finish("sync", "desk", "--json")
        assert early.code == 0, early.err
        assert early.err.strip()
        assert early.report["writes"]["owed"] >= len(desk.human)
        assert hubspot.account.writes == []
        assert cli.run("fields", "desk").code == 0
        assert cli.finish("sync", "desk", "--json").code == 0
        for ticket_id in desk.alive:
            assert_fields_stand(hubspot, ticket_id)

    def test_a_dry_run_changes_nothing_anywhere(self, cli: Cli, hubspot: HubSpotApp, origin: str) -> None:
        desk = DeskFiller(hubspot.account).fill(20)
        set_up(cli, origin)
        assert cli.finish("sync", "desk", "--dry-run", "--json").code == 0
        assert hubspot.account.writes == []
        whole = cli.finish("sync", "desk", "--json")
        assert whole.report["conversations"]["unchanged"] == 0
        assert whole.report["writes"]["written"] == len(desk.alive)
