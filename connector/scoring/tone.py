"""What kinds of phrases say together: courtesy, calm, mockery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from .cues import Cue
from .look import NEGATES
from .seen import Seen

SUPPORT_TROUBLE = frozenset(
    {"trouble", "repetition", "waiting", "unheard", "contacts", "leaving", "blame", "harm"}
)
_GRAVE = frozenset({"repetition", "waiting", "unheard", "leaving", "blame", "harm"})
CALM = frozenset({"relief", "plain", "courtesy"})
_ENDINGS = frozenset({"solved", "over_now", "delight"})
_GLADNESS = frozenset({"gratitude", "praise", "trouble_denied"})
_ASKED_ABOUT = frozenset(
    {
        "plain_question", "asks_about", "asks_help", "closing_thanks", "gratitude",
        "problem_named", "hardship", "distress", "repetition",
    }
)  # fmt: skip
"""What may be named in a question that is not about the trouble of whoever asks."""
STIRRED = frozenset({"anger", "distress", "profanity"})
CALMED = 0.2
"""Frustration at most once trouble is over or denied."""
_PRAISE_ALONE = frozenset({"lone_praise", "mock_joy"})
_ROLLING = frozenset("\U0001f644\U0001f643")
"""Faces that take back what the words say."""
GLAD = 0.35
"""Sentiment at least of praise that is borne out, and of a story that ends well."""
DELIGHTED = 0.55
"""Sentiment at least of words that nobody but the delighted use."""
ANGRY = -0.2
"""Sentiment at most of angry words beside which nothing is praised."""
ASKED = -0.2
"""Sentiment at least of somebody who merely asks."""
THANKED = 0.6
"""How far thanks count where no trouble is named."""
PLAIN = 0.5
"""What is left of a slight sadness where nothing is named that could cause it."""
PLAIN_FROM = -0.1


def is_courtesy(cues: Mapping[str, Cue], families: AbstractSet[str]) -> bool:
    """Whether the only relief is the "thanks" that letters about trouble end with."""
    is_relieved = "solved" in cues or "praise" in cues or "trouble_denied" in cues
    return "closing_thanks" in cues and not is_relieved and not _GRAVE.isdisjoint(families)


def toned(
    blended: float,
    anywhere: float,
    shown: float,
    cues: Mapping[str, Cue],
    families: AbstractSet[str],
    *,
    asks: bool,
) -> float:
    """The sentiment within what the phrases allow; `shown` is what they say of trouble, 0..1."""
    is_troubled = not families.isdisjoint(SUPPORT_TROUBLE) or "last_straw" in cues
    is_relieved = "relief" in families and not (is_troubled and is_courtesy(cues, families))
    if asks:
        blended = max(ASKED, blended)
    elif is_troubled and not is_relieved and (anywhere < 0.25 or "relief" in families):
        blended = min(blended, -0.12 - 0.4 * shown)
    elif shown <= 0 and is_delight(cues):
        blended = max(blended, DELIGHTED if "delight" in cues else GLAD)
    elif "strong_words" in cues and "relief" not in families:
        blended = min(blended, ANGRY)
    elif not is_troubled:
        blended = without_trouble(blended, anywhere, families)
    return min(blended, -0.3) if "praise_denied" in cues else blended


def without_trouble(blended: float, anywhere: float, families: AbstractSet[str]) -> float:
    """The sentiment where no trouble is named: support talk is mostly sad, and a plain request is not."""
    if "relief" in families and anywhere > 0 and families <= CALM:
        blended = max(blended, THANKED * anywhere)
    if blended < 0 and anywhere > PLAIN_FROM and families <= CALM:
        blended *= PLAIN
    return blended


def is_mockery(text: str, general: float, cues: Mapping[str, Cue], families: AbstractSet[str]) -> bool:
    """Praise that stands beside trouble, or rolls its eyes."""
    if general > 0 and not _ROLLING.isdisjoint(text):
        return True
    if cues.keys().isdisjoint(_PRAISE_ALONE) or "solved" in cues or "gratitude" in cues:
        return False
    return not families.isdisjoint(_GRAVE) or "does_not_work" in cues or "not_solved" in cues


def is_delight(cues: Mapping[str, Cue]) -> bool:
    """Praise that something else bears out."""
    return "delight" in cues or ("praise" in cues and ("gratitude" in cues or "trouble_denied" in cues))


def is_own_trouble(seen: Seen) -> bool:
    """Whether the words may be about what happened to whoever writes."""
    return bool(seen.look.any_flag & NEGATES) or "!" in seen.look.text or seen.speaks_of_own


def is_over_now(found: Sequence[tuple[Cue, int, int]]) -> bool:
    """Whether a story ends well: first what was wrong, then that it is solved, and nothing after that."""
    if any(cue.family == "sarcasm" for cue, _, _ in found):
        return False
    last_trouble = max((start for cue, start, _ in found if cue.value > 0), default=-1)
    since = {cue.name for cue, start, _ in found if start > last_trouble}
    return not since.isdisjoint(_ENDINGS) and len(since & (_ENDINGS | _GLADNESS)) > 1


def ends_in_trouble(found: Sequence[tuple[Cue, int, int]]) -> bool:
    """Whether something good is said first, and after a "but" only what is wrong."""
    turn = max((start for cue, start, _ in found if cue.name == "turn"), default=-1)
    if turn < 0:
        return False
    after = [cue.value for cue, start, _ in found if start > turn and cue.value]
    is_praised_before = any(cue.value < 0 for cue, start, _ in found if start < turn)
    return bool(after) and min(after) > 0 and is_praised_before


def is_calm_question(cues: Mapping[str, Cue], families: AbstractSet[str], *, is_own: bool) -> bool:
    """Whether somebody merely asks, be it about something sad, and tells of no trouble of their own."""
    if cues.keys().isdisjoint({"plain_question", "asks_about"}):
        return False
    if families <= CALM:
        return True
    return not is_own and cues.keys() <= _ASKED_ABOUT
