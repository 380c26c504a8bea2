"""What happened at a desk, and how a desk is handed from one process to the next."""

from __future__ import annotations

import copyreg
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

copyreg.pickle(type(threading.RLock()), lambda _lock: (threading.RLock, ()))
copyreg.pickle(type(threading.Lock()), lambda _lock: (threading.Lock, ()))  # type: ignore[arg-type]


@dataclass
class Truth:
    """What happened at the desk, whatever we know of it."""

    news: Counter[str] = field(default_factory=Counter)
    """Ticket -> how often something new was said."""
    news_at: dict[str, datetime] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    stumbles: set[str] = field(default_factory=set)
    """Tickets over which scoring stumbles for the moment."""

    @property
    def living(self) -> list[str]:
        return [id_ for id_ in self.news if id_ not in self.gone]
