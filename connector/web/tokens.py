"""The tokens of programs: made, listed and revoked by admins; a token is shown once."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..api_tokens import LONGEST_LABEL, MOST_DAYS, USUAL_DAYS
from ..errors import ConnectorError
from ..signing_in import UserRole
from .access import current_visitor, for_role, the_connector
from .conversations import in_a_form

tokens = Blueprint("tokens", __name__)

MAY = {
    "lead": "reads: states, conversations with their reasons, and figures about the whole team",
    "admin": "also asks for a new score, and erases a contact",
}


@tokens.get("/admin/<name:installation>/tokens")
@for_role(UserRole.ADMIN)
def tokens_page(installation: str) -> str:
    """The tokens there are; never the tokens themselves."""
    return _page(installation)


@tokens.post("/admin/<name:installation>/tokens")
@for_role(UserRole.ADMIN)
def make_token(installation: str) -> str | tuple[str, int]:
    """Make a token, and show it this once."""
    app, visitor, form = the_connector(), current_visitor(), request.form
    days = form.get("days", "").strip()
    try:
        token, added = app.api_tokens.create(
            installation,
            role=form.get("role", ""),
            label=form.get("label", ""),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
            by=f"{visitor.name} ({visitor.role.word})",
        )
        app.erasing.proving.note(installation, "token made", actor=visitor.actor, token=added.id)
    except ConnectorError as error:
        return _page(installation, complaint=in_a_form(error)), 400
    return _page(installation, token=token, made=added.id)


@tokens.post("/admin/<name:installation>/tokens/revoke")
@for_role(UserRole.ADMIN)
def revoke_token(installation: str) -> Response:
    """End a token at once; one that is gone already stays gone."""
    app, id_ = the_connector(), request.form.get("id", "")
    if app.api_tokens.revoke(installation, id_):
        actor = current_visitor().actor
        app.erasing.proving.note(installation, "token revoked", actor=actor, token=id_)
    return redirect(url_for("tokens.tokens_page", installation=installation), 303)


def _page(
    installation: str, *, token: str | None = None, made: str | None = None, complaint: str | None = None
) -> str:
    app = the_connector()
    return render_template(
        "tokens.html",
        installation=app.installation(installation),
        rows=app.store.api_tokens(installation),
        now=app.now(),
        may=MAY,
        token=token,
        made=made,
        complaint=complaint,
        typed=request.form,
        usual=USUAL_DAYS,
        longest=MOST_DAYS,
        longest_label=LONGEST_LABEL,
    )
