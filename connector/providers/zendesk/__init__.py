"""Zendesk: tickets, their comments and messaging turns, and our fields on them."""

from .address import origin
from .limits import RATES, read_limits
from .oauth import OAUTH, refresh_token
from .provider import ZendeskProvider

__all__ = ["OAUTH", "RATES", "ZendeskProvider", "origin", "read_limits", "refresh_token"]
