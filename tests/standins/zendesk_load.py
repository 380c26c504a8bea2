"""Five hundred tickets of every odd kind, for a fake Zendesk account."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.words import own_words
from tests.fakes.zendesk_account import SYSTEM_AUTHOR, ZendeskAccount
from tests.fakes.zendesk_records import Ticket

TROUBLES = (
    "my order {n} has not arrived and I am getting worried",
    "I was charged twice for invoice {n}, this is really frustrating",
    "the export of report {n} stops halfway, and I need it for tomorrow",
    "thank you, order {n} is here and everything works",
    "I cannot log in since update {n}. This is the third time I am asking!",
)
REPLIES = (
    "I am sorry about {n}. I can see why that is frustrating. I have checked it and will call you today.",
    "Thanks for waiting. I looked into case {n}: the parcel is at the depot and arrives on Friday.",
    "Please read article {n}.",
    "That must have been stressful. May I ask which device you use, so that I can sort out {n} for you?",
    "As stated before, request {n} is not our responsibility.",
)
KINDS = (
    "plain",
    "plain",
    "closed",
    "plain",
    "deleted",
    "html",
    "empty",
    "plain",
    "unicode",
    "bot",
    "note",
    "plain",
    "auto_reply",
    "unanswered",
    "german",
    "plain",
    "messaging",
    "solved",
    "internal",
    "plain",
)
"""Dealt out in turn: of 20 tickets one is a messaging ticket. Two are huge instead of html, and a hundredth
was begun by an AI agent."""
LIVE = ("new", "open", "pending", "hold", "solved")


@dataclass(slots=True)
class Load:
    """What was put in: tickets by kind."""

    by_kind: dict[str, list[Ticket]] = field(default_factory=dict)

    def all(self) -> list[Ticket]:
        return list(itertools.chain.from_iterable(self.by_kind.values()))

    def writable(self) -> list[Ticket]:
        return [ticket for ticket in self.all() if ticket.status in LIVE]

    def answered(self, account: ZendeskAccount) -> list[Ticket]:
        """Writable tickets in which a person of the team has replied in public."""
        return [ticket for ticket in self.writable() if _is_answered(account, ticket)]


def _is_answered(account: ZendeskAccount, ticket: Ticket) -> bool:
    staff = {user.id for user in account.users.values() if user.role in ("agent", "admin")}
    by_comment = any(
        one.is_public
        and one.author_id in staff
        and one.author_id != ticket.requester_id
        and one.channel not in ("rule", "system")
        for one in ticket.comments
    )
    return by_comment or any(turn.author_type == "agent" for turn in ticket.turns)


def populate(account: ZendeskAccount, *, tickets: int, rng: random.Random) -> Load:
    """Fill the account with `tickets` tickets of the last ten days, each of a customer of its own."""
    load = Load()
    now = account.clock.now()
    team = [account.agent] + [
        account.add_user(f"Agent {n}", f"agent{n}@agents.example", role="agent", role_type=0)
        for n in range(7)
    ]
    for n in range(tickets):
        kind = KINDS[n % len(KINDS)]
        if kind == "html" and n in (5, 105):
            kind = "huge"
        if n % 100 == 16:
            kind = "ai_agent"
        began = now - timedelta(days=10) + timedelta(seconds=rng.randrange(9 * 86400))
        customer = account.add_user(f"Customer {n}", f"customer{n}@people.example")
        agent = rng.choice(team)
        ticket = _tell(account, kind, n, customer.id, agent.id, began, rng)
        load.by_kind.setdefault(kind, []).append(ticket)
    return load


def _tell(
    account: ZendeskAccount, kind: str, n: int, customer: int, agent: int, began: datetime, rng: random.Random
) -> Ticket:
    ask = f"Hello, {rng.choice(TROUBLES).format(n=n)}."
    reply = f"{rng.choice(REPLIES).format(n=n)} {own_words(n)}"
    later = began + timedelta(minutes=40)
    if kind == "messaging":
        ticket = account.add_ticket(customer, at=began, channel="native_messaging", is_messaging=True)
        account.add_turn(ticket, "bot", SYSTEM_AUTHOR, "Hey! I am the assistant. How can I help?", began)
        account.add_turn(ticket, "user", customer, ask, began)
        account.add_turn(ticket, "agent", agent, reply, later)
        return ticket
    requester = agent if kind == "internal" else customer
    ticket = account.add_ticket(requester, at=began, subject=f"Question {n}")
    if kind == "empty":
        if n % 40 == 6:  # a mail without a word; the others have no comment at all
            account.add_comment(ticket, requester, "", at=began)
        return ticket
    if kind == "ai_agent":
        ticket.support_type = "ai_agent"
    _ask(account, kind, ticket, requester, ask, began, rng)
    _answer(account, kind, ticket, n, agent, reply, later)
    if rng.random() < 0.4 and kind == "plain":
        account.add_comment(ticket, customer, f"Thanks, that helps with {n}.", at=later + timedelta(hours=1))
    ends = later + timedelta(hours=2)
    if kind == "closed":
        account.close(ticket, ends)
    elif kind == "deleted":
        account.delete(ticket, ends)
    elif kind == "solved":
        account.set_status(ticket, "solved", ends)
    return ticket


def _answer(
    account: ZendeskAccount, kind: str, ticket: Ticket, n: int, agent: int, reply: str, at: datetime
) -> None:
    if kind == "unanswered":
        return
    if kind == "bot":
        account.add_comment(ticket, SYSTEM_AUTHOR, f"We got your request {n}.", channel="rule", at=at)
        return
    if kind == "note":
        account.add_comment(ticket, agent, f"Ask the depot about {n} first.", is_public=False, at=at)
        return
    if kind == "german":
        reply = f"Das tut mir leid, ich kümmere mich sofort um Ihre Bestellung {n} und melde mich heute noch."
    if kind == "internal":
        agent = next(one.id for one in account.users.values() if one.role == "agent" and one.id != agent)
    account.add_comment(ticket, agent, reply, at=at)
    if kind == "auto_reply":
        away = "I am out of office until Monday. This is an automatic reply."
        account.add_comment(ticket, ticket.requester_id, away, at=at + timedelta(minutes=1))


def _ask(
    account: ZendeskAccount,
    kind: str,
    ticket: Ticket,
    requester: int,
    ask: str,
    began: datetime,
    rng: random.Random,
) -> None:
    if kind == "huge":
        ask = (f"{ask} " * (1_000_000 // (len(ask) + 1) + 1))[:1_000_000]
    if kind == "unicode":
        ask = (
            f"שלום \u202e{ask}\u202c 👩‍👩‍👧‍👦 😡😡 ﷽ é\u0301\u200d\u200b\ufeff naïve \x07 {rng.randrange(99)}"
        )
    if kind == "german":
        ask = "Guten Tag, meine Bestellung ist noch immer nicht angekommen und ich bin sehr enttäuscht."
    html_text = None
    if kind == "html":
        html_text = (
            f"<div><p>{ask}</p><blockquote>On Monday you wrote:<p>Old words of yours</p></blockquote>"
            "<p>--<br>Best regards<br>Somebody</p><img src='cid:1'></div>"
        )
    account.add_comment(ticket, requester, ask, html_text=html_text, at=began)
