"""Figures about single people: off by default, behind a complete record, and off everywhere when strict."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import connector
from connector.bootstrap import Connector
from connector.cli import COMMANDS
from connector.errors import Misconfigured
from connector.model import Message, MessageScore, Role
from connector.privacy.person_level import Statement, expires_at, in_force
from connector.scoring.engine import default_engine
from connector.settings import Settings
from connector.store.person_levels import PersonLevel
from connector.web import create_app
from tests.commands import Run, one_sentence
from tests.on_disk import contents

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE = Statement(
    role="owner",
    by="Kim",
    purpose="coaching",
    is_notice_confirmed=True,
    works_council="Agreement 12",
    works_council_on=date(2026, 2, 1),
    dpia="DPIA-7",
)
ENABLE = ["people", "shop", "--enable", "--role", "owner", "--by", "Kim", "--purpose", "coaching"]
ENABLE += ["--notice-confirmed", "--works-council", "Agreement-12", "--works-council-date", "2026-02-01"]
ENABLE += ["--dpia", "DPIA-7"]
AGENTS = ("kestrel-7", "heron-9")
PACKAGE = Path(connector.__file__).parent


@pytest.fixture
def account(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "account"
    folder.mkdir()
    rows = [
        {
            "id": str(number),
            "contact_id": "sam",
            "messages": [
                {"id": "1", "role": "customer", "text": "I am furious, my parcel is late again!"},
                {
                    "id": "2",
                    "role": "agent",
                    "author_id": AGENTS[number % 2],
                    "text": ("Calm down.", "I am so sorry, I will call you today at 4 pm.")[number % 2],
                },
            ],
        }
        for number in range(12)
    ]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("connect", "local", "--name", "shop", "--path", str(folder))
    assert run("sync", "shop").code == 0
    return folder


@pytest.fixture
def app(account: Path, tmp_path: Path) -> Iterator[Connector]:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/var/connector.db",
        master_key_file=tmp_path / "var/keys/master.key",
    )
    app = Connector(settings)
    yield app
    app.store.close()


# L-03: off by default


ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "installations": ((),),
    "check": (("shop",),),
    "fields": (("shop",), ("shop", "--all")),
    "sync": (("shop", "--full"),),
    "show": (("shop", "0"), ("shop", "1")),
    "policy": (("shop",),),
    "purge": ((),),
    "rubric": (("show",), ("show", "shop"), ("set", "--usual", "--into", "shop")),
    "opt-out": (("shop",), ("shop", "--agent", AGENTS[0]), ("shop", "--agent", AGENTS[0], "--remove")),
    "dispute": (("shop", "--list"),),
    "people": (("shop",),),
    "doctor": ((),),
    "audit": (("shop",),),
    "notice": (("shop",), ("shop", "--language", "de")),
    "insights": (("journey", "shop"), ("intensity-and-engagement", "shop", "--json")),
}
"""How each command that answers about an account is asked."""

SAYS_NOTHING = {
    "connect",
    "disconnect",
    "score",
    "rotate-key",
    "migrate",
    "manifest",
    "import",
    "templates",
    "serve",
    "sign-in",
    "api-token",
    "worker",
    "up",
}
"""Commands that tell nothing about conversations of an account, or only what they were given."""
ABOUT_ONE_CONTACT = {"subject", "proof"}
"""Commands whose answers have tests of their own about other people's data."""


def test_every_command_is_asked_for_figures_about_people() -> None:
    """L-03: a new command cannot escape the tests below."""
    assert set(COMMANDS) <= ARGUMENTS.keys() | SAYS_NOTHING | ABOUT_ONE_CONTACT


@pytest.mark.parametrize("command", [each for each in ARGUMENTS if each in COMMANDS])
def test_a_fresh_install_names_nobody_on_the_team_in_any_answer(
    run: Run, account: Path, command: str
) -> None:
    """L-03: not the author of a message, and so no figure by author."""
    for arguments in ARGUMENTS[command]:
        for form in ((), ("--json",)):
            ran = run(command, *arguments, *form)
            assert ran.code in (0, 1, 2), ran.err
            assert not any(agent in ran.out + ran.err for agent in AGENTS)
            assert '"author' not in ran.out


def test_a_fresh_install_names_nobody_on_the_team_on_any_page_or_in_any_file(
    app: Connector, account: Path, tmp_path: Path
) -> None:
    """L-03."""
    client = create_app(app).test_client()
    routes = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert "/" in routes
    for route in routes:
        if not route.startswith("/static"):
            path = re.sub(r"<[^>]+>", "shop", route)
            assert not any(agent in client.get(path).text for agent in AGENTS), route
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "c.jsonl"]
    assert files
    for file in files:
        assert not any(agent.encode() in contents(file) for agent in AGENTS), file


def test_a_fresh_install_allows_no_figures_about_people(app: Connector) -> None:
    """L-03."""
    assert app.may_show_people("shop", app.now()) is False
    assert app.settings.eu_strict is False
    assert app.people.records("shop") == []


def test_nothing_is_written_to_a_platform_before_its_fields_were_made(tmp_path: Path) -> None:
    """L-03: making the fields is the explicit act."""
    from tests.fakes.office import Office

    office = Office(tmp_path)
    office.desk.change("c0", "thanks")
    assert office.sync().writes.owed == 1
    assert office.desk.writes == []


# L-04: the record


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"role": None}, "owner"),
        ({"role": "admin"}, "owner"),
        ({"by": " "}, "--by"),
        ({"purpose": None}, "--purpose"),
        ({"purpose": "discipline"}, "discipline"),
        ({"purpose": "pay"}, "pay"),
        ({"purpose": "dismissal"}, "dismissal"),
        ({"is_notice_confirmed": False}, "--notice-confirmed"),
        ({"works_council": None}, "--works-council"),
        ({"works_council_on": None}, "--works-council-date"),
        ({"works_council_on": date(2026, 3, 3)}, "not later than today"),
        ({"works_council_not_required": "none here"}, "not both"),
        ({"works_council": None, "works_council_not_required": "  "}, "--no-works-council"),
        ({"dpia": ""}, "--dpia"),
    ],
)
def test_the_gate_asks_for_each_thing_by_name(missing: dict[str, Any], told: str) -> None:
    """L-04."""
    with pytest.raises(Misconfigured, match=told):
        replace(WHOLE, **missing).as_record(NOW)


def test_the_record_keeps_what_was_stated() -> None:
    """L-04."""
    assert WHOLE.as_record(NOW) == {
        "role": "owner",
        "purpose": "coaching",
        "notice_confirmed": True,
        "works_council": "Agreement 12",
        "works_council_on": "2026-02-01",
        "dpia": "DPIA-7",
    }
    none = replace(
        WHOLE, works_council=None, works_council_on=None, works_council_not_required="four people work here"
    )
    assert none.as_record(NOW)["works_council_not_required"] == "four people work here"


@pytest.mark.parametrize("at", [NOW, datetime(2028, 2, 29, 12, tzinfo=UTC)])
def test_the_record_ends_after_twelve_months(at: datetime) -> None:
    """L-04."""
    ends = expires_at(at)
    assert timedelta(days=364) <= ends - at <= timedelta(days=366)
    record = PersonLevel(1, {}, "Kim", at, ends)
    assert in_force([record], ends - timedelta(seconds=1), is_eu_strict=False) is record
    assert in_force([record], ends, is_eu_strict=False) is None
    assert in_force([record], at - timedelta(seconds=1), is_eu_strict=False) is None


def test_the_gate_opens_with_a_complete_record_and_closes_at_once(run: Run, app: Connector) -> None:
    """L-04, and everything stays on record."""
    ran = run(*ENABLE, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["may_show_people"] is True
    assert ran.json["record"]["works_council_on"] == "2026-02-01"
    assert app.may_show_people("shop", app.now())
    assert not app.may_show_people("shop", app.now() + timedelta(days=366))
    assert run("people", "shop", "--disable").code == 2
    assert app.may_show_people("shop", app.now())
    closed = run("people", "shop", "--disable", "--by", "Lee", "--json").json
    assert closed["may_show_people"] is False
    [row] = closed["history"]
    assert (row["accepted_by"], row["ended_by"]) == ("Kim", "Lee")
    assert "off" in run("people", "shop").out


def test_a_new_record_ends_the_one_before_it(run: Run, app: Connector) -> None:
    """L-04."""
    run(*ENABLE)
    run(*[each.replace("coaching", "quality_sampling") for each in ENABLE])
    first, second = app.people.records("shop")
    assert first.ended_at is not None
    assert second.ended_at is None
    assert "quality sampling" in run("people", "shop").out


@pytest.mark.parametrize("left_out", ["--role", "--by", "--purpose", "--works-council", "--dpia"])
def test_the_command_refuses_without_each_item_in_a_sentence(run: Run, account: Path, left_out: str) -> None:
    """L-04."""
    at = ENABLE.index(left_out)
    ran = run(*ENABLE[:at], *ENABLE[at + 2 :])
    assert ran.code == 2
    assert one_sentence(ran.err)
    assert run("people", "shop", "--json").json["history"] == []


def test_the_command_does_one_thing_at_a_time(run: Run, account: Path) -> None:
    assert run("people", "shop", "--enable", "--disable").code == 2
    assert run("people", "nope").code == 2


# L-16: strict


def test_the_strict_preset_refuses_every_account_and_ignores_what_was_recorded(
    run: Run, app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L-16: one switch for all accounts; no account has a way around it."""
    run(*ENABLE)
    assert app.may_show_people("shop", app.now())
    monkeypatch.setenv("CONNECTOR_EU_STRICT", "true")
    shown = run("people", "shop", "--json").json
    assert (shown["may_show_people"], shown["eu_strict"]) == (False, True)
    refused = run(*ENABLE)
    assert refused.code == 2
    assert "CONNECTOR_EU_STRICT" in refused.err
    assert one_sentence(refused.err)
    strict = Connector(app.settings.model_copy(update={"eu_strict": True}), now=app.now)
    assert not strict.may_show_people("shop", app.now())
    strict.store.close()


# L-01: text only


SCORED_FROM = {
    "id",
    "role",
    "body",
    "is_html",
    "is_public",
    "is_automated",
    "sent_at",
    "author_id",
    "language",
    "is_opted_out",
}
"""All that is known of a message. A picture, a recording or a keystroke has no place here."""


def test_a_message_is_text_and_who_wrote_it_when_and_nothing_else() -> None:
    """L-01: no audio, video, image, keystroke or typing speed can reach the scores."""
    assert set(Message.__dataclass_fields__) == SCORED_FROM


@pytest.mark.parametrize("minutes", [0, 5, 60 * 24 * 30])
def test_the_time_a_reply_took_changes_no_empathy_score(minutes: int) -> None:
    """L-01: reply time is no feature of the empathy score."""
    scores = []
    for pause in (1, minutes):
        said = [
            Message("1", Role.CUSTOMER, "I am furious, my parcel is late again!", sent_at=NOW),
            Message(
                "2",
                Role.AGENT,
                "I am so sorry about the parcel. I will call you today at 4 pm.",
                sent_at=NOW + timedelta(minutes=pause),
            ),
        ]
        scores.append([_numbers(each) for each in default_engine().score_conversation("1", said).messages])
    assert scores[0] == scores[1]


def _numbers(score: MessageScore) -> tuple[object, ...]:
    return score.empathy, score.sentiment, score.frustration, score.evidence, score.reason_text


FEATURES_OF_THE_BODY = ("audio", "video", "voice_", "keystroke", "typing", "webcam", "waveform", "prosody")


def test_no_table_scope_or_feature_is_about_sound_pictures_or_keys() -> None:
    """L-01: by the names of columns, scopes, fields and scoring functions."""
    from connector.fields import all_fields
    from connector.providers import hubspot, zendesk
    from connector.store import privacy_tables, tables

    assert privacy_tables.metadata is tables.metadata
    names = [column.name for table in tables.metadata.tables.values() for column in table.c]
    names += [field.name for field in all_fields()]
    for provider in (hubspot.HubSpotProvider, zendesk.ZendeskProvider):
        assert provider.oauth is not None
        names += [*provider.oauth.scopes, *provider.oauth.optional_scopes]
    for file in (PACKAGE / "scoring").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names += [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(names) > 200
    assert [name for name in names if any(word in name.lower() for word in FEATURES_OF_THE_BODY)] == []


# L-09: nothing follows by itself


def test_no_code_sends_a_message_or_assigns_a_person_because_of_a_score() -> None:
    """L-09: the only thing that leaves is the value of our own fields."""
    ways_out = ("smtplib", "email.message", "slack", "twilio", "assignee_id", "group_id")
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = [
            name
            for node in ast.walk(tree)
            for name in (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        ]
        assert not any(name.split(".")[0] in ways_out for name in imported), file
        if "writes" in file.name:
            assert not any(way in file.read_text(encoding="utf-8") for way in ways_out), file


# L-14, L-15


def test_each_read_is_counted_by_role_and_purpose(app: Connector) -> None:
    """L-14."""
    for at, purpose in enumerate(("export", "export", "coaching")):
        app.store.note_access(
            "shop",
            role="owner",
            purpose=purpose,
            what="scores",
            now=NOW + timedelta(days=at),
            count=at + 1,
        )
    counts = [
        (each.purpose, each.times, each.records, each.last_at) for each in app.store.access_counts("shop")
    ]
    assert counts == [("coaching", 1, 3, NOW + timedelta(days=2)), ("export", 2, 3, NOW + timedelta(days=1))]
    assert app.store.access_counts("other") == []


def test_the_log_of_reads_outlives_the_account(run: Run, app: Connector) -> None:
    """L-18: what shows who looked at what is not gone with what they looked at."""
    app.store.note_access("shop", role="owner", purpose="export", what="scores", now=NOW)
    assert run("disconnect", "shop").code == 0
    assert len(app.store.access_counts("shop")) == 1


def test_scoring_imports_nothing_that_could_send_or_learn_from_text() -> None:
    """L-15: no network, no training and no store in reach of the text rules."""
    forbidden = {"socket", "http", "urllib", "requests", "sklearn", "subprocess", "sqlite3", "sqlalchemy"}
    for file in (PACKAGE / "scoring").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not {each.name.split(".")[0] for each in node.names} & forbidden, file
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] not in forbidden, file


def test_reading_a_whole_account_calls_that_accounts_own_host_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L-15: no telemetry; sockets stay shut, and whatever is sent goes to the account's own host."""
    from tests.fakes.hubspot_world import HubSpotWorld
    from tests.fakes.wsgi import WsgiAdapter
    from tests.fakes.zendesk_world import ZendeskWorld
    from tests.providers.world import Said

    hosts: set[str] = set()
    send = WsgiAdapter.send

    def noting(self: Any, request: Any, **more: Any) -> Any:
        hosts.add(request.url.split("/")[2])
        return send(self, request, **more)

    monkeypatch.setattr(WsgiAdapter, "send", noting)
    for world in (ZendeskWorld(), HubSpotWorld()):
        world.add_conversation([Said(Role.CUSTOMER, "Where is it?"), Said(Role.AGENT, "It leaves today.")])
        for page in world.provider().pages(None, lambda _head: True):
            assert page.cursor
    assert hosts == {"sample.zendesk.com", "api.hubapi.com"}
