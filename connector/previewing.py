"""A look at an account before it starts: the latest conversations are scored, and nothing is written.

Somebody asks for it on a page, a worker makes it, and the page shows it for an hour.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from .errors import ConnectorError
from .model import ConversationScore
from .store import Store
from .sync import Options

PREVIEWED: Final = 50
SHOWN_WAITING: Final = 5
SHOWN_REASONS: Final = 6
LOOK_PATIENCE: Final = timedelta(seconds=60)
"""How long the worker waits for a rate limit; the page does not wait with it."""
LOOK_SECONDS: Final = 120.0
"""No further time is looked at when a look has taken so long."""
LOOK_ENDS_WITHIN: Final = timedelta(minutes=10)
"""A look that has not ended by then will not: its worker was stopped."""
UNEXPECTED: Final = "Something unexpected went wrong; the worker's log says what kind."
LOOK_SHOWN: Final = timedelta(hours=1)
WINDOWS: Final = (timedelta(days=2), timedelta(days=30), timedelta(days=365))
"""How far back the look goes, further each time, until it has seen enough conversations."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a dry run would have written: numbers, ids and reasons, no text; it is forgotten in time."""

    seen: int
    days: int
    scored: int = 0
    wanting: int = 0
    """How many would need attention now."""
    waiting: Sequence[Mapping[str, Any]] = ()
    """The first of these: id and reason."""
    some: Sequence[Mapping[str, Any]] = ()
    """A few of all: id, band, score and reason."""
    unchanged: int = 0
    left_out: int = 0
    parked: int = 0
    error: str | None = None
    bands: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedLook:
    """A look that was asked for: `look` is None while it is being made, or when it came to no end."""

    asked_at: datetime
    is_begun: bool
    has_failed: bool
    look: Look | None


Listen = Callable[[ConversationScore], None]
Try = Callable[[str, Options, Listen, timedelta], "tuple[Mapping[str, int], ConnectorError | None]"]
"""A dry run and its patience for rate limits; gives counts by `seen`, `unchanged`, `skipped` and `parked`,
and what ended it early."""


class Previewing:
    """The looks at the accounts of one server."""

    def __init__(self, store: Store, *, try_out: Try, now: Callable[[], datetime]) -> None:
        self._store = store
        self._try = try_out
        self._now = now

    def ask(self, name: str, *, by: str) -> None:
        """Have a worker look; what was seen before is forgotten."""
        self._store.ask_preview(name, by=by, now=self._now())

    def asked(self, name: str) -> AskedLook | None:
        """The look that was asked for within the last hour, and what it has shown."""
        stored, now = self._store.preview(name), self._now()
        if stored is None or now - stored.asked_at >= LOOK_SHOWN:
            return None
        look = Look(**stored.content) if stored.content is not None else None
        is_late = stored.begun_at is not None and now - stored.begun_at >= LOOK_ENDS_WITHIN
        return AskedLook(stored.asked_at, stored.begun_at is not None, look is None and is_late, look)

    def make(self, name: str) -> None:
        """Make the look that was asked for, unless another process does: score the latest conversations
        without writing any of it to the account."""
        asked = self._store.begin_preview(name, self._now())
        if asked is None:
            return
        try:
            look = self._seen(name)
        except Exception:
            self._store.end_preview(name, asked.asked_at, asdict(Look(0, 0, error=UNEXPECTED)))
            raise
        self._store.end_preview(name, asked.asked_at, asdict(look))
        self._store.note_step(name, "preview", at=self._now(), by=asked.asked_by)

    def forget(self) -> None:
        """Forget what is shown no longer."""
        self._store.drop_previews(before=self._now() - LOOK_SHOWN)

    def _seen(self, name: str) -> Look:
        cards: list[ConversationScore] = []
        counts: Mapping[str, int] = {}
        error: ConnectorError | None = None
        days, began = 0, time.monotonic()
        for window in WINDOWS:
            if cards and time.monotonic() - began > LOOK_SECONDS:
                break
            tried: list[ConversationScore] = []
            options = Options(since=self._now() - window, dry_run=True, limit=PREVIEWED)
            patience = timedelta(0) if cards else LOOK_PATIENCE  # to see more is not worth a wait
            counted, error = self._try(name, options, tried.append, patience)
            if error is not None and cards:
                error = None  # what was seen of a shorter time is whole
                break
            cards, counts, days = tried, counted, window.days
            if error is not None or counted["seen"] >= PREVIEWED:
                break
        wanting = [card for card in cards if card.needs_attention]
        return Look(
            seen=counts.get("seen", 0),
            days=days,
            scored=len(cards),
            wanting=len(wanting),
            waiting=[_shown(card) for card in wanting[:SHOWN_WAITING]],
            some=[_shown(card) for card in cards[:SHOWN_REASONS]],
            unchanged=counts.get("unchanged", 0),
            left_out=counts.get("skipped", 0),
            parked=counts.get("parked", 0),
            error=str(error) if error else None,
            bands=dict(Counter(card.band or str(card.status) for card in cards)),
        )


def _shown(card: ConversationScore) -> dict[str, Any]:
    return {
        "id": card.id,
        "band": card.band or str(card.status),
        "empathy": card.empathy,
        "reason_text": card.reason_text,
    }
