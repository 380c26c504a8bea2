"""From a HubSpot webhook to the written field, with an account whose search shows nothing of it yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.bootstrap import COMMAND_PATIENCE, Connector
from connector.fields import fields_to_create
from connector.model import Token
from connector.settings import Settings
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
        self.account.add_thread_message(thread, actor=f"V-{contact_id}", text=question)
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
