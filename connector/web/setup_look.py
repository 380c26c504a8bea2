"""The step of a set-up that looks before anything happens: asked for here, made by the worker, shown here."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request

from ..readiness import worker_lives
from .access import the_connector
from .dashboard import bars_of
from .wording import BANDS

LOOK_AGAIN_SECONDS = 3


def content(name: str) -> dict[str, Any]:
    """What the page shows: nothing yet, that it is being made, or what was seen."""
    app = the_connector()
    looking = app.previewing.asked(name)
    look = looking.look if looking else None
    is_waiting = looking is not None and look is None and not looking.has_failed
    return {
        "looking": looking,
        "look": look,
        "is_waiting": is_waiting,
        "is_still": "still" in request.args,
        "seconds": round((app.now() - looking.asked_at).total_seconds()) if looking else 0,
        "worker_lives": worker_lives(app) if is_waiting else True,
        "words": dict(BANDS),
        "bars": bars_of(look.bands) if look else [],
    }


def page(rendered: str, shown: dict[str, Any]) -> Response:
    """The page, which a browser asks for again while it waits, unless its reader has stopped that."""
    answer = make_response(rendered)
    if shown["is_waiting"] and not shown["is_still"]:
        answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer
