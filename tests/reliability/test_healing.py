"""R-04, R-16, R-22: a crash repeats little, lost webhooks are healed, and a bad cursor skips nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import RetryLater
from connector.model import ConversationScore, Head, Page
from connector.providers.zendesk.export import Export
from connector.providers.zendesk.place import OVERLAP_SECONDS
from connector.sync import Options
from tests.fakes.words import own_words
from tests.fakes.zendesk_world import ZendeskWorld
from tests.places import NAME, Place, place_on
from tests.providers.contract import everything, read
from tests.providers.world import Said

from .oracle import complaints
from .telling import PUBLIC, SEEN_AFTER, Telling

PAGE = 100
"""Conversations in one page of ours, on both platforms."""
TICKETS = 130


class Killed(BaseException):
    """The process is gone."""


def counting(place: Place, asked: list[str]) -> None:
    """Note every conversation that a provider reads."""
    provider = place.world.provider

    def counted(**options: Any) -> Any:
        made = provider(**options)
        pages = made.pages

        def noted(since: str | None, wanted: Callable[[Head], bool]) -> Iterator[Page]:
            for page in pages(since, wanted):
                asked.extend(each.id for each in page.conversations)
                yield page

        made.pages = noted
        return made

    place.world.provider = counted


@pytest.mark.parametrize("platform", ["zendesk", "hubspot"])
def test_r04_what_is_read_again_after_a_crash_is_one_page_at_most(platform: str, tmp_path: Path) -> None:
    place = place_on(platform, tmp_path, extended=False)
    ids = [place.talk(place.world.add_contact(), own_words(number)) for number in range(TICKETS)]
    place.world.tick(SEEN_AFTER)
    asked: list[str] = []
    counting(place, asked)
    left = PAGE + 10

    def die(_card: ConversationScore) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    with pytest.raises(Killed):
        place.app.sync(NAME, Options(), patience=timedelta(0), listen=die)
    place = place.again()
    place.sync(after=0)
    assert set(asked) == set(ids)
    assert len(asked) - len(ids) <= PAGE
    assert complaints(place, ids) == []


@pytest.mark.parametrize("platform", ["zendesk", "hubspot"])
def test_r16_a_day_without_any_webhook_is_healed_by_one_sync_and_the_lag_is_shown(
    platform: str, tmp_path: Path
) -> None:
    telling = Telling.on(platform, tmp_path)
    place = telling.place
    ids = [telling.talk(number) for number in range(6)]
    place.world.tick(SEEN_AFTER)
    place.sync(after=0)
    for hour in range(24):  # and no delivery ever arrives
        place.world.tick(3600)
        telling.say(ids[hour % 5], ("hour", hour))
        if hour % 8 == 0:
            ids.append(telling.talk(("new", hour)))
    shown = telling.web.test_client().get("/metrics", base_url=PUBLIC).text
    line = next(each for each in shown.splitlines() if each.startswith("connector_sync_lag_seconds{"))
    assert float(line.split()[-1]) >= 24 * 3600
    assert complaints(place, ids) != []
    place.sync(after=SEEN_AFTER)
    assert complaints(place, ids) == []


def talked(world: ZendeskWorld, count: int) -> list[str]:
    """Tickets some minutes apart."""
    ids = []
    for number in range(count):
        ids.append(world.add_conversation([Said("customer", own_words(number))]))  # type: ignore[arg-type]
        world.tick(240)
    return ids


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_r22_a_cursor_that_is_refused_goes_back_behind_the_last_ticket_seen_and_never_to_now(
    status: int,
) -> None:
    world = ZendeskWorld(page_rows=3)
    ids = talked(world, 10)
    world.tick(SEEN_AFTER)
    pages = world.provider().pages(None, everything)
    first = [next(pages) for _ in range(2)]
    seen = [each.id for page in first for each in page.conversations]
    assert 0 < len(seen) < len(ids)
    world.tick(3 * 24 * 3600)
    told_to: list[str] = []

    def refuse(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        query = environ["QUERY_STRING"]
        if environ["PATH_INFO"].endswith("/tickets/cursor"):
            told_to.append(query)
            if "cursor=" in query and len(told_to) == 1:
                start(f"{status} Refused", [("Content-Type", "application/json")])
                return [b'{"error":"InvalidCursor"}']
        return app(environ, start)

    app: Any = world.app
    world.app = refuse  # type: ignore[assignment]
    after = read(world.provider(), first[-1].cursor)
    assert set(seen) | after.ids == set(ids)
    assert "start_time=" in told_to[1]
    at = int(told_to[1].partition("start_time=")[2].partition("&")[0])
    stamps = {each: int(app.account.tickets[int(each)].generated_at.timestamp()) for each in ids}
    assert at <= max(stamps[each] for each in seen) - OVERLAP_SECONDS


@pytest.mark.parametrize("loop", ["one page", "two pages in turn", "no cursor at all"])
def test_r22_a_platform_that_turns_in_a_circle_is_noticed_within_three_pages_and_what_it_gave_is_kept(
    loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ZendeskWorld(page_rows=3)
    ids = talked(world, 6)
    world.tick(SEEN_AFTER)
    answer = Export.read
    read_pages = 0

    def turning(self: Export, place: Any) -> Any:
        nonlocal read_pages
        read_pages += 1
        batch, at = answer(self, place)
        names = {"one page": ("A",), "two pages in turn": ("A", "B"), "no cursor at all": (None,)}[loop]
        return replace(batch, after=names[read_pages % len(names)], is_last=False), replace(
            at, after=place.after
        )

    def by_cursor(self: Export, place: Any) -> Any:
        first = replace(place, after=None)
        return turning(self, first if place.after in ("A", "B", None) else place)[0], place

    monkeypatch.setattr(Export, "read", by_cursor)
    found: set[str] = set()
    pages = world.provider().pages(None, everything)
    with pytest.raises(RetryLater):
        found.update(each.id for page in pages for each in page.conversations)
    assert found == set(ids[:3])
    assert read_pages <= 1 + 3 + (loop == "two pages in turn")


def test_r22_empty_pages_that_are_not_the_end_are_read_past(tmp_path: Path) -> None:
    world = ZendeskWorld(page_rows=3)
    world.account.quirks.empty_pages = 5
    ids = talked(world, 7)
    world.tick(SEEN_AFTER)
    reading = read(world.provider())
    assert reading.ids == set(ids)
    assert json.loads(reading.cursors[-1])["seen"]
