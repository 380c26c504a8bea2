"""S-22: whatever a platform or a person wrote stands on our pages as text, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import url_for

from connector.bootstrap import COMMAND_PATIENCE, Connector
from connector.model import Parked
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.sync import Options
from connector.web import create_app
from tests.fakes.wsgi import serve
from tests.web.browsers import KIND, NOW, UPSET, Server

from .payloads import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

NAME = PAYLOADS[0]
LISTS = ("dashboard.first_page", "accounts.all_accounts", "reports.every_report")
OF_ACCOUNT = (
    "accounts.account",
    "disputes.queue",
    "settings.settings_page",
    "conversations.ask_for_agent",
)
COUNT = "[...document.querySelectorAll('*')].filter(e => /^on/.test([...e.attributes].map(a => a.name).join(' ')) || ['IFRAME','OBJECT','EMBED','BASE','VIDEO','MATH','STYLE'].includes(e.tagName) || (e.tagName === 'SCRIPT' && !e.src) || /^javascript:/i.test(e.href || e.action || '')).length"  # noqa: E501


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """An account in which every word that came from elsewhere is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        queue_url=f"sqlite:///{folder}/queue.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
    )
    app = Connector(settings, now=lambda: NOW)
    account = folder / "account"
    account.mkdir()
    rows = [
        {
            "id": each,
            "contact_id": each,
            "tags": [each],
            "channel": each,
            "messages": [
                {"id": each, "role": "customer", "text": UPSET.format(number), "sent_at": _hours_ago(9)},
                {
                    "id": f"r{each}",
                    "role": "agent",
                    "author_id": "<b>7</b>",
                    "text": KIND.format(number),
                    "sent_at": _hours_ago(8),
                },
            ],
        }
        for number, each in enumerate(PAYLOADS)
    ]
    (account / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    app.connect(NAME, "local", {"path": str(account)}, None)
    app.sync(NAME, Options(), patience=COMMAND_PATIENCE)
    disputing = app.disputing(NAME)
    for each in PAYLOADS:
        disputing.contest(each, by=each, reason=each)
    for each in PAYLOADS[::2]:
        disputing.decide(each, "upheld", empathy=None, by=each, reason=each)
    parked = [Parked(f"p{each}", each) for each in PAYLOADS]
    app.store.record_page(NAME, records=[], parked=parked, cursor=None, now=NOW)
    app.store.add_policy(NAME, {"mode": "redact", "keep": "9d"}, changed_by=PAYLOADS[7], now=NOW)
    app.store.add_opt_outs(NAME, [f"tag:x{each}" for each in PAYLOADS], added_by=PAYLOADS[9], now=NOW)
    server = Server(app, create_app(app), folder)
    with serve(server.web) as address:
        yield server, address
    app.store.close()


def _hours_ago(hours: int) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


class Watched:
    """A page that notes every dialog, complaint and foreign request."""

    def __init__(self, browser: Any, server: Server, address: str, visitor: Visitor) -> None:
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.address = address
        self.seen: list[str] = []
        self.page.on("dialog", lambda dialog: (self.seen.append("dialog"), dialog.dismiss()))
        self.page.on("console", lambda message: self.seen.append(message.text))
        self.page.on("pageerror", lambda error: self.seen.append(str(error)))
        self.page.on("request", self._note)
        self.page.goto(address + server.app.signing_in.link_for(visitor))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()

    def _note(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.seen.append(request.url)

    def look(self, path: str) -> str:
        """The text of a page, in which nothing has run."""
        self.page.goto(self.address + path)
        return self.text()

    def text(self) -> str:
        assert self.page.evaluate(COUNT) == 0
        assert self.page.evaluate("window.hacked === undefined")
        assert self.seen == [], (self.page.url, self.seen)
        return str(self.page.evaluate("document.body.textContent"))


def paths(server: Server) -> dict[str, str]:
    with server.web.test_request_context():
        found = {name: url_for(name) for name in LISTS}
        return found | {name: url_for(name, installation=NAME) for name in OF_ACCOUNT}


def test_lists_and_settings_show_hostile_words_as_text(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    watched = Watched(browser, server, address, Visitor(UserRole.OWNER, name=PAYLOADS[5]))
    texts = {name: watched.look(path) for name, path in paths(server).items()}
    watched.context.close()
    assert all(PAYLOADS[5] in text for text in texts.values())
    shown = texts["disputes.queue"]
    assert [each for each in PAYLOADS if each not in shown][50:] == []  # the latest 50 decided ones are shown
    assert [each for each in PAYLOADS if f"p{each}" not in texts["accounts.account"]] == []
    assert [each for each in PAYLOADS if f"tag:x{each}" not in texts["settings.settings_page"]] == []
    assert PAYLOADS[7] in texts["settings.settings_page"]
    assert NAME in texts["accounts.all_accounts"]


def test_every_conversation_with_a_hostile_id_is_only_text(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    watched = Watched(browser, server, address, Visitor(UserRole.OWNER, name="Kim"))
    for each in PAYLOADS:
        with server.web.test_request_context():
            path = url_for("conversations.conversation_page", installation=NAME, conversation=each)
        assert each in watched.look(path)
    watched.context.close()


def test_reasons_and_an_agents_list_are_only_text(browser: Any, served: tuple[Server, str]) -> None:
    server, address = served
    watched = Watched(browser, server, address, Visitor(UserRole.LEAD, NAME, name="Kim"))
    for at in range(10):
        watched.look(paths(server)["disputes.queue"])
        button = watched.page.get_by_role("button", name="Read the reason").nth(at)
        with watched.page.expect_navigation():
            button.click()
        assert any(each in watched.text() for each in PAYLOADS[1::2])
    watched.context.close()
    agent = Watched(browser, server, address, Visitor(UserRole.AGENT, NAME, "<b>7</b>", PAYLOADS[3]))
    with server.web.test_request_context():
        shown = agent.look(url_for("conversations.own_replies", installation=NAME))
    agent.context.close()
    assert sum(each in shown for each in PAYLOADS) >= 50
