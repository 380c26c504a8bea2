"""One conversation and why it scored so, and an agent's own replies; never any text of either."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError
from ..signing_in import UserRole
from ..store.disputes import CORRECTED, OPEN
from ..store.rows import StoredConversation
from .access import current_visitor, for_role, the_connector
from .wording import DIMENSIONS, LEVELS

log = logging.getLogger(__name__)
conversations = Blueprint("conversations", __name__)

RECENT = 50
"""Replies of one agent on a page."""


@conversations.get("/admin/<name:installation>/conversations/<name:conversation>")
@for_role(UserRole.AGENT)
def conversation_page(installation: str, conversation: str) -> str:
    """What was scored and why; an agent sees only conversations in which they have replied."""
    return _page(installation, _visible(installation, conversation))


@conversations.post("/admin/<name:installation>/conversations/<name:conversation>/dispute")
@for_role(UserRole.AGENT)
def contest(installation: str, conversation: str) -> Response | tuple[str, int]:
    """Contest the score; a person decides."""
    stored, visitor = _visible(installation, conversation), current_visitor()
    form = request.form
    try:
        disputing = the_connector().disputing(installation)
        disputing.contest(conversation, by=form.get("by") or visitor.name, reason=form.get("reason"))
    except ConnectorError as error:
        return _page(installation, stored, complaint=in_a_form(error)), 400
    log.info("score disputed", extra={"actor": visitor.actor, "installation": installation})
    address = url_for("conversations.conversation_page", installation=installation, conversation=conversation)
    return redirect(address, 303)


@conversations.get("/admin/<name:installation>/mine")
@for_role(UserRole.AGENT)
def own_replies(installation: str) -> str:
    """An agent's own recent replies with the reasons; for them alone, whether or not others may see any."""
    agent_id = current_visitor().agent_id
    if agent_id is None:
        abort(404)
    return _replies(installation, agent_id, is_own=True)


@conversations.get("/admin/<name:installation>/agents")
@for_role(UserRole.LEAD)
def ask_for_agent(installation: str) -> str:
    """Says whether figures about single people may be seen here, and asks for one if so."""
    app = the_connector()
    return render_template(
        "agents.html", installation=installation, record=app.people.in_force(installation, app.now())
    )


@conversations.post("/admin/<name:installation>/agents")
@for_role(UserRole.LEAD)
def replies_of_agent(installation: str) -> str:
    """Somebody else's recent replies: only while the owner's record allows it; the look is noted."""
    app, visitor = the_connector(), current_visitor()
    record = app.people.in_force(installation, app.now())
    agent_id = request.form.get("agent", "").strip()
    if record is None or not agent_id:
        return render_template("agents.html", installation=installation, record=record)
    app.store.note_access(
        installation,
        role=visitor.role.word,
        purpose=str(record.content["purpose"]),
        what="replies of one agent",
        now=app.now(),
    )
    log.info("replies of one agent shown", extra={"actor": visitor.actor, "installation": installation})
    return _replies(installation, agent_id, is_own=False)


def in_a_form(error: ConnectorError) -> str:
    """What an error of the use case says, without the options of the command line."""
    return str(error).split(": --")[0].split("; empathy-connector")[0].rstrip(".") + "."


def _replies(installation: str, agent_id: str, *, is_own: bool) -> str:
    app = the_connector()
    author = app.author_of(installation, agent_id)
    replies = app.store.replies_of(installation, author, limit=RECENT)
    return render_template(
        "replies.html",
        installation=installation,
        agent_id=agent_id,
        is_own=is_own,
        replies=replies,
        recent=RECENT,
        record=app.people.in_force(installation, app.now()),
    )


def _visible(installation: str, conversation: str) -> StoredConversation:
    """The conversation. Answers 404 for an unknown one, and for an agent who has not replied in it."""
    app, visitor = the_connector(), current_visitor()
    stored = app.store.conversation(installation, conversation)
    if stored is None:
        abort(404)
    if visitor.role is UserRole.AGENT:
        author = app.author_of(installation, str(visitor.agent_id))
        if not app.store.has_replied(installation, author, conversation):
            abort(404)
    return stored


def _page(installation: str, stored: StoredConversation, complaint: str | None = None) -> str:
    disputes = the_connector().store.disputes(installation, stored.conversation_id)
    latest = disputes[-1] if disputes else None
    return render_template(
        "conversation.html",
        installation=installation,
        stored=stored,
        dispute=latest,
        is_open=latest is not None and latest.status == OPEN,
        is_corrected=latest is not None and latest.status == CORRECTED and latest.is_latest,
        dimensions=DIMENSIONS,
        levels=LEVELS,
        complaint=complaint,
    )
