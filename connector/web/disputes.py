"""The queue of disputed scores, for the person who decides."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError
from ..signing_in import UserRole
from ..store.disputes import CORRECTED, OPEN, UPHELD, Dispute
from .access import current_visitor, for_role, the_connector
from .conversations import in_a_form

log = logging.getLogger(__name__)
disputes = Blueprint("disputes", __name__)

DECIDED_SHOWN = 50


@disputes.get("/admin/<name:installation>/disputes")
@for_role(UserRole.LEAD)
def queue(installation: str) -> str:
    """What is open, oldest first, and what was decided lately; nobody's reasons."""
    found = the_connector().store.disputes(installation)
    decided = [each for each in found if each.status != OPEN]
    return render_template(
        "disputes.html",
        installation=installation,
        open=[each for each in found if each.status == OPEN],
        decided=list(reversed(decided))[:DECIDED_SHOWN],
    )


@disputes.post("/admin/<name:installation>/disputes/<name:conversation>")
@for_role(UserRole.LEAD)
def look(installation: str, conversation: str) -> str:
    """The reasons, and the form to decide; a POST, because the look is noted in the log of reads."""
    return _decision(installation, conversation, _open(installation, conversation))


@disputes.post("/admin/<name:installation>/disputes/<name:conversation>/decide")
@for_role(UserRole.LEAD)
def decide(installation: str, conversation: str) -> Response | tuple[str, int]:
    """Uphold the score, or put another in its place."""
    form, visitor = request.form, current_visitor()
    if form.get("decision") not in {UPHELD, CORRECTED}:
        complaint = "Say whether the score stays as it is or becomes another one."
        return _decision(installation, conversation, _open(installation, conversation), complaint), 400
    score = form.get("empathy", "").strip()
    try:
        the_connector().disputing(installation).decide(
            conversation,
            form["decision"],
            empathy=int(score) if score.isascii() and score.isdecimal() and len(score) < 4 else None,
            by=form.get("by"),
            reason=form.get("reason"),
        )
    except ConnectorError as error:
        found = _open(installation, conversation)
        return _decision(installation, conversation, found, complaint=in_a_form(error)), 400
    log.info("dispute decided", extra={"actor": visitor.actor, "installation": installation})
    return redirect(url_for("disputes.queue", installation=installation), 303)


def _open(installation: str, conversation: str) -> Dispute:
    """The open dispute. Answers 404 where there is none."""
    disputes = the_connector().store.disputes(installation, conversation)
    found = next((each for each in disputes if each.status == OPEN), None)
    return found or abort(404)


def _decision(installation: str, conversation: str, found: Dispute, complaint: str | None = None) -> str:
    app, visitor = the_connector(), current_visitor()
    app.store.note_access(
        installation, role=visitor.role.word, purpose="dispute", what="reasons", now=app.now()
    )
    stored = app.store.conversation(installation, conversation)
    if stored is None:
        abort(404)
    return render_template(
        "dispute.html",
        installation=installation,
        dispute=found,
        stored=stored,
        words=app.disputing(installation).words(found),
        complaint=complaint,
    )
