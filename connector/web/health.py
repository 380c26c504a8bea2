"""Whether the process is alive, whether the whole can work, and the figures for a monitoring system."""

from __future__ import annotations

import hmac

from flask import Blueprint, abort, request

from ..metrics import figures
from ..readiness import checks
from .access import for_anybody, is_from_this_machine, the_connector, the_queue

health = Blueprint("health", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@health.get("/healthz")
@for_anybody
def healthz() -> tuple[str, int, dict[str, str]]:
    """Alive: says nothing about the platforms or the sync."""
    return "ok\n", 200, PLAIN


@health.get("/readyz")
@for_anybody
def readyz() -> tuple[dict[str, object], int]:
    """Whether the database, the key, the queue and the worker are there; 503 names what is not."""
    found = checks(the_connector(), the_queue())
    is_ready = all(found.values())
    return {"ready": is_ready, "checks": found}, 200 if is_ready else 503


@health.get("/metrics")
@for_anybody
def metrics() -> tuple[bytes, int, dict[str, str]]:
    """For Prometheus; from this machine, or with the token of CONNECTOR_METRICS_TOKEN."""
    app = the_connector()
    secret = app.settings.metrics_token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    is_known = secret is not None and hmac.compare_digest(shown, secret.get_secret_value().encode())
    if not is_known and (secret is not None or not is_from_this_machine()):
        abort(403)
    content, kind = figures(app, the_queue())
    return content, 200, {"Content-Type": kind}
