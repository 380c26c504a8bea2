"""Weights of words and word pairs, several outputs to a number, and their sums over a text."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import pairwise
from struct import Struct
from sys import intern
from typing import Final

BITS: Final = 32
HALF: Final = 1 << (BITS - 1)
_NEGATED: Final = 4
"""How many words after a negation are read as negated."""


def packed(row: Sequence[int]) -> int:
    """Several whole numbers in one, so that adding up many rows is one addition a row."""
    total = 0
    for value in reversed(row):
        total = (total << BITS) + value
    return total


def negated(words: Sequence[str], negations: Container[str]) -> Iterator[str]:
    """The words under one of these negations."""
    for at in [at for at, word in enumerate(words) if word in negations]:
        for after in words[at + 1 : at + 1 + _NEGATED]:
            if after in negations:
                break
            yield after


def groups(words: Sequence[str], negations: Container[str] = ()) -> set[str]:
    """The words, pairs of words (`a b`) and words under one of these negations (`not_a`), each once."""
    found = set(words)
    found.update([f"{one} {two}" for one, two in pairwise(words)])
    found.update(["not_" + word for word in negated(words, negations)])
    return found


class GroupWeights:
    """Packed weights by word group, as `groups` names them; pairs are looked up without spelling them out."""

    __slots__ = ("_middles", "_negated", "_pairs", "_single", "_unpack", "rows")

    def __init__(self, rows: Mapping[str, int], outputs: int) -> None:
        self.rows = rows
        # Interned words are told apart without being read.
        self._single = {intern(group): row for group, row in rows.items() if " " not in group}
        self._pairs = {(*map(intern, group.split(" ")),): row for group, row in rows.items() if " " in group}
        self._negated = {intern(group[4:]): row for group, row in rows.items() if group.startswith("not_")}
        self._unpack = Struct(f"<{outputs}I")
        self._middles = packed([HALF] * outputs)

    def sums(self, words: Sequence[str], negations: Collection[str] = ()) -> tuple[tuple[int, ...], int]:
        """(the sum for each output, plus HALF; how many groups the words have).

        Words behind `negations` are groups of their own.
        """
        single = set(words)
        pairs = set(pairwise(words))
        total = self._middles
        total += sum(filter(None, map(self._single.get, single)))
        total += sum(filter(None, map(self._pairs.get, pairs)))
        count = len(single) + len(pairs)
        if negations and (under := set(negated(words, negations))):
            total += sum(filter(None, map(self._negated.get, under)))
            count += len(under)
        return self._unpack.unpack(total.to_bytes(self._unpack.size, "little")), count
