"""The demo's year: invented conversations, surveys, reviews and the like, the same on every machine.

Nothing here comes from a customer. Ids, surveys and sources say "sample". What platforms tell goes into the
account's folder and comes in with a sync; the rest is kept as an import keeps it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .insights.months import Months, shifted
from .store.facts import StoredFact

MONTHS = 15
"""A report looks back twelve months, and three more for what customers received before."""
CUSTOMERS, A_MONTH, NEWCOMERS, PROSPECTS = 120, 40, 7, 18
LEAVING = 60
"""How many leave in the year: each quarter as many of those answered with no, some and much care."""
TEAMS = ("North", "South", "Evening")
CHANNELS = ("email", "chat", "web")
TOPICS = ("billing", "delivery", "returns")
FEELINGS = (
    "This is the third time my {0} went wrong. I am furious, this is a terrible, horrible service!",
    "I am really disappointed and upset about my {0}. Nobody answered me for days.",
    "Could you tell me how the {0} works for an order from last week?",
    "Thank you so much, the {0} went perfectly and I am very happy with it!",
)
CURT = ("Read the page about {0}.", "That is how {0} works here.", "See our terms on {0}.")
CIVIL = (
    "Hello, I am sorry about the trouble with the {0}. We will look at it this week.",
    "Thank you for writing. I understand that you need to know about the {0}; I have passed it on.",
    "Sorry for the wait. The {0} is being looked at, and you will hear from us on Monday.",
)
FELT = (
    "I am so sorry that the {0} went wrong again.",
    "I understand how upsetting this trouble with the {0} must be, and I am sorry.",
    "You have every reason to be annoyed about the {0}, and I apologise for it.",
    "I am really sorry: waiting for days for an answer about your {0} is frustrating.",
    "That is not what you should have had to go through with the {0}, and I am truly sorry.",
)
DONE = (
    "I have looked into it myself, and it is settled today.",
    "I rang the warehouse this morning and had it put right for you.",
    "I have corrected the entry and checked that it will not happen again.",
    "My colleague Kim and I have found the mistake, which was ours, and mended it.",
    "I have refunded the amount, which you will see on Thursday.",
)
NEXT = (
    "I will write to you by 4 pm. Would that work for you?",
    "Is there anything else that this has made harder for you?",
    "I will check it again on Friday and tell you either way.",
    "Please tell me if it looks right to you now.",
    "Which day would suit you for a call?",
)
SETTLED = "All right, that is settled then."
EMPLOYEE_ITEMS = (
    *("collaboration", "communication", "mutual_understanding", "manager_support", "leaders_listen"),
    *("environment", "open_communication", "cheerful", "calm", "active", "rested", "interested"),
    *("felt_respected", "felt_watched"),
)


@dataclass(frozen=True, slots=True)
class Year:
    """What the demo shows: conversations and contacts as the local account holds them, what is imported by
    kind, and a day."""

    conversations: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    facts: dict[str, list[StoredFact]]
    automated_from: date


def sample_year(now: datetime) -> Year:
    """The months before `now`, whole ones."""
    made = _Making(Months.parse(None, None, now=now).last)
    for at, month in enumerate(made.months):
        made.of_a_month(at, month)
    made.customers()
    return Year(
        made.conversations, list(made.contacts.values()), made.facts, made.begins(made.months[9]).date()
    )


class _Making:
    def __init__(self, last: str) -> None:
        self.months = Months(shifted(last, 1 - MONTHS), last).each()
        quarters = Months(self.months[MONTHS - 12], last).quarters()
        self._quarters = [self.months.index(each.first) for each in quarters]
        self.conversations: list[dict[str, Any]] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        self.facts: dict[str, list[StoredFact]] = {}
        self._treated: dict[int, dict[int, int]] = {}
        self._chance = random.Random(20)  # noqa: S311 - the same data every time

    def begins(self, month: str) -> datetime:
        return datetime(int(month[:4]), int(month[5:]), 1, 9, tzinfo=UTC)

    def of_a_month(self, at: int, month: str) -> None:
        """What happens in one month."""
        start = self.begins(month)
        for turn in range(A_MONTH):
            number = (at * A_MONTH + turn) % CUSTOMERS
            who, asked_at = f"sample-customer-{number:03}", start + timedelta(hours=16.5 * turn)
            care = self._talk(who, asked_at, turn, is_automated=at >= 9)
            if care is not None:
                self._treated.setdefault(at, {})[number] = care
        for turn in range(NEWCOMERS):
            who, came_at = f"sample-newcomer-{at:02}-{turn}", start + timedelta(days=turn)
            self._keep("subscription", who, came_at, who, ended_at=None, monthly_margin=20.0 + turn)
            self._talk(who, came_at + timedelta(days=3), 3 * turn, is_automated=False)
        self._journeys(at, start)
        self._public(at, start)
        self._team(at, start)
        for turn in range(10):
            bought_at = start + timedelta(days=2 * turn)
            who = f"sample-customer-{self._chance.randrange(CUSTOMERS):03}"
            deal = {"id": f"sample-deal-{at}-{turn}", "at": bought_at.isoformat(), "won": True}
            self._contact(who)["deals"].append({**deal, "amount": 80 + turn})
        for turn in range(2 + at % 3):
            who = f"sample-newcomer-{at:02}-{turn}"
            self._keep("referral", f"{at}-{turn}", start + timedelta(days=turn), who)

    def customers(self) -> None:
        """Those who were there from the beginning; half of them leave in the course of the year."""
        began_at, leaving = self.begins(self.months[0]), self._leaving()
        for at in range(CUSTOMERS):
            who = f"sample-customer-{at:03}"
            ended = leaving[at].isoformat() if at in leaving else None
            since = began_at - timedelta(days=30 + at)
            self._keep("subscription", who, since, who, ended_at=ended, monthly_margin=15.0 + at % 20)
            self._contact(who)["stages"]["customer"] = since.isoformat()

    def _leaving(self) -> dict[int, datetime]:
        """Which customers leave when."""
        found: dict[int, datetime] = {}
        each_care = LEAVING // 3 // len(self._quarters)
        for first in self._quarters:
            treated = {
                number: care for at in range(first - 3, first) for number, care in self._treated[at].items()
            }
            for care in range(3):
                those = [each for each in sorted(treated) if treated[each] == care]
                those = [each for each in those if each not in found]
                for turn, number in enumerate(those[:each_care]):
                    found[number] = self.begins(self.months[first]) + timedelta(
                        days=turn * 84 // each_care + 4 * care
                    )
        return found

    def _talk(
        self,
        who: str,
        at: datetime,
        turn: int,
        *,
        is_automated: bool,
        tags: tuple[str, ...] = (),
    ) -> int | None:
        """One conversation; how much care somebody upset was answered with, 0 to 2, else None."""
        id_ = f"sample-year-{len(self.conversations):04}"
        handler = ("bot", "assisted", "human", "human")[turn % 4] if is_automated else "human"
        feeling = self._chance.choice((2, 3) if handler == "bot" else (0, 0, 1, 1, 2, 3))
        topic, care = TOPICS[turn % 3], self._chance.randrange(3)
        said = [("customer", FEELINGS[feeling], 0)]
        if handler != "human":
            said.append(("bot", "Thank you, we have your message about {0}.", 1))
        if handler != "bot":
            said.append(("agent", self._reply(care), 40))
            if turn % 3 and feeling < 2:
                said += [("agent", self._reply(2), 60), ("customer", SETTLED, 90)]
        messages = [
            {
                "id": f"{id_}-{number}",
                "role": role,
                "text": text.format(topic),
                "sent_at": (at + timedelta(minutes=after)).isoformat(),
                **({"author_id": f"sample-agent-{turn % 9}"} if role == "agent" else {}),
            }
            for number, (role, text, after) in enumerate(said)
        ]
        outcome: dict[str, Any] = {
            "first_reply_minutes": 1 if handler != "human" else self._chance.randrange(10, 300),
            "resolution_minutes": self._chance.randrange(30, 2000),
            "reopens": int(self._chance.random() < 0.15),
        }
        if turn % 8:
            outcome["rating"] = 5 if self._chance.random() < 0.45 + 0.15 * care else 1
        self.conversations.append(
            {
                "id": id_,
                "contact_id": who,
                "channel": CHANNELS[turn // 3 % 3],
                "tags": ["sample", topic, *tags],
                "status": "solved",
                "messages": messages,
                "outcome": outcome,
            }
        )
        if turn % 2:
            understood = min(100, max(0, 30 + 25 * care + self._chance.randrange(-20, 21)))
            self._keep(
                "customer-survey",
                f"service-{id_}",
                at + timedelta(days=1 if at.day < 25 else 0),
                who,
                survey="Sample survey after a conversation",
                conversation=id_,
                understood=understood,
                valued=min(100, max(0, understood + self._chance.randrange(-10, 11))),
                recommend=min(10, max(0, 5 + 2 * care + self._chance.randrange(-2, 3))),
                sentiment=self._chance.uniform(-0.5, 0.9),
            )
        return care if feeling < 2 else None

    def _reply(self, care: int) -> str:
        if care == 2:
            return " ".join(self._chance.choice(words) for words in (FELT, DONE, NEXT))
        return self._chance.choice(CIVIL if care else CURT)

    def _journeys(self, month: int, start: datetime) -> None:
        """People who may become customers, and what they say of those who advised them."""
        for turn in range(PROSPECTS):
            who, came_at = f"sample-prospect-{month:02}-{turn:02}", start + timedelta(days=turn // 2)
            stages = ("lead", "opportunity", "customer")[: 3 - turn % 3]
            for after, stage in enumerate(stages):
                self._contact(who)["stages"][stage] = (came_at + timedelta(days=5 * after)).isoformat()
            asked_at = came_at + timedelta(days=5 * len(stages) - 4)
            self._talk(who, asked_at, 2 * turn, is_automated=False, tags=("sales",))
            self._keep(
                "customer-survey",
                f"sales-{who}",
                asked_at + timedelta(days=2),
                who,
                survey="Sample survey after a sales conversation",
                team=TEAMS[turn % 2],
                understood_needs=self._chance.randrange(45, 101),
                supported_decision=self._chance.randrange(40, 101),
                authentic=self._chance.randrange(50, 101),
            )

    def _public(self, month: int, start: datetime) -> None:
        """What is written in public, and our own posts."""
        for turn in range(12):
            at, feeling = start + timedelta(days=2 * turn), self._chance.uniform(-0.8, 0.9)
            theme = (
                ("listened" if turn % 2 else "understood") if feeling > 0 else ("ignored", "rude")[turn % 2]
            )
            values = {"sentiment": feeling, "is_about_service": True, "themes": [theme]}
            source = ("Sample reviews A", "Sample reviews B")[turn % 2]
            self._keep(
                "review", f"{month}-{turn}", at, None, source=source, rating=50 + 50 * feeling, **values
            )
            self._keep("brand-mention", f"{month}-{turn}", at, None, source="Sample mentions", **values)
            kind, seen = turn % 2 == 0, self._chance.randrange(800, 3000)
            likes = int(seen * (0.05 if kind else 0.04) * self._chance.uniform(0.7, 1.3))
            reactions = {"likes": likes, "shares": likes // 5, "comments": likes // 8}
            self._keep("post", f"{month}-{turn}", at, None, impressions=seen, is_empathetic=kind, **reactions)

    def _team(self, month: int, start: datetime) -> None:
        """Anonymous answers of the people who answer customers, and how many they are."""
        for number, team in enumerate(TEAMS):
            for turn in range(7):
                mood = self._chance.randrange(45, 90)
                items = {item: min(100, mood + self._chance.randrange(-15, 16)) for item in EMPLOYEE_ITEMS}
                about = {"team": team, "survey": "Sample team survey"}
                self._keep("employee-survey", f"{month}-{team}-{turn}", start, None, **about, **items)
            left = int((month + number) % 6 == 0)
            counts = {"at_start": 12, "at_end": 12 - left, "separations": left}
            self._keep("headcount", f"{month}-{team}", start, None, team=team, **counts)

    def _contact(self, who: str) -> dict[str, Any]:
        """The contact's line in the account's folder."""
        return self.contacts.setdefault(who, {"id": who, "stages": {}, "deals": []})

    def _keep(self, kind: str, id_: str, at: datetime, who: str | None, **values: Any) -> None:
        self.facts.setdefault(kind, []).append(StoredFact(f"sample-{kind}-{id_}", at, who, values))
