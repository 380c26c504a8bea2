"""How many figures about groups of people are withheld, because they would point at somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .privacy.anonymity import AGENTS, Grid, Row, release
from .store.audits import ScoredReply

SEGMENTS = ("channel",)
"""What figures about replies may be broken down by, beside the month."""


def suppression(replies: Iterable[ScoredReply]) -> dict[str, Any]:
    """The rule in force for figures about groups, and how many of the declared ones it withholds.

    Only months that ended by the latest reply are settled, so that asking later changes nothing by itself.
    """
    rows = [
        Row(
            person=each.author,
            at=each.at,
            score=each.empathy,
            segments=frozenset([("channel", each.channel)] if each.channel else []),
        )
        for each in replies
    ]
    through = max((row.at for row in rows), default=None)
    settled = release(rows, through=through, grid=Grid.MONTH, segments=SEGMENTS) if through else None
    given, withheld = (len(settled.figures), len(settled.withheld)) if settled else (0, 0)
    return {
        "least_people": AGENTS.people,
        "least_conversations": AGENTS.rows,
        "largest_share_of_one_person": AGENTS.largest_share,
        "by": ["month", *SEGMENTS],
        "months": len(settled.periods) if settled else 0,
        "cells": given + withheld,
        "suppressed": withheld,
    }
