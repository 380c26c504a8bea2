"""The page about the contract and the suite name the same promises."""

import inspect
import re
from pathlib import Path

from .contract import ProviderContract

PAGE = Path(__file__).parents[2] / "docs" / "provider-contract.md"


def numbers_in_the_suite() -> list[int]:
    tests = inspect.getmembers(ProviderContract, lambda member: hasattr(member, "promise"))
    return sorted(test.promise for _, test in tests)


def test_every_promise_has_one_test_and_one_place_in_the_docs() -> None:
    told = [int(number) for number in re.findall(r"^- \*\*P(\d+)\*\*", PAGE.read_text(), re.MULTILINE)]
    assert told == numbers_in_the_suite()
    assert told == list(range(1, len(told) + 1))


def test_every_test_of_the_suite_keeps_a_promise() -> None:
    tests = inspect.getmembers(ProviderContract, inspect.isfunction)
    assert [name for name, test in tests if name.startswith("test_") and not hasattr(test, "promise")] == []
