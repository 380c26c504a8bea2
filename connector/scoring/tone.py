"""What kinds of phrases say together: courtesy, calm, mockery."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from .cues import Cue

SUPPORT_TROUBLE = frozenset(
    {"trouble", "repetition", "waiting", "unheard", "contacts", "leaving", "blame", "harm"}
)
_GRAVE = frozenset({"repetition", "waiting", "unheard", "leaving", "blame", "harm"})
_CALM = frozenset({"relief", "plain", "courtesy"})
THANKED = 0.6
"""How far thanks count where no trouble is named."""
PLAIN = 0.5
"""What is left of a slight sadness where nothing is named that could cause it."""
PLAIN_FROM = -0.1


def is_courtesy(cues: Mapping[str, Cue], families: AbstractSet[str]) -> bool:
    """Whether the only relief is the "thanks" that letters about trouble end with."""
    is_relieved = "solved" in cues or "praise" in cues or "trouble_denied" in cues
    return "closing_thanks" in cues and not is_relieved and not _GRAVE.isdisjoint(families)


def without_trouble(blended: float, anywhere: float, families: AbstractSet[str]) -> float:
    """The sentiment where no trouble is named: support talk is mostly sad, and a plain request is not."""
    if "relief" in families and anywhere > 0 and families <= _CALM:
        blended = max(blended, THANKED * anywhere)
    if blended < 0 and anywhere > PLAIN_FROM and families <= _CALM:
        blended *= PLAIN
    return blended


def is_mockery(text: str, general: float, cues: Mapping[str, Cue], families: AbstractSet[str]) -> bool:
    """Praise that stands beside trouble, or rolls its eyes."""
    if "\U0001f644" in text and general > 0:
        return True
    if "lone_praise" not in cues or "solved" in cues or "gratitude" in cues:
        return False
    return not families.isdisjoint(_GRAVE) or "does_not_work" in cues or "not_solved" in cues
