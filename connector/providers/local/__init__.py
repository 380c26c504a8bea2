"""An account in a folder of JSON Lines."""

from .provider import LocalProvider

__all__ = ["LocalProvider"]
