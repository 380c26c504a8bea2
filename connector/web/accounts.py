"""The connected accounts: how each is doing, what could not be read or written, and trying that again."""

from __future__ import annotations

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..signing_in import UserRole
from .access import current_visitor, for_role, the_connector, the_queue
from .dashboard import state

log = logging.getLogger(__name__)
accounts = Blueprint("accounts", __name__)

LISTED = 200
"""Rows of one list at most; the page says how many more there are."""
WHY_PARKED = {
    "Unreadable": "the platform's answer, or the row of the file, could not be read",
    "Unsupported": "the account does not offer what is needed to read it",
    "Died": "the program was stopped while it was read or scored",
    "TooLarge": "it is larger than is safe to read",
}


@accounts.get("/admin/")
@for_role(UserRole.LEAD)
def all_accounts() -> str:
    """Every account that the visitor may see, and how its sync is doing."""
    app = the_connector()
    now = app.now()
    rows = app.store.health(current_visitor().installation)
    return render_template("accounts.html", rows=[(row, state(row, now)) for row in rows])


@accounts.get("/admin/<name:installation>/")
@for_role(UserRole.LEAD)
def account(installation: str) -> str:
    """One account: the state of its sync, its counts, what is parked and what was refused."""
    app = the_connector()
    [row] = app.store.health(installation)
    parked = app.store.parked(installation)
    return render_template(
        "account.html",
        installation=app.installation(installation),
        row=row,
        state=state(row, app.now()),
        counts=app.store.counts(installation),
        parked=[(each, WHY_PARKED.get(each.error, "it could not be scored")) for each in parked[:LISTED]],
        parked_count=len(parked),
        rejected=app.store.rejected(installation, limit=LISTED),
        open_disputes=sum(each.status == "open" for each in app.store.disputes(installation)),
        latest=app.store.listed(installation, limit=20),
        said=request.args.get("said") in {"1"},
    )


@accounts.post("/admin/<name:installation>/parked/retry")
@for_role(UserRole.ADMIN)
def retry(installation: str) -> Response:
    """Have the next sync try what is parked, and ask for one now."""
    number = the_connector().store.try_parked_again(installation)
    the_queue().sync(installation)
    log.info(
        "parked conversations are tried again",
        extra={"actor": current_visitor().actor, "installation": installation, "count": number},
    )
    return redirect(url_for("accounts.account", installation=installation, said="1"), 303)


@accounts.post("/admin/<name:installation>/sync")
@for_role(UserRole.ADMIN)
def sync_now(installation: str) -> Response:
    """Ask the worker for a sync."""
    the_queue().sync(installation)
    log.info("sync asked for", extra={"actor": current_visitor().actor, "installation": installation})
    return redirect(url_for("accounts.account", installation=installation, said="1"), 303)
