"""A HubSpot stand-in as a WSGI application: dated paths only, documented limits, everything counted."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from . import hubspot_conversations as conversations
from . import hubspot_crm as crm
from . import hubspot_oauth as oauth
from . import hubspot_schema as schema
from .hubspot_account import HubSpotAccount
from .hubspot_calls import Answer, Call, Knobs
from .hubspot_properties import Refused
from .hubspot_records import TYPE_NAMES
from .hubspot_trouble import Arrived, Trouble
from .wsgi import LostAnswer

VERSION = "2026-09"
LONGEST_URL = 15_000
_OBJECTS = f"/crm/objects/{VERSION}/<kind>"
_PROPERTIES = f"/crm/properties/{VERSION}/<kind>"
_THREADS = f"/conversations/conversations/{VERSION}/threads"

_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", _OBJECTS, crm.list_objects),
    ("POST", f"{_OBJECTS}/search", crm.search_objects),
    ("POST", f"{_OBJECTS}/batch/read", crm.batch_read),
    ("POST", f"{_OBJECTS}/batch/update", crm.batch_update),
    ("GET", f"{_OBJECTS}/<record_id>", crm.read_one),
    ("PATCH", f"{_OBJECTS}/<record_id>", crm.update_one),
    ("POST", f"/crm/associations/{VERSION}/<kind>/<other>/batch/read", crm.read_links),
    ("GET", _PROPERTIES, schema.list_properties),
    ("POST", _PROPERTIES, schema.create_property),
    ("GET", f"{_PROPERTIES}/groups", schema.list_groups),
    ("POST", f"{_PROPERTIES}/groups", schema.create_group),
    ("GET", f"{_PROPERTIES}/<name>", schema.read_property),
    ("PATCH", f"{_PROPERTIES}/<name>", schema.change_property),
    ("GET", f"/crm/owners/{VERSION}", schema.list_owners),
    ("GET", f"/crm/pipelines/{VERSION}/<kind>", schema.list_pipelines),
    ("GET", _THREADS, conversations.list_threads),
    ("GET", f"{_THREADS}/<record_id>", conversations.read_thread),
    ("GET", f"{_THREADS}/<record_id>/messages", conversations.list_messages),
    ("GET", f"{_THREADS}/<record_id>/messages/<message_id>/original-content", conversations.read_original),
    ("POST", f"/conversations/conversations/{VERSION}/actors/batch/read", conversations.read_actors),
]
_OAUTH: dict[str, Callable[..., Answer]] = {
    f"/oauth/{version}/{path}": handler
    for version in ("2026-03", "2026-09")
    for path, handler in (
        ("token", oauth.token),
        ("token/introspect", oauth.introspect),
        ("token/revoke", oauth.revoke),
    )
}

_OWN_SCOPE = {"tickets": "tickets", "deals": "crm.objects.deals.read"}
_BESIDE_CONTACTS = {
    "emails": {"sales-email-read"},
    "feedback_submissions": {"crm.objects.feedback_submissions.read"},
}


def details(account: HubSpotAccount, call: Call) -> Answer:
    return 200, {
        "portalId": int(account.portal_id),
        "accountType": "STANDARD",
        "timeZone": "Europe/Berlin",
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "eu1",
    }


def scopes_for(path: str, method: str, args: Mapping[str, str]) -> set[str]:
    """The scopes a path asks for."""
    if path.startswith("/conversations/"):
        return {"conversations.read"}
    if path.startswith("/appinstalls/"):
        return {"oauth"}
    if path.startswith("/crm/owners/"):
        return {"crm.objects.owners.read"}
    kinds = [TYPE_NAMES.get(args[key], args[key]) for key in ("kind", "other") if key in args]
    if path.startswith("/crm/properties/"):
        if kinds == ["tickets"]:
            return {"tickets"}
        return {"crm.objects.contacts.read" if method == "GET" else "crm.schemas.contacts.write"}
    is_write = method == "PATCH" or path.endswith("/batch/update")
    is_object = path.startswith("/crm/objects/")
    scopes = set()
    for kind in kinds:
        if kind in _OWN_SCOPE:
            scopes.add(_OWN_SCOPE[kind])
        else:
            scopes.add("crm.objects.contacts.write" if is_write else "crm.objects.contacts.read")
        if is_object or kind == "feedback_submissions":
            scopes |= _BESIDE_CONTACTS.get(kind, set())
    return scopes


class HubSpotApp:
    """Answers for one account. `requests` holds what arrived, `undated` the calls to v1-v4 paths,
    `unknown` the paths nobody serves; `trouble` and `knobs` make life harder."""

    def __init__(self, account: HubSpotAccount) -> None:
        self.account = account
        self.knobs = Knobs()
        self.trouble = Trouble(now=account.now)
        self.requests: list[Arrived] = []
        self.undated: list[str] = []
        self.unknown: list[str] = []
        self._arrivals = 0
        self._lock = threading.RLock()
        details_rule = ("GET", f"/account-info/{VERSION}/details", details)
        uninstall_rule = ("DELETE", f"/appinstalls/{VERSION}/external-install", oauth.uninstall)
        self._routes = Map(
            [
                Rule(path, methods=[method], endpoint=handler)
                for method, path, handler in [*_ROUTES, details_rule, uninstall_rule]
            ],
            strict_slashes=True,
            merge_slashes=False,
        )

    def count(self, prefix: str = "/", method: str | None = None) -> int:
        """How many requests came for paths that begin like this."""
        return sum(
            arrived.path.startswith(prefix) and method in (None, arrived.method) for arrived in self.requests
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        raw = request.get_data(cache=True)
        with self._lock:
            response = self._answer(request, raw)
            if self.trouble.loses_this_one():
                raise LostAnswer
        return response(environ, start_response)

    def _answer(self, request: Request, raw: bytes) -> Response:
        path = request.path
        arrived = Arrived(
            request.method,
            f"{path}?{request.query_string.decode()}" if request.query_string else path,
            dict(request.headers),
            self.account.now(),
            _decoded(raw),
        )
        self.requests.append(arrived)
        self._arrivals += 1
        is_search = path.startswith("/crm/objects/") and path.endswith("/search")
        refusal = self.trouble.at_the_door(arrived, is_search=is_search)
        headers = self.trouble.headers(is_search=is_search)
        if refusal is not None:
            return _response(refusal[0], refusal[2], headers | refusal[1])
        if re.search(r"(^|/)v[1-4](/|$)", path):
            self.undated.append(f"{request.method} {path}")
            return _html(404)
        if path == "/oauth/authorize":
            return self.account.consent.answer(request)
        if path in _OAUTH:
            return self._oauth(request, path)
        return self._routed(request, arrived, headers)

    def _routed(self, request: Request, arrived: Arrived, headers: Mapping[str, str]) -> Response:
        try:
            handler, args = self._routes.bind_to_environ(request.environ).match()
        except HTTPException as error:
            self.unknown.append(f"{request.method} {request.path}")
            return _html(404 if isinstance(error, NotFound) else error.code or 405)
        if len(request.url) > LONGEST_URL:
            return _html(414)
        if (closed := self._closed(request, request.path, args)) is not None:
            return _response(*closed, headers)
        call = Call(request.args, arrived.body, self._arrivals, self.knobs)
        if request.method in ("POST", "PATCH") and not isinstance(call.body, dict):
            return _response(400, _error("VALIDATION_ERROR", "Invalid input JSON"), headers)
        try:
            status, body = handler(self.account, call, **args)
        except Refused as refused:
            return _response(refused.status, _refused(refused), headers)
        return _response(status, body, headers)

    def _closed(self, request: Request, path: str, args: Mapping[str, str]) -> tuple[int, Any] | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        grant = self.account.grants.get(token)
        if grant is None:
            return 401, _error("INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if grant.expires_at is not None and grant.expires_at <= self.account.now():
            return 401, _error("EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired.")
        missing = sorted(scopes_for(path, request.method, args) - grant.scopes)
        if missing:
            body = _error(
                "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."
            )
            body["errors"] = [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": missing},
                }
            ]
            return 403, body
        return None

    def _oauth(self, request: Request, path: str) -> Response:
        if request.method != "POST":
            return _html(405)
        if request.query_string or request.mimetype != "application/x-www-form-urlencoded":
            return _response(400, {"error": "invalid_request", "error_description": "Send a form body."}, {})
        return _response(*_OAUTH[path](self.account, request.form), {})


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _error(category: str, message: str) -> dict[str, Any]:
    return {"status": "error", "message": message, "correlationId": "0000-0000", "category": category}


def _refused(refused: Refused) -> dict[str, Any]:
    body = _error(refused.category, refused.message)
    context = {"ids": [refused.id]} if refused.id else {}
    if refused.name:
        context["propertyName"] = [refused.name]
    if refused.code or context:
        body["errors"] = [
            {"message": refused.message, "code": refused.code, "in": refused.name, "context": context}
        ]
        body["context"] = context
    return body


def _response(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    if isinstance(body, str):
        return Response(body, status=status, headers=dict(headers), mimetype="text/html")
    return Response(
        json.dumps(body), status=status, headers=dict(headers), content_type="application/json;charset=utf-8"
    )


def _html(status: int) -> Response:
    return Response("<html><body><h1>Error</h1></body></html>", status=status, mimetype="text/html")
