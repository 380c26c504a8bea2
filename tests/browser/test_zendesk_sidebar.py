"""The view beside a ticket in a real browser, framed by a stand-in for Zendesk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from connector.model import Role
from tests.fakes.zendesk_office import CARING, COOL, NAME, PUBLIC, UPSET, ZendeskOffice

from .axe import serious_findings
from .payloads import PAYLOADS
from .zendesk_window import EVIL, Window

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]

ANGRY = "<p>That is no help at all. I want my money back.</p>"
FRENCH = "<p>Bonjour, ma commande n'est pas arrivée et je suis très déçu de votre service.</p>"
FRENCH_REPLY = "<p>Bonjour, je suis désolé pour le retard de votre commande, nous allons la renvoyer.</p>"
HOURS = ("<p>What are your opening hours?</p>", "<p>We are open from nine to five.</p>")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZendeskOffice]:
    made = ZendeskOffice(tmp_path_factory.mktemp("office"))
    yield made
    made.app.store.close()


@pytest.fixture(scope="module")
def tickets(office: ZendeskOffice) -> dict[str, str]:
    made = {
        "scored": office.ticket(
            (Role.CUSTOMER, UPSET), (Role.AGENT, COOL), (Role.CUSTOMER, ANGRY), (Role.AGENT, CARING)
        ),
        "unanswered": office.ticket((Role.CUSTOMER, UPSET)),
        "not_applicable": office.ticket((Role.CUSTOMER, HOURS[0]), (Role.AGENT, HOURS[1])),
        "language": office.ticket((Role.CUSTOMER, FRENCH), (Role.AGENT, FRENCH_REPLY)),
        "changed": office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, CARING)),
        "disputed": office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, COOL)),
        "opted_out": office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, CARING), tags=["empathy_opt_out"]),
        "chat": office.ticket((Role.BOT, "Hello"), (Role.CUSTOMER, UPSET), (Role.AGENT, CARING)),
    }
    contact = office.world.add_contact(opted_out=True)
    made["opted_out_contact"] = office.ticket(
        (Role.CUSTOMER, UPSET), (Role.AGENT, CARING), contact_id=contact
    )
    office.sync()
    made["unread"] = office.ticket((Role.CUSTOMER, UPSET), (Role.AGENT, CARING))
    return made


@pytest.fixture
def window(browser: Any, office: ZendeskOffice) -> Iterator[Callable[..., Window]]:
    opened: list[Window] = []

    def open_one(**context: Any) -> Window:
        opened.append(Window(browser, office, **context))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
        assert each.complaints == []
        assert each.elsewhere == []


def texts(frame: Any) -> str:
    return str(frame.locator("main").inner_text())


def overflow(frame: Any) -> int:
    return int(frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


STATES = {
    "scored": ("What to do now", "Was jetzt zu tun ist"),
    "unanswered": ("Needs an answer that meets the feeling", "die auf das Gefühl eingeht"),
    "not_applicable": ("That is a result, not a zero", "Das ist ein Ergebnis, keine Null"),
    "language": ("(French)", "(Französisch)"),
    "unread": ("Not read yet", "Noch nicht gelesen"),
    "opted_out": ("Opted out", "Ausgenommen"),
    "opted_out_contact": ("Opted out", "Ausgenommen"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_explained_in_both_languages(
    window: Callable[..., Window], tickets: dict[str, str], tmp_path: Path, state: str, language: str
) -> None:
    shown = window()
    scheme = "dark" if language == "de" else "light"
    frame = shown.shown(tickets[state], **{"currentUser.locale": f"{language}-AT", "colorScheme": scheme})
    assert STATES[state][language == "de"] in texts(frame)
    assert frame.evaluate("document.documentElement.lang") == language
    assert frame.evaluate("document.documentElement.dataset.scheme") == scheme
    assert overflow(frame) <= 0, "the view scrolls sideways"
    shown.page.screenshot(path=str(tmp_path / "page.png"))


def test_what_to_do_comes_first_then_why_then_the_number_then_the_history(
    window: Callable[..., Window], office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    frame = window().shown(tickets["scored"])
    order = frame.locator("h2").evaluate_all("all => all.map((each) => each.id)")
    assert order == ["now", "why", "number", "history", "passages"]
    stored = office.app.store.conversation(NAME, tickets["scored"])
    assert stored is not None
    assert frame.locator(".ring text").text_content().strip() == str(stored.scorecard["empathy"])
    assert frame.locator(".ring .band").inner_text() == "low"
    assert frame.locator("svg.course").get_attribute("aria-label").startswith("The customer's feeling over 2")


def test_the_very_words_are_highlighted_and_come_from_zendesk_alone(
    window: Callable[..., Window], tickets: dict[str, str]
) -> None:
    shown = window()
    frame = shown.shown(tickets["scored"])
    marked = frame.locator("mark").all_text_contents()
    assert marked == [
        "Hello Dana,",
        (
            "I am so sorry that your order is three weeks late & that nobody answered: waiting for a "
            "birthday present that never comes is awful 😔."
        ),
        "I will call the depot today and write to you by 5 pm with the new date.",
        "You should have read them.",
    ]
    assert frame.locator("li.earned mark").count() == 3
    assert frame.locator("li.cost mark").count() == 1
    frame.locator("summary", has_text="1 earlier reply").click()
    assert frame.locator("li.cost mark").is_visible()
    for _, path, body in shown.sent:
        assert "depot" not in path + body
        assert "mark" not in path + body
    assert "token" not in "".join(path for _, path, _ in shown.sent)


def test_the_words_of_a_chat_come_from_its_log(
    window: Callable[..., Window], tickets: dict[str, str]
) -> None:
    marked = window().shown(tickets["chat"]).locator("mark").all_text_contents()
    assert any("call the depot today" in each for each in marked)


def test_a_body_that_changed_is_not_highlighted(
    window: Callable[..., Window], office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    ticket = office.world.account.tickets[int(tickets["changed"])]
    before = ticket.comments[1].html_text
    shown = window()
    assert shown.shown(tickets["changed"]).locator("mark").count() == 3
    ticket.comments[1].html_text = before.replace("5 pm", "6 pm")
    try:
        frame = shown.shown(tickets["changed"])
    finally:
        ticket.comments[1].html_text = before
    assert frame.locator("mark").count() == 0
    assert frame.get_by_text("not the one that was scored").is_visible()
    assert frame.locator("li.earned .points").count() > 0, "what it earned stays"


def test_a_body_that_zendesk_keeps_to_itself_is_not_highlighted(
    window: Callable[..., Window], office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    ticket = office.world.account.tickets[int(tickets["changed"])]
    kept, ticket.comments = ticket.comments, []
    shown = window()
    try:
        frame = shown.shown(tickets["changed"])
    finally:
        ticket.comments = kept
    assert frame.locator("mark").count() == 0
    assert frame.get_by_text("did not hand over").is_visible()


def test_a_score_is_disputed_with_the_keyboard_alone(
    window: Callable[..., Window], office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    shown = window()
    frame = shown.shown(tickets["disputed"])
    frame.locator(".dispute summary").focus()
    keyboard = shown.page.keyboard
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.press("Enter")
    frame.wait_for_selector("[data-review]")
    assert "A person will look at it" in texts(frame)
    frame.locator("[data-review='']:focus").wait_for(state="attached")  # a function would need eval
    assert frame.locator("[data-dispute]").count() == 0
    (raised,) = office.app.store.disputes(NAME, tickets["disputed"])
    assert (raised.status, raised.raised_by) == ("open", "Zendesk user 7")
    words = office.app.disputing(NAME).words(raised).reason
    assert words == "What was missing was said elsewhere, such as on the phone."
    assert "Disputed" in texts(window().shown(tickets["disputed"]))


def test_a_view_that_was_open_too_long_says_so(
    window: Callable[..., Window], office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    shown = window()
    frame = shown.shown(tickets["scored"])
    office.world.tick(16 * 60)
    try:
        frame.locator("[data-again]").click()
        frame.wait_for_selector("p.told")
        assert "open for long" in texts(frame)
    finally:
        office.world.tick(-16 * 60)
    shown.complaints.clear()  # the browser notes the refusal


def test_the_view_follows_zendesk_into_the_dark_and_asks_for_its_height(
    window: Callable[..., Window], tickets: dict[str, str]
) -> None:
    shown = window()
    frame = shown.shown(tickets["scored"])
    light = frame.evaluate("getComputedStyle(document.body).backgroundColor")
    shown.page.evaluate("tell('colorScheme.changed', 'dark')")
    frame.locator("html[data-scheme=dark]").wait_for(state="attached")
    assert frame.evaluate("getComputedStyle(document.body).backgroundColor") != light
    sizes = shown.page.evaluate(
        "heard.filter((each) => each.given[0] === 'resize').map((each) => each.given[1])"
    )
    assert sizes
    assert all(each["width"] == "100%" for each in sizes)
    fits = frame.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    assert fits


def test_another_site_cannot_frame_the_view(
    browser: Any, office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    shown = Window(browser, office)
    shown.parent = EVIL
    try:
        frame = shown.open(tickets["scored"])
        assert frame is None or "Empathy" not in (frame.content() or "")
        assert any("frame-ancestors" in each for each in shown.complaints)
        assert not any(path.startswith("/zendesk/sidebar/") for _, path, _ in shown.sent)
    finally:
        shown.close()


def test_no_view_opens_without_zendesks_word(
    browser: Any, office: ZendeskOffice, tickets: dict[str, str]
) -> None:
    shown = Window(browser, office)
    try:
        frame = shown.open(tickets["scored"], token="not a token")
        assert "Reload the page in Zendesk" in texts(frame)
        assert not any(path.startswith("/zendesk/sidebar/") for _, path, _ in shown.sent)
    finally:
        shown.close()


def test_hostile_text_stays_text(window: Callable[..., Window], office: ZendeskOffice) -> None:
    """S-22."""
    assert len(PAYLOADS) >= 100
    made = []
    for first in range(0, len(PAYLOADS), 20):
        replies = [
            (
                Role.AGENT,
                f"<p>I am so sorry that your order is late {escape(each)} for you.</p>{each}<p>Bye</p>",
            )
            for each in PAYLOADS[first : first + 20]
        ]
        made.append(office.ticket((Role.CUSTOMER, UPSET), *replies))
    office.sync()
    shown, seen = window(), ""
    for ticket in made:
        frame = shown.shown(ticket)
        frame.locator("summary", has_text="earlier replies").click()
        seen += " ".join(frame.locator("mark").all_text_contents())
        assert frame.evaluate("[...document.querySelectorAll('mark')].every((each) => !each.children.length)")
        assert frame.locator("main script, main img, main iframe, main [onerror], main [onload]").count() == 0
        assert frame.evaluate("window.hacked === undefined")
    assert seen.count("<img src=x onerror=") >= 10, "they were shown, as text"
    assert seen.count("window.hacked=1") >= 80


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "state", ["scored", "unanswered", "not_applicable", "language", "unread", "disputed"]
)
def test_nothing_serious_keeps_people_out(
    window: Callable[..., Window], tickets: dict[str, str], state: str, scheme: str
) -> None:
    """WCAG 2.2 AA, as far as a program can tell."""
    shown = window()
    frame = shown.shown(tickets[state], colorScheme=scheme)
    for summary in frame.locator("summary").all():
        summary.click()
    assert serious_findings(frame) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_is_for_admins_and_leads_to_our_own_pages(
    browser: Any, office: ZendeskOffice, tickets: dict[str, str], tmp_path: Path, scheme: str
) -> None:
    assert tickets
    shown = Window(browser, office, viewport={"width": 1024, "height": 700}, color_scheme=scheme)
    shown.action = f"{PUBLIC}/zendesk/nav?colorScheme={scheme}"
    try:
        frame = shown.open(None, token=office.token(user=office.world.account.admin.id))
        assert "sample.zendesk.com is connected" in texts(frame)
        assert tickets["unanswered"] in texts(frame)
        shown.page.screenshot(path=str(tmp_path / "page.png"))
        with shown.page.context.expect_page() as opening:
            frame.get_by_role("link", name="Open the settings").click()
        tab = opening.value
        tab.wait_for_load_state()
        assert tab.url.startswith(f"{PUBLIC}/sign-in/")
        assert tab.locator("button").count() == 1
        frame = shown.open(None, token=office.token(user=office.world.account.agent.id))
        assert "for the administrators" in texts(frame)
        assert frame.locator("a").count() == 0
        assert shown.complaints == []
    finally:
        shown.close()
