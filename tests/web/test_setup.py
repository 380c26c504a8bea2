"""The set-up in the browser, step by step, on both platforms."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from connector.jobs.work import is_due, preview_one
from connector.privacy.purpose import intended_purpose
from connector.sync import Options
from tests.fakes.hubspot_desk import DeskFiller
from tests.rows import rows_of

from .browsers import KIND, UPSET, Browser
from .installs import NAMES, Install, installs

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
STEPS = ("scope", "retention", "guidelines", "fields", "preview", "start")
FORMS = {
    "scope": {},
    "retention": {"mode": "redact", "days": "14"},
    "guidelines": {"accepted": "yes"},
    "fields": {},
    "preview": {},
    "start": {},
}


@pytest.fixture(params=["zendesk", "hubspot"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(tmp_path: Path, provider: str) -> Iterator[Install]:
    """A connected account with some conversations, nothing of it set up."""
    with installs(tmp_path) as made:
        fill(made, provider)
        assert made.install(made.browser(), provider).status_code == 303
        yield made


def fill(place: Install, provider: str) -> None:
    if provider == "hubspot":
        DeskFiller(place.hubspot.account).fill(8)
        return
    account, now = place.zendesk.account, datetime.now(UTC)
    for number in range(8):
        at = now - timedelta(hours=3, minutes=number)
        user = account.add_user(f"Customer {number}", f"c{number}@customers.example")
        ticket = account.add_ticket(user.id, subject=f"Order {number}", at=at)
        account.add_comment(ticket, user.id, UPSET.format(number), at=at)
        if number:
            account.add_comment(ticket, account.agent.id, KIND.format(number), at=at + timedelta(minutes=5))


def take(browser: Browser, name: str, step: str, **form: str) -> TestResponse:
    return browser.post(f"/admin/{name}/setup/{step}", {**FORMS[step], **form})


def written(place: Install, provider: str) -> int:
    """Requests that change something in the account."""
    if provider == "zendesk":
        return sum(each.method != "GET" and "/oauth/" not in each.path for each in place.zendesk.arrivals)
    is_write = ("/batch/update", "/properties/")
    return sum(
        each.method in ("POST", "PATCH") and any(part in each.path for part in is_write)
        for each in place.hubspot.requests
    )


@pytest.mark.slow  # waits for the platforms' real rate windows
def test_every_step_leads_to_the_next_and_the_last_one_lets_the_worker_begin(
    place: Install, provider: str
) -> None:
    browser, name = place.browser(), NAMES[provider]
    for step in STEPS:
        assert browser.get(f"/admin/{name}/setup/{step}").status_code == 200
        assert not is_due(place.app.installation(name), place.app.now())
        answer = take(browser, name, step)
        assert answer.status_code == 303, answer.text
        if step == "preview":
            preview_one(place.app, name)
    installation = place.app.installation(name)
    assert is_due(installation, place.app.now())
    assert installation.field_ids
    assert place.app.store.policy(name).content["mode"] == "redact"  # type: ignore[union-attr]
    run = place.app.sync(name, Options(), patience=timedelta(seconds=90))
    assert run.error is None
    assert run.tally.scored == 8
    assert run.tally.writes.written == 8
    assert "Everything is set up" in browser.get(f"/admin/{name}/setup").text


@pytest.mark.slow  # as above
def test_the_look_writes_and_keeps_nothing(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    for step in ("scope", "retention", "guidelines", "fields"):
        take(browser, name, step)
    kept = ("conversation", "message", "outbox", "kept_text", "contact", "reply")
    before, changed = rows_of(place.app.store, *kept), written(place, provider)
    take(browser, name, "preview")
    preview_one(place.app, name)
    page = browser.get(f"/admin/{name}/setup/preview").text
    assert "8 conversations" in page
    assert "by empathy band" in page
    assert "Would need attention now" in page
    assert rows_of(place.app.store, *kept) == before
    assert written(place, provider) == changed
    for words in ("furious", "frustrated", "three weeks late", "I am so sorry"):
        assert words not in page, "the words of a customer are not shown"


def test_asking_for_the_look_calls_nobody_and_the_page_waits_for_the_worker(
    place: Install, provider: str
) -> None:
    browser, name = place.browser(), NAMES[provider]
    for step in ("scope", "retention", "guidelines", "fields"):
        take(browser, name, step)
    page = f"/admin/{name}/setup/preview"
    assert "Refresh" not in browser.get(page).headers
    before = len(place.zendesk.arrivals) + len(place.hubspot.requests)
    queued = place.server.web.extensions["queue"].count()
    assert take(browser, name, "preview").headers["Location"] == page
    assert place.server.web.extensions["queue"].count() == queued + 1
    waiting = browser.get(page)
    assert waiting.headers["Refresh"] == "3"
    assert "No worker runs on this server" in waiting.text
    assert "Refresh" not in browser.get(f"{page}?still=yes").headers, "whoever reads may stop it"
    place.app.store.note_worker(place.app.now())
    assert "begins as soon as it is free" in browser.get(page).text
    assert len(place.zendesk.arrivals) + len(place.hubspot.requests) == before
    assert place.app.store.begin_preview(name, place.app.now())
    assert "The worker reads and scores" in browser.get(page).text
    place.wait(minutes=10)
    assert "came to no end" in browser.get(page).text
    assert "Refresh" not in browser.get(page).headers


def test_channels_are_chosen_by_their_names_and_one_is_left_at_least(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    assert 'value="email" checked' in browser.get(f"/admin/{name}/setup/scope").text
    form = MultiDict([("channels_shown", "yes"), ("scored_channel", "email"), ("channel", "Carrier-Pigeon")])
    form.add("csrf_token", browser.form_token())
    assert browser.post(f"/admin/{name}/setup/scope", data=form).status_code == 303
    labels = {entry.label for entry in place.app.opting_out(name).entries()}
    assert {"channel:chat", "channel:carrier-pigeon"} <= labels
    assert "channel:email" not in labels
    page = browser.get(f"/admin/{name}/setup/scope").text
    assert 'value="email" checked' in page
    assert 'value="chat">' in page
    assert 'value="carrier-pigeon"' in page
    refused = take(browser, name, "scope", channels_shown="yes")
    assert refused.status_code == 400
    assert "at least one channel" in refused.text
    assert {entry.label for entry in place.app.opting_out(name).entries()} == labels


def test_what_is_left_out_is_what_the_form_says(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    kind = "tag" if provider == "zendesk" else "pipeline"
    take(browser, name, "scope", **{kind: " vip, internal,vip\n,"})
    labels = {entry.label for entry in place.app.opting_out(name).entries()}
    assert labels == {f"{kind}:vip", f"{kind}:internal"}
    assert "vip" in browser.get(f"/admin/{name}/setup/scope").text
    place.app.opting_out(name).add(place.app.opting_out(name).labels({"agent": ["7"]}), by="test")
    take(browser, name, "scope", **{kind: "internal"})
    labels = {entry.label.partition(":")[0] for entry in place.app.opting_out(name).entries()}
    assert labels == {kind, "agent"}, "an agent who is left out stays so"
    take(browser, name, "scope", **{kind: ""})
    assert len(place.app.opting_out(name).entries()) == 1


def test_a_set_up_goes_on_where_it_stopped_for_whoever_comes(place: Install, provider: str) -> None:
    name = NAMES[provider]
    take(place.browser(), name, "scope")
    take(place.browser(), name, "retention")
    other = place.browser("admin", name)
    page = other.get(f"/admin/{name}/setup").text
    assert "2 of 6 steps are done" in page
    assert "Go on: what it is for" in page
    assert 'value="14"' in other.get(f"/admin/{name}/setup/retention").text


def test_no_step_is_taken_before_the_ones_it_stands_on(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    before = written(place, provider)
    for step in STEPS[1:]:
        assert browser.get(f"/admin/{name}/setup/{step}").headers["Location"] == f"/admin/{name}/setup"
        assert take(browser, name, step).headers["Location"] == f"/admin/{name}/setup"
    assert place.app.store.steps(name) == {}
    assert written(place, provider) == before
    for step in STEPS[:4]:
        take(browser, name, step)
    assert browser.get(f"/admin/{name}/setup/start").status_code == 200, "the look may be left out"


def test_the_guidelines_are_accepted_by_somebody_at_a_time_in_these_words(
    place: Install, provider: str
) -> None:
    browser, name = place.browser(), NAMES[provider]
    take(browser, name, "scope")
    take(browser, name, "retention")
    shown = html.unescape(browser.get(f"/admin/{name}/setup/guidelines").text)
    for point in intended_purpose().prohibited:
        assert point in shown
    refused = take(browser, name, "guidelines", accepted="")
    assert refused.status_code == 400
    assert "Tick the box" in refused.text
    assert "guidelines" not in place.app.store.steps(name)
    take(browser, name, "guidelines")
    done = place.app.store.steps(name)["guidelines"]
    assert done.by == "Kim the owner"
    assert abs(done.at - place.app.now()) < timedelta(minutes=1)
    words = intended_purpose().as_markdown().encode()
    assert done.content == {"statement": hashlib.sha256(words).hexdigest()}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"mode": "keep-all"}, "Choose what is kept"),
        ({"mode": ""}, "Choose what is kept"),
        ({"mode": "encrypt", "days": ""}, "how many days"),
        ({"mode": "encrypt", "days": "0"}, "how many days"),
        ({"mode": "encrypt", "days": "-3"}, "how many days"),
        ({"mode": "encrypt", "days": "3651"}, "how many days"),
        ({"mode": "encrypt", "days": "9" * 400}, "how many days"),
        ({"mode": "encrypt", "days": "３"}, "how many days"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_nothing_changes(
    place: Install, provider: str, form: dict[str, str], sentence: str
) -> None:
    browser, name = place.browser(), NAMES[provider]
    take(browser, name, "scope")
    answer = browser.post(f"/admin/{name}/setup/retention", form)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert place.app.store.policy(name) is None


def test_nothing_is_kept_by_a_choice_of_nothing(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    take(browser, name, "scope")
    take(browser, name, "retention", mode="drop")
    stored = place.app.store.policy(name)
    assert stored is not None
    assert (stored.content["mode"], stored.changed_by) == ("drop", "Kim the owner")


def test_a_platform_that_is_down_is_told_on_the_page_of_the_step(place: Install, provider: str) -> None:
    browser, name = place.browser(), NAMES[provider]
    for step in ("scope", "retention", "guidelines"):
        take(browser, name, step)
    trouble = place.zendesk.trouble if provider == "zendesk" else place.hubspot.trouble
    if provider == "zendesk":
        trouble.down = 3  # type: ignore[union-attr]
    else:
        trouble.be_down(times=3)  # type: ignore[union-attr]
    answer = take(browser, name, "fields")
    assert answer.status_code == 400
    assert "try again later" in answer.text
    assert "fields" not in place.app.store.steps(name)


def test_the_command_line_notes_the_same_steps(place: Install, provider: str) -> None:
    installation = place.app.installation(NAMES[provider])
    place.app.setting_up.create_fields(
        installation, extended=False, by="command line", patience=timedelta(seconds=30)
    )
    steps = place.app.store.steps(installation.name)
    assert {name: done.by for name, done in steps.items()} == {
        "guidelines": "command line",
        "fields": "command line",
    }
