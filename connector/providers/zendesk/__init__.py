"""Zendesk: tickets, their comments and messaging turns, and our fields on them."""

from .address import origin
from .limits import RATES, read_limits
from .oauth import OAUTH, authorize_url, exchange_code, refresh_token
from .provider import ZendeskProvider

__all__ = [
    "OAUTH",
    "RATES",
    "ZendeskProvider",
    "authorize_url",
    "exchange_code",
    "origin",
    "read_limits",
    "refresh_token",
]
