"""Weights of words and word pairs, several outputs to a number, and their sums over a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from struct import Struct
from typing import Final

BITS: Final = 32
HALF: Final = 1 << (BITS - 1)
_NEGATIONS: Final = frozenset(
    {
        "not",
        "no",
        "never",
        "cannot",
        "cant",
        "wont",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "without",
        "nothing",
        "nobody",
        "unable",
        "nor",
        "neither",
    }
)
_NEGATED: Final = 4
"""How many words after a negation are read as negated."""


def packed(row: Sequence[int]) -> int:
    """Several whole numbers in one, so that adding up many rows is one addition a row."""
    total = 0
    for value in reversed(row):
        total = (total << BITS) + value
    return total


def negated(words: Sequence[str]) -> Iterator[str]:
    """The words under a negation."""
    for at, word in enumerate(words):
        if word in _NEGATIONS or word[-3:] == "n't":
            for after in words[at + 1 : at + 1 + _NEGATED]:
                if after in _NEGATIONS or after[-3:] == "n't":
                    break
                yield after


def groups(words: Sequence[str], *, with_negated: bool) -> set[str]:
    """The words, pairs of words (`a b`) and, where asked for, words under negation (`not_a`), each once."""
    found = set(words)
    found.update([f"{one} {two}" for one, two in pairwise(words)])
    if with_negated:
        found.update(["not_" + word for word in negated(words)])
    return found


class GroupWeights:
    """Packed weights by word group, as `groups` names them; pairs are looked up without spelling them out."""

    __slots__ = ("_middles", "_negated", "_pairs", "_single", "_unpack", "rows")

    def __init__(self, rows: Mapping[str, int], outputs: int) -> None:
        self.rows = rows
        self._single = {group: row for group, row in rows.items() if " " not in group}
        self._pairs = {(*group.split(" "),): row for group, row in rows.items() if " " in group}
        self._negated = {group[4:]: row for group, row in rows.items() if group.startswith("not_")}
        self._unpack = Struct(f"<{outputs}I")
        self._middles = packed([HALF] * outputs)

    def sums(self, words: Sequence[str], *, with_negated: bool) -> tuple[tuple[int, ...], int]:
        """(the sum for each output, plus HALF; how many groups the words have)."""
        single = set(words)
        pairs = set(pairwise(words))
        total = self._middles
        total += sum(filter(None, map(self._single.get, single)))
        total += sum(filter(None, map(self._pairs.get, pairs)))
        count = len(single) + len(pairs)
        if with_negated and (under := set(negated(words))):
            total += sum(filter(None, map(self._negated.get, under)))
            count += len(under)
        return self._unpack.unpack(total.to_bytes(self._unpack.size, "little")), count
