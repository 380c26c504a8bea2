"""What is served without the master key: that the server is locked, and that HubSpot was heard.

HubSpot signs with the app's secret, which is a setting. What Zendesk signs with is sealed under the key, so a
delivery of its cannot be told from a forged one: it is asked to come again, and what does not is found by the
sync once the key is back (docs/privacy.md).
"""

from __future__ import annotations

from flask import Flask, g, render_template, request

from ..bootstrap import Connector

OPEN_ENDPOINTS = frozenset(
    {"health.healthz", "health.readyz", "health.metrics", "static", "webhooks.from_hubspot"}
)
"""What needs no key."""
COME_AGAIN = {"Retry-After": "30"}
"""Zendesk sends again what was refused for less than a minute."""


def lock(web: Flask, app: Connector) -> None:
    """Answer every page with "locked" while the master key is missing or is another one."""

    @web.before_request
    def refuse_while_locked() -> tuple[str, int, dict[str, str]] | None:
        if request.endpoint in OPEN_ENDPOINTS:
            return None
        if app.locked_because() is None:
            g.is_unlocked = True
            return None
        return render_template("locked.html"), 503, COME_AGAIN
