"""What holds for every page of the list: readable, quiet, open to all people, framed by nobody, and inert."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import template_rendered

from connector.insights.registry import REPORTS
from tests.fakes.wsgi import serve

from .axe import serious_findings
from .pages import HARMLESS, OTHER_TEMPLATES, PAGES, Page, Place, everything
from .payloads import PAYLOADS

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

ROLES = ("anonymous", "owner", "lead", "agent")
FRAME = "url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CODE = """[...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => /^on/.test(a.name))
    || ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'VIDEO', 'MATH', 'STYLE'].includes(e.tagName)
    || (e.tagName === 'SCRIPT' && !e.src && e.type !== 'application/json')
    || (e.tagName === 'LINK' && !e.href.startsWith(location.origin))
    || (e.tagName === 'META' && e.httpEquiv)
    || /^javascript:/i.test(e.href || e.action || '')).length"""


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with everything(tmp_path_factory.mktemp("harmless"), HARMLESS) as place:
        yield place


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with everything(tmp_path_factory.mktemp("hostile"), PAYLOADS) as place:
        yield place


class Watched:
    """A browser tab of somebody in a role; `seen` is what no page may cause."""

    def __init__(self, browser: Any, place: Place, role: str, **context: Any) -> None:
        self.place = place
        self.seen: list[str] = []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        place.sign_in(self.page, role)
        self.page.on("dialog", lambda dialog: (self.seen.append("dialog"), dialog.dismiss()))
        self.page.on("console", lambda message: self.seen.append(message.text))
        self.page.on("pageerror", lambda error: self.seen.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith(self.place.address):
            self.seen.append(request.url)

    def complaints(self, listed: Page) -> list[str]:
        """What was seen since the last call, the status that is meant aside."""
        expected = f"status of {listed.status}" if listed.status >= 400 else None
        seen, self.seen[:] = [each for each in self.seen if not expected or expected not in each], []
        return seen


def pages_of(role: str) -> list[Page]:
    return [page for page in PAGES if page.role == role]


@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), (320, "dark"), (1024, "light"), (1024, "dark")]
)
def test_every_page_is_readable_quiet_and_open_to_all_people(
    browser: Any, harmless: Place, tmp_path: Path, width: int, scheme: str
) -> None:
    """WCAG 2.2 AA as far as a program can tell, 320 px, dark, no console message, no CSP violation."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    wrong: dict[str, list[str]] = {}
    for role in ROLES:
        watched = Watched(
            browser, harmless, role, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        for listed in pages_of(role):
            answer = harmless.open(watched.page, listed)
            found = [] if listed.act or answer.status == listed.status else [f"status {answer.status}"]
            if watched.page.locator("h1").count() != 1:
                found.append("not one heading")
            if watched.page.evaluate(OVERFLOW) > 0:
                found.append("scrolls sideways")
            watched.page.screenshot(
                path=str(folder / f"{listed.name.replace(' ', '-')}-{width}-{scheme}.png"), full_page=True
            )
            found += serious_findings(watched.page.main_frame)
            found += watched.complaints(listed)
            if found:
                wrong[listed.name] = found
        watched.context.close()
    assert wrong == {}


def test_a_hundred_hostile_words_stay_words_on_every_page(browser: Any, hostile: Place) -> None:
    """S-22: nothing runs, nothing is fetched, and no element comes of them; each page shows some of them."""
    assert len(set(PAYLOADS)) >= 100
    wrong: dict[str, list[str]] = {}
    for role in ROLES:
        watched = Watched(browser, hostile, role)
        for listed in pages_of(role):
            hostile.open(watched.page, listed)
            found = []
            if watched.page.evaluate(CODE) != 0:
                found.append("an element came of the words")
            if not watched.page.evaluate("window.hacked === undefined"):
                found.append("something ran")
            if not any(word in watched.page.evaluate("document.body.textContent") for word in PAYLOADS):
                found += [] if role == "anonymous" and listed.name != "notice" else ["no hostile word shown"]
            found += watched.complaints(listed)
            if found:
                wrong[listed.name] = found
        watched.context.close()
    assert wrong == {}


def test_the_lists_show_all_of_the_hostile_words(browser: Any, hostile: Place) -> None:
    watched = Watched(browser, hostile, "owner")
    texts = {}
    for name in ("account", "settings", "tokens", "disputes"):
        hostile.open(watched.page, next(page for page in PAGES if page.name == name))
        texts[name] = watched.page.evaluate("document.body.textContent")
    watched.context.close()
    assert [each for each in PAYLOADS if f"p{each}" not in texts["account"]] == []
    assert [each for each in PAYLOADS if f"tag:x{each}" not in texts["settings"]] == []
    assert [each for each in PAYLOADS if each[:100] not in texts["tokens"]] == []
    assert len([each for each in PAYLOADS if each in texts["disputes"]]) >= 100


def test_every_conversation_with_a_hostile_id_and_every_report_is_only_text(
    browser: Any, hostile: Place
) -> None:
    watched = Watched(browser, hostile, "owner")
    listed = [
        Page(
            f"conversation {number}",
            "owner",
            "conversations.conversation_page",
            "own",
            {"conversation": number},
        )
        for number in range(len(PAYLOADS))
    ]
    listed += [
        Page(each.name, "owner", "reports.one_report", "own", {"report": each.name}) for each in REPORTS
    ]
    wrong = []
    for each in listed:
        hostile.open(watched.page, each)
        if watched.page.evaluate(CODE) != 0 or watched.complaints(each):
            wrong.append(each.name)
    assert watched.page.evaluate("window.hacked === undefined")
    watched.context.close()
    assert wrong == []


def test_reasons_and_an_agents_own_list_are_only_text(browser: Any, hostile: Place) -> None:
    queue, own = (next(page for page in PAGES if page.name == name) for name in ("disputes", "replies"))
    lead = Watched(browser, hostile, "lead")
    for at in range(10):
        hostile.open(lead.page, queue)
        with lead.page.expect_navigation():
            lead.page.get_by_role("button", name="Read the reason").nth(at).click()
        said = lead.page.locator("blockquote").inner_text()
        assert any(each in said for each in PAYLOADS)
        assert lead.page.evaluate(CODE) == 0
        assert lead.complaints(queue) == []
    lead.context.close()
    agent = Watched(browser, hostile, "agent")
    hostile.open(agent.page, own)
    shown = agent.page.evaluate("document.body.textContent")
    assert sum(each in shown for each in PAYLOADS) >= 50
    agent.context.close()


def foreign(_environ: Any, start_response: Any) -> list[bytes]:
    """Another site, which frames whatever it likes."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>Elsewhere</title><link rel=icon href=data:,><h1>Elsewhere</h1>"]


def test_no_page_is_framed_by_another_origin(browser: Any, harmless: Place) -> None:
    """S-15. The other site is on this machine too, under another name: others may not call here at all."""
    context = browser.new_context()
    page = context.new_page()
    with serve(foreign) as other:
        page.goto(other.replace("127.0.0.1", "localhost"))
        with page.expect_response(f"{other}/"):
            page.evaluate(FRAME, f"{other}/")  # what does not forbid it is framed
        for listed in PAGES:
            with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
                page.evaluate(FRAME, harmless.address + harmless.path(listed))
        assert [frame.url for frame in page.frames if frame.url.startswith(harmless.address)] == []
        context.close()


def test_a_locked_server_shows_a_page_like_the_others(
    browser: Any, harmless: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 900}, color_scheme="dark")
    page = context.new_page()
    monkeypatch.setattr(harmless.server.app, "locked_because", lambda: "The master key is missing.")
    assert page.goto(harmless.address + "/").status == 503
    assert page.evaluate(OVERFLOW) <= 0
    assert serious_findings(page.main_frame) == []
    context.close()


def test_every_template_is_shown_by_some_page_of_the_list(browser: Any, harmless: Place) -> None:
    shown: set[str] = set()

    def note(_sender: Any, template: Any, **_: Any) -> None:
        shown.add(template.name)

    with template_rendered.connected_to(note, harmless.server.web):
        for role in ROLES:
            watched = Watched(browser, harmless, role)
            for listed in pages_of(role):
                harmless.open(watched.page, listed)
            watched.context.close()
    folder = Path(harmless.server.web.root_path, "templates")
    there = {path.name for path in folder.glob("*.html") if not path.stem.endswith("_base")}
    assert there - shown - OTHER_TEMPLATES.keys() == {"base.html", "pieces.html"}
    assert shown.isdisjoint(OTHER_TEMPLATES)
