"""Answers that HubSpot's pages leave open: each shape they may have comes to the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from connector.errors import Misconfigured
from connector.model import Role
from tests.fakes.hubspot_world import HubSpotWorld

from .contract import everything, read
from .world import Said

PAIR = (Said(Role.CUSTOMER, "Where is it?"), Said(Role.AGENT, "It leaves today."))
Edit = Callable[[Any], Any]


class Edited:
    """A fake whose answers to some requests are changed on the way; None stands for a page of HTML."""

    def __init__(self, app: Any, pattern: str, edit: Edit) -> None:
        self._app, self._pattern, self._edit = app, pattern, edit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not re.search(self._pattern, f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"):
            return list(self._app(environ, start_response))
        said: list[Any] = []
        body = b"".join(self._app(environ, lambda *what: said.extend(what)))
        changed = self._edit(json.loads(body))
        if changed is None:
            start_response("404 Not Found", [("Content-Type", "text/html")])
            return [b"<html>Not found</html>"]
        start_response(said[0], [each for each in said[1] if each[0].lower() != "content-length"])
        return [json.dumps(changed).encode()]


@pytest.fixture
def world() -> HubSpotWorld:
    return HubSpotWorld()


def talked(world: HubSpotWorld, count: int) -> list[str]:
    ids = [world.add_conversation(PAIR) for _ in range(count)]
    world.tick(600)
    return ids


def asked(world: HubSpotWorld, pattern: str) -> int:
    return sum(1 for seen in world.requests if re.search(pattern, seen.path))


def provider(world: HubSpotWorld) -> Any:
    return world.provider(patience=timedelta(seconds=120))


@pytest.mark.parametrize("told", [("total", "paging"), ("total",), ("paging",), ()])
def test_a_search_that_gives_fewer_rows_than_asked_for_is_read_to_its_end(
    world: HubSpotWorld, told: tuple[str, ...]
) -> None:
    def short(answer: dict[str, Any]) -> dict[str, Any]:
        rows = answer["results"]
        what = {"total": answer["total"], "paging": {"next": {"after": "3"}} if len(rows) > 3 else None}
        return {"results": rows[:3]} | {name: what[name] for name in told if what[name] is not None}

    ids = talked(world, 10)
    world.app = Edited(world.app, "tickets/search", short)  # type: ignore[assignment]
    first = read(provider(world))
    assert first.ids == set(ids)
    for ticket_id in ids:
        world.add_message(ticket_id, Said(Role.CUSTOMER, "Still nothing!"))
    world.tick(600)
    again = read(provider(world), first.cursors[-1])
    assert again.ids == set(ids)


def test_threads_that_do_not_name_their_ticket_are_asked_for_by_ticket(world: HubSpotWorld) -> None:
    ids = talked(world, 3)

    def nameless(answer: dict[str, Any]) -> dict[str, Any]:
        kept = [
            {name: value for name, value in row.items() if name not in ("threadAssociations",)}
            for row in answer["results"]
        ]
        return answer | {"results": kept}

    world.app = Edited(world.app, r"/threads\?", nameless)  # type: ignore[assignment]
    reading = read(provider(world))
    assert [len(reading.one(ticket_id).messages) for ticket_id in ids] == [2] * 3


def test_an_account_without_mails_of_its_own_is_connected_and_read(world: HubSpotWorld) -> None:
    ids = talked(world, 2)
    world.app = Edited(world.app, "emails", lambda _: None)  # type: ignore[assignment]
    assert provider(world).check().id
    first = read(provider(world))
    assert [len(first.one(ticket_id).messages) for ticket_id in ids] == [2] * 2
    world.add_message(ids[0], Said(Role.CUSTOMER, "Still nothing!"))
    world.tick(600)
    assert ids[0] in read(provider(world), first.cursors[-1]).ids


def test_a_missing_scope_for_mails_is_still_told(world: HubSpotWorld) -> None:
    world.take_scope()
    with pytest.raises(Misconfigured, match="scope"):
        provider(world).check()


def test_a_list_of_archived_records_that_shows_living_ones_deletes_nothing(world: HubSpotWorld) -> None:
    ids = talked(world, 3)
    began = world.now() - timedelta(days=400)

    def living(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"results": [{"id": ticket_id, "archived": False} for ticket_id in ids]}

    assert read(provider(world), None, everything).ids == set(ids)
    world.app = Edited(world.app, "archived=true", living)  # type: ignore[assignment]
    assert list(provider(world).deleted(began)) == []


def test_an_account_that_lists_no_archived_records_is_read_all_the_same(world: HubSpotWorld) -> None:
    ids = talked(world, 2)
    first = read(provider(world))
    world.add_message(ids[0], Said(Role.CUSTOMER, "Still nothing!"))
    world.tick(600)
    world.app = Edited(world.app, "archived=true", lambda _: None)  # type: ignore[assignment]
    assert ids[0] in read(provider(world), first.cursors[-1]).ids
