"""R-14, R-15: a webhook is answered once what it tells is on the disk, and no signed event is refused."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from connector.store import database, hints

from .telling import Telling

DELIVERIES = 150
PLATFORMS = ("zendesk", "hubspot")


@pytest.fixture(params=PLATFORMS)
def telling(request: pytest.FixtureRequest, tmp_path: Path) -> Telling:
    return Telling.on(request.param, tmp_path)


def die_at(moment: str) -> Callable[[], None]:
    """A process that is gone at that moment of its next transaction that writes."""

    def arm() -> None:
        wrote: list[bool] = []

        @event.listens_for(Engine, "before_cursor_execute")
        def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            wrote.append(statement.startswith("INSERT INTO hint"))
            if moment == "statement" and wrote[-1]:
                os._exit(9)

        @event.listens_for(Engine, "commit")
        def commit(_connection: Any) -> None:
            if moment == "commit" and any(wrote):
                os._exit(9)

    return arm


@pytest.mark.parametrize("moment", ["statement", "commit"])
def test_r14_who_is_killed_before_the_hint_is_on_the_disk_has_not_answered(
    telling: Telling, moment: str
) -> None:
    body = telling.changed(telling.talk(1))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        telling.place.app.store._database.engine.dispose(close=False)  # the parent's connections are its own
        die_at(moment)()
        os.write(write, str(telling.deliver(body).status_code).encode())
        os._exit(0)
    os.close(write)
    answered = os.read(read, 10)
    os.close(read)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert answered == b""
    assert telling.hints() == []
    assert telling.deliver(body).status_code == 200, "the platform tells again"
    assert len(telling.hints()) == 1


def test_r14_what_was_answered_well_is_still_there_after_a_crash(telling: Telling) -> None:
    for number in range(5):
        assert telling.deliver(telling.changed(telling.talk(number))).status_code == 200
    told = telling.hints()
    assert len(told) == 5
    telling.restart()
    assert telling.hints() == told


@pytest.mark.sqlite
def test_r14_a_locked_database_is_told_of_before_the_platform_hangs_up(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hints.PATIENCE_SECONDS < 5 < database.BUSY_TIMEOUT_SECONDS
    monkeypatch.setattr(hints, "PATIENCE_SECONDS", 0.2)
    body = telling.changed(telling.talk(1))
    with telling.place.app.store._database.writing():
        asked_at = time.monotonic()
        assert telling.deliver(body).status_code == 503
        assert time.monotonic() - asked_at < database.BUSY_TIMEOUT_SECONDS / 2
    assert telling.deliver(body).status_code == 200


@pytest.mark.sqlite
def test_r14_while_the_database_is_locked_or_its_disk_is_full_nothing_is_acknowledged(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    telling.restart()
    store = telling.place.app.store
    body = telling.changed(telling.talk(1))
    with store._database.writing():
        assert telling.deliver(body).status_code == 503
    with store._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for number in range(300):  # until the last free page is used up
        refused = telling.changed(str(10**15 + number), number=number)
        status = telling.deliver(refused).status_code
        if status != 200:
            break
    assert status == 503
    told = telling.hints()
    assert len(told) == number
    with store._database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert telling.deliver(refused).status_code == 200, "the platform tells again"
    assert len(telling.hints()) == len(told) + 1


def test_r14_deliveries_are_answered_within_a_second(telling: Telling) -> None:
    took = []
    for number in range(DELIVERIES):
        body = telling.changed(str(10**15 + number), number=number)
        headers = telling.signed(body)
        began = time.perf_counter()
        assert telling.deliver(body, headers).status_code == 200
        took.append(time.perf_counter() - began)
    assert sorted(took)[int(0.99 * DELIVERIES)] < 1
    assert len(telling.hints()) == DELIVERIES


VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
KINDS = st.text(max_size=30) | st.sampled_from(
    [
        "zen:event-type:ticket.comment_added",
        "zen:event-type:article.published",
        "zen:event-type:user.deleted",
        "ticket.creation",
        "ticket.merge",
        "contact.privacyDeletion",
        "conversation.newMessage",
        "object.propertyChange",
    ]
)
PARTS = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=10), VALUES, max_size=3)
NAMES = ("id", "type", "detail", "ticket", "portalId", "objectId", "objectTypeId", "mergedObjectIds", "event")
EVENTS = st.fixed_dictionaries(
    {}, optional={"type": KINDS, "subscriptionType": KINDS, **dict.fromkeys(NAMES, PARTS)}
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(events=st.lists(EVENTS, min_size=1, max_size=4))
def test_r15_no_signed_event_is_refused_whatever_its_type(
    telling: Telling, events: list[dict[str, Any]]
) -> None:
    """A platform stops telling at all when too many of its deliveries are refused."""
    for content in events if telling.platform == "zendesk" else [events]:
        body = json.dumps(content).encode()
        assert telling.deliver(body).status_code == 200, content


@pytest.mark.parametrize("spoiled", ["body", "signature", "time"])
def test_r15_only_a_bad_signature_is_answered_with_401(telling: Telling, spoiled: str) -> None:
    body = telling.changed(telling.talk(1))
    headers = telling.signed(body, seconds_ago=400 if spoiled == "time" else 0)
    if spoiled == "signature":
        name = next(name for name in headers if "Timestamp" not in name)
        headers[name] = headers[name].swapcase()
    answer = telling.deliver(body + b" " if spoiled == "body" else body, headers)
    assert answer.status_code == 401
    assert telling.hints() == []
