"""A look at an account before it starts: made once, by one worker, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import RetryLater
from connector.jobs.tasks import wake_for_all
from connector.jobs.work import preview_one
from connector.model import ConversationScore
from connector.previewing import LOOK_SECONDS, Previewing
from connector.privacy.erasure import Because
from connector.sync import Options

from .places import NAME, Place, place_on


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = place_on("local", tmp_path)
    for _ in range(3):
        made.talk(made.world.add_contact())
    return made


def looked(place: Place) -> Place:
    place.app.previewing.ask(NAME, by="Kim")
    preview_one(place.app, NAME)
    return place


def test_it_shows_bands_and_reasons_and_names_who_asked(place: Place) -> None:
    looking = looked(place).app.previewing.asked(NAME)
    assert looking is not None
    assert looking.look is not None
    assert (looking.look.seen, looking.look.scored, sum(looking.look.bands.values())) == (3, 3, 3)
    assert all(set(each) == {"id", "band", "empathy", "reason_text"} for each in looking.look.some)
    assert place.app.store.steps(NAME)["preview"].by == "Kim"
    assert place.app.store.conversation(NAME, looking.look.some[0]["id"]) is None


def test_no_two_workers_look_at_once(place: Place) -> None:
    place.app.previewing.ask(NAME, by="Kim")
    now = place.app.now()
    assert [place.app.store.begin_preview(NAME, now) is not None for _ in range(2)] == [True, False]
    preview_one(place.app, NAME)
    looking = place.app.previewing.asked(NAME)
    assert looking is not None
    assert looking.is_begun
    assert looking.look is None


def test_a_look_that_was_asked_for_anew_is_not_overwritten_by_the_one_before(place: Place) -> None:
    store, now = place.app.store, place.app.now()
    store.ask_preview(NAME, by="Kim", now=now - timedelta(minutes=1))
    assert store.begin_preview(NAME, now)
    store.ask_preview(NAME, by="Lee", now=now)
    store.end_preview(NAME, now - timedelta(minutes=1), {"seen": 1, "days": 2})
    stored = store.preview(NAME)
    assert stored is not None
    assert (stored.asked_by, stored.begun_at, stored.content) == ("Lee", None, None)


def test_the_tick_finds_what_the_queue_forgot(place: Place) -> None:
    place.app.previewing.ask(NAME, by="Kim")
    woken: list[str] = []
    tasks = {"sync_installation": lambda _name: None, "look": lambda _name: None, "preview": woken.append}
    wake_for_all(place.app, tasks)
    preview_one(place.app, NAME)
    wake_for_all(place.app, tasks)
    assert woken == [NAME]


FORGETS: dict[str, Callable[[Place], Any]] = {
    "an opt-out": lambda place: place.app.opting_out(NAME).add(["tag:vip"], by="Kim"),
    "an erasure": lambda place: place.app.erasing.erase(
        place.app.installation(NAME), "somebody", because=Because.REQUEST, actor="test"
    ),
    "the start": lambda place: place.app.store.drop_preview(NAME),
    "a purge two hours later": lambda place: place.app.store.drop_previews(
        before=place.app.now() + timedelta(hours=1)
    ),
}


@pytest.mark.parametrize("because", FORGETS)
def test_it_is_forgotten(place: Place, because: str) -> None:
    looked(place)
    FORGETS[because](place)
    assert place.app.store.preview(NAME) is None


def test_it_is_not_shown_after_an_hour_even_before_it_is_forgotten(place: Place) -> None:
    looked(place)
    place.world.tick(3_600)
    assert place.app.previewing.asked(NAME) is None
    place.app.previewing.forget()
    assert place.app.store.preview(NAME) is None


class Trying:
    """Dry runs that find so many conversations, take so long, or fail."""

    def __init__(self, *outcomes: Exception | int) -> None:
        self.outcomes = list(outcomes)
        self.windows: list[Options] = []
        self.cards: list[ConversationScore] = []

    def __call__(
        self, _name: str, options: Options, listen: Callable[[ConversationScore], None], _patience: timedelta
    ) -> Any:
        self.windows.append(options)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, RetryLater):
            return {"seen": 0}, outcome
        if isinstance(outcome, Exception):
            raise outcome
        for _ in range(outcome):
            listen(self.cards[0])
        return {"seen": outcome}, None


def previewing(place: Place, *outcomes: Exception | int) -> tuple[Previewing, Trying]:
    trying = Trying(*outcomes)
    place.app.sync(NAME, Options(dry_run=True), patience=timedelta(0), listen=trying.cards.append)
    made = Previewing(place.app.store, try_out=trying, now=place.app.now)
    made.ask(NAME, by="Kim")
    return made, trying


def test_an_unexpected_failure_ends_the_wait(place: Place) -> None:
    made, _ = previewing(place, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        made.make(NAME)
    looking = made.asked(NAME)
    assert looking is not None
    assert looking.look is not None
    assert "worker's log" in str(looking.look.error)


def test_what_was_seen_of_a_shorter_time_is_shown_when_more_cannot_be_read(place: Place) -> None:
    made, trying = previewing(place, 4, RetryLater("later", not_before_at=place.app.now()))
    made.make(NAME)
    looking = made.asked(NAME)
    assert looking is not None
    assert looking.look is not None
    assert (looking.look.scored, looking.look.days, looking.look.error) == (4, 2, None)
    assert len(trying.windows) == 2


def test_no_further_time_is_looked_at_once_it_took_long(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, trying = previewing(place, 4, 4, 4)
    clock = iter([0.0, 1.0, LOOK_SECONDS + 1])
    monkeypatch.setattr("connector.previewing.time.monotonic", lambda: next(clock))
    made.make(NAME)
    assert len(trying.windows) == 2
