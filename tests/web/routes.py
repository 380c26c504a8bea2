"""The table: every route, and what it answers to each role at its own installation and at another's.

A route that is added needs a row here, or the tests fail. A row names the lowest role that may use the route;
`status` is what that role and those above it get. Everybody else gets 401 when not signed in and 403 when
signed in; what belongs to another installation is 404 for all who are signed in, whatever their role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.web.setup import STEP

TOKENS = ("lead", "admin")
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
    by_token: bool = False
    """For programs: only a token of a lead or an admin counts, and no cookie."""
    others: Mapping[str, int] = field(default_factory=dict)
    """Roles that get another status at their own installation."""

    def expected(self, role: str, *, is_own: bool) -> int:
        """The status of one cell."""
        if self.lowest == "anonymous":
            return self.status
        if role == "anonymous" or (self.by_token and role not in TOKENS):
            return 401
        if not is_own:
            return 404
        if role in self.others:
            return self.others[role]
        return self.status if ROLES.index(role) >= ROLES.index(self.lowest) else 403


def _at(method: str, below: str, lowest: str, status: int = 200, **more: Mapping[str, str]) -> Row:
    """A page of one installation."""
    return Row(method, f"/admin/<name:installation>{below}", lowest, status, scope="installation", **more)  # type: ignore[arg-type]


INSTALL = "/install/<any(zendesk, hubspot):provider>"
ZENDESK = {"provider": "zendesk"}


def _api(method: str, below: str, lowest: str, status: int = 200, **values: str) -> Row:
    """A route for programs."""
    rule = f"/api/v1/<name:installation>{below}"
    return Row(method, rule, lowest, status, scope="installation", by_token=True, values=values)


ROWS = (
    Row("GET", "/api/v1/openapi.json", "anonymous"),
    _api("GET", "", "lead"),
    _api("GET", "/conversations", "lead"),
    _api("GET", "/conversations/<name:conversation>", "lead", conversation="2"),
    _api("POST", "/conversations/<name:conversation>/rescore", "admin", 202, conversation="2"),
    _api("GET", "/figures", "lead"),
    _api("DELETE", "/contacts/<name:contact>", "admin", contact="contact-5"),
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
    Row("POST", "/webhooks/zendesk/<path:name>", "anonymous", 401, scope="name"),
    Row("POST", "/webhooks/hubspot", "anonymous", 401),
    Row("POST", "/hubspot/actions/score", "anonymous", 401),
    Row("GET", "/hubspot/card", "anonymous", 503),  # nor HubSpot's secret
    Row("POST", "/hubspot/card/dispute", "anonymous", 503),
    Row("GET", "/admin/", "lead"),
    _at("GET", "/", "lead"),
    _at("POST", "/parked/retry", "admin", 303),
    _at("POST", "/sync", "admin", 303),
    _at("GET", "/settings", "admin"),
    _at("GET", "/settings/retention", "admin"),
    _at("POST", "/settings/retention", "admin", 303, form={"mode": "drop"}),
    _at("POST", "/settings/left-out", "admin", 303, form={"kind": "tag", "id": "quiet"}),
    _at("GET", "/rubric", "admin"),
    _at("POST", "/rubric", "admin", 303, form={"usual": "yes"}),
    _at("GET", "/tokens", "admin"),
    _at("POST", "/tokens", "admin", form={"role": "lead", "label": "a test", "days": "1"}),
    _at("POST", "/tokens/revoke", "admin", 303, form={"id": "nothing"}),
    _at("GET", "/mine", "agent", others={"lead": 404, "admin": 404, "owner": 404}),
    _at("GET", "/agents", "lead"),
    _at("POST", "/agents", "lead", form={"agent": "agent-7"}),
    _at("GET", "/conversations/<name:conversation>", "agent", values={"conversation": "2"}),
    # without a reason nothing is disputed or decided; test_pages.py does it with one
    _at("POST", "/conversations/<name:conversation>/dispute", "agent", 400, values={"conversation": "2"}),
    _at("GET", "/disputes", "lead"),
    _at("POST", "/disputes/<name:conversation>", "lead", values={"conversation": "3"}),
    _at("POST", "/disputes/<name:conversation>/decide", "lead", 400, values={"conversation": "3"}),
    Row("GET", INSTALL, "admin", 400, values=ZENDESK),  # this server has no client for it
    Row("POST", INSTALL, "admin", 400, values=ZENDESK),
    Row("GET", f"{INSTALL}/callback", "admin", 400, values=ZENDESK),
    Row("GET", "/install/hubspot/marketplace", "anonymous", 400),
    Row("POST", "/install/hubspot/marketplace", "admin", 400),
    _at("GET", "/setup", "admin"),
    _at("GET", f"/setup/{STEP}", "admin", values={"step": "scope"}),
    _at("POST", f"/setup/{STEP}", "admin", 303, values={"step": "scope"}),
    _at("GET", "/disconnect", "owner"),
    _at("POST", "/disconnect", "owner", 303),
)
