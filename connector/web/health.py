"""Whether the web process itself is alive."""

from __future__ import annotations

from flask import Blueprint

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """Alive: says nothing about the platforms or the sync."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
