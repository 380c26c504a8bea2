"""The API's description, as OpenAPI 3.1; tests hold it against the routes and the answers."""

from __future__ import annotations

from typing import Any

from .. import __version__

USUALLY_LISTED, MOST_LISTED = 50, 200
Schema = dict[str, Any]

TIME: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
BAND: Schema = {"enum": ["low", "fair", "high", "not_applicable", "not_scored", None]}
STATUS: Schema = {"enum": ["scored", "not_applicable", "not_scored"]}


def document() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Empathy Connector",
            "version": __version__,
            "description": (
                "Scores of one account, for programs. A token is made with `empathy-connector api-token`; it "
                "is for one account and one role. No answer ever holds text of a conversation, or a figure "
                "about a single person on the team."
            ),
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
        },
        "paths": {
            "/{installation}": {
                "parameters": [_path("installation", "The account's name.")],
                "get": _call("state", "How the sync is doing", 200, "State"),
            },
            "/{installation}/conversations": {
                "parameters": [_path("installation", "The account's name.")],
                "get": {
                    **_call("conversations", "Conversations, newest change first", 200, "Page", wrong=True),
                    "parameters": [_LIMIT, _CURSOR],
                },
            },
            "/{installation}/conversations/{conversation}": {
                "parameters": _CONVERSATION,
                "get": _call("conversation", "One conversation with its evidence", 200, "Conversation"),
            },
            "/{installation}/conversations/{conversation}/rescore": {
                "parameters": _CONVERSATION,
                "post": _call(
                    "rescore", "Have it read and scored again (role admin)", 202, "Queued", admin=True
                ),
            },
            "/{installation}/figures": {
                "parameters": [_path("installation", "The account's name.")],
                "get": _call("figures", "Figures about the whole team, month by month", 200, "Figures"),
            },
            "/{installation}/contacts/{contact}": {
                "parameters": [
                    _path("installation", "The account's name."),
                    _path("contact", "The contact's id at the platform."),
                ],
                "delete": _call(
                    "erase", "Erase what is kept about a contact (role admin)", 200, "Erased", admin=True
                ),
            },
        },
    }


def _object(required: dict[str, Schema], *, is_open: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": required,
        "required": list(required),
        **({} if is_open else {"additionalProperties": False}),
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_EVIDENCE = _object(
    {"message_id": TEXT, "start": NUMBER, "end": NUMBER, "rule": TEXT, "points": {"type": "number"}},
    is_open=True,
)
_FEELING: Schema = {"type": ["number", "null"], "minimum": -1, "maximum": 1}
_SCORE: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": 100}

SCHEMAS: dict[str, Schema] = {
    "Problem": _object({"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT}),
    "State": _object(
        {
            "installation": TEXT,
            "provider": {"enum": ["local", "zendesk", "hubspot"]},
            "synced_through_at": _or_null(TIME),
            "last_sync_at": _or_null(TIME),
            "not_before_at": _or_null(TIME),
            "needs_authorization": FLAG,
            "owed": NUMBER,
            "parked": NUMBER,
        }
    ),
    "Listed": _object(
        {
            "conversation_id": TEXT,
            "updated_at": TIME,
            "scored_at": TIME,
            "status": STATUS,
            "band": BAND,
            "empathy": _SCORE,
            "sentiment": _FEELING,
            "needs_attention": FLAG,
            "reason_text": TEXT,
            "disputed": FLAG,
        }
    ),
    "Page": _object(
        {
            "conversations": _list({"$ref": "#/components/schemas/Listed"}),
            "next_cursor": {"type": ["string", "null"]},
        }
    ),
    "Message": _object(
        {
            "id": TEXT,
            "status": STATUS,
            "reason_text": TEXT,
            "sentiment": _FEELING,
            "empathy": _SCORE,
            "band": BAND,
            "evidence": _or_null(_list(_EVIDENCE)),
            "role": {"enum": ["agent", "customer", "bot", "system"]},
            "sent_at": {"type": ["string", "null"]},
        },
        is_open=True,
    ),
    "Conversation": _object(
        {
            "conversation_id": TEXT,
            "updated_at": TIME,
            "scored_at": TIME,
            "status": STATUS,
            "reason_text": TEXT,
            "band": BAND,
            "empathy": _SCORE,
            "sentiment": _FEELING,
            "needs_attention": FLAG,
            "fields": {"type": "object"},
            "write": _object({"status": TEXT, "at": _or_null(TIME)}),
            "messages": _list({"$ref": "#/components/schemas/Message"}),
        },
        is_open=True,
    ),
    "Queued": _object({"conversation_id": TEXT, "queued": FLAG}),
    "Figures": _object(
        {
            "installation": TEXT,
            "rule": {"type": "object"},
            "months": _list(TEXT),
            "figures": _list(
                _object(
                    {
                        "month": TEXT,
                        "channel": {"type": ["string", "null"]},
                        "empathy_mean": {"type": "number", "minimum": 0, "maximum": 100},
                        "conversations": NUMBER,
                    }
                )
            ),
            "withheld": NUMBER,
        }
    ),
    "Erased": _object(
        {
            "contact_id": TEXT,
            "erased": FLAG,
            "held_by": _list(TEXT),
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "fields_to_clear": NUMBER,
        }
    ),
}


def _path(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": f"{description} In it write ~ as ~t, / as ~s and . as ~d.",
        "schema": {"type": "string", "minLength": 1},
    }


_CONVERSATION = [
    _path("installation", "The account's name."),
    _path("conversation", "The conversation's id at the platform."),
]
_LIMIT: Schema = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": USUALLY_LISTED},
}
_CURSOR: Schema = {
    "name": "cursor",
    "in": "query",
    "description": "The next_cursor of the page before.",
    "schema": {"type": "string"},
}
_PROBLEMS = {
    "400": "A parameter is wrong.",
    "401": "The token is missing, unknown, revoked or has expired.",
    "403": "The token's role is too low.",
    "404": "There is no such thing in the token's account.",
    "429": "Too many wrong tokens from one address; Retry-After says how long to wait.",
}


def _call(
    name: str, summary: str, status: int, schema: str, *, wrong: bool = False, admin: bool = False
) -> Schema:
    left_out = {*(() if wrong else ("400",)), *(() if admin else ("403",))}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            str(status): {
                "description": "Done.",
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
            },
            **{
                code: {"description": text, "content": problem}
                for code, text in _PROBLEMS.items()
                if code not in left_out
            },
        },
    }
