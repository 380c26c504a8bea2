"""Every path we call, with the one version they are pinned to (BEHAVIOR.md 1)."""

from __future__ import annotations

VERSION = "2026-09"

TABLE = (
    ("/crm/v3/objects", f"/crm/objects/{VERSION}"),
    ("/crm/v3/properties", f"/crm/properties/{VERSION}"),
    ("/crm/v3/owners", f"/crm/owners/{VERSION}"),
    ("/crm/v4/associations", f"/crm/associations/{VERSION}"),
)
"""What hubspot-api-client says, and what it has to say; longer prefixes would come first."""

ACCOUNT = f"/account-info/{VERSION}/details"
TOKEN = f"/oauth/{VERSION}/token"
INTROSPECT = f"/oauth/{VERSION}/token/introspect"
REVOKE = f"/oauth/{VERSION}/token/revoke"
UNINSTALL = f"/appinstalls/{VERSION}/external-install"
THREADS = (
    f"/conversations/conversations/{VERSION}/threads",
    f"/conversations/{VERSION}/conversations/threads",
)
"""The specification's order and the guide's; which one answers is found out (BEHAVIOR.md 2)."""


def dated(path: str) -> str:
    """The dated path for one of the package's own. Raises ValueError for one that has none: never call it."""
    for old, new in TABLE:
        if path == old or path.startswith(old + "/"):
            return (new + path.removeprefix(old)).rstrip("/")
    raise ValueError(f"{path} has no row in the table of dated paths")


def is_search(path: str) -> bool:
    """Searches have a limit of their own."""
    return path.endswith("/search")


def may_repeat(method: str, path: str) -> bool:
    """Whether sending it twice comes to the same: everything but what creates something."""
    return method in {"GET", "PATCH"} or path.endswith(("/search", "/batch/read", "/batch/update"))
