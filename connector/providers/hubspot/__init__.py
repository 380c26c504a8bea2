"""A HubSpot account: tickets, conversations threads and engagements. BEHAVIOR.md lists what surprises."""

from .limits import RATES, read_limits
from .oauth import OAUTH, authorize_url, exchange_code, refresh_token, revoke_token
from .provider import HubSpotProvider, origin

__all__ = [
    "OAUTH",
    "RATES",
    "HubSpotProvider",
    "authorize_url",
    "exchange_code",
    "origin",
    "read_limits",
    "refresh_token",
    "revoke_token",
]
