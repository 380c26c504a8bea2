"""The one list of all pages that people see, and a server on which each of them has something to show.

What holds for every page is tested over this list (test_every_page.py), on a server whose words are harmless
and on one where every word that came from elsewhere is hostile. tests/web/test_every_page_is_listed.py fails
for a route or a template that is in no list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import url_for

from connector.bootstrap import Connector
from connector.model import Installation, Parked
from connector.opening import COMMAND_PATIENCE
from connector.previewing import Look
from connector.privacy.person_level import Statement
from connector.scoring.rubric import default_rubric
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.sync import Options
from connector.web import create_app
from connector.web.rubric import written
from tests.fakes.wsgi import serve
from tests.web.browsers import KIND, NOW, UPSET, Server

from .payloads import PAYLOADS

AGENT = "<b>7</b>"
HARMLESS = [
    "Late parcels",
    "nightly export",
    "Kim",
    "The reply was sent after a call.",
    "A colleague who has a long name and writes it all out",
    *(f"word-{number}" for number in range(len(PAYLOADS) - 5)),
]


@dataclass(frozen=True)
class Page:
    """One page: who opens it, where, and what is done there to come to what is meant."""

    name: str
    role: str
    endpoint: str
    account: str | None = None
    """`own` is a folder of conversations, `platform` an account of Zendesk's that is being set up."""
    values: Mapping[str, Any] = field(default_factory=dict)
    act: Callable[[Any], None] | None = None
    status: int = 200
    posts: str | None = None
    """The endpoint that `act` sends a form to, where that answers with a page."""


def press(name: str) -> Callable[[Any], None]:
    """Press the first button of that name."""

    def act(page: Any) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name).first.click()

    return act


def _make_token(page: Any) -> None:
    page.get_by_label("What it is for").fill(
        page.evaluate("document.querySelector('.account span').innerText")
    )
    press("Make a token")(page)


def _ask_for_agent(page: Any) -> None:
    page.get_by_label("agent").first.fill(AGENT)
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def _decide_nothing(page: Any) -> None:
    press("Read the reason")(page)
    page.locator("main form").last.evaluate("form => { form.noValidate = true; }")
    with page.expect_navigation():
        page.locator("main form").last.locator("button").last.click()


REFUSED = {"provider": "zendesk", "error": "no"}
KEPT_5_DAYS = {"mode": "redact", "keep": "5d"}
RUBRIC_TRIED = {
    **written(default_rubric()),
    "fair": "45",
    "help": "25",
    "interpretation": "20",
    "canned": "0.4",
}

PAGES = (
    Page("sign in", "anonymous", "sign_in.ask", values={"token": "x"}),
    Page("signed out", "anonymous", "sign_in.signed_out"),
    Page("notice", "anonymous", "notice.notice_page", values={"name": "own"}),
    Page("notice in German", "anonymous", "notice.notice_page", values={"name": "own", "language": "de"}),
    Page("marketplace", "anonymous", "install.from_marketplace", status=400),
    Page("overview", "owner", "dashboard.first_page"),
    Page("accounts", "owner", "accounts.all_accounts"),
    Page("reports", "owner", "reports.every_report"),
    Page("report", "owner", "reports.one_report", "own", {"report": "journey"}),
    Page("account", "owner", "accounts.account", "own"),
    Page("account under way", "owner", "accounts.account", "platform"),
    Page("settings", "owner", "settings.settings_page", "own"),
    Page("retention tried", "owner", "settings.try_retention", "own", KEPT_5_DAYS),
    Page(
        "retention refused", "owner", "settings.try_retention", "own",
        {**KEPT_5_DAYS, "keep": "soon"}, status=400,
    ),
    Page("rubric", "owner", "rubric.rubric_page", "own"),
    Page("rubric tried", "owner", "rubric.rubric_page", "own", RUBRIC_TRIED),
    Page(
        "rubric refused", "owner", "rubric.rubric_page", "own",
        {**RUBRIC_TRIED, "help": "'\"><b>"}, status=400,
    ),
    Page("tokens", "owner", "tokens.tokens_page", "own"),
    Page("token made", "owner", "tokens.tokens_page", "own", act=_make_token, posts="tokens.make_token"),
    Page("disputes", "lead", "disputes.queue", "own"),
    Page("dispute", "lead", "disputes.queue", "own", act=press("Read the reason"), posts="disputes.look"),
    Page(
        "dispute refused", "lead", "disputes.queue", "own",
        act=_decide_nothing, status=400, posts="disputes.decide",
    ),
    Page("people", "lead", "conversations.ask_for_agent", "own"),
    Page(
        "replies of one", "lead", "conversations.ask_for_agent", "own",
        act=_ask_for_agent, posts="conversations.replies_of_agent",
    ),
    Page("conversation", "lead", "conversations.conversation_page", "own", {"conversation": 1}),
    Page("conversation that waits", "lead", "conversations.conversation_page", "own", {"conversation": 0}),
    Page("replies", "agent", "conversations.own_replies", "own"),
    Page("refused", "agent", "settings.settings_page", "own", status=403),
    Page("not there", "lead", "accounts.account", values={"installation": "elsewhere"}, status=404),
    Page("set up", "owner", "setup.overview", "platform"),
    Page("scope", "owner", "setup.show", "platform", {"step": "scope"}),
    Page("retention", "owner", "setup.show", "platform", {"step": "retention"}),
    Page("guidelines", "owner", "setup.show", "platform", {"step": "guidelines"}),
    Page("fields", "owner", "setup.show", "platform", {"step": "fields"}),
    Page("look", "owner", "setup.show", "platform", {"step": "preview"}),
    Page("look waited for", "owner", "setup.show", "waiting", {"step": "preview", "still": "yes"}),
    Page("start", "owner", "setup.show", "platform", {"step": "start"}),
    Page("disconnect", "owner", "setup.ask_disconnect", "platform"),
    Page("install", "owner", "install.ask", values={"provider": "zendesk", "subdomain": "sample"}),
    Page("install without an address", "owner", "install.ask", values={"provider": "zendesk"}),
    Page("not installed", "owner", "install.callback", values=REFUSED, status=400),
)  # fmt: skip

ELSEWHERE = {
    "zendesk.sidebar": "framed by Zendesk: test_zendesk_sidebar.py",
    "zendesk.nav": "framed by Zendesk: test_zendesk_sidebar.py",
    "zendesk.ticket": "a piece of the sidebar: test_zendesk_sidebar.py",
    "zendesk.dispute": "a piece of the sidebar: test_zendesk_sidebar.py",
    "install.begin": "goes on to the platform at once: test_set_up.py",
    "install.begin_from_marketplace": "goes on to HubSpot at once: tests/web/test_install.py",
}
"""Routes with pages of other kinds, and the tests that look at them in the same ways."""
ALSO_SHOWN_AS = {
    "conversations.contest": "conversations.conversation_page",
    "rubric.change_rubric": "rubric.rubric_page",
    "settings.change_retention": "settings.settings_page",
    "settings.change_left_out": "settings.settings_page",
    "setup.take": "setup.show",
    "setup.disconnect": "setup.ask_disconnect",
    "sign_in.redeem": "accounts.account",
}
"""Forms that show the page they stand on again, with a sentence of what is wrong; or the page of errors."""
FOR_PROGRAMS = {
    "webhooks.from_zendesk",
    "webhooks.from_hubspot",
    "actions.score",
    "hubspot_card.card",
    "hubspot_card.dispute",
}
"""Routes that only platforms call; nobody sees the page of their errors."""
OTHER_TEMPLATES = {
    "zendesk_nav.html": "test_zendesk_sidebar.py",
    "zendesk_sidebar.html": "test_zendesk_sidebar.py",
    "zendesk_ticket.html": "test_zendesk_sidebar.py",
    "zendesk_told.html": "test_zendesk_sidebar.py",
    "install_going.html": "test_set_up.py",
    "report_being_made.html": "tests/web/test_reports.py",
    "install_marketplace.html": "tests/web/test_install.py",
    "locked.html": "test_every_page.py, by itself",
}


@dataclass
class Place:
    """The server, where it is, and what its accounts are called."""

    server: Server
    address: str
    words: list[str]
    names: Mapping[str, str]
    conversations: list[str]

    def path(self, page: Page) -> str:
        """Where a page is."""
        values = dict(page.values)
        if page.account:
            values["installation"] = self.names[page.account]
        if "name" in values:
            values["name"] = self.names[str(values["name"])]
        if "conversation" in values:
            values["conversation"] = self.conversations[int(values["conversation"])]
        with self.server.web.test_request_context():
            return url_for(page.endpoint, **values)

    def sign_in(self, page: Any, role: str) -> None:
        """As somebody in that role whose name is one of the words; anonymous signs nobody in."""
        self.server.web.extensions["sign-in rates"]._tries.clear()
        self.server.web.extensions["install rates"]._tries.clear()
        if role == "anonymous":
            return
        agent = AGENT if role == "agent" else None
        bound = None if role == "owner" else self.names["own"]
        visitor = Visitor(UserRole.named(role), bound, agent, self.words[4])
        page.goto(self.address + self.server.app.signing_in.link_for(visitor))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()

    def open(self, page: Any, listed: Page) -> Any:
        """Open a page of the list, and do there what leads to what is meant."""
        self.server.web.extensions["install rates"]._tries.clear()
        answer = page.goto(self.address + self.path(listed))
        if listed.act:
            listed.act(page)
        return answer


@contextmanager
def everything(folder: Path, words: list[str]) -> Iterator[Place]:
    """A server with `words` in every place where words come from elsewhere."""
    web: list[Any] = []

    def answer(environ: Any, start_response: Any) -> Any:
        return web[0](environ, start_response)  # made once the address is known

    with serve(answer) as address:
        settings = Settings(
            _env_file=None,
            database_url=f"sqlite:///{folder}/connector.db",
            queue_url=f"sqlite:///{folder}/queue.db",
            master_key_file=folder / "keys/master.key",
            erasure_log=folder / "erasures.log",
            base_url=address,
            zendesk_client_id="client",
            zendesk_client_secret="not-a-secret",
        )
        app = Connector(settings, now=lambda: NOW)
        names = {"own": words[0], "platform": words[1], "waiting": words[2]}
        conversations = _connect_own(app, names["own"], folder / "account", words)
        for name in (names["platform"], names["waiting"]):
            _connect_platform(app, name, words)
        _fill_own(app, names["own"], words, conversations)
        _fill_preview(app, names["platform"], words)
        app.store.ask_preview(names["waiting"], by=words[4], now=NOW)
        web.append(create_app(app))
        yield Place(Server(app, web[0], folder), address, words, names, conversations)
        app.store.close()


def _connect_own(app: Connector, name: str, account: Path, words: list[str]) -> list[str]:
    """A folder of conversations of which ids, tags and channels are words; the first waits for an answer."""
    account.mkdir()
    hostile = words is PAYLOADS
    rows = []
    for number, word in enumerate(words if hostile else words[:24]):
        id_ = word if hostile else str(1001 + number)
        asked = {"id": word, "role": "customer", "text": UPSET.format(number), "sent_at": _hours_ago(9)}
        reply = {"id": f"r{word}", "role": "agent", "author_id": AGENT, "text": KIND.format(number)}
        rows.append(
            {
                "id": id_,
                "contact_id": word,
                "tags": [word],
                "channel": word if hostile else ("email", "chat", "messaging")[number % 3],
                "messages": [asked, {**reply, "sent_at": _hours_ago(8)}][: 1 if number == 0 else 2],
            }
        )
    (account / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    app.connect(name, "local", {"path": str(account)}, None)
    app.sync(name, Options(), patience=COMMAND_PATIENCE)
    return [str(row["id"]) for row in rows]


def _connect_platform(app: Connector, name: str, words: list[str]) -> None:
    """An account of Zendesk's that nobody calls: every step of its set-up but the last is taken."""
    wrapped = app.vault.new_installation_key(name)
    keys = app.vault.open_installation(name, wrapped)
    app.store.save_installation(
        Installation(
            name=name,
            provider="zendesk",
            account_id=name,
            account_name=words[3],
            settings={"subdomain": "sample"},
            connected_at=NOW,
            waits_for_start=True,
        ),
        sealed_token=keys.seal_token(json.dumps({"access_token": "not-a-token"})),
        wrapped_key=wrapped,
    )
    for step in ("scope", "retention", "guidelines", "fields"):
        app.store.note_step(name, step, at=NOW, by=words[4])
    app.store.add_opt_outs(name, [f"tag:x{words[5]}", f"channel:{words[6]}"], added_by=words[4], now=NOW)


def _fill_own(app: Connector, name: str, words: list[str], conversations: list[str]) -> None:
    store, disputing = app.store, app.disputing(name)
    hostile = words is PAYLOADS
    for number, id_ in enumerate(conversations[1 : None if hostile else 7], 1):
        disputing.contest(id_, by=words[number], reason=words[number])
        if number % 2:
            disputing.decide(id_, "upheld", empathy=None, by=words[number], reason=words[number])
    some = words if hostile else words[:4]
    parked = [Parked(f"p{each}", each if hostile else "Unreadable") for each in some]
    store.record_page(name, records=[], parked=parked, cursor=None, now=NOW)
    store.add_policy(name, {"mode": "redact", "keep": "9d"}, changed_by=words[7], now=NOW)
    store.add_opt_outs(name, [f"tag:x{each}" for each in some], added_by=words[9], now=NOW)
    store.add_rubric(name, default_rubric().named("2").as_toml(), changed_by=words[11], now=NOW)
    for number, each in enumerate(some):
        app.api_tokens.create(name, role="lead", label=each[:100], days=1 + number, by=words[12])
    app.people.enable(
        name,
        Statement(
            role="owner",
            by=words[13],
            purpose="coaching",
            is_notice_confirmed=True,
            works_council=words[14],
            works_council_on=date(2026, 1, 5),
            dpia=words[15],
        ),
    )


def _fill_preview(app: Connector, name: str, words: list[str]) -> None:
    shown = [{"id": word, "band": "low", "empathy": 12, "reason_text": word} for word in words[:6]]
    look = Look(50, 30, 50, 7, shown[:5], shown, 3, 2, 1, None, {"low": 20, "fair": 20, "high": 10})
    app.store.ask_preview(name, by=words[4], now=NOW)
    app.store.begin_preview(name, NOW)
    app.store.end_preview(name, NOW, asdict(look))
    app.store.note_step(name, "preview", at=NOW, by=words[4])


def _hours_ago(hours: int) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()
