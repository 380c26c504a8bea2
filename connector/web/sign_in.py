"""Signing in with a one-time link, and out."""

from __future__ import annotations

import logging

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ..signing_in import UserRole, Visitor
from .access import for_anybody, for_role, the_connector
from .cookies import forget, remember, session_id
from .rates import Rates

log = logging.getLogger(__name__)
sign_in = Blueprint("sign_in", __name__)

TRIES_A_MINUTE = 10


@sign_in.record_once
def _count_tries(state: object) -> None:
    state.app.extensions["sign-in rates"] = Rates(TRIES_A_MINUTE)  # type: ignore[attr-defined]


@sign_in.get("/sign-in/<token>")
@for_anybody
def ask(token: str) -> str:
    """A button: programs that only preview links do not use them up, and nothing is looked up here."""
    return render_template("sign_in.html", token=token)


@sign_in.post("/sign-in")
@for_anybody
def redeem() -> Response | tuple[str, int]:
    """Begin a session; any other one of this browser ends."""
    current_app.extensions["sign-in rates"].require()
    app = the_connector()
    redeemed = app.signing_in.redeem(request.form.get("token", "")[:200])
    if redeemed is None:
        log.warning("sign-in failed")
        sentence = (
            "This link was used before, is older than ten minutes, or never was one. "
            "Whoever runs the server can make another: empathy-connector sign-in."
        )
        return render_template("error.html", sentence=sentence), 403
    if former := session_id():
        app.signing_in.sign_out(former)
    id_, visitor = redeemed
    session.clear()
    log.info("signed in", extra={"actor": visitor.actor, "installation": visitor.installation})
    answer = redirect(first_page_of(visitor), 303)
    remember(answer, id_)
    return answer


def first_page_of(visitor: Visitor) -> str:
    """Where somebody begins: an agent with their own replies, everybody else with the overview."""
    if visitor.role is UserRole.AGENT:
        return url_for("conversations.own_replies", installation=visitor.installation)
    return url_for("dashboard.first_page")


@sign_in.post("/sign-out")
@for_role(UserRole.AGENT)
def sign_out() -> Response:
    """End the session on the server and in the browser."""
    if found := session_id():
        the_connector().signing_in.sign_out(found)
    session.clear()
    answer = redirect(url_for("sign_in.signed_out"), 303)
    forget(answer)
    return answer


@sign_in.get("/signed-out")
@for_anybody
def signed_out() -> str:
    """What is left to say."""
    return render_template("signed_out.html")
