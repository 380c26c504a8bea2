"""One exception for each thing a caller can do about a failure.

Messages are single sentences for the person at the terminal: what is wrong, where, and what to do.
They never hold message text, tokens or e-mail addresses.
"""

from __future__ import annotations

from datetime import datetime


class ConnectorError(Exception):
    """What every expected failure of this package is."""


class RetryLater(ConnectorError):
    """Nothing is wrong that time will not mend: call again at `not_before_at` (aware UTC)."""

    def __init__(self, message: str, *, not_before_at: datetime) -> None:
        super().__init__(message)
        self.not_before_at = not_before_at


class OverBudget(RetryLater):
    """Only our own share of some calls is used up until then; what needs other calls may go on."""


class Unreachable(RetryLater):
    """No answer came at all; while an account is being connected this means a wrong or closed address."""


class Busy(ConnectorError):
    """Another process holds this installation; the message names the holder."""


class Superseded(Busy):
    """This process stood still for so long that another one has taken the installation over."""


class Reauthorize(ConnectorError):
    """The account's authorization is gone: somebody has to connect it again."""


class Misconfigured(ConnectorError):
    """A setting, argument, scope or field is wrong; the message says which, and the remedy."""


class Unsupported(ConnectorError):
    """This account or provider cannot do that; its capabilities say so beforehand."""


class Unreadable(ConnectorError):
    """One record cannot be read; it is parked by its id, and the others go on."""
