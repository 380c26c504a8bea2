"""Two texts are compared by the stems of their words of content."""

from __future__ import annotations

from connector.scoring.lexicon_files import read_lexicon
from connector.scoring.stems import Stems

ENGLISH = read_lexicon("en", "words")


def test_words_that_differ_in_their_ending_have_one_stem() -> None:
    stems = Stems(["order"], ENGLISH)
    assert stems.of(["crashes", "crashed", "crashing", "laptop's"]) == {"crash", "laptop"}


def test_stock_words_and_short_ones_have_none() -> None:
    assert Stems(["order"], ENGLISH).of(["order", "it", "a"]) == set()


def test_the_memory_of_words_is_bounded() -> None:
    stems = Stems([], ENGLISH)
    for number in range(30_000):
        stems.of([f"word{number}"])
    assert len(stems) <= 20_000
    assert stems.of(["crashes"]) == {"crash"}
