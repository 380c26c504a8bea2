"""How values read on the pages."""

from __future__ import annotations

from datetime import UTC, datetime

BANDS = (
    ("high", "high"),
    ("fair", "fair"),
    ("low", "low"),
    ("not_applicable", "not needed here"),
    ("not_scored", "not scored"),
)
DIMENSIONS = {
    "interpretation": "Names what this meant for the customer",
    "emotional_reaction": "Shows warmth or regret that fits",
    "exploration": "Asks what is needed to understand",
    "ownership": "Takes the matter on",
    "help": "Gives a next step and a time",
    "personalisation": "Speaks to this customer",
}
LEVELS = ("no", "in part", "yes")


def band_word(band: str | None) -> str:
    """A band as people say it."""
    return dict(BANDS).get(band or "not_scored", band or "")


def moment(at: datetime | str | None) -> str:
    """A time in UTC, to the minute."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return at.astimezone(UTC).strftime("%d %b %Y %H:%M") if at else "never"
