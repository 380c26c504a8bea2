"""A desk in memory that outlives the processes which work for it, with the real gate, tokens and budget."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connector.errors import ConnectorError
from connector.model import ConversationScore, Role
from connector.providers.webhook import Delivery
from connector.running import Run
from connector.sync import Options
from tests.fakes.words import own_words
from tests.fakes.zendesk import Trouble
from tests.fakes.zendesk_hooks import Webhook, event
from tests.fakes.zendesk_limits import RateLimits
from tests.fakes.zendesk_world import ZendeskWorld
from tests.places import NAME, Place, settings_in
from tests.providers.world import Said

from .failpoints import Failpoints
from .oracle import complaints, values_for
from .truth import Truth
from .wires import OverWires

PUBLIC = "https://empathy.example.test"
SEEN_AFTER = 130.0
TEXTS = (
    "Where is my parcel? I am upset. {}",
    "Thank you, that is very kind of you! {}",
    "This is the third time I have to ask, I am furious. {}",
)
REPLIES = ("I am sorry that you had to wait. I will call you today at 4 pm. {}", "As stated before, no. {}")


@dataclass
class Story:
    """One desk, what is true of it, and the files of those who work for it."""

    world: ZendeskWorld
    truth: Truth
    folder: Path
    rng: random.Random
    found: list[str] = field(default_factory=list)
    told: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    """Failpoints of the turn in which somebody may die."""
    was_struck: bool = False
    answered: set[str] = field(default_factory=set)
    """Tickets that a webhook named which we have answered well."""

    # what people do there

    def talk(self) -> str:
        said = [Said(Role.CUSTOMER, self._text(TEXTS)), Said(Role.AGENT, self._text(REPLIES))]
        id_ = self.world.add_conversation(said, contact_id=self.world.add_contact())
        self._note(id_)
        return id_

    def say(self, id_: str) -> None:
        if self.rng.random() < 0.5:
            self.world.add_message(id_, Said(Role.CUSTOMER, self._text(TEXTS)))
        else:
            self.world.add_message(id_, Said(Role.AGENT, self._text(REPLIES)))
        self._note(id_)

    def delete(self, id_: str) -> None:
        self.world.delete(id_)
        self.truth.gone.add(id_)
        self._tell(id_, "status_changed")

    def make_news(self) -> None:
        """A while in which people talk and the platform has its troubles."""
        for id_ in self.rng.sample(self.truth.living, 2):
            self.say(id_)
        self.truth.stumbles = {self.talk()} if self.rng.random() < 0.5 else set()
        if self.rng.random() < 0.2 and len(self.truth.living) > 3:
            self.delete(self.rng.choice(self.truth.living))
        self.world.tick(SEEN_AFTER)

    def make_trouble(self) -> None:
        """What the platform does to the next calls."""
        trouble = self.rng.choice(("none", "busy", "down", "lost", "killed job", "forgotten job"))
        if trouble == "busy":
            self.world.be_busy(seconds=self.rng.choice((5, 90, 600)))
        elif trouble == "down":
            self.world.be_down(times=2)
        elif trouble == "lost":
            self.world.cut_off(times=self.rng.randint(1, 3))
        elif trouble.endswith("job"):
            fate = "killed" if trouble.startswith("killed") else "failed"
            self.world.account.quirks.job_fates += [fate] * self.rng.randint(1, 3)

    def _text(self, texts: tuple[str, ...]) -> str:
        return self.rng.choice(texts).format(own_words(self.rng.random()))

    def _note(self, id_: str) -> None:
        self.truth.news[id_] += 1
        self.truth.news_at[id_] = self.world.now()
        self._tell(id_, "comment_added")
        self.world.tick(1)

    def _tell(self, id_: str, kind: str) -> None:
        """A webhook: some are lost, some come twice, and in no order."""
        body = {**event(f"ticket.{kind}", int(id_)), "id": str(self.rng.random())}
        copies = self.rng.choice((0, 1, 1, 2))
        if copies:
            self.told += [self.hook.delivery(body, self.world.now())] * copies
            self.rng.shuffle(self.told)

    @property
    def hook(self) -> Webhook:
        hooks = self.world.account.webhooks.values()
        return next(each for each in hooks if each.asked["name"].endswith("events"))

    # what our processes do

    def app(self, failpoints: Failpoints | None = None) -> OverWires:
        settings = settings_in(self.folder)
        return OverWires(settings.model_copy(update={"base_url": PUBLIC}), self.world, failpoints)

    def work(self, app: OverWires) -> Run:
        """What web and worker do in a while: hear, look, sync, purge."""
        for body, headers in filter(self._is_fresh, self.told):
            lowered = {name.lower(): value for name, value in headers.items()}
            try:
                app.hearing.from_zendesk(NAME, Delivery("POST", PUBLIC, body, lowered))
            except ConnectorError:
                self.found.append("a genuine delivery was refused")
            else:
                self.answered.add(json.loads(body)["detail"]["id"])
        self.told = []
        app.looking.look(NAME)
        run = app.sync(NAME, Options(), patience=timedelta(0))
        app.retention.purge_overdue()
        return run

    def in_a_process(self, work: Callable[[Story, OverWires], Any], failpoints: Failpoints) -> bool:
        """Let another process work, with the desk going on as it left it; False when it died."""
        left = self.folder / "left.pickle"
        child = os.fork()
        if child == 0:

            def leave(code: int) -> None:
                self.world.app.settle()
                limits = self.world.account.limits
                if code and limits.refused_at == self.world.now():
                    limits.blocked_until = None  # nobody who lives has heard of it
                for job in self.world.app.jobs.jobs.values():
                    job.rows = [int] * len(job.rows)
                left.write_bytes(pickle.dumps((self.world, self.found, self.answered, failpoints.passed)))
                os._exit(code)

            failpoints.strike = lambda: leave(9)
            failpoints.install()
            try:
                work(self, self.app(failpoints))
            except BaseException as error:  # noqa: BLE001 - told to the test
                self.found.append(f"the process ended with {error!r}")
            leave(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        left_behind = pickle.loads(left.read_bytes())  # noqa: S301 - our own
        self.world, self.found, self.answered, failpoints.passed = left_behind
        self.told = []
        return code == 0

    def _is_fresh(self, told: tuple[bytes, dict[str, str]]) -> bool:
        at = datetime.fromisoformat(told[1]["X-Zendesk-Webhook-Signature-Timestamp"])
        return self.world.now() - at < timedelta(seconds=290)

    def stand_still(self) -> None:
        """A process stands still in the middle of a page; another takes over and finishes; it wakes up."""
        slow, quick = self.app(), self.app()
        has_slept = False

        def sleep(card: ConversationScore) -> None:
            nonlocal has_slept
            if not has_slept:
                has_slept = True
                self.say(card.id)
                self.world.tick(SEEN_AFTER)
                quick.sync(NAME, Options(), patience=timedelta(0))

        slow.sync(NAME, Options(), patience=timedelta(0), listen=sleep)
        slow.store.close()
        quick.store.close()

    def settle(self) -> None:
        """All trouble is over; what is left is worked off, as ticks would."""
        self.truth.stumbles = set()
        self.world.app.trouble.down = self.world.app.trouble.cut_off = 0
        self.world.app.trouble.busy.clear()
        self.world.account.quirks.job_fates.clear()
        app = self.app()
        app.store.try_parked_again(NAME)
        for _ in range(30):
            self.world.tick(SEEN_AFTER)
            waits_until = app.installation(NAME).not_before_at
            if waits_until and waits_until > self.world.now():
                self.world.tick((waits_until - self.world.now()).total_seconds())
            run = self.work(app)
            if run.error is None and not run.tally.writes.owed and not app.store.hints(NAME, 1):
                break
        self.judge(app)
        app.store.close()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Look at the desk without counting as somebody who calls."""
        account, trouble = self.world.account, self.world.app.trouble
        limits, account.limits = account.limits, RateLimits()
        self.world.app.trouble = Trouble()
        self.world.app.settle()
        yield
        account.limits, self.world.app.trouble = limits, trouble

    def look_at_claims(self) -> None:
        """What is said to be done is done: written back, whatever died meanwhile."""
        with self.unseen():
            self._look_at_claims()

    def _look_at_claims(self) -> None:
        app = self.app()
        waiting = {each.id for each in app.store.hints(NAME, 500)}
        through = app.installation(NAME).synced_through_at
        for id_ in set(self.truth.living) - self._parked(app):
            said = self.world.provider().conversation(id_)
            assert said is not None
            wanted, shown = values_for(said), self.world.values_of(id_)
            is_claimed = through is not None and self.truth.news_at[id_] <= through
            if is_claimed and any(shown.get(name) != value for name, value in wanted.items()):
                self.found.append(f"{id_} is said to be done, and is not")
            here = app.store.conversation(NAME, id_)
            is_read = here is not None and all(here.fields[name] == value for name, value in wanted.items())
            if id_ in self.answered - waiting and not is_read:
                self.found.append(f"{id_} was named by a webhook, and nobody remembers")
        self.answered.clear()
        app.store.close()

    def judge(self, app: OverWires) -> None:
        """Ask the oracle."""
        place = Place(self.world, app, self.folder)  # type: ignore[arg-type]
        with self.unseen():
            self.found += complaints(place, self.truth.living, gone=self.truth.gone)
        self.found += [
            f"called at {each.at} in spite of it all" for each in self.world.account.limits.violations
        ]
        history = self.world.account.history
        for (ticket_id, _field), values in history.items():
            id_ = str(ticket_id)
            if len(values) > self.truth.news[id_] + (id_ in self.truth.gone):  # blanked once, when it goes
                self.found.append(f"{ticket_id} was changed more often than anything was said: {values}")

    def _parked(self, app: OverWires) -> set[str]:
        return {row.id for row in app.store.parked(NAME)}
