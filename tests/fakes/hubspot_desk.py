"""Fills a fake HubSpot account with a support desk: every kind of ticket, and what must become of each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .hubspot_account import HubSpotAccount
from .hubspot_records import Thread, iso

THINGS = ("parcel", "invoice", "login", "refund", "printer", "booking", "licence", "upgrade", "kettle")
SUFFERING = (
    "My {thing} number {n} is wrong for three days and I am really frustrated. I cannot accept this.",
    "Hello, could you tell me how the {thing} with number {n} works? Thank you.",
    "I am disappointed. The {thing} ({n}) broke again, and nobody has called me back.",
    "The {thing} {n} is great, but I was charged twice and I am worried about it.",
)
CARING = (
    "I am so sorry about the {thing}, {n} days of waiting must be exhausting. A new one is on its way.",
    "Thanks for telling us about {n}. I understand how annoying a broken {thing} is, and I will fix it now.",
    "You are right to be upset about the {thing}. What happened with {n}? I will stay until it works.",
)
CURT = ("Your {thing} {n} is closed.", "Read the manual of the {thing}, page {n}.")
ODD = "Ünïcödé 👩‍👩‍👧 \u202eשלום עליכם\u202c 你好 a\u0301 \u0000\u200b My parcel is late and I am upset ﷽"
AUTO_REPLY = "Thank you for your message. This is an automatic reply: I am out of the office until Monday."


@dataclass(slots=True)
class Desk:
    """Ticket ids by what they are."""

    by_case: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    human: set[str] = field(default_factory=set)
    """Writable, and a person replied."""
    alive: set[str] = field(default_factory=set)
    """Writable at all: neither deleted nor opted out."""
    threads: int = 0


CASES = (
    *["thread"] * 8,
    "truncated",
    "doubled",
    *["emails"] * 3,
    "emails and calls",
    *["description"] * 2,
    "bot",
    "note",
    "auto-reply",
    "rare",
)
RARE = ("deleted", "empty", "odd", "opted out", "two threads", "closed")
HUMAN = {
    "thread",
    "truncated",
    "doubled",
    "emails",
    "emails and calls",
    "odd",
    "huge",
    "two threads",
    "closed",
}
SILENT = {"deleted", "opted out"}


class DeskFiller:
    """Adds tickets one by one; `mark` goes into every text, name and address."""

    def __init__(self, account: HubSpotAccount, *, mark: str = "") -> None:
        self.account = account
        self.desk = Desk()
        self._mark = f" {mark}" if mark else ""
        self._address = mark or "person"
        self._agents = [
            account.add_owner(
                user_id=str(100 + n),
                email=f"{self._address}.agent{n}@sample.example",
                first="Agent",
                last=f"Number {n}{self._mark}",
            )
            for n in range(8)
        ]
        self._owner_ids = list(account.owners)

    def fill(self, tickets: int) -> Desk:
        """`tickets` tickets that changed over the last weeks, fifty of them in the same second."""
        start = self.account.now() - timedelta(days=21)
        for n in range(tickets):
            case = CASES[n % len(CASES)]
            if case == "rare":
                case = RARE[n // len(CASES) % len(RARE)]
            if n == 7:
                case = "huge"
            self.add(case, n, start + timedelta(minutes=max(n, 50)))
        return self.desk

    def add(self, case: str, n: int, at: datetime) -> str:
        """One ticket of a case, last changed at `at`."""
        account = self.account
        contact = {"firstname": "Sam", "lastname": f"Sample{self._mark}"}
        contact["email"] = f"{self._address}{n}@customer.example"
        if case == "opted out":
            contact["empathy_opt_out"] = "true"
        contact_id = account.add("contacts", contact, at=at)
        values = {"subject": f"About {n}{self._mark}", "hs_pipeline": "0", "hs_pipeline_stage": "1"}
        if case == "description":
            values["content"] = self._text(SUFFERING, n)
        if case == "closed":
            values |= {"hs_pipeline_stage": "4", "hs_is_closed": "true"}
        ticket_id = account.add("tickets", values, at=at)
        account.link("tickets", ticket_id, "contacts", contact_id)
        if case.startswith("emails"):
            self._emails(ticket_id, contact_id, case, n, at)
        elif case not in ("empty", "description"):
            for _ in range(2 if case == "two threads" else 1):
                self._thread(ticket_id, contact_id, case, n, at)
        if case == "deleted":
            account.archive("tickets", ticket_id)
        self.desk.by_case[case].append(ticket_id)
        if case in HUMAN:
            self.desk.human.add(ticket_id)
        if case not in SILENT:
            self.desk.alive.add(ticket_id)
        return ticket_id

    def log_email(self, ticket_id: str, text: str, *, is_from_agent: bool) -> None:
        """One more e-mail on a ticket, now."""
        contact_id = self.account.links["tickets", ticket_id, "contacts"][0]
        owner = self._owner_ids[0] if is_from_agent else ""
        self._email(ticket_id, contact_id, f"{text}{self._mark}", owner, self.account.now())

    def _text(self, texts: tuple[str, ...], n: int) -> str:
        return (
            texts[(n + n // len(CASES)) % len(texts)].format(thing=THINGS[n % len(THINGS)], n=n) + self._mark
        )

    def _thread(self, ticket_id: str, contact_id: str, case: str, n: int, at: datetime) -> None:
        account = self.account
        thread = account.add_thread(ticket_id=ticket_id, contact_id=contact_id, at=at - timedelta(hours=3))
        self.desk.threads += 1
        question = self._text(SUFFERING, n)
        if case == "huge":
            question = f"{question} " + "It is still broken and I am tired of it. " * 25_000
        if case == "odd":
            question = f"{ODD}{self._mark}"
        asked_at = at - timedelta(hours=2)
        visitor = f"V-{contact_id}"
        if case == "truncated":
            account.add_thread_message(
                thread, actor=visitor, text=question[:30], full=question, cut="TRUNCATED", at=asked_at
            )
        else:
            account.add_thread_message(thread, actor=visitor, text=question, at=asked_at)
        self._around(thread, case, asked_at)
        if case in HUMAN or case in SILENT:
            answer = self._text(CURT if n % 7 == 0 else CARING, n)
            account.add_thread_message(thread, actor=self._agents[n % 8], text=answer, at=at)
            if case == "doubled":
                self._email(ticket_id, contact_id, question, "", asked_at)
                self._email(ticket_id, contact_id, answer, self._owner_ids[n % 8], at)

    def _around(self, thread: Thread, case: str, at: datetime) -> None:
        """What happens in a thread beside the people's messages."""
        soon = at + timedelta(minutes=1)
        add = self.account.add_thread_message
        if case == "bot":
            add(thread, actor="B-31", text=f"Welcome!{self._mark}", kind="WELCOME_MESSAGE", at=soon)
            add(
                thread, actor="L-71", text=f"I am sorry you wait.{self._mark}", at=soon + timedelta(minutes=1)
            )
            add(thread, actor="S-hubspot", text="", kind="ASSIGNMENT", at=soon + timedelta(minutes=2))
            add(thread, actor="S-hubspot", text="", kind="SOMETHING_NEW", at=soon + timedelta(minutes=3))
        elif case == "note":
            words = f"I am so sorry for this customer, must be awful.{self._mark}"
            add(thread, actor=self._agents[0], text=words, kind="COMMENT", at=soon)
        elif case == "auto-reply":
            add(thread, actor="I-991", text=f"{AUTO_REPLY}{self._mark}", client="INTEGRATION", at=soon)

    def _emails(self, ticket_id: str, contact_id: str, case: str, n: int, at: datetime) -> None:
        owner = self._owner_ids[n % 8]
        self._email(ticket_id, contact_id, self._text(SUFFERING, n), "", at - timedelta(hours=2))
        self._email(ticket_id, contact_id, self._text(CURT if n % 7 == 0 else CARING, n), owner, at)
        if case == "emails and calls":
            self._log("notes", ticket_id, contact_id, {"hs_note_body": f"<p>Call back!{self._mark}</p>"}, at)
            call = {"hs_call_body": f"Talked about it.{self._mark}", "hs_call_direction": "INBOUND"}
            self._log("calls", ticket_id, contact_id, call, at)
            chat = {
                "hs_communication_body": f"Are you there?{self._mark}",
                "hs_communication_channel_type": "WHATS_APP",
            }
            self._log("communications", ticket_id, contact_id, chat, at)

    def _email(self, ticket_id: str, contact_id: str, text: str, owner: str, at: datetime) -> None:
        values = {
            "hs_email_subject": f"Your question{self._mark}",
            "hs_email_text": text,
            "hs_email_html": f"<div>{text}</div>",
            "hs_email_direction": "EMAIL" if owner else "INCOMING_EMAIL",
            "hs_email_status": "SENT",
            "hubspot_owner_id": owner,
        }
        self._log("emails", ticket_id, contact_id, values, at)

    def _log(
        self, object_type: str, ticket_id: str, contact_id: str, values: dict[str, str], at: datetime
    ) -> None:
        record_id = self.account.add(object_type, {"hs_timestamp": iso(at), **values}, at=at)
        self.account.link("tickets", ticket_id, object_type, record_id)
        self.account.link("contacts", contact_id, object_type, record_id)
