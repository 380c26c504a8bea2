"""A first reading of years tells how far it has come, and how long the rest may take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import RetryLater
from connector.headway import NotingHeadway, in_words, remaining, share_of
from connector.model import Page
from connector.store import Headway
from connector.sync import Options
from connector.tally import Tally
from tests.places import NAME, Place, place_on

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
COUNTED = Headway(begun_at=NOON, noted_at=NOON + timedelta(hours=1), seen=3_000, total=12_000)
BY_TIME = Headway(
    begun_at=NOON,
    noted_at=NOON + timedelta(hours=1),
    seen=3_000,
    first_reached_at=NOON - timedelta(days=400),
    begun_reached_at=NOON - timedelta(days=400),
    reached_at=NOON - timedelta(days=100),
)


def test_a_quarter_in_an_hour_leaves_three() -> None:
    assert (share_of(COUNTED), remaining(COUNTED)) == (0.25, timedelta(hours=3))


def test_what_an_earlier_run_has_read_counts_for_the_share_and_not_for_the_pace() -> None:
    again = replace(COUNTED, seen=9_000, seen_at_begin=6_000)
    assert (share_of(again), remaining(again)) == (0.75, timedelta(hours=1))
    again = replace(BY_TIME, begun_reached_at=NOON - timedelta(days=200))
    assert (share_of(again), remaining(again)) == (0.75, timedelta(hours=1))


def test_where_nothing_is_counted_the_time_that_is_covered_says_how_far_it_is() -> None:
    assert (share_of(BY_TIME), remaining(BY_TIME)) == (0.75, timedelta(minutes=20))


def test_a_platform_that_tells_neither_gets_no_estimate() -> None:
    unknown = replace(COUNTED, total=None)
    assert (share_of(unknown), remaining(unknown)) == (None, None)
    assert in_words(unknown, unknown.noted_at) == "3,000 conversations read"


@pytest.mark.parametrize(
    "early",
    [
        replace(COUNTED, noted_at=NOON + timedelta(seconds=50)),
        replace(COUNTED, seen=100),
        replace(BY_TIME, reached_at=BY_TIME.first_reached_at),
    ],
    ids=["under a minute", "under one percent", "one page"],
)
def test_a_pace_of_a_moment_is_no_estimate(early: Headway) -> None:
    assert remaining(early) is None
    assert "left" not in in_words(early, early.noted_at)


@given(
    st.integers(1, 10**7),
    st.integers(1, 10**7),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_an_estimate_is_never_negative_and_no_share_is_above_one(
    seen: int, total: int, took: timedelta
) -> None:
    headway = replace(COUNTED, seen=seen, total=total, noted_at=NOON + took)
    share, left = share_of(headway), remaining(headway)
    assert share is not None
    assert 0 <= share <= 1
    assert left is None or left >= timedelta(0)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            timedelta(minutes=3),
            "3,000 conversations read, 25 % of the history; about 9 minutes left at this pace",
        ),
        (
            timedelta(hours=1),
            "3,000 conversations read, 25 % of the history; about 3 hours left at this pace",
        ),
        (timedelta(days=1), "3,000 conversations read, 25 % of the history; about 3 days left at this pace"),
    ],
)
def test_it_is_said_in_words(after: timedelta, said: str) -> None:
    headway = replace(COUNTED, noted_at=NOON + after)
    assert in_words(headway, headway.noted_at) == said


def test_a_reading_that_stopped_is_not_said_to_go_on() -> None:
    said = in_words(COUNTED, NOON + timedelta(hours=5))
    assert said == (
        "3,000 conversations read, 25 % of the history; it stopped at 02 Nov 13:00 UTC and goes on from there"
    )


def test_what_changed_meanwhile_is_told_apart_from_the_history() -> None:
    headway = replace(BY_TIME, reached_at=NOON + timedelta(minutes=30))
    assert in_words(headway, headway.noted_at).endswith("; what changed meanwhile is read now")


def desk_of(folder: Path, platform: str, conversations: int = 5) -> Place:
    place = place_on(platform, folder)
    for _ in range(conversations):
        place.talk(place.world.add_contact())
        place.world.tick(86_400)
    return place


def noted_by(place: Place, options: Options) -> list[Headway | None]:
    """What was noted after each page of a run."""
    noted: list[Headway | None] = []

    def look(_tally: Tally, _page: Page) -> None:
        noted.append(place.app.store.headway(NAME))
        place.world.tick(61)

    assert place.app.sync(NAME, options, patience=timedelta(0), progress=look).error is None
    return noted


@pytest.mark.parametrize("platform", ["zendesk", "hubspot", "local"])
def test_a_first_reading_notes_its_headway_and_leaves_none_behind(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.providers.zendesk.sweep._PAGE", 1)
    monkeypatch.setattr("connector.providers.hubspot.tickets.PAGE_SIZE", 1)
    monkeypatch.setattr("connector.providers.local.pages.PAGE_ROWS", 1)
    place = desk_of(tmp_path, platform)
    place.world.tick(400)
    noted = [each for each in noted_by(place, Options()) if each is not None]
    assert noted
    shares = [share_of(each) for each in noted]
    assert None not in shares
    assert shares == sorted(shares)  # type: ignore[type-var]
    assert place.app.store.headway(NAME) is None


@pytest.mark.parametrize("platform", ["zendesk", "hubspot", "local"])
def test_a_reading_that_was_cut_off_goes_on_where_it_had_come(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.providers.zendesk.sweep._PAGE", 1)
    monkeypatch.setattr("connector.providers.hubspot.tickets.PAGE_SIZE", 1)
    monkeypatch.setattr("connector.providers.local.pages.PAGE_ROWS", 1)
    place = desk_of(tmp_path, platform)
    place.world.tick(400)

    def cut_off(tally: Tally, _page: Page) -> None:
        place.world.tick(61)
        if tally.seen == 4:
            raise RetryLater("cut off", not_before_at=place.world.now())

    assert place.app.sync(NAME, Options(), patience=timedelta(0), progress=cut_off).error is not None
    before = place.app.store.headway(NAME)
    assert before is not None
    assert before.seen >= 3
    after = [each for each in noted_by(place, Options()) if each is not None]
    assert after[-1].seen > before.seen
    assert after[-1].first_reached_at == before.first_reached_at
    assert place.app.store.headway(NAME) is None


def test_an_ordinary_sync_and_a_look_note_nothing(tmp_path: Path) -> None:
    place = desk_of(tmp_path, "zendesk")
    place.sync(after=400)
    place.talk(place.world.add_contact())
    place.world.tick(400)
    assert noted_by(place, Options()) == [None]
    assert set(noted_by(place, Options(full=True, dry_run=True))) == {None}


def test_it_writes_every_few_seconds_at_most(tmp_path: Path) -> None:
    place = desk_of(tmp_path, "local")
    now = [NOON]
    noting = NotingHeadway(place.app.store, NAME, lambda: now[0], lambda _tally, _page: None)
    written = []
    for _ in range(100):
        noting(Tally(), Page((), "c", total=100))
        noted = place.app.store.headway(NAME)
        assert noted is not None
        written.append(noted.noted_at)
        now[0] += timedelta(seconds=1)
    assert len(set(written)) == 20
