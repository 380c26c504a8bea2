"""How a customer feels in one message: sentiment, frustration, intensity, and which words say so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from . import sentiment_vader as vader
from .addressing import without_address
from .cues import Cue, CueSet, read_lexicon
from .customer_model import CustomerModel, shipped
from .look import DOTS, HAPPY, SAD, SHOUTS, Look
from .phrases import read_index
from .tone import SUPPORT_TROUBLE, is_courtesy, is_mockery, without_trouble
from .vader_lexicon import lexicon

_SHOWN = 8
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


class Seen(NamedTuple):
    """What the rules see in one text, before any weight is applied."""

    look: Look
    features: dict[int, float]
    """Counted features by their place among `feature_names`, in order; those at zero are left out."""
    cues: Sequence[tuple[Cue, int, int]]
    general: float
    """VADER's compound score."""
    support: float
    """The same with the words of support talk set right."""


@dataclass(frozen=True, slots=True)
class _Tables:
    overrides: dict[str, float]
    technical: frozenset[str]
    cues: CueSet
    place: dict[str, int]


EXTRAS = (
    "vader",
    "support",
    "positive",
    "negative",
    "exclamations",
    "questions",
    "capitals",
    "length",
    "dots",
    "families",
    "ends_asking",
    "short",
    "sad_face",
    "happy_face",
)
"""Counted features after the cues, in order."""


@cache
def _tables() -> _Tables:
    raw = read_lexicon("en", "customer")
    cues = CueSet.load(raw, read_index("en", "customer"))
    place = {cue.name: at for at, cue in enumerate(cues.cues)}
    overrides = {word: float(value) for word, value in raw["words"].items()}
    return _Tables(overrides, frozenset(raw["technical"].split()), cues, place)


def feature_names() -> tuple[str, ...]:
    """The counted features, in order: the cues, then the extras."""
    return (*_tables().place, *EXTRAS)


def see(look: Look) -> Seen:
    """What there is in a prepared English text: VADER, cues, counted features."""
    tables = _tables()
    bare = without_address(look)
    if bare is not look.text:
        look = Look(bare)
    heard = vader.heard(look)
    general = vader.valences(heard)
    if not tables.technical.isdisjoint(heard.tokens):
        general = [(at, value) for at, value in general if heard.tokens[at] not in tables.technical]
    overrides = tables.overrides
    support = [(at, value) for at, old in general if (value := _overridden(overrides, heard.tokens[at], old))]
    cues = tables.cues.find(look.lower, look.said)
    place = tables.place
    features: dict[int, float] = {}
    for at in sorted([place[cue.name] for cue, _, _ in cues]):
        features[at] = 2.0 if at in features else 1.0
    emphasis = vader.punctuation_emphasis(look.text)
    compounds = vader.compound(general, emphasis), vader.compound(support, emphasis)
    extras = enumerate(_extras(look, heard, compounds, support, cues), len(place))
    features.update([extra for extra in extras if extra[1]])
    return Seen(look, features, cues, *compounds)


def _overridden(overrides: dict[str, float], word: str, value: float) -> float:
    """The support value of a word, under the negation or emphasis that VADER found."""
    if word not in overrides:
        return value
    own = overrides[word]
    known = lexicon().words[word]
    # Where VADER turned the word's sign (a negation), ours is turned as well.
    return own * vader.FLIP if value * known < 0 else own


def _extras(
    look: Look,
    heard: Look,
    compounds: tuple[float, float],
    support: Sequence[tuple[int, float]],
    cues: Sequence[tuple[Cue, int, int]],
) -> tuple[float, ...]:
    text, seen = look.text, look.any_flag
    count = len(heard.tokens) or 1
    return (
        *compounds,
        math.tanh(sum([value for _, value in support if value > 0]) / 4),
        math.tanh(-sum([value for _, value in support if value < 0]) / 4),
        min(3, text.count("!")) / 3,
        min(4, text.count("?")) / 4,
        len([flag for flag in heard.flags if flag & SHOUTS]) / count if heard.any_flag & SHOUTS else 0.0,
        math.log1p(min(count, 50)) / 5,
        1.0 if seen & DOTS else 0.0,
        len({cue.family for cue, _, _ in cues if cue.value > 0}) / 6,
        1.0 if text.endswith("?") else 0.0,
        1.0 if count < 6 else 0.0,
        1.0 if seen & SAD or " :/" in text else 0.0,
        1.0 if seen & HAPPY else 0.0,
    )


def read_customer(text: str | Look, model: CustomerModel | None = None) -> Feeling:
    """The feeling in a prepared English text."""
    look = text if isinstance(text, Look) else Look(text)
    seen = see(look)
    if not look.words:
        return _wordless(seen)
    general, domain, sentiment, frustration, opportunity = (model or shipped()).read(
        seen.look.words, seen.look.negations(), seen.features
    )
    cues = {cue.name: cue for cue, _, _ in seen.cues}
    families = frozenset([cue.family for cue in cues.values()])
    is_troubled = not families.isdisjoint(SUPPORT_TROUBLE)
    is_relieved = "relief" in families and not (is_troubled and is_courtesy(cues, families))
    # Two views of the text: one that knows how people speak anywhere, one that knows support; the text's own
    # likeness to support talk, and the trouble it names, decide how far the second is believed.
    believed = 1 / (1 + math.exp(-domain - 1.5 * min(2, len(families & SUPPORT_TROUBLE))))
    anywhere = 0.375 * (seen.general + seen.support) + 0.45 * general
    blended = believed * sentiment + (1 - believed) * anywhere
    shown = _shown_by_cues(cues.values())
    frustration = max(frustration, 0.8 * shown)
    if families & {"anger", "leaving"}:
        frustration = max(frustration, 0.6 if "leaving" in families else 0.5)
    if is_troubled and not is_relieved and (anywhere < 0.25 or "relief" in families):
        blended = min(blended, -0.12 - 0.4 * shown)
    elif "praise" in cues and "gratitude" in cues and shown <= 0:
        blended = max(blended, 0.3)
    elif not is_troubled:
        blended = without_trouble(blended, anywhere, families)
    if "praise_denied" in cues:
        blended = min(blended, -0.3)
    if "sarcasm" in families or is_mockery(look.text, seen.general, cues, families):
        frustration = max(frustration, 0.6)
        blended = min(blended, -0.45)
    frustration = max(0.0, min(1.0, frustration))
    if frustration >= 0.5 and believed >= 0.5:
        blended = min(blended, 0.1 - 0.85 * frustration)
    blended = max(-1.0, min(1.0, blended))
    return Feeling(
        sentiment=round(blended, 3),
        frustration=round(frustration, 3),
        intensity=_intensity(blended, frustration),
        opportunity=_opportunity(opportunity, frustration),
        families=families,
        found=tuple(
            [(start, end, cue.label, -cue.value) for cue, start, end in seen.cues[:_SHOWN] if cue.value]
        ),
    )


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


def _intensity(sentiment: float, frustration: float) -> int | None:
    strength = max(frustration, abs(sentiment))
    return None if strength < 0.2 else min(5, 1 + int(strength * 4.5))
