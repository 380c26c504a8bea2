"""The database: installations, scores, cursors, owed write-backs."""

from .rows import Owed, Record, Reply
from .store import Store

__all__ = ["Owed", "Record", "Reply", "Store"]
