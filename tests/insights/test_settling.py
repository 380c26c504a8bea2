"""Settled months stay as they were given out, until enough customers' rows have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.insights.settling import Given, Settling
from connector.store import Store
from connector.store.facts import ShortConversation, StoredFact
from connector.store.settled import SettledPart

NOW = datetime(2026, 5, 20, tzinfo=UTC)
APRIL = datetime(2026, 4, 10, tzinfo=UTC)
LEAST = 5
ROWS = 16


@dataclass
class Shelf:
    """What settling needs of a store, in memory."""

    talks: Sequence[ShortConversation] = ()
    held: Mapping[str, Sequence[StoredFact]] = field(default_factory=dict)
    parts: dict[tuple[str, str], SettledPart] = field(default_factory=dict)
    through: str | None = None

    def settled_through(self, _name: str) -> str | None:
        return self.through

    def note_settled_through(self, _name: str, month: str, *, now: datetime) -> None:
        self.through = max(self.through or "", month)

    def first_felt_at(self, _name: str) -> datetime | None:
        return min((each.at for each in self.talks), default=None)

    def settled_months(self, _name: str, kind: str) -> list[str]:
        return sorted(month for of, month in self.parts if of == kind)

    def settled_part(self, _name: str, kind: str, month: str) -> SettledPart | None:
        return self.parts.get((kind, month))

    def keep_settled_part(
        self, _name: str, kind: str, month: str, part: SettledPart, *, now: datetime
    ) -> bool:
        self.parts[kind, month] = replace(part, version=part.version + 1)
        return True

    def facts(
        self, _name: str, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> list[StoredFact]:
        found = self.held.get(kind, ())
        return [each for each in found if (not start or each.at >= start) and (not end or each.at < end)]

    def short_conversations(self, _name: str, start: datetime, end: datetime) -> Iterator[ShortConversation]:
        return (each for each in self.talks if start <= each.at < end)


def settle(shelf: Shelf, now: datetime = NOW) -> int:
    return Settling(cast("Store", shelf), "shop", lambda: now).settle()


def rows_of(shelf: Shelf) -> Given:
    return Given(cast("Store", shelf), "shop")


def talk(number: int, owner: int, **more: Any) -> ShortConversation:
    held: dict[str, Any] = {
        "empathy": 60,
        "sentiment": 0.1,
        "intensity": None,
        "band": "fair",
        "needs_attention": False,
        "channel": "email",
        "handler": "human",
        "customer_messages": 1,
        "attentive": 0.5,
        "is_canned": False,
        "told": {},
        "tags": frozenset(),
    }
    return ShortConversation(
        id=f"t{number}", at=APRIL + timedelta(hours=number), contact_id=f"c{owner}", **{**held, **more}
    )


FILTERS: Sequence[Callable[[ShortConversation], bool]] = (
    lambda _each: True,
    *(lambda each, band=band: each.band == band for band in ("fair", "low")),  # type: ignore[misc]
    *(lambda each, channel=channel: each.channel == channel for channel in ("email", "chat")),  # type: ignore[misc]
    lambda each: "billing" in each.tags,
    lambda each: (each.sentiment or 0) <= -0.6,
    lambda each: (each.intensity or 0) >= 4,
    lambda each: each.told.get("satisfaction") is not None,
    lambda each: each.channel == "email" and "billing" in each.tags,
)
SAID: Sequence[Mapping[str, Any] | None] = (
    None,
    {},
    {"empathy": 61},
    {"band": "low", "empathy": 20},
    {"channel": "chat"},
    {"tags": frozenset(["billing"])},
    {"sentiment": -0.8, "intensity": 4},
    {"told": {"satisfaction": 100.0}},
)
STATES = st.lists(
    st.tuples(
        st.integers(0, len(SAID) - 1),
        st.integers(0, len(SAID) - 1),
        st.lists(st.sampled_from([0, 0, 1, 2]), min_size=ROWS, max_size=ROWS),
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(STATES, st.lists(st.integers(0, 11), min_size=ROWS, max_size=ROWS))
def test_no_two_days_differ_by_fewer_than_five_customers_by_any_filter(
    days: list[tuple[int, int, list[int]]], owners: list[int]
) -> None:
    shelf, seen = Shelf(), list[dict[str, ShortConversation]]()
    said: list[int] = [1] * ROWS
    for day, (one, other, which) in enumerate(days):
        said = [(before, one, other)[choice] for before, choice in zip(said, which, strict=True)]
        shelf.talks = [
            talk(at, owners[at], **how) for at, word in enumerate(said) if (how := SAID[word]) is not None
        ]
        settle(shelf, NOW + timedelta(days=day))
        months = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
        seen.append({each.id: each for each in rows_of(shelf).short_conversations(*months)})
    for earlier, later in combinations(seen, 2):
        if not earlier:
            continue  # nothing had been given out
        for keeps in FILTERS:
            ours, theirs = (
                {id_: each for id_, each in state.items() if keeps(each)} for state in (earlier, later)
            )
            people = {
                owners[int(id_[1:])]
                for id_ in ours.keys() | theirs.keys()
                if ours.get(id_) != theirs.get(id_)
            }
            assert not people or len(people) >= LEAST


def subscription(at: int, ended_at: datetime | None = None) -> StoredFact:
    ended = ended_at.isoformat() if ended_at else None
    return StoredFact(f"s{at}", datetime(2025, 1, 5, tzinfo=UTC), f"c{at}", {"ended_at": ended})


def ended(shelf: Shelf) -> int:
    return sum(1 for each in rows_of(shelf).facts("subscription") if each.values.get("ended_at"))


def test_a_month_is_not_told_of_before_it_is_settled() -> None:
    shelf = Shelf([talk(at, at) for at in range(9)])
    settle(shelf, datetime(2026, 5, 2, tzinfo=UTC))
    assert shelf.parts == {}
    settle(shelf, datetime(2026, 5, 4, tzinfo=UTC))
    assert list(shelf.parts) == [("conversation", "2026-04")]


def test_a_departure_counts_from_the_month_it_lies_in() -> None:
    in_may = datetime(2026, 5, 7, tzinfo=UTC)
    shelf = Shelf(held={"subscription": [subscription(at, in_may if at < 2 else None) for at in range(9)]})
    settle(shelf)
    assert (len(rows_of(shelf).facts("subscription")), ended(shelf)) == (9, 0)
    settle(shelf, datetime(2026, 6, 9, tzinfo=UTC))
    assert ended(shelf) == 2


def test_departures_that_become_known_late_wait_until_they_are_five() -> None:
    shelf = Shelf(held={"subscription": [subscription(at, APRIL if at < 6 else None) for at in range(20)]})
    settle(shelf)
    shelf.held = {"subscription": [subscription(at, APRIL if at < 10 else None) for at in range(20)]}
    settle(shelf, NOW + timedelta(days=1))
    assert ended(shelf) == 6
    shelf.held = {"subscription": [subscription(at, APRIL if at < 11 else None) for at in range(20)]}
    settle(shelf, NOW + timedelta(days=2))
    assert ended(shelf) == 11


def test_a_settled_month_in_which_nobody_left_is_a_promise_as_well() -> None:
    shelf = Shelf(held={"subscription": [subscription(at) for at in range(20)]})
    settle(shelf)
    shelf.held = {"subscription": [subscription(at, APRIL if at < 4 else None) for at in range(20)]}
    settle(shelf, NOW + timedelta(days=1))
    assert ended(shelf) == 0
    shelf.held = {"subscription": [subscription(at, APRIL if at < 5 else None) for at in range(20)]}
    settle(shelf, NOW + timedelta(days=2))
    assert ended(shelf) == 5


def test_the_first_subscriptions_bring_their_departures_with_them_however_late() -> None:
    shelf = Shelf([talk(at, at) for at in range(9)])
    settle(shelf)
    shelf.held = {"subscription": [subscription(at, APRIL if at < 2 else None) for at in range(9)]}
    settle(shelf, NOW + timedelta(days=1))
    assert ended(shelf) == 2


def test_public_texts_and_our_own_posts_are_about_nobody_and_follow_at_once() -> None:
    shelf = Shelf(held={"review": [StoredFact("r1", APRIL, None, {"sentiment": 1})]})
    settle(shelf)
    shelf.held = {"review": []}
    assert rows_of(shelf).facts("review") == []


def test_settling_again_changes_nothing() -> None:
    shelf = Shelf([talk(at, at) for at in range(9)], {"subscription": [subscription(1)]})
    assert settle(shelf) == 2
    before = dict(shelf.parts)
    assert settle(shelf, NOW + timedelta(days=9)) == 0
    assert shelf.parts == before
