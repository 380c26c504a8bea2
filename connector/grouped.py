"""Figures about the whole team: given out once for each finished month, so that they show nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .privacy.anonymity import AGENTS, WITHHELD, Cell, Figure, Grid, Release, Row, release
from .store import Store

SEGMENTS = ("channel",)
"""What they are broken down by, beside the month."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """The figures of one installation."""

    store: Store
    name: str
    now: Callable[[], datetime]

    def settle(self) -> None:
        """Give out the months that ended since the last time; those before stay as they were given out."""
        earlier = self._stored()
        settled = release(
            (
                Row(
                    person=each.author,
                    at=each.at,
                    score=each.empathy,
                    segments=frozenset([("channel", each.channel)] if each.channel else []),
                )
                for each in self.store.scored_replies(self.name)
            ),
            through=self.now(),
            grid=Grid.MONTH,
            segments=SEGMENTS,
            earlier=earlier,
        )
        if earlier is None or settled.periods != earlier.periods:
            self.store.give_out(self.name, _as_json(settled))

    def shown(self) -> dict[str, Any]:
        """What was given out, with the rule it follows; months without enough people are only named."""
        stored = self._stored()
        return {
            "rule": {
                "least_people": AGENTS.people,
                "least_conversations": AGENTS.rows,
                "largest_share_of_one_person": AGENTS.largest_share,
                "withheld_means": WITHHELD,
            },
            "months": [] if stored is None else list(stored.periods),
            "figures": [] if stored is None else _as_json(stored)["figures"],
            "withheld": 0 if stored is None else len(stored.withheld),
        }

    def _stored(self) -> Release | None:
        content = self.store.given_out(self.name)
        return None if content is None else _from_json(content)


def _as_json(given: Release) -> dict[str, Any]:
    return {
        "periods": list(given.periods),
        "figures": [
            {**_cell_json(cell), "empathy_mean": round(figure.mean, 1), "conversations": figure.rows}
            for cell, figure in sorted(given.figures.items())
        ],
        "withheld": [_cell_json(cell) for cell in sorted(given.withheld)],
    }


def _cell_json(cell: Cell) -> dict[str, str | None]:
    return {"month": cell.period, "channel": cell.value or None}


def _from_json(content: Mapping[str, Any]) -> Release:
    return Release(
        grid=Grid.MONTH,
        segments=SEGMENTS,
        figures={_cell(row): Figure(row["empathy_mean"], row["conversations"]) for row in content["figures"]},
        withheld=frozenset(_cell(row) for row in content["withheld"]),
        periods=tuple(content["periods"]),
    )


def _cell(row: Mapping[str, Any]) -> Cell:
    return Cell(row["month"], "channel", row["channel"]) if row["channel"] else Cell(row["month"])
