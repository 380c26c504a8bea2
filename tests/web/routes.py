"""The table: every route, and what it answers to each role at its own installation and at another's.

A route that is added needs a row here, or the tests fail. A row names the lowest role that may use the route;
`status` is what that role and those above it get. Everybody else gets 401 when not signed in and 403 when
signed in; what belongs to another installation is 404 for all who are signed in, whatever their role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("anonymous", "agent", "lead", "admin", "owner")


@dataclass(frozen=True)
class Row:
    """One route. `rule` is what Flask calls it; `values` fill its arguments besides the installation."""

    method: str
    rule: str
    lowest: str
    status: int = 200
    scope: str | None = None
    """The argument that names an installation, if the route has one."""
    values: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    def expected(self, role: str, *, is_own: bool) -> int:
        """The status of one cell."""
        if self.lowest == "anonymous":
            return self.status
        if role == "anonymous":
            return 401
        if not is_own:
            return 404
        return self.status if ROLES.index(role) >= ROLES.index(self.lowest) else 403


ROWS = (
    Row("GET", "/static/<path:filename>", "anonymous", values={"filename": "pages.css"}),
    Row("GET", "/healthz", "anonymous"),
    Row("GET", "/readyz", "anonymous", 503),  # no worker runs here
    Row("GET", "/metrics", "anonymous"),  # asked from this machine; test_health.py asks from elsewhere
    Row("GET", "/notice/<path:name>", "anonymous", scope="name"),
    Row("GET", "/sign-in/<token>", "anonymous", values={"token": "nothing"}),
    Row("POST", "/sign-in", "anonymous", 403, form={"token": "nothing"}),
    Row("GET", "/signed-out", "anonymous"),
    Row("POST", "/sign-out", "agent", 303),
    Row("GET", "/", "lead"),
    Row("GET", "/reports/", "lead"),
    Row(
        "GET", "/reports/<installation>/<report>", "lead", scope="installation", values={"report": "journey"}
    ),
    Row(
        "GET",
        "/reports/<installation>/<report>/export.<form>",
        "lead",
        scope="installation",
        values={"report": "journey", "form": "json"},
    ),
    Row(
        "POST",
        "/reports/<installation>/<report>/acknowledge",
        "admin",
        303,
        scope="installation",
        values={"report": "churn-by-empathy"},
    ),
    # what a platform opens or calls proves itself with a signature; without one there is nothing for anybody
    Row("GET", "/zendesk/sidebar", "anonymous", 401),
    Row("POST", "/zendesk/sidebar", "anonymous", 503),  # this server knows no app's key
    Row("POST", "/zendesk/sidebar/ticket", "anonymous", 401),
    Row("POST", "/zendesk/sidebar/dispute", "anonymous", 401),
    Row("GET", "/zendesk/nav", "anonymous", 401),
    Row("POST", "/zendesk/nav", "anonymous", 503),
    Row("GET", "/hubspot/card", "anonymous", 503),  # nor HubSpot's secret
    Row("POST", "/hubspot/card/dispute", "anonymous", 503),
)
