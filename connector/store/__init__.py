"""The database: installations, scores, cursors, owed write-backs."""

from .rows import Owed, Record
from .store import Store

__all__ = ["Owed", "Record", "Store"]
