"""The texts that a platform keeps for pasting, known by keyed hashes: a reply made of them is a copy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from .errors import ConnectorError, Misconfigured, RetryLater, Unreadable, Unsupported
from .providers.base import Provider
from .scoring.canned import macro_groups
from .scoring.text import prepare
from .store import Store
from .store.looks import MACROS

log = logging.getLogger(__name__)

MOST_MACROS: Final = 2_000
EVERY: Final = timedelta(hours=24)


def learn_macros_when_due(
    name: str, provider: Provider, store: Store, key: bytes, now: Callable[[], datetime]
) -> None:
    """Know those texts before replies are compared with them, a day after they were last read.

    Raises Reauthorize. Where the platform wants them asked for later, the reading goes on without them, and
    the next one asks again.
    """
    last = store.last_look(name, MACROS)
    if last is not None and now() - last < EVERY:
        return
    try:
        learn_macros(name, provider, store, key, now)
    except RetryLater as error:
        _tell(name, error)


def learn_macros(
    name: str, provider: Provider, store: Store, key: bytes, now: Callable[[], datetime]
) -> None:
    """Know those texts, by hashes alone; those of a refused look are kept.

    Raises RetryLater, Reauthorize and Busy. Other refusals are logged by kind, and noted for `doctor`.
    """
    if not provider.capabilities.macros:
        return
    known: dict[str, Sequence[int]] = {}
    try:
        for each in islice(provider.macros(), MOST_MACROS):
            text = prepare(each.body, is_html=each.is_html).text
            known[each.id] = sorted(macro_groups(text, key))
    except (Unsupported, Misconfigured, Unreadable) as error:
        _tell(name, error)
        store.note_macros_refused(name, str(error), now=now())
    else:
        store.keep_macros(name, known, now=now())
    store.note_look(name, MACROS, now())


def _tell(name: str, error: ConnectorError) -> None:
    told = {"installation": name, "step": MACROS, "error": type(error).__name__}
    log.warning("could not read the texts kept for pasting", extra=told)
