"""Where an account lives, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...errors import Misconfigured, Unsupported

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def origin(settings: Mapping[str, str]) -> str:
    """Scheme, host and port of an account: `api_origin` when an operator gave one, else its subdomain's.

    Raises Misconfigured for a subdomain that is not one.
    """
    subdomain = settings.get("subdomain", "")
    if not _SUBDOMAIN.fullmatch(subdomain) or subdomain.startswith("xn--"):
        raise Misconfigured(
            "That is not a Zendesk subdomain: give the first part of your address, "
            "such as acme of acme.zendesk.com."
        )
    return (settings.get("api_origin") or f"https://{subdomain}.zendesk.com").rstrip("/")


@contextmanager
def needs_admin(what: str) -> Iterator[None]:
    """Say which rights are missing when Zendesk does not allow `what` (a 403)."""
    try:
        yield
    except Unsupported:
        raise Misconfigured(
            f"Zendesk does not allow this token to {what}: it needs the scopes read and write, given by an "
            "admin who is one still; connect the account again as an admin."
        ) from None
