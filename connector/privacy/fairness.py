"""How much a score changes when only who somebody is, or how they write, changes (L-12)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Protocol

from ..model import Message, MessageScore, Role

MOST_ON_AVERAGE: Final = 0.03
MOST_AT_WORST: Final = 0.10
"""Of a full scale: 3 and 10 points of empathy; sentiment counts its distance on -1..1 as it is."""
_SLOT: Final = re.compile(r"\{(\w+)\}")


class Scoring(Protocol):
    """What is examined."""

    def score_message(self, message: Message, *, replying_to: str | None = None) -> MessageScore:
        """Score one message."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that deserve the same score."""

    group: str
    role: Role
    base: str
    variant: str
    replying_to: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one pair; a score that comes or goes counts as the whole scale."""

    pair: Pair
    measure: str
    change: float
    """Of a full scale, never negative."""


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """One line of the table."""

    group: str
    measure: str
    """`empathy` or `sentiment`."""
    n: int
    mean_change: float
    worst_change: float

    @property
    def holds(self) -> bool:
        """Whether both bars are met."""
        return self.mean_change <= MOST_ON_AVERAGE and self.worst_change <= MOST_AT_WORST


def fairness_table(engine: Scoring) -> tuple[FairnessRow, ...]:
    """Every group's changes, empathy over replies and sentiment over customers' messages."""
    found: dict[tuple[str, str], list[float]] = {}
    for each in changes(engine):
        found.setdefault((each.measure, each.pair.group), []).append(each.change)
    return tuple(
        FairnessRow(group, measure, len(each), round(sum(each) / len(each), 4), round(max(each), 4))
        for (measure, group), each in sorted(found.items())
    )


def changes(engine: Scoring) -> Iterator[Change]:
    """What became of each pair."""
    for pair in pairs():
        base, variant = (_score(engine, pair, text) for text in (pair.base, pair.variant))
        measure = "empathy" if pair.role is Role.AGENT else "sentiment"
        change = (
            abs(base - variant) if base is not None and variant is not None else float(base is not variant)
        )
        yield Change(pair, measure, change)


def pairs() -> Iterator[Pair]:
    """The shipped pairs: each sentence with each word in its slot, and those that are written out."""
    slots = {line["slot"]: line for line in _lines("slots")}
    for line in _lines("sentences"):
        used = list(dict.fromkeys(_SLOT.findall(line["text"])))
        base = _filled(line["text"], {name: slots[name]["base"] for name in used})
        for at in range(max(len(slots[name]["values"]) for name in used)):
            words = {name: slots[name]["values"][at % len(slots[name]["values"])] for name in used}
            variant = _filled(line["text"], words)
            yield Pair(slots[used[0]]["group"], Role(line["role"]), base, variant, line.get("replying_to"))
    for line in _lines("pairs"):
        yield Pair(line["group"], Role(line["role"]), line["base"], line["variant"], line.get("replying_to"))


def _score(engine: Scoring, pair: Pair, text: str) -> float | None:
    # The language is given, so that the gate for languages, which has its own tests, is not examined here.
    message = Message("m", pair.role, text, language="en")
    score = engine.score_message(message, replying_to=pair.replying_to)
    if pair.role is Role.AGENT:
        return None if score.empathy is None else score.empathy / 100
    return score.sentiment


def _filled(text: str, words: dict[str, str]) -> str:
    """The words in their slots, with `a` or `an` as the word asks."""
    filled = _SLOT.sub(lambda slot: words[slot[1]], text)
    return re.sub(r"\b([Aa]) (?=[AEIOUaeiou])", r"\1n ", filled)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    source = files(__package__).joinpath("fairness", f"{name}.jsonl")
    for line in source.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
