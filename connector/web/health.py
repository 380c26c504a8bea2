"""Whether the process is alive, whether the whole can work, and the figures for a monitoring system."""

from __future__ import annotations

import hmac

from flask import Blueprint, abort, current_app, request

from ..jobs import Waiting
from ..metrics import figures
from ..readiness import checks
from .access import for_anybody, is_from_this_machine, the_connector

health = Blueprint("health", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@health.record_once
def _watch_the_queue(state: object) -> None:
    web = state.app  # type: ignore[attr-defined]
    web.extensions["queue"] = Waiting(web.extensions["connector"])


@health.get("/healthz")
@for_anybody
def healthz() -> tuple[str, int, dict[str, str]]:
    """Alive: says nothing about the platforms or the sync."""
    return "ok\n", 200, PLAIN


@health.get("/readyz")
@for_anybody
def readyz() -> tuple[dict[str, object], int]:
    """Whether the database, the key, the queue and the worker are there; 503 names what is not."""
    found = checks(the_connector(), current_app.extensions["queue"])
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
    content, kind = figures(app, current_app.extensions["queue"])
    return content, 200, {"Content-Type": kind}
