"""What is served without the master key: that the server is locked, and nothing else."""

from __future__ import annotations

from flask import Flask, render_template, request

from ..bootstrap import Connector

OPEN_ENDPOINTS = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})
"""What needs no key."""


def lock(web: Flask, app: Connector) -> None:
    """Answer every page with "locked" while the master key is missing or is another one."""

    @web.before_request
    def refuse_while_locked() -> tuple[str, int] | None:
        if request.endpoint in OPEN_ENDPOINTS or app.locked_because() is None:
            return None
        return render_template("locked.html"), 503
