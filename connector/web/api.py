"""The API for programs: scores, figures, a new score, an erasure, the state of the sync. Never any text."""

from __future__ import annotations

import base64
import binascii
import logging
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, request

from ..privacy.erasure import Because
from ..signing_in import UserRole
from ..store.listing import Listed
from ..store.rows import StoredConversation
from .access import current_visitor, for_anybody, for_token, the_connector, the_queue
from .openapi import MOST_LISTED, USUALLY_LISTED, document

log = logging.getLogger(__name__)
api = Blueprint("api", __name__, url_prefix="/api/v1")

STORE_ONLY = frozenset({"body_mac"})
OF_CONVERSATION = "/<name:installation>/conversations/<name:conversation>"


@api.get("/openapi.json")
@for_anybody
def openapi() -> dict[str, Any]:
    """What there is."""
    return document()


@api.get("/<name:installation>")
@for_token(UserRole.LEAD)
def state(installation: str) -> dict[str, Any]:
    """How the sync is doing."""
    app = the_connector()
    [row] = app.store.health(installation)
    return {
        "installation": installation,
        "provider": row.provider,
        "synced_through_at": _time(row.synced_through_at),
        "last_sync_at": _time(row.last_sync_at),
        "not_before_at": _time(row.not_before_at),
        "needs_authorization": row.needs_authorization,
        "owed": row.owed,
        "parked": row.parked,
    }


@api.get("/<name:installation>/conversations")
@for_token(UserRole.LEAD)
def conversations(installation: str) -> dict[str, Any]:
    """Conversations by their last change, newest first, in pages."""
    limit, before = _limit(request.args.get("limit")), _place(request.args.get("cursor"))
    rows = the_connector().store.listed(installation, limit=limit + 1, before=before)
    page, rest = rows[:limit], rows[limit:]
    return {
        "conversations": [_listed(each) for each in page],
        "next_cursor": _cursor(page[-1]) if rest else None,
    }


@api.get(OF_CONVERSATION)
@for_token(UserRole.LEAD)
def conversation(installation: str, conversation: str) -> dict[str, Any]:
    """One conversation with its evidence."""
    return _whole(_found(installation, conversation))


@api.post(f"{OF_CONVERSATION}/rescore")
@for_token(UserRole.ADMIN)
def rescore(installation: str, conversation: str) -> tuple[dict[str, Any], int]:
    """Have the worker read and score the conversation again."""
    _found(installation, conversation)
    the_queue().sync(installation, conversation)
    log.info("new score asked for", extra={"actor": current_visitor().actor, "installation": installation})
    return {"conversation_id": conversation, "queued": True}, 202


@api.get("/<name:installation>/figures")
@for_token(UserRole.LEAD)
def figures(installation: str) -> dict[str, Any]:
    """Figures about the whole team, month by month, where enough people are in them."""
    return {"installation": installation, **the_connector().grouped(installation).shown()}


@api.delete("/<name:installation>/contacts/<name:contact>")
@for_token(UserRole.ADMIN)
def erase(installation: str, contact: str) -> dict[str, Any]:
    """Erase everything that is kept about a contact, and take in nothing of them again."""
    app, actor = the_connector(), current_visitor().actor
    done = app.erasing.erase(
        app.installation(installation), contact, because=Because.REQUEST, actor=f"API, {actor}"
    )
    log.info("contact erased", extra={"actor": actor, "installation": installation})
    return {
        "contact_id": contact,
        "erased": done.is_done,
        "held_by": list(done.held_by),
        "counts": dict(done.counts),
        "fields_to_clear": app.store.how_many_clearings(installation),
    }


def _found(installation: str, conversation: str) -> StoredConversation:
    return the_connector().store.conversation(installation, conversation) or abort(404)


def _limit(text: str | None) -> int:
    if text is None:
        return USUALLY_LISTED
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_LISTED):
        abort(400, f"limit must be a number from 1 to {MOST_LISTED}.")
    return int(text)


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = datetime.fromisoformat(at), id_
    except (ValueError, binascii.Error):
        abort(400, "cursor must be the next_cursor of the page before.")
    if place[0].tzinfo is None:
        abort(400, "cursor must be the next_cursor of the page before.")
    return place


def _cursor(last: Listed) -> str:
    return base64.urlsafe_b64encode(f"{last.updated_at.isoformat()} {last.conversation_id}".encode()).decode()


def _listed(row: Listed) -> dict[str, Any]:
    return {
        "conversation_id": row.conversation_id,
        "updated_at": _time(row.updated_at),
        "scored_at": _time(row.scored_at),
        "status": row.status,
        "band": row.band,
        "empathy": row.empathy,
        "sentiment": row.sentiment,
        "needs_attention": row.needs_attention,
        "reason_text": row.reason_text,
        "disputed": row.is_disputed,
    }


def _whole(stored: StoredConversation) -> dict[str, Any]:
    fields = stored.fields
    return {
        **stored.scorecard,
        "conversation_id": stored.conversation_id,
        "updated_at": _time(stored.updated_at),
        "scored_at": _time(stored.scored_at),
        "fields": dict(fields),
        "write": {"status": stored.write_status, "at": _time(stored.write_at)},
        "messages": [
            {key: value for key, value in each.items() if key not in STORE_ONLY} for each in stored.messages
        ],
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
