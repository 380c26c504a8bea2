"""The database: installations, scores, cursors, owed write-backs."""

from .headways import Headway
from .rows import Owed, Record, Reply
from .store import Store

__all__ = ["Headway", "Owed", "Record", "Reply", "Store"]
