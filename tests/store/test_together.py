"""Small writes that wait for each other go to the disk together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from connector.errors import Busy
from connector.store.together import Together


class Slow:
    """Doubles numbers; the first go waits until it may end, and a 13 fails."""

    def __init__(self) -> None:
        self.goes: list[list[int]] = []
        self.has_begun, self.may_end = Event(), Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.goes.append(list(numbers))
        self.has_begun.set()
        self.may_end.wait(10)
        if 13 in numbers:
            raise ValueError
        return [2 * number for number in numbers]


def ask_meanwhile(slow: Slow, numbers: Sequence[int]) -> list[object]:
    """What each gets who asks while the first is being served; errors as themselves."""
    together = Together(slow)

    def ask(number: int) -> object:
        try:
            return together.ask(number)
        except (Busy, ValueError) as error:
            return error

    with ThreadPoolExecutor(len(numbers)) as pool:
        first = pool.submit(ask, numbers[0])
        assert slow.has_begun.wait(10)
        others = [pool.submit(ask, number) for number in numbers[1:]]
        while len(together._waiting) < len(others):
            pass
        slow.may_end.set()
        return [each.result(10) for each in (first, *others)]


def test_those_who_come_meanwhile_are_served_in_one_go() -> None:
    slow = Slow()
    assert ask_meanwhile(slow, range(5)) == [0, 2, 4, 6, 8]
    assert [len(go) for go in slow.goes] == [1, 4]


def test_nobody_fails_for_anothers_sake() -> None:
    slow = Slow()
    told = ask_meanwhile(slow, (1, 2, 13, 4))
    assert isinstance(told.pop(2), ValueError)
    assert told == [2, 4, 8]


def test_when_the_database_is_busy_all_are_told_so_at_once() -> None:
    class Kept(Slow):
        def __call__(self, numbers: Sequence[int]) -> list[int]:
            done = super().__call__(numbers)
            if len(self.goes) > 1:
                raise Busy("The database is kept locked.")
            return done

    kept = Kept()
    told = ask_meanwhile(kept, range(5))
    assert [type(each) for each in told] == [int, Busy, Busy, Busy, Busy]
    assert [len(go) for go in kept.goes] == [1, 4]


def test_who_fails_alone_is_told_so_and_the_next_is_served() -> None:
    slow = Slow()
    slow.may_end.set()
    together = Together(slow)
    with pytest.raises(ValueError, match=r"^$"):
        together.ask(13)
    assert together.ask(1) == 2
