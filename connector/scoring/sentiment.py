"""How a customer feels in one message: sentiment, frustration, intensity, and which words say so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from .cues import Cue
from .customer_model import CustomerModel, shipped
from .look import HAPPY, SAD, Look
from .seen import Seen, see
from .tone import (
    ANGRY,
    CALM,
    CALMED,
    GLAD,
    STIRRED,
    SUPPORT_TROUBLE,
    ends_in_trouble,
    is_calm_question,
    is_delight,
    is_mockery,
    is_over_now,
    is_own_trouble,
    toned,
)

LEAST_TOLD, LEAST_TOLD_WITHOUT_CUE = 0.2, 0.25
"""How strong a feeling must be to be told of, with a phrase that shows it and without one."""
_MOST_SHOWN = 8
"""Pieces of evidence shown of one message."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """What one customer message shows; `found` are (start, end, rule, points) in its text."""

    sentiment: float
    frustration: float
    intensity: int | None
    opportunity: int
    """0: nothing calls for empathy; 1: there is trouble; 2: there is distress."""
    families: frozenset[str] = frozenset()
    found: tuple[tuple[int, int, str, float], ...] = field(default=(), repr=False)


def read_customer(text: str | Look, model: CustomerModel | None = None) -> Feeling:
    """The feeling in a prepared text; one that was not looked at yet is read as English."""
    look = text if isinstance(text, Look) else Look(text)
    seen = see(look)
    if not look.words:
        return _wordless(seen)
    general, domain, sentiment, frustration, opportunity = (model or shipped(look.language)).read(
        seen.look.words, seen.look.negations(), seen.features
    )
    cues = {cue.name: cue for cue, _, _ in seen.cues}
    families = frozenset([cue.family for cue in cues.values()])
    # Two views of the text: one that knows how people speak anywhere, one that knows support; the text's own
    # likeness to support talk, and the trouble it names, decide how far the second is believed.
    believed = 1 / (1 + math.exp(-domain - 1.5 * min(2, len(families & SUPPORT_TROUBLE))))
    anywhere = 0.375 * (seen.general + seen.support) + 0.45 * general
    blended = believed * sentiment + (1 - believed) * anywhere
    is_over = is_over_now(seen.cues)
    if is_over:
        families -= STIRRED | SUPPORT_TROUBLE
    shown = _shown_by_cues(cues.values())
    asks = is_calm_question(cues, families, is_own=is_own_trouble(seen))
    is_calm = is_over or asks or (shown <= 0 and is_delight(cues))
    frustration = _frustration(max(frustration, 0.8 * shown), cues, families, is_calm=is_calm)
    blended = max(blended, GLAD) if is_over else toned(blended, anywhere, shown, cues, families, asks=asks)
    if "sarcasm" in families or is_mockery(look.text, seen.general, cues, families):
        frustration = max(frustration, 0.6)
        blended = min(blended, -0.45)
    if ends_in_trouble(seen.cues):
        blended = min(blended, ANGRY if families & STIRRED else 0.0)
    frustration = max(0.0, min(1.0, frustration))
    if frustration >= 0.5 and believed >= 0.5:
        blended = min(blended, 0.1 - 0.85 * frustration)
    blended = max(-1.0, min(1.0, blended))
    return Feeling(
        sentiment=round(blended, 3),
        frustration=round(frustration, 3),
        intensity=_intensity(blended, frustration, least=LEAST_TOLD if shown else LEAST_TOLD_WITHOUT_CUE),
        opportunity=max(_opportunity(opportunity, frustration), int("harm" in families)),
        families=families,
        found=tuple(
            [(start, end, cue.label, -cue.value) for cue, start, end in seen.cues[:_MOST_SHOWN] if cue.value]
        ),
    )


def _frustration(
    modelled: float, cues: Mapping[str, Cue], families: AbstractSet[str], *, is_calm: bool
) -> float:
    """At least what words of anger and threats to leave say; little where no trouble is left."""
    if families & {"anger", "leaving"}:
        return max(modelled, 0.6 if "leaving" in families else 0.5)
    if is_calm or ("trouble_denied" in cues and families <= CALM):
        return min(modelled, CALMED)
    return modelled


def is_wordless(look: Look) -> bool:
    """Whether a text is nothing but faces and signs, which say how somebody feels in any language."""
    return not look.words and bool(look.any_flag & (SAD | HAPPY)) and not any(map(str.isalnum, look.text))


def _wordless(seen: Seen) -> Feeling:
    """The feeling of a text that is nothing but faces and signs."""
    sad, happy = float(bool(seen.look.any_flag & SAD)), float(bool(seen.look.any_flag & HAPPY))
    sentiment = 0.5 * (happy - sad)
    return Feeling(
        sentiment=sentiment,
        frustration=0.5 * sad,
        intensity=_intensity(sentiment, 0.5 * sad),
        opportunity=int(sad > happy),
    )


def _shown_by_cues(cues: Iterable[Cue]) -> float:
    """What the cues alone say, 0..1: each kind adds its share of what is left, relief takes half."""
    calm, relief = 1.0, 0.0
    for cue in cues:
        if cue.value > 0:
            calm *= 1 - cue.value
        else:
            relief -= cue.value
    return 1 - calm - relief / 2


def _opportunity(modelled: float, frustration: float) -> int:
    if modelled >= 0.65 or frustration >= 0.6:
        return 2
    return 1 if modelled >= 0.3 or frustration >= 0.4 else 0


def _intensity(sentiment: float, frustration: float, *, least: float = LEAST_TOLD) -> int | None:
    strength = max(frustration, abs(sentiment))
    return None if strength < least else min(5, 1 + int(strength * 4.5))
