"""R-13: webhooks that come twice, late, in any order, tampered with or not at all change nothing."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from connector.providers.webhook import Delivery, NotGenuine
from connector.sync import Options
from tests.fakes.zendesk_hooks import event
from tests.places import NAME

from .failpoints import Failpoints
from .stories import Template
from .story import PUBLIC, SEEN_AFTER, Story
from .wires import OverWires

_AT_ONCE = timedelta(0)
DAY = 25 * 3600.0
MOST_TALKS = 4
DEATHS = (
    "before hear",
    "before the commit of hear",
    "after hear",
    "before the commit of record_page",
    "after record_page",
    "after PUT /api/v2/tickets/ID",
    "before settle",
    "before drop_hints",
    "after drop_hints",
)
ANY = st.integers(min_value=0, max_value=10**6)


class AnyOrder(RuleBasedStateMachine):
    """People talk, delete and leave; the platform tells of it as it likes; our processes come and go."""

    template: Template

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="any-order-")
        self.story = self.template.story(Path(self.folder.name) / "files", 1)
        self.app = self.story.app()
        self.untold: list[dict[str, Any]] = []
        self.talks = 0

    # what happens at the desk

    @rule(which=ANY)
    @precondition(lambda self: self.story.truth.living)
    def say(self, which: int) -> None:
        self._happens(lambda story: story.say(self._one(which)))

    @rule()
    @precondition(lambda self: self.talks < MOST_TALKS)
    def talk(self) -> None:
        self.talks += 1
        self._happens(lambda story: story.talk())

    @rule(which=ANY)
    @precondition(lambda self: len(self.story.truth.living) > 1)
    def delete(self, which: int) -> None:
        self._happens(lambda story: story.delete(self._one(which)))

    @rule(which=ANY)
    @precondition(lambda self: len(self.story.truth.living) > 1)
    def erase_the_contact(self, which: int) -> None:
        id_ = self._one(which)
        contact = self.story.world.account.tickets[int(id_)].requester_id
        self.story.world.delete_contact(str(contact))
        self.story.truth.gone.add(id_)
        self.untold.append(event("user.deleted", contact))

    @rule()
    def time_passes(self) -> None:
        self.story.world.tick(SEEN_AFTER)

    # what we are told

    @rule(which=ANY, copies=st.integers(min_value=1, max_value=4))
    @precondition(lambda self: self.untold)
    def deliver(self, which: int, copies: int) -> None:
        """Once or again, now or much later; it stays where it was, so that it may come yet again."""
        told = self.untold[which % len(self.untold)]
        for body, headers in [self.story.hook.delivery(told, self.story.world.now())] * copies:
            self._hear(body, headers)

    @rule(which=ANY)
    @precondition(lambda self: self.untold)
    def lose(self, which: int) -> None:
        self.untold.pop(which % len(self.untold))

    @rule(which=ANY, how=st.sampled_from(["body", "signature", "time", "none"]))
    @precondition(lambda self: self.untold)
    def tamper(self, which: int, how: str) -> None:
        told = self.untold[which % len(self.untold)]
        body, headers = self.story.hook.delivery(told, self.story.world.now())
        if how == "body":
            body = body.replace(b'"OPEN"', b'"SHUT"')
        elif how == "none":
            headers = {}
        else:
            name = "X-Zendesk-Webhook-Signature" + ("-Timestamp" if how == "time" else "")
            headers[name] = headers[name].translate(str.maketrans("0123456789ABCab", "1234567890CABba"))
        before = self.app.store.hints(NAME, 500)
        with pytest.raises(NotGenuine):
            self._hear(body, headers)
        assert self.app.store.hints(NAME, 500) == before

    # what our processes do

    @rule()
    def look(self) -> None:
        self.app.looking.look(NAME)

    @rule()
    def sync(self) -> None:
        self.app.sync(NAME, Options(), patience=_AT_ONCE)

    @rule(at=st.sampled_from(DEATHS), nth=st.integers(min_value=1, max_value=2), which=ANY)
    @precondition(lambda self: self.untold)
    def die(self, at: str, nth: int, which: int) -> None:
        """Between intake and work, or in the middle of either; the next process begins with the files."""
        told = self.untold[which % len(self.untold)]
        body, headers = self.story.hook.delivery(told, self.story.world.now())

        def work(_story: Story, app: OverWires) -> None:
            hear(app, body, headers)
            app.looking.look(NAME)

        self.app.store.close()
        self.story.in_a_process(work, Failpoints(target=at, nth=nth))
        assert self.story.found == []
        self.app = self.story.app()

    def teardown(self) -> None:
        """What was lost is found by a sync; the daily look finds who is gone."""
        try:
            self.app.store.close()
            self.story.told.clear()
            self.story.world.tick(DAY)
            self.story.settle()
            assert self.story.found == []
        finally:
            self.folder.cleanup()

    def _happens(self, what: Any) -> None:
        what(self.story)
        self.story.told.clear()
        newest = max(self.story.truth.news_at, key=lambda id_: self.story.truth.news_at[id_])
        self.untold.append(event("ticket.comment_added", int(newest)))

    def _one(self, which: int) -> str:
        living = self.story.truth.living
        return living[which % len(living)]

    def _hear(self, body: bytes, headers: dict[str, str]) -> None:
        hear(self.app, body, headers)


def hear(app: OverWires, body: bytes, headers: dict[str, str]) -> None:
    lowered = {name.lower(): value for name, value in headers.items()}
    app.hearing.from_zendesk(NAME, Delivery("POST", PUBLIC, body, lowered))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "examples", [pytest.param(5, id="few"), pytest.param(2000, id="two thousand", marks=pytest.mark.long)]
)
def test_r13_any_order_of_webhooks_ends_as_the_right_order_once(template: Template, examples: int) -> None:
    AnyOrder.template = template
    chosen = settings(
        max_examples=examples,
        stateful_step_count=12,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking such a story takes too long
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AnyOrder, settings=chosen)  # type: ignore[no-untyped-call]
