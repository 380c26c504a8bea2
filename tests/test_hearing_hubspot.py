"""From a HubSpot webhook to the written field, with an account whose search shows nothing of it yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.bootstrap import Connector
from connector.fields import fields_to_create
from connector.model import LegalHold, Token
from connector.opening import COMMAND_PATIENCE
from connector.privacy.vault import MasterKey
from connector.settings import Settings
from connector.store import Store
from connector.sync import Options
from connector.web import create_app
from tests.fakes.clock import Clock
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.hubspot_hooks import delivery, event
from tests.fakes.hubspot_records import Thread
from tests.fakes.wsgi import serve

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

PUBLIC = "https://empathy.example.test"
SECRET = "not-a-secret"
TOKEN = "pat-eu1-00000000-not-a-real-token"
UPSET = "My order is three weeks late and nobody answers. I am furious."
KIND = "I am so sorry that your order is three weeks late. I have called the depot and will ring you at 4 pm."


class Inbox:
    """One account, our server, and whoever the server asked to look."""

    def __init__(self, app: Connector, fake: HubSpotApp) -> None:
        self.app, self.fake = app, fake
        self.web = create_app(app)
        self.woken: list[str] = []
        self.web.extensions["queue"] = self

    def look_soon(self, name: str) -> None:
        """What the worker's queue is asked for."""
        self.woken.append(name)

    @property
    def account(self) -> HubSpotAccount:
        return self.fake.account

    def thread(self, ticket_id: str | None = None, *said: str) -> Thread:
        """A thread with a question and an answer, on a ticket of its own unless it is given one."""
        contact_id = self.account.add("contacts", {"firstname": "Kim", "lastname": "Doe"})
        if ticket_id is None:
            values = {"subject": "An order", "hs_pipeline": "0", "hs_pipeline_stage": "1"}
            ticket_id = self.account.add("tickets", values)
            self.account.link("tickets", ticket_id, "contacts", contact_id)
        thread = self.account.add_thread(ticket_id=ticket_id, contact_id=contact_id)
        question, answer = said or (UPSET, KIND)
        asked_at = self.account.now() - timedelta(seconds=5)
        self.account.add_thread_message(thread, actor=f"V-{contact_id}", text=question, at=asked_at)
        self.account.add_thread_message(thread, actor="A-100", text=answer)
        return thread

    def tell(self, kind: str, object_id: str) -> int:
        body, headers = delivery(
            [event(kind, object_id, portal_id=self.account.portal_id)],
            f"{PUBLIC}/webhooks/hubspot",
            SECRET,
            self.app.now(),
        )
        client = self.web.test_client()
        return client.post("/webhooks/hubspot", base_url=PUBLIC, data=body, headers=headers).status_code

    def paths_of_a_look(self) -> list[str]:
        before = len(self.fake.requests)
        assert self.app.looking.look("desk") is False
        return [each.path for each in self.fake.requests[before:]]

    def band(self, ticket_id: str | None) -> str | None:
        return self.account.objects["tickets"][ticket_id or ""].values.get("empathy_band")


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    fake = HubSpotApp(HubSpotAccount(clock=Clock(at=None)))
    fake.account.index_lag = timedelta(minutes=10)
    fake.trouble.burst = 4000
    fake.account.grant(TOKEN)
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/connector.db",
        queue_url=f"sqlite:///{tmp_path}/queue.db",
        master_key_file=tmp_path / "keys/master.key",
        erasure_log=tmp_path / "erasures.log",
        base_url=PUBLIC,
        hubspot_client_secret=SECRET,
    )
    with serve(fake) as origin:
        app = Connector(settings)
        app.connect("desk", "hubspot", {"api_origin": origin}, Token(TOKEN))
        opened = app.open(app.installation("desk"), patience=COMMAND_PATIENCE)
        ids = dict(opened.provider.ensure_fields(fields_to_create(extended=False)))
        opened.close()
        app.store.set_fields("desk", ids, is_extended=False, now=app.now())
        assert app.sync("desk", Options(), patience=COMMAND_PATIENCE).error is None
        yield Inbox(app, fake)
        app.store.close()


def test_a_new_message_becomes_a_written_field_though_no_search_shows_it_yet(inbox: Inbox) -> None:
    thread, other = inbox.thread(), inbox.thread()
    cursor = inbox.app.store.cursor("desk")
    assert inbox.tell("conversation.newMessage", thread.id) == 200
    assert inbox.woken == ["desk"]
    paths = inbox.paths_of_a_look()
    assert inbox.band(thread.ticket_id) == "high"
    assert inbox.band(other.ticket_id) is None
    assert not [path for path in paths if path.endswith("/search")]
    assert not [path for path in paths if other.id in path or str(other.ticket_id) in path]
    assert inbox.app.store.hints("desk", 10) == []
    assert inbox.app.store.cursor("desk") == cursor


def test_two_threads_of_one_ticket_are_one_read(inbox: Inbox) -> None:
    thread = inbox.thread()
    second = inbox.thread(thread.ticket_id, "And now it is broken, too.", "That is dreadful, I am sorry.")
    for each in (thread, second, thread):
        inbox.tell("conversation.newMessage", each.id)
    paths = inbox.paths_of_a_look()
    assert (
        len([path for path in paths if path.partition("?")[0].endswith(f"/tickets/{thread.ticket_id}")]) == 1
    )
    card = inbox.app.store.conversation("desk", str(thread.ticket_id))
    assert card is not None
    assert len(card.messages) == 4


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_thread_that_leads_nowhere_is_looked_at_once(inbox: Inbox, is_gone: bool) -> None:
    """It is deleted, or belongs to no ticket."""
    thread = inbox.thread()
    if is_gone:
        del inbox.account.threads[thread.id]
    else:
        thread.ticket_id = None
    inbox.tell("conversation.newMessage", thread.id)
    inbox.paths_of_a_look()
    assert inbox.app.store.hints("desk", 10) == []
    assert inbox.app.store.counts("desk").conversations == 0


def test_an_event_that_names_no_thread_asks_for_a_sync(inbox: Inbox) -> None:
    inbox.tell("conversation.newMessage", "not a number")
    assert [(each.told, each.id) for each in inbox.app.store.hints("desk", 10)] == [("something", "")]
    assert [path for path in inbox.paths_of_a_look() if path.endswith("/search")]


def test_threads_wait_while_the_platform_must_not_be_called(inbox: Inbox) -> None:
    thread = inbox.thread()
    inbox.tell("conversation.newMessage", thread.id)
    inbox.app.store.set_not_before("desk", inbox.app.now() + timedelta(minutes=5))
    assert inbox.app.looking.look("desk") is True
    assert [(each.told, each.id) for each in inbox.app.store.hints("desk", 10)] == [("thread", thread.id)]


def keep_texts(inbox: Inbox, *holds: LegalHold) -> None:
    inbox.app.store.add_policy(
        "desk", {"mode": "encrypt", "keep": "30d"}, changed_by="test", now=inbox.app.now(), holds=holds
    )


def scored(inbox: Inbox, thread: Thread) -> str:
    """The ticket of a thread that was told of and looked at."""
    inbox.tell("conversation.newMessage", thread.id)
    inbox.paths_of_a_look()
    assert inbox.band(thread.ticket_id)
    return str(thread.ticket_id)


def erase_there(inbox: Inbox, thread: Thread) -> None:
    """Somebody deletes a thread for good: it is gone before we are told."""
    inbox.account.threads.pop(thread.id, None)
    assert inbox.tell("conversation.privacyDeletion", thread.id) == 200


def test_a_thread_that_was_deleted_for_good_leaves_nothing_of_its_words_or_scores(inbox: Inbox) -> None:
    keep_texts(inbox)
    thread = inbox.thread()
    ticket = scored(inbox, thread)
    assert inbox.app.store.kept_texts("desk", ticket)
    erase_there(inbox, thread)
    inbox.paths_of_a_look()
    assert inbox.app.store.kept_texts("desk", ticket) == []
    card = inbox.app.store.conversation("desk", ticket)
    assert card is not None
    assert card.messages == ()
    assert inbox.app.store.everything("desk")["scores"] == 1
    assert inbox.band(ticket) == "not_scored"
    assert not inbox.account.objects["tickets"][ticket].values.get("empathy_score")
    assert inbox.app.store.hints("desk", 10) == []


def test_what_was_said_in_other_threads_is_scored_anew_without_it(inbox: Inbox) -> None:
    keep_texts(inbox)
    first = inbox.thread(None, "It is broken again and I am furious.", "Read the manual, page four.")
    second = inbox.thread(first.ticket_id)
    ticket = scored(inbox, first)
    assert inbox.band(ticket) != "high"
    erase_there(inbox, first)
    inbox.paths_of_a_look()
    card = inbox.app.store.conversation("desk", ticket)
    assert card is not None
    assert [each["id"] for each in card.messages] == [each["id"] for each in second.messages]
    ids = {each["id"] for each in second.messages}
    assert {text.message_id for text in inbox.app.store.kept_texts("desk", ticket)} == ids
    assert inbox.app.store.everything("desk")["scores"] == 1
    assert inbox.band(ticket) == "high"


def test_a_deletion_is_proven_and_the_proof_names_nothing_that_can_be_opened(inbox: Inbox) -> None:
    keep_texts(inbox)
    thread = inbox.thread()
    scored(inbox, thread)
    erase_there(inbox, thread)
    inbox.paths_of_a_look()
    proof = inbox.app.store.proofs("desk")[-1]["entry"]
    assert proof["what"] == "erasure"
    assert proof["because"] == "deleted_there"
    assert proof["counts"]["texts"] > 0
    assert proof["counts"]["threads"] == 1
    assert proof["verified"]["rows"] == 0
    assert proof["verified"]["texts_opened"] == 0
    assert thread.id not in json.dumps(proof)


def test_a_sync_that_has_read_the_thread_already_does_not_keep_it(inbox: Inbox) -> None:
    """The thread is unknown when its deletion is told, for the page it was read for is not recorded yet."""
    thread = inbox.thread()
    ticket = str(thread.ticket_id)
    store, record_page = inbox.app.store, Store.record_page
    pulled_out = []

    def record_late(self: Store, *args: Any, **more: Any) -> None:
        if not pulled_out and more["records"]:
            pulled_out.append(thread.id)
            erase_there(inbox, thread)
            inbox.app.looking.look("desk")
        record_page(self, *args, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Store, "record_page", record_late)
        assert inbox.app.sync("desk", Options(only=(ticket,)), patience=COMMAND_PATIENCE).error is None
    assert pulled_out
    assert store.conversation("desk", ticket) is None
    assert inbox.band(ticket) is None
    assert [each.error for each in store.parked("desk")] == ["Erased"]
    assert inbox.app.sync("desk", Options(), patience=COMMAND_PATIENCE).error is None
    assert store.parked("desk") == []
    card = store.conversation("desk", ticket)
    assert card is not None
    assert card.messages == ()


def test_a_deleted_thread_under_a_legal_hold_goes_when_the_hold_ends(inbox: Inbox) -> None:
    thread = inbox.thread()
    ticket = scored(inbox, thread)
    now = inbox.app.now()
    hold = LegalHold("h1", f"conversation:{ticket}", "counsel", "dispute", now, now + timedelta(days=2))
    keep_texts(inbox, hold)
    erase_there(inbox, thread)
    inbox.app.looking.look("desk")
    before = inbox.app.store.conversation("desk", ticket)
    assert before is not None
    assert len(before.messages) == 2
    keep_texts(inbox)
    assert inbox.app.sync("desk", Options(), patience=COMMAND_PATIENCE).error is None
    inbox.paths_of_a_look()
    after = inbox.app.store.conversation("desk", ticket)
    assert after is not None
    assert after.messages == ()


@pytest.mark.sqlite  # its file is put back
def test_a_restored_backup_loses_a_deleted_thread_again(inbox: Inbox, tmp_path: Path) -> None:
    thread = inbox.thread()
    ticket = scored(inbox, thread)
    old, backup = (sqlite3.connect(tmp_path / name) for name in ("connector.db", "backup.db"))
    with closing(old), closing(backup):
        old.backup(backup)
    erase_there(inbox, thread)
    inbox.paths_of_a_look()
    inbox.app.store.close()
    for name in ("connector.db", "connector.db-wal", "connector.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(tmp_path / "connector.db")
    again = Connector(inbox.app.settings)
    restored = again.store.conversation("desk", ticket)
    assert restored is not None
    assert restored.messages
    again.catch_up()
    assert again.store.conversation("desk", ticket) is None
    assert again.looking.look("desk") is False
    read = again.store.conversation("desk", ticket)
    assert read is not None
    assert read.messages == ()
    again.store.close()


def test_a_contact_who_is_erased_while_a_first_sync_reads_them_is_not_taken_in(inbox: Inbox) -> None:
    thread = inbox.thread()
    inbox.app.store.hold("desk", "another-machine/1/1", now=inbox.app.now())
    inbox.tell("contact.privacyDeletion", str(thread.contact_id))
    inbox.app.looking.look("desk")
    assert len(inbox.app.erasing.erased("desk")) == 1


def test_a_deletion_of_what_was_never_read_leaves_no_trace(inbox: Inbox) -> None:
    erase_there(inbox, inbox.thread())
    inbox.tell("contact.privacyDeletion", "987")
    inbox.paths_of_a_look()
    assert inbox.app.erasing.erased("desk") == frozenset()
    assert inbox.app.store.hints("desk", 10) == []


def test_c04_without_the_key_a_delivery_is_verified_and_kept_and_looked_at_once_it_is_back(
    inbox: Inbox, tmp_path: Path
) -> None:
    thread = inbox.thread()
    key, away = tmp_path / "keys/master.key", tmp_path / "keys/away"
    key.rename(away)
    locked = Connector(inbox.app.settings)
    inbox.web = create_app(locked)
    assert inbox.web.test_client().get("/").status_code == 503
    assert inbox.tell("conversation.newMessage", thread.id) == 200
    body, headers = delivery(
        [event("conversation.newMessage", "5", portal_id=inbox.account.portal_id)],
        f"{PUBLIC}/webhooks/hubspot",
        "another secret",
        inbox.app.now(),
    )
    forged = inbox.web.test_client().post("/webhooks/hubspot", base_url=PUBLIC, data=body, headers=headers)
    assert forged.status_code == 401
    assert [(each.told, each.id) for each in locked.store.hints("desk", 10)] == [("thread", thread.id)]
    away.rename(key)
    assert locked.looking.look("desk") is False
    assert inbox.band(thread.ticket_id) == "high"
    locked.store.close()


def test_c04_with_another_key_no_message_is_signed_under_it(inbox: Inbox, tmp_path: Path) -> None:
    """The server that is given the right one goes on as if nothing had been."""
    key, away = tmp_path / "keys/master.key", tmp_path / "keys/away"
    thread = inbox.thread()
    key.rename(away)
    MasterKey.load(key, may_create=True)
    locked = Connector(inbox.app.settings)
    inbox.web = create_app(locked)
    assert inbox.tell("conversation.newMessage", thread.id) == 200
    assert not (tmp_path / "queue.db").exists()
    away.rename(key)
    other = inbox.thread()
    assert inbox.tell("conversation.newMessage", other.id) == 200
    assert inbox.web.extensions["queue"].count() == 1
    assert (tmp_path / "queue.db").exists()
    locked.store.close()


def test_c04_a_workflows_call_is_asked_to_come_again(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "keys/master.key").rename(tmp_path / "keys/away")
    locked = Connector(inbox.app.settings)
    answer = create_app(locked).test_client().post("/hubspot/actions/score", base_url=PUBLIC, data=b"{}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    locked.store.close()


def test_what_is_told_while_a_long_sync_runs_is_taken_between_two_of_its_pages(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is held, so that a look has to wait; the message is in no search yet."""
    slow = [inbox.thread() for _ in range(3)]
    for record in inbox.account.objects["tickets"].values():
        record.versions = [(at - timedelta(hours=1), values) for at, values in record.versions]
    monkeypatch.setattr("connector.providers.hubspot.tickets.PAGE_SIZE", 1)
    fresh: list[Thread] = []
    band_after: list[str | None] = []

    def progress(_tally: object, _page: object) -> None:
        band_after.append(inbox.band(fresh[0].ticket_id) if fresh else None)
        if not fresh:
            fresh.append(inbox.thread())
            inbox.tell("conversation.newMessage", fresh[0].id)
            assert inbox.app.looking.look("desk") is True

    run = inbox.app.sync("desk", Options(full=True), patience=COMMAND_PATIENCE, progress=progress)
    assert run.error is None
    assert len(band_after) >= len(slow)
    assert [each is None for each in band_after[:2]] == [True, False]
    assert inbox.app.store.hints("desk", 10) == []


def test_a_dry_run_takes_nothing_that_was_told(inbox: Inbox) -> None:
    thread = inbox.thread()
    inbox.tell("conversation.newMessage", thread.id)
    assert inbox.app.sync("desk", Options(full=True, dry_run=True), patience=COMMAND_PATIENCE).error is None
    assert inbox.band(thread.ticket_id) is None
    assert len(inbox.app.store.hints("desk", 10)) == 1
